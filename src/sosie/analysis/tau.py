"""Tau as curves over the years, and at the patients' ages against what they are and carry."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sosie.analysis.canvas import GOLDEN, correlation, dot_size
from sosie.typing import Array

ACROSS = 4
"""Panels side by side."""
RED, DARK_RED = "#d7301f", "#7f0000"
COPIES = {
    0: ("no ε4", "#56B4E9", "o"),
    1: ("one ε4", "#E69F00", "^"),
    2: ("two ε4", "#000000", "D"),
    -1: ("unknown", "#999999", "x"),
}
"""Copies of the allele: name, colour of Okabe and Ito, marker."""


def curves(years: Array, regions: Mapping[str, Array]) -> Figure:
    """Draw median and quartiles over patients, a panel a region; regions (n_patients, n_years).

    The first region's median is shown with each of the others.
    """
    rows = -(-len(regions) // ACROSS)
    figure = Figure(figsize=(7.2, 0.5 + 1.45 * rows))
    axes = figure.subplots(rows, ACROSS, sharex=True, sharey=True, squeeze=False).ravel()
    tall = figure.get_figheight()
    figure.subplots_adjust(0.08, 0.40 / tall, 0.99, 1 - 0.22 / tall, wspace=0.14, hspace=0.30)
    whole = np.median(next(iter(regions.values())), axis=0)
    for k, (name, tau) in enumerate(regions.items()):
        low, middle, high = np.percentile(tau, [25, 50, 75], axis=0)
        axes[k].fill_between(years, low, high, color=RED, alpha=0.25, linewidth=0)
        axes[k].plot(years, middle, color=DARK_RED, linewidth=1.4)
        if k:
            axes[k].plot(years, whole, color="black", linewidth=0.8, linestyle=(0, (4, 2)))
        axes[k].set_title(name, loc="left", pad=3)
    for ax in axes[len(regions) :]:
        ax.axis("off")
    for ax in axes[max(len(regions) - ACROSS, 0) : len(regions)]:
        ax.set_xlabel("years since seeding")
        ax.tick_params(labelbottom=True)
    for ax in axes[::ACROSS]:
        ax.set_ylabel("misfolded tau")
    axes[0].set(xlim=(years[0], years[-1]), ylim=(0, None))
    return figure


def now(people: pd.DataFrame) -> Figure:
    """Draw tau at the patients' ages against age, genotype and systolic pressure.

    ``people`` has the columns ``tau_now``, ``age``, ``sbp`` and ``copies`` of the allele.
    """
    figure = Figure(figsize=(7.2, 2.5))
    axes = figure.subplots(1, 3, sharey=True)
    figure.subplots_adjust(0.09, 0.20, 0.99, 0.91, wspace=0.10)
    present = [copies for copies in COPIES if (people["copies"] == copies).any()]
    for place, copies in enumerate(present):
        mine = people[people["copies"] == copies]
        look = _look(copies, len(people))
        axes[0].scatter(mine["age"], mine["tau_now"], **look)
        shift = 0.5 * ((np.arange(len(mine)) * GOLDEN) % 1 - 0.5)
        axes[1].scatter(place + shift, mine["tau_now"], **look)
        axes[2].scatter(mine["sbp"], mine["tau_now"], **look)
        _mean(axes[1], place, mine["tau_now"])
    axes[0].set(xlabel="age [year]", ylabel="misfolded tau of grey matter")
    names = [f"{COPIES[c][0]}\nn = {(people['copies'] == c).sum()}" for c in present]
    axes[1].set(title="lines: means", xlim=(-0.6, len(present) - 0.4))
    axes[1].set_xticks(range(len(present)), names)
    axes[2].set_xlabel("systolic blood pressure [mmHg]")
    for ax, name in ((axes[0], "age"), (axes[2], "sbp")):
        ax.set_title(correlation(people[name], people["tau_now"]), loc="right")
    return figure


def _look(copies: int, n: int) -> dict[str, object]:
    _, colour, marker = COPIES[copies]
    width = 0.8 if marker == "x" else 0
    return {"s": dot_size(n), "color": colour, "marker": marker, "alpha": 0.8, "linewidths": width}


def _mean(ax: Axes, place: int, values: pd.Series) -> None:
    ax.hlines(values.mean(), place - 0.35, place + 0.35, color="black", linewidth=1.2)
