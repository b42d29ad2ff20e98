"""Hide small groups of a table of counts so that they cannot be computed from the others.

A count of 1 to 10 people is not shown, nor anything else of the group (the policy of the US Centers
for Medicare and Medicaid Services on the size of cells). Along each line of the table

    total = sum of parts

so others are hidden too, the smallest first, until of no line a single cell or fewer than 11 people
are hidden, and no hidden cell is a combination of the visible ones: with A the lines' coefficients
of the hidden cells, a cell is known where its row of an orthogonal basis of A's null space is zero.

Zeros are shown. What follows from counts not being negative is guarded against line by line only.
"""

from collections.abc import Iterator

import numpy as np
from scipy.linalg import null_space

from sosie.typing import Array, Integers

LEAST = 11
"""People that a group needs to be shown."""


def with_totals(counts: Integers) -> Integers:
    """Return the table with the sum over each axis as its last place."""
    for axis in range(counts.ndim):
        counts = np.concatenate([counts, counts.sum(axis=axis, keepdims=True)], axis=axis)
    return counts


def hidden(counts: Integers, already: Array | None = None) -> Array:
    """Return which cells of the table with totals are hidden, of counts of its parts.

    ``already`` are cells that must be in any case.
    """
    table = with_totals(counts)
    lines = list(_lines(table.shape))
    flat, out = table.ravel(), ((table > 0) & (table < LEAST)).ravel()
    if already is not None:
        out |= already.ravel()
    while (more := _next(flat, out, lines)) is not None:
        out[more] = True
    return out.reshape(table.shape)


def _lines(shape: tuple[int, ...]) -> Iterator[Integers]:
    """Yield the places of each line, its total last."""
    places = np.arange(np.prod(shape)).reshape(shape)
    for axis in range(len(shape)):
        moved = np.moveaxis(places, axis, -1)
        yield from moved.reshape(-1, shape[axis])


def _next(table: Integers, out: Array, lines: list[Integers]) -> int | None:
    """Return the smallest cell that must be hidden next, or none."""
    for line in lines:
        mine, total = out[line], out[line[-1]]
        few = not total and mine.any() and table[line[mine]].sum() < LEAST
        if mine.sum() == 1 or few:
            more = _smallest(table, out, line)
            if more is not None:
                return more
    places = np.flatnonzero(out)
    for cell in places[_known(places, out, lines)]:
        for line in (line for line in lines if cell in line):
            more = _smallest(table, out, line)
            if more is not None:
                return more
    return None


def _smallest(table: Integers, out: Array, line: Integers) -> int | None:
    """Return the smallest visible cell of a line that is not zero."""
    shown = line[~out[line] & (table[line] > 0)]
    return int(shown[np.argmin(table[shown])]) if len(shown) else None


def _known(places: Integers, out: Array, lines: list[Integers]) -> Array:
    """Return which of the hidden cells follow from the visible ones."""
    touched = [line for line in lines if out[line].any()]
    A = np.zeros((len(touched), len(out)))
    for row, line in zip(A, touched, strict=True):
        row[line[:-1]], row[line[-1]] = 1.0, -1.0
    free = null_space(A[:, places]) if touched else np.ones((len(places), 1))
    return np.linalg.norm(free, axis=1) < 1e-9
