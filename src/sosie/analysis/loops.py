"""Beats of the circulation: pressure-volume loops of the left ventricle, and pressures in time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sosie.typing import Array

VENTRICLE, ARTERIES, ATRIUM = "#0072B2", "#D55E00", "#009E73"
"""Colours of Okabe and Ito."""


@dataclass(frozen=True)
class Loop:
    """One periodic beat, in the units it is read in; all (n,)."""

    title: str
    time: Array  # [s]
    volume: Array  # of the left ventricle [mL]
    pressure: Array  # of the left ventricle [mmHg]
    arteries: Array  # pressure [mmHg]
    atrium: Array  # pressure of the left [mmHg]


def loops(beats: Sequence[Loop]) -> Figure:
    """Draw beats side by side, loop above, pressures below, on the same scales."""
    n = len(beats)
    figure = Figure(figsize=(2.4 * max(n, 2) + 0.4, 4.4))
    axes = figure.subplots(2, n, squeeze=False, sharey=True)
    figure.subplots_adjust(0.55 / figure.get_figwidth(), 0.09, 0.98, 0.94, wspace=0.12, hspace=0.38)
    widest = 1.05 * max(float(beat.volume.max()) for beat in beats)
    for ax, below, beat in zip(axes[0], axes[1], beats, strict=True):
        pressure_volume(ax, beat)
        ax.set(xlim=(0, widest), title=beat.title)
        pressures(below, beat)
    for ax in axes[:, 0]:
        ax.set_ylabel("pressure [mmHg]")
    axes[0, 0].set_ylim(bottom=0)
    axes[1, 0].legend(loc="best", handlelength=1.2, borderaxespad=0.1)
    return figure


def pressure_volume(ax: Axes, beat: Loop) -> None:
    """Draw the closed loop and what it ejects."""
    closed = np.append(np.arange(len(beat.volume)), 0)
    ax.plot(beat.volume[closed], beat.pressure[closed], color=VENTRICLE, linewidth=1.2)
    largest, smallest = float(beat.volume.max()), float(beat.volume.min())
    share = 100 * (largest - smallest) / largest
    ax.text(
        (largest + smallest) / 2,
        float(beat.pressure.max()) / 2,
        f"{largest - smallest:.0f} mL\n{share:.0f} %",
        ha="center",
        va="center",
    )
    ax.set_xlabel("left ventricular volume [mL]")


def pressures(ax: Axes, beat: Loop) -> None:
    """Draw pressures of left ventricle, arteries and left atrium over the beat."""
    lines = (
        ("left ventricle", beat.pressure, VENTRICLE),
        ("arteries", beat.arteries, ARTERIES),
        ("left atrium", beat.atrium, ATRIUM),
    )
    for name, values, colour in lines:
        ax.plot(1e3 * beat.time, values, color=colour, linewidth=1.2, label=name)
    ax.set(xlabel="time [ms]", xlim=(0, 1e3 * float(beat.time[-1])))
