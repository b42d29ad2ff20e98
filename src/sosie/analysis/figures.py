"""The report's figures: hearts, the mean heart, its map, and associations."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, ListedColormap, Normalize
from matplotlib.figure import Figure

from sosie.analysis import bullseye
from sosie.analysis.draw3d import Camera, Triangles, draw, opened, wall
from sosie.analysis.population import MeanHeart
from sosie.typing import Array, Integers

TIME = colormaps["viridis_r"]
SPREAD = ListedColormap(colormaps["magma_r"](np.linspace(0.03, 0.85, 256)), name="spread")
"""Colour maps of even steps in lightness, legible to the colour-blind; black is left out."""
SEXES = {"female": ("Women", "#D55E00", "o"), "male": ("Men", "#0072B2", "^")}
"""Name, colour and marker; colours of Okabe and Ito."""
GOLDEN = 0.6180339887498949
"""Multiples of it, modulo 1, fill an interval evenly however many there are."""
DPI = 200
PANEL = 360
"""Width of a drawn heart in pixels, about that of its place in a figure."""
CAMERA = Camera.looking(np.array([-0.30, -1.0, 0.0]), np.array([-1.0, 0.0, 0.0]))
"""From the free wall, a little from the base; anterior left, inferior right."""
TOWARDS_SEPTUM = np.array([0.0, 1.0, 0.0])
MARGIN = 3.0
"""Around a heart [mm]."""
STYLE = {
    "font.size": 7.5,
    "axes.titlesize": 7.5,
    "axes.labelsize": 7.5,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.frameon": False,
}


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
    norm, step = _times(max(float(column.values.max()) for column in columns))
    n = len(columns)
    window = _window([column.points for column in columns])
    tall = 1.75 * window[1] / window[0]
    size = (1.75 * max(n, 2) + 0.3, 2 * tall + 1.1)
    figure = Figure(figsize=size)
    axes = figure.subplots(2, n, squeeze=False)
    figure.subplots_adjust(
        0.3 / size[0], 0.65 / size[1], 1, 1 - 0.42 / size[1], wspace=0, hspace=0.02
    )
    for j, column in enumerate(columns):
        for ax, view in zip(axes[:, j], shape.views(column.points, column.values), strict=True):
            _show(ax, view, column.points, window, TIME, norm, step)
        axes[0, j].set_title(column.title, parse_math=False)
    _name_views(axes[:, 0])
    _ruler(axes[1, 0])
    label = f"activation time [ms], a line every {step:g} ms"
    _colour_bar(figure, (0.30, 0.42 / size[1], 0.40, 0.08 / size[1]), TIME, norm, step, label)
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
    window = _window([mean.points])
    for i, (name, values, colours) in enumerate(fields):
        norm, step = _times(float(values.max()))
        for ax, view in zip(axes[2 * i :], shape.views(mean.points, values), strict=False):
            _show(ax, view, mean.points, window, colours, norm, step)
        box = ((i + 0.2) / n, 0.145, 0.6 / n, 0.026)
        _colour_bar(figure, box, colours, norm, step, f"{name} [ms], a line every {step:g} ms")
    _ruler(axes[0])
    return figure


def maps(shape: Shape, mean: MeanHeart) -> Figure:
    """Draw mean and spread of activation as bull's-eye maps."""
    fields = [("mean activation time [ms]", mean.time, TIME)]
    if mean.spread is not None:
        fields.append(("standard deviation between patients [ms]", mean.spread, SPREAD))
    figure = Figure(figsize=(3.1 * len(fields), 3.5))
    axes = figure.subplots(1, len(fields), squeeze=False)[0]
    figure.subplots_adjust(0.01, 0.16, 0.99, 1.0, wspace=0.05)
    for i, (ax, (name, values, colours)) in enumerate(zip(axes, fields, strict=True)):
        norm, step = _times(float(values.max()))
        levels = np.arange(0, norm.vmax + step / 2, step)
        bullseye.draw(
            ax,
            shape.apicobasal,
            shape.rotational,
            values,
            levels=levels,
            colours=colours,
        )
        box = ((i + 0.2) / len(fields), 0.12, 0.6 / len(fields), 0.02)
        _colour_bar(figure, box, colours, norm, step, name)
    return figure


