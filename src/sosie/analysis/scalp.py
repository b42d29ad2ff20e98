"""The report's heads: what electrodes see of the cortex, its EEG, and the field of stimulation.

Values of sources are drawn on the pial surface, at its vertices from the nearest sources.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.spatial import cKDTree

from sosie.analysis.brains import LARGE, LATERAL, Shape, bar, grid, head, views
from sosie.analysis.canvas import SEXES, Scale, correlation, dot_size, ruler, show
from sosie.analysis.draw3d import Camera
from sosie.typing import Array

SEEN, FIELD = colormaps["Purples"], colormaps["YlGnBu"]
"""Colour maps of even steps in lightness, not those of heart and tau."""
RIGHT = Camera.looking(np.array([1.0, 0.0, 0.12]), np.array([0.0, 0.0, 1.0]))
ABOVE = Camera.looking(np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0]))
VIEWS = (("from the left", LATERAL), ("from above", ABOVE), ("from the right", RIGHT))
NEAREST = 4
"""Sources that a vertex's value is the mean of."""
AT = 0.1
"""Distance [mm] within which a source has a vertex for itself."""
BLUE, ORANGE = "#0072B2", "#D55E00"
AGAINST = (
    ("age", "age [year]"),
    ("skull_thickness", "thickness of the skull [mm]"),
    ("conductivity_skull", "conductivity of the skull [mS/m]"),
)
"""Columns of the record that the dose is drawn against, and words."""
UNITS = {"conductivity_skull": 1e3}


@dataclass(frozen=True)
class Cortex:
    """One person's cortex and a value at each source."""

    title: str
    points: Array  # (n_vertices, 3) [mm]
    sources: Array  # (n_sources, 3) [mm]
    seen: Array  # (n_sources,) root mean square of the lead field over electrodes [nV/(nA m)]
    field: Array  # (n_sources,) strength of the field [V/m]


def cortices(shape: Shape, people: Sequence[Cortex]) -> tuple[Figure, Figure]:
    """Draw what electrodes see of some cortices, and the field of stimulation there."""
    seen = _maps(
        shape,
        people,
        [person.seen for person in people],
        SEEN,
        "potential of a dipole, root mean square [nV/(nA m)]",
    )
    field = _maps(shape, people, [person.field for person in people], FIELD, "electric field [V/m]")
    return seen, field


def _maps(
    shape: Shape, people: Sequence[Cortex], values: Sequence[Array], colours: object, label: str
) -> Figure:
    scale = Scale.to(max(float(np.percentile(v, 99.5)) for v in values), colours)
    seen = views([person.points for person in people], [camera for _, camera in VIEWS])
    figure, axes = grid(seen, len(people), heads=1, scale=LARGE)
    for row, person, value in zip(axes, people, values, strict=True):
        at_vertices = spread(person.sources, value, person.points)
        drawn = shape.cortex(person.points, np.minimum(at_vertices, scale.norm.vmax))
        for ax, view in zip(row, seen, strict=True):
            show(ax, drawn, person.points, view, scale, lines=True)
        row[0].set_title(person.title, loc="left", pad=2, parse_math=False)
    for k, (name, _) in enumerate(VIEWS):
        head(figure, axes[0][k : k + 1], name, line=1)
    ruler(axes[-1][0], 5)
    bar(figure, (0.30, 0.70), scale, f"{label}, a line every {scale.step:g}")
    return figure


def spread(sources: Array, values: Array, points: Array) -> Array:
    """Return values at points (n, 3): means over the nearest sources, weighted by 1 / distance."""
    distance, near = cKDTree(sources).query(points, k=NEAREST)
    weight = 1 / np.maximum(distance, AT)
    return (weight * values[near]).sum(axis=1) / weight.sum(axis=1)


def eeg(brain: xr.Dataset) -> Figure:
    """Draw the spectra of the first and last year, alpha peaks, and theta over alpha.

    ``brain`` holds the patients that have an EEG: median and quartiles over them.
    """
    years, frequency = brain["shape_year"].values, brain["frequency"].values
    power = brain["eeg_power"].mean("electrode").values  # (n_patients, n_years, n_frequencies)
    figure = Figure(figsize=(7.2, 2.2))
    left, middle, right = figure.subplots(1, 3)
    figure.subplots_adjust(0.07, 0.20, 0.99, 0.90, wspace=0.28)
    for k, colour in ((0, BLUE), (-1, ORANGE)):
        _band(left, frequency, power[:, k], colour, label=f"year {years[k]:g}")
    left.set(xlabel="frequency [Hz]", xlim=(1, 20), ylim=(0, None))
    left.set_title("power, over that of year 0 [1/Hz]", loc="left", pad=3)
    left.legend(loc="upper right")
    for ax, name, title in (
        (middle, "alpha_peak", "frequency of most power [Hz]"),
        (right, "theta_alpha_ratio", "theta over alpha"),
    ):
        _band(ax, years, brain[name].values, BLUE)
        ax.set(xlabel="years since seeding", xlim=(years[0], years[-1]))
        ax.set_title(title, loc="left", pad=3)
    right.set_yscale("log")
    return figure


def _band(ax: Axes, x: Array, values: Array, colour: str, label: str | None = None) -> None:
    low, middle, high = np.percentile(values, [25, 50, 75], axis=0)
    ax.fill_between(x, low, high, color=colour, alpha=0.25, linewidth=0)
    ax.plot(x, middle, color=colour, linewidth=1.4, label=label)


def doses(people: pd.DataFrame) -> Figure:
    """Draw the dose against what people are; ``people`` has ``dose``, ``sex`` and AGAINST."""
    figure = Figure(figsize=(7.2, 2.4))
    axes = figure.subplots(1, len(AGAINST), sharey=True)
    figure.subplots_adjust(0.07, 0.19, 0.99, 0.91, wspace=0.10)
    for ax, (name, label) in zip(axes, AGAINST, strict=True):
        for sex, (word, colour, marker) in SEXES.items():
            mine = people[people["sex"] == sex]
            look = {"s": dot_size(len(people)), "color": colour, "marker": marker}
            x = UNITS.get(name, 1.0) * mine[name]
            ax.scatter(x, mine["dose"], label=word, alpha=0.8, linewidths=0, **look)
        ax.set_xlabel(label)
        ax.set_title(correlation(people[name], people["dose"]), loc="right")
    axes[0].set_ylabel("current for the wanted field [mA]")
    axes[0].legend(loc="best")
    return figure
