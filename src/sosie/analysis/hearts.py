"""The report's hearts: some patients', the mean heart, its map, and associations."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, ListedColormap
from matplotlib.figure import Figure

from sosie.analysis import bullseye
from sosie.analysis.canvas import (
    GOLDEN,
    SEXES,
    Scale,
    View,
    colour_bar,
    correlation,
    dot_size,
    ruler,
    show,
)
from sosie.analysis.draw3d import Camera, Triangles, opened, wall
from sosie.analysis.population import MeanHeart
from sosie.typing import Array, Integers

TIME = colormaps["viridis_r"]
SPREAD = ListedColormap(colormaps["magma_r"](np.linspace(0.03, 0.85, 256)), name="spread")
"""Colour maps of even steps in lightness, legible to the colour-blind; black is left out."""
CAMERA = Camera.looking(np.array([-0.30, -1.0, 0.0]), np.array([-1.0, 0.0, 0.0]))
"""From the free wall, a little from the base; anterior left, inferior right."""
TOWARDS_SEPTUM = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True)
class Shape:
    """The mesh that all hearts share."""

    cells: Integers
    facets: Integers
    tags: Integers
    apicobasal: Array
    rotational: Array

    @classmethod
    def of(cls, heart: xr.Dataset) -> "Shape":
        """Read the mesh of a store's heart."""
        names = ("cells", "facets", "facet_tag", "apicobasal", "rotational")
        return cls(*(heart[name].values for name in names))

    def views(self, points: Array, values: Array) -> tuple[Triangles, Triangles]:
        """Return the whole wall, and its septal half cut open along the long axis."""
        boundary = wall(points, self.facets, self.tags, values)
        middle = points[np.unique(self.facets[self.tags == 1])].mean(axis=0)
        half = opened(boundary, points, self.cells, values, origin=middle, keep=TOWARDS_SEPTUM)
        return boundary, half


@dataclass(frozen=True)
class Column:
    """One heart of a figure, drawn from outside and cut open."""

    title: str
    points: Array
    values: Array


def hearts(shape: Shape, columns: Sequence[Column]) -> Figure:
    """Draw hearts side by side: one scale of length, one of time from the first activation."""
    scale = Scale.to(max(float(column.values.max()) for column in columns), TIME)
    n = len(columns)
    view = View.of(CAMERA, [column.points for column in columns])
    tall = 1.75 * view.window[1] / view.window[0]
    size = (1.75 * max(n, 2) + 0.3, 2 * tall + 1.1)
    figure = Figure(figsize=size)
    axes = figure.subplots(2, n, squeeze=False)
    figure.subplots_adjust(
        0.3 / size[0], 0.65 / size[1], 1, 1 - 0.42 / size[1], wspace=0, hspace=0.02
    )
    for j, column in enumerate(columns):
        for ax, part in zip(axes[:, j], shape.views(column.points, column.values), strict=True):
            show(ax, part, column.points, view, scale, lines=True)
        axes[0, j].set_title(column.title, parse_math=False)
    _name_views(axes[:, 0])
    ruler(axes[1, 0], 2)
    label = f"activation time [ms], a line every {scale.step:g} ms"
    colour_bar(figure, (0.30, 0.42 / size[1], 0.40, 0.08 / size[1]), scale, label)
    return figure


def mean_hearts(shape: Shape, mean: MeanHeart) -> Figure:
    """Draw mean and spread of activation on the mean geometry."""
    fields = [("mean", mean.time, TIME)]
    if mean.spread is not None:
        fields.append(("standard deviation between patients", mean.spread, SPREAD))
    n = len(fields)
    figure = Figure(figsize=(3.6 * n, 2.9))
    axes = figure.subplots(1, 2 * n)
    figure.subplots_adjust(0.01, 0.21, 0.99, 0.99, wspace=0.03)
    view = View.of(CAMERA, [mean.points])
    for i, (name, values, colours) in enumerate(fields):
        scale = Scale.to(float(values.max()), colours)
        for ax, part in zip(axes[2 * i :], shape.views(mean.points, values), strict=False):
            show(ax, part, mean.points, view, scale, lines=True)
        box = ((i + 0.2) / n, 0.145, 0.6 / n, 0.026)
        colour_bar(figure, box, scale, f"{name} [ms], a line every {scale.step:g} ms")
    ruler(axes[0], 2)
    return figure