def associations(people: pd.DataFrame) -> Figure:
    """Draw total activation time against age, sex and cavity volume."""
    figure = Figure(figsize=(7.2, 2.5))
    axes = figure.subplots(1, 3, sharey=True)
    figure.subplots_adjust(0.07, 0.20, 0.99, 0.91, wspace=0.10)
    size = float(np.clip(4000 / len(people), 3, 22))
    sexes = [sex for sex in SEXES if (people["sex"] == sex).any()]
    for place, sex in enumerate(sexes):
        name, colour, marker = SEXES[sex]
        mine = people[people["sex"] == sex]
        look = {"s": size, "color": colour, "marker": marker, "alpha": 0.75, "linewidths": 0}
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
        ax.set_title(_correlation(people[name], people["total_activation_time"]), loc="right")
    return figure


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG that depends on nothing but its content."""
    out = BytesIO()
    figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
    return out.getvalue()


def _times(largest: float) -> tuple[Normalize, float]:
    """Return a scale from 0 to a round time and the spacing of its lines, 8 to 15 of them."""
    step = float(next((s for s in (0.5, 1, 2, 5, 10, 20, 50) if largest <= 15 * s), 100))
    return Normalize(0, step * max(np.ceil(largest / step), 1)), step


def _window(hearts: Sequence[Array]) -> tuple[float, float]:
    """Return half the width and half the height [mm] that every heart fits in."""
    seen = [np.ptp(points @ CAMERA.axes[:2].T, axis=0) for points in hearts]
    return tuple(np.max(seen, axis=0) / 2 + MARGIN)


def _show(
    ax: Axes,
    view: Triangles,
    points: Array,
    window: tuple[float, float],
    colours: Colormap,
    norm: Normalize,
    step: float,
) -> None:
    """Draw one heart in the middle of its axes."""
    seen = points @ CAMERA.axes[:2].T
    x, y = (seen.min(axis=0) + seen.max(axis=0)) / 2
    frame = (x - window[0], x + window[0], y - window[1], y + window[1])
    image = draw(view, CAMERA, frame, width=PANEL, colours=colours, norm=norm, step=step)
    ax.imshow(image, extent=(-window[0], window[0], -window[1], window[1]))
    ax.axis("off")


def _name_views(axes: Sequence[Axes]) -> None:
    for ax, name in zip(axes, ("free wall", "cut open: septum"), strict=True):
        ax.text(-0.02, 0.5, name, transform=ax.transAxes, rotation=90, va="center", ha="right")


def _ruler(ax: Axes) -> None:
    """Draw 2 cm in the lower left."""
    left, _, bottom, _ = (*ax.get_xlim(), *ax.get_ylim())
    ax.plot([left, left + 20], [bottom, bottom], color="black", linewidth=1.5, clip_on=False)
    ax.text(left + 10, bottom + 1.5, "2 cm", ha="center", va="bottom")


def _colour_bar(
    figure: Figure,
    box: tuple[float, float, float, float],
    colours: Colormap,
    norm: Normalize,
    step: float,
    label: str,
) -> None:
    bar = figure.colorbar(
        ScalarMappable(norm, colours), cax=figure.add_axes(box), orientation="horizontal"
    )
    bar.set_ticks(np.arange(0, norm.vmax + step / 2, 2 * step))
    bar.set_label(label, labelpad=2)
    bar.outline.set_linewidth(0.4)
    bar.ax.tick_params(width=0.4, length=2, pad=1.5)


def _correlation(x: pd.Series, y: pd.Series) -> str:
    """Return Pearson's r, or nothing where there is none."""
    if len(x) < 3 or x.std() == 0 or y.std() == 0:
        return ""
    return f"r = {np.corrcoef(x, y)[0, 1]:.2f}, n = {len(x)}"
