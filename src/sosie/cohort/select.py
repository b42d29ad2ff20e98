"""Choose who is simulated, so that a larger study keeps every person of a smaller one.

Two orders. "table" is the file's own. "spread" deals people out of the strata sex x decade of age
in a fixed interleaved order, one from each stratum a round, so that any first few span the ages
and both sexes; within a stratum the order is that of a hash of the id.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sosie.cohort.mapping import Rule
from sosie.cohort.schema import COLUMN
from sosie.cohort.table import Row, Table
from sosie.errors import SosieError

DECADES = (5, 2, 7, 3, 6, 4, 8, 1, 9, 0, 10, 11, 12)
"""Decades of age (5: the fifties) in the order they are visited: far apart, adults first."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen people, and how many were left at each step (reason, count)."""

    rows: tuple[Row, ...]
    flow: tuple[tuple[str, int], ...]


def select(table: Table, n: int | Literal["all"]) -> Selection:
    """Return the first ``n`` eligible people in the mapping's order."""
    eligible = list(table.rows)
    flow = [("read", len(eligible))]
    for rule in table.mapping.exclude:
        excluded = _test(rule)
        kept = [row for row in eligible if not excluded(row)]
        flow.append((f"excluded: {rule.reason}", len(eligible) - len(kept)))
        eligible = kept
    flow.append(("eligible", len(eligible)))
    if n == "all":
        n = len(eligible)
    if n > len(eligible):
        raise SosieError(
            f"{table.path}: the study asks for {n} patients, but the table has {len(eligible)} "
            f"eligible of {len(table.rows)} read: ask for at most {len(eligible)}"
        )
    if table.mapping.order == "spread":
        eligible = _spread(eligible)
    return Selection(tuple(eligible[:n]), (*flow, ("selected", n)))


def _test(rule: Rule) -> Callable[[Row], bool]:
    """Return what says whether a rule excludes a person; who lacks the column stays."""
    name = rule.column
    if COLUMN[name].levels:
        return lambda row: row.cells.get(name) == rule.level
    bound = rule.bound()
    if rule.below is not None:
        return lambda row: row.cells.get(name, bound) < bound
    return lambda row: row.cells.get(name, bound) > bound


def _spread(rows: list[Row]) -> list[Row]:
    """Deal the strata out in turn; those without age or sex come last."""
    strata: dict[int, list[Row]] = {}
    for row in rows:
        strata.setdefault(_stratum(row), []).append(row)
    dealt = []
    for position, members in strata.items():
        members.sort(key=lambda row: hashlib.sha256(row.id.encode()).digest())
        late = position == UNKNOWN
        dealt += [((late, rank, position), row) for rank, row in enumerate(members)]
    return [row for _, row in sorted(dealt, key=lambda item: item[0])]


UNKNOWN = 2 * len(DECADES)


def _stratum(row: Row) -> int:
    """Return the place of a person's stratum in a round: decades in turn, sexes alternating."""
    if "age" not in row.cells or "sex" not in row.cells:
        return UNKNOWN
    decade = DECADES.index(int(row.cells["age"] // 10))
    return decade + len(DECADES) * ((decade + (row.cells["sex"] == "male")) % 2)