@dataclass(frozen=True)
class Map:
    """A field that is drawn as a bull's eye."""

    label: str
    values: Array
    colours: Colormap
    least: float = 0.0  # at which its colours begin


def mean_maps(what: str, mean: Array, spread: Array | None, *, least: float = 0.0) -> list[Map]:
    """Return mean and, where there is one, standard deviation of times [ms]."""
    found = [Map(f"mean {what} time [ms]", mean, TIME, least)]
    if spread is not None:
        found.append(Map("standard deviation between patients [ms]", spread, SPREAD))
    return found


def maps(shape: Shape, fields: Sequence[Map]) -> Figure:
    """Draw fields as bull's-eye maps."""
    figure = Figure(figsize=(3.1 * len(fields), 3.5))
    axes = figure.subplots(1, len(fields), squeeze=False)[0]
    figure.subplots_adjust(0.01, 0.16, 0.99, 1.0, wspace=0.05)
    for i, (ax, field) in enumerate(zip(axes, fields, strict=True)):
        scale = Scale.to(float(field.values.max()), field.colours, least=field.least)
        bullseye.draw(
            ax,
            shape.apicobasal,
            shape.rotational,
            field.values,
            levels=scale.levels,
            colours=field.colours,
        )
        box = ((i + 0.2) / len(fields), 0.12, 0.6 / len(fields), 0.02)
        colour_bar(figure, box, scale, field.label)
    return figure


def associations(people: pd.DataFrame) -> Figure:
    """Draw total activation time against age, sex and cavity volume."""
    figure = Figure(figsize=(7.2, 2.5))
    axes = figure.subplots(1, 3, sharey=True)
    figure.subplots_adjust(0.07, 0.20, 0.99, 0.91, wspace=0.10)
    sexes = [sex for sex in SEXES if (people["sex"] == sex).any()]
    for place, sex in enumerate(sexes):
        name, colour, marker = SEXES[sex]
        mine = people[people["sex"] == sex]
        look = {
            "s": dot_size(len(people)),
            "color": colour,
            "marker": marker,
            "alpha": 0.75,
            "linewidths": 0,
        }
        total = mine["total_activation_time"]
        axes[0].scatter(mine["age"], total, label=name, **look)
        shift = 0.5 * ((np.arange(len(mine)) * GOLDEN) % 1 - 0.5)
        axes[1].scatter(place + shift, total, **look)
        axes[1].hlines(total.mean(), place - 0.35, place + 0.35, color="black", linewidth=1.2)
        axes[2].scatter(mine["cavity_volume"], total, **look)
    axes[0].set(xlabel="age [year]", ylabel="total activation time [ms]")
    names = [f"{SEXES[sex][0]}\nn = {(people['sex'] == sex).sum()}" for sex in sexes]
    axes[1].set(title="lines: means", xlim=(-0.6, len(sexes) - 0.4))
    axes[1].set_xticks(range(len(sexes)), names)
    axes[2].set_xlabel("end-diastolic cavity volume [mL]")
    axes[0].legend(loc="best", handletextpad=0.2, borderaxespad=0.1)
    for ax, name in ((axes[0], "age"), (axes[2], "cavity_volume")):
        ax.set_title(correlation(people[name], people["total_activation_time"]), loc="right")
    return figure


def _name_views(axes: Sequence[Axes]) -> None:
    for ax, name in zip(axes, ("free wall", "cut open: septum"), strict=True):
        ax.text(-0.02, 0.5, name, transform=ax.transAxes, rotation=90, va="center", ha="right")
