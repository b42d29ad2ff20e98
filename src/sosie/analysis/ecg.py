"""Electrocardiograms on their paper: twelve leads, three rows of four, 25 mm/s and 10 mm/mV."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from sosie.typing import Array

LAYOUT = (
    ("I", "aVR", "V1", "V4"),
    ("II", "aVL", "V2", "V5"),
    ("III", "aVF", "V3", "V6"),
)
SPEED, GAIN = 25.0, 10.0
"""[mm/s] and [mm/mV]."""
PULSE = (5.0, 10.0)
"""Width and height [mm] of the mark for 1 mV, to the left of each row."""
FINE, BOLD = "#F7D9D4", "#EDB1A7"
"""Of the paper, a line every 1 and every 5 mm."""
INK = ("black", "#0072B2", "#D55E00", "#009E73")
SIZE = 3.0
"""Of a figure: printed millimetres per millimetre of paper."""
ABOVE = 2.0
"""[mm] of a lead's name over its signal."""


@dataclass(frozen=True)
class Recording:
    """Twelve leads of one beat."""

    name: str
    time: Array  # (n,) [ms]
    leads: dict[str, Array]  # (n,) [mV] by name


def twelve_leads(recordings: Sequence[Recording]) -> Figure:
    """Draw recordings over each other, in a figure as large as their paper asks for."""
    figure = Figure()
    ax = figure.add_axes((0, 0, 1, 1))
    paper(ax, recordings)
    width, height = np.ptp(ax.get_xlim()), np.ptp(ax.get_ylim())
    figure.set_size_inches(SIZE * width / 25.4, SIZE * height / 25.4)
    return figure


def paper(ax: Axes, recordings: Sequence[Recording]) -> None:
    """Draw recordings on axes whose unit is the millimetre of paper."""
    start = min(float(r.time[0]) for r in recordings)
    end = max(float(r.time[-1]) for r in recordings)
    column = _whole(SPEED * (end - start) / 1e3 + 3)
    left = _whole(PULSE[0] + 4)
    base = _baselines(recordings)
    for row, names in zip(base, LAYOUT, strict=True):
        ax.plot(
            [1, 2, 2, 2 + PULSE[0], 2 + PULSE[0], 3 + PULSE[0]],
            row + PULSE[1] * np.array([0, 0, 1, 1, 0, 0]),
            color=INK[0],
            linewidth=0.8,
        )
        for i, name in enumerate(names):
            x = left + i * column
            highest = max(PULSE[1] / 2, *(GAIN * float(r.leads[name].max()) for r in recordings))
            ax.text(x + 1, row + highest + ABOVE, name, va="bottom", fontweight="bold")
            for recording, ink in zip(recordings, INK, strict=False):
                t = x + SPEED * (recording.time - start) / 1e3
                ax.plot(t, row + GAIN * recording.leads[name], color=ink, linewidth=0.9)
    right, top = left + len(LAYOUT[0]) * column, _top(recordings, base[0])
    _grid(ax, right, top)
    share = right / (len(recordings) + 0.8)  # the last is of the paper's own words
    ax.text(right - 1, 1, f"{SPEED:g} mm/s, {GAIN:g} mm/mV", ha="right", va="bottom")
    for i, (recording, ink) in enumerate(zip(recordings, INK, strict=False)):
        ax.text(1 + i * share, 1, recording.name, color=ink, va="bottom", parse_math=False)
    ax.set(xlim=(0, right), ylim=(0, top), aspect="equal")
    ax.axis("off")


def _whole(length: float) -> float:
    """Round up to bold lines [mm]."""
    return 5 * float(np.ceil(length / 5))


def _baselines(recordings: Sequence[Recording]) -> list[float]:
    """Return heights of the rows [mm], the first on top, so that no signals meet."""
    base, level = [], 5.0
    for names in reversed(LAYOUT):
        signals = [GAIN * r.leads[name] for r in recordings for name in names]
        level = _whole(level + max(2.0, -min(float(s.min()) for s in signals)))
        base.append(level)
        level += _tall(signals)
    return base[::-1]


def _tall(signals: Sequence[Array]) -> float:
    """Return what a row takes above its baseline, names included [mm]."""
    return max(PULSE[1], *(float(s.max()) for s in signals)) + ABOVE + 4


def _top(recordings: Sequence[Recording], base: float) -> float:
    return _whole(base + _tall([GAIN * r.leads[n] for r in recordings for n in LAYOUT[0]]))


def _grid(ax: Axes, right: float, top: float) -> None:
    for step, colour, width in ((1, FINE, 0.4), (5, BOLD, 0.6)):
        down = [[(x, 0), (x, top)] for x in np.arange(0, right + step / 2, step)]
        across = [[(0, y), (right, y)] for y in np.arange(0, top + step / 2, step)]
        ax.add_collection(LineCollection(down + across, colors=colour, linewidths=width, zorder=0))
