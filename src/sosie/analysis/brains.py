"""The report's brains: tau on the cortex and in a section, of some patients and of the mean."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sosie.analysis.brain_population import MeanBrain
from sosie.analysis.canvas import Scale, View, colour_bar, ruler, show
from sosie.analysis.draw3d import Camera, Triangles, opened, wall
from sosie.typing import Array, Integers

TAU = colormaps["OrRd"]
SPREAD = colormaps["Blues"]
"""Colour maps of even steps in lightness, legible to the colour-blind, and not the heart's."""
LATERAL = Camera.looking(np.array([-1.0, 0.0, 0.12]), np.array([0.0, 0.0, 1.0]))
"""From the left: anterior left, superior on top."""
FRONT = Camera.looking(np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0]))
"""From the front: the brain's left on the right."""
BACKWARDS = np.array([0.0, -1.0, 0.0])
PIAL = 1
CUT_THROUGH = "entorhinal"
"""Region of the atlas that the section lies in: where tau starts."""
SMALL, LARGE = 140.0, 105.0
"""Millimetres of brain to an inch of a figure of many brains, and of one."""
TITLE, LINE, FOOT = 0.17, 0.15, 0.60
"""Inches above a row, of a line of text above all rows, and below them."""
LEAST = 0.1
"""Tau that a scale reaches at least."""
WORD = "misfolded tau over that of a full brain"


@dataclass(frozen=True)
class Shape:
    """The mesh that all brains share."""

    cells: Integers
    facets: Integers
    tags: Integers
    middle: Integers  # vertices whose mean the section goes through

    @classmethod
    def of(cls, brain: xr.Dataset) -> "Shape":
        """Read the mesh of a store's brain."""
        cells, facets, tags = (brain[name].values for name in ("cells", "facets", "facet_tag"))
        names = brain["region"].values.tolist()
        wanted = [i for i, name in enumerate(names) if name.startswith(CUT_THROUGH)]
        inside = np.isin(brain["cell_region"].values, wanted)
        middle = cells[inside] if inside.any() else cells
        return cls(cells, facets, tags, np.unique(middle))

    def cortex(self, points: Array, values: Array) -> Triangles:
        """Return the pial surface."""
        pial = self.tags == PIAL
        return wall(points, self.facets[pial], self.tags[pial], values)

    def section(self, points: Array, values: Array) -> Triangles:
        """Return what lies behind the coronal plane through the entorhinal cortex."""
        boundary = wall(points, self.facets, self.tags, values)
        origin = points[self.middle].mean(axis=0)
        return opened(
            boundary,
            points,
            self.cells,
            values,
            origin=origin,
            keep=BACKWARDS,
        )


@dataclass(frozen=True)
class Row:
    """One brain of a figure, at several years."""

    title: str
    points: Array  # (n_years, n_vertices, 3) [mm]
    tau: Array  # (n_years, n_vertices)


def ageing(shape: Shape, years: Sequence[float], rows: Sequence[Row]) -> Figure:
    """Draw brains over the years: one scale of length, one of tau."""
    scale = tau_scale([row.tau for row in rows])
    lateral, front = views([points for row in rows for points in row.points])
    n = len(years)
    figure, axes = grid([lateral] * n + [front] * n, len(rows), heads=2, scale=SMALL)
    for i, row in enumerate(rows):
        for j, (x, tau) in enumerate(zip(row.points, row.tau, strict=True)):
            show(axes[i][j], shape.cortex(x, tau), x, lateral, scale, lines=True)
            show(axes[i][n + j], shape.section(x, tau), x, front, scale, lines=True)
        axes[i][0].set_title(row.title, loc="left", pad=2, parse_math=False)
    for j, year in enumerate([*years, *years]):
        head(figure, axes[0][j : j + 1], f"year {year:g}", line=1)
    head(figure, axes[0][:n], "left hemisphere, from the left", line=2)
    head(figure, axes[0][n:], "section through the entorhinal cortices, from the front", line=2)
    ruler(axes[-1][0], 5)
    bar(figure, (0.30, 0.70), scale, f"{WORD}, a line every {scale.step:g}")
    return figure


def mean_brains(shape: Shape, mean: MeanBrain) -> Figure:
    """Draw mean and spread of tau over the patients on the mean geometry, a row for a year."""
    fields = [("mean", mean.tau, TAU)]
    if mean.spread is not None:
        fields.append(("standard deviation between patients", mean.spread, SPREAD))
    lateral, front = views([mean.points])
    figure, axes = grid([lateral, front] * len(fields), len(mean.years), heads=1, scale=LARGE)
    for k, (name, values, colours) in enumerate(fields):
        scale = Scale.to(float(values.max()), colours)
        for i, tau in enumerate(values):
            left, right = axes[i][2 * k : 2 * k + 2]
            show(left, shape.cortex(mean.points, tau), mean.points, lateral, scale, lines=True)
            show(right, shape.section(mean.points, tau), mean.points, front, scale, lines=True)
        head(figure, axes[0][2 * k : 2 * k + 2], name, line=1)
        label = f"misfolded tau, a line every {scale.step:g}"
        bar(figure, ((k + 0.15) / len(fields), (k + 0.85) / len(fields)), scale, label)
    for row, year in zip(axes, mean.years, strict=True):
        row[0].set_title(f"year {year:g}", loc="left", pad=2)
    ruler(axes[-1][0], 5)
    return figure


def views(brains: Sequence[Array], cameras: Sequence[Camera] = (LATERAL, FRONT)) -> list[View]:
    """Return the views of one height that every brain fits in, from the left and the front."""
    found = [View.of(camera, brains) for camera in cameras]
    tall = max(view.window[1] for view in found)
    return [View(view.camera, (view.window[0], tall)) for view in found]


def tau_scale(fields: Sequence[Array]) -> Scale:
    """Return the scale of several fields of tau, which does not blow up next to nothing."""
    return Scale.to(max(LEAST, *(float(tau.max()) for tau in fields)), TAU)


def grid(
    columns: Sequence[View], rows: int, *, heads: int, scale: float
) -> tuple[Figure, list[list[Axes]]]:
    """Return a figure and its axes, rows of the views; all have one height and one scale."""
    above = 0.05 + heads * LINE
    widths = np.array([2 * view.window[0] for view in columns]) / scale
    tall = 2 * columns[0].window[1] / scale
    width, height = widths.sum(), above + rows * (TITLE + tall) + FOOT
    figure = Figure(figsize=(width, height))
    lefts = np.cumsum(widths) - widths
    axes = []
    for i in range(rows):
        bottom = height - above - (i + 1) * (TITLE + tall)
        boxes = (
            (x / width, bottom / height, w / width, tall / height)
            for x, w in zip(lefts, widths, strict=True)
        )
        axes.append([figure.add_axes(box) for box in boxes])
    return figure, axes


def head(figure: Figure, axes: Sequence[Axes], text: str, *, line: int) -> None:
    """Write above some axes; line 1 is the lowest."""
    x = (axes[0].get_position().x0 + axes[-1].get_position().x1) / 2
    y = axes[0].get_position().y1 + (TITLE + LINE * (line - 1)) / figure.get_figheight()
    figure.text(x, y, text, ha="center", va="bottom")


def bar(figure: Figure, ends: tuple[float, float], scale: Scale, label: str) -> None:
    """Draw a colour bar at the foot, between shares of the width."""
    tall = figure.get_figheight()
    box = (ends[0], 0.36 / tall, ends[1] - ends[0], 0.08 / tall)
    colour_bar(figure, box, scale, label)
