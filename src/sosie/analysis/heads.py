"""Figures of a head: sections through its tissues, and the scalp with electrodes and sources.

A section is drawn cell by cell, each in the colour of its tissue: what is seen is the mesh that the
fields are computed on.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from sosie.analysis.canvas import Scale, View, ruler, show
from sosie.analysis.draw3d import Camera, wall
from sosie.typing import Array, Integers

COLOURS = {
    "grey": "#8C8C94",
    "white": "#F2EFE9",
    "csf": "#56B4E9",
    "skull": "#F0E442",
    "scalp": "#E9B796",
}
"""Of tissues; lightness differs too, so they are told apart without colour."""
WORDS = {
    "grey": "grey matter",
    "white": "white matter",
    "csf": "cerebrospinal fluid",
    "skull": "skull",
    "scalp": "scalp",
}
PLANES = (("sagittal", 8.0), ("coronal", -20.0), ("axial", 15.0))
"""Sections across x, y and z, and where [mm]: beside the midline, through the ventricles."""
LEFT_FRONT = Camera.looking(np.array([-1.0, 0.75, 0.45]), np.array([0.0, 0.0, 1.0]))
SIZE = 2.6
"""Inches of a panel."""
MARK = 9.0
"""Area of an electrode's mark [points^2]."""


def head(
    points: Array,
    cells: Integers,
    tissue: Integers,
    *,
    labels: Mapping[str, int],
    scalp: Integers,
    electrodes: Array,
    names: Sequence[str],
) -> Figure:
    """Draw three sections and the scalp; ``points`` (n, 3) [mm].

    ``electrodes`` (n_electrodes, 3) [mm], with the names that are written beside them.
    """
    figure = Figure(figsize=(4 * SIZE, SIZE + 0.35))
    axes = figure.subplots(1, 4)
    figure.subplots_adjust(left=0.005, right=0.995, bottom=0.10, top=0.92, wspace=0.02)
    colours = np.zeros((max(labels.values()) + 1, 3))
    for name, label in labels.items():
        colours[label] = _rgb(COLOURS[name])
    for axis, (plane, at) in enumerate(PLANES):
        ax = axes[axis]
        polygons, own = section(points, cells, axis=axis, at=at)
        ax.add_collection(
            PolyCollection(
                polygons, facecolors=colours[tissue[own]], edgecolors="#00000030", linewidths=0.2
            )
        )
        ax.autoscale_view()
        ax.set_aspect("equal")
        ax.axis("off")
        ax.set_title(f"{plane}, {'xyz'[axis]} = {at:.0f} mm", pad=2)
    ruler(axes[0], 5)
    _skin(axes[3], points, scalp, electrodes, names)
    patches = [Patch(color=COLOURS[name], label=WORDS[name]) for name in labels]
    figure.legend(handles=patches, loc="lower center", ncols=len(patches), frameon=False)
    return figure


def section(
    points: Array, cells: Integers, *, axis: int, at: float
) -> tuple[list[Array], Integers]:
    """Return the polygons in which cells meet a plane, and the cell of each.

    The other two coordinates are kept, in order.
    """
    height = points[:, axis] - at
    above = height >= 0
    across = above[cells].any(axis=1) & ~above[cells].all(axis=1)
    polygons, rest = [], [k for k in range(3) if k != axis]
    own = np.flatnonzero(across)
    for cell in cells[own]:
        high, low = cell[above[cell]], cell[~above[cell]]
        pairs = [(p, q) for p in high for q in low]
        if len(pairs) == 4:  # round the quadrangle
            pairs = [pairs[k] for k in (0, 1, 3, 2)]
        p, q = np.array(pairs).T
        w = (height[p] / (height[p] - height[q]))[:, None]
        polygons.append(((1 - w) * points[p] + w * points[q])[:, rest])
    return polygons, own


def _skin(
    ax: Axes, points: Array, scalp: Integers, electrodes: Array, names: Sequence[str]
) -> None:
    """Draw the scalp from the left and in front, and the electrodes that are seen."""
    plain = Scale(ListedColormap([COLOURS["scalp"]]), Normalize(0, 1), 1.0)
    surface = wall(points, scalp, np.ones(len(scalp), dtype=int), np.zeros(len(points)))
    own = points[np.unique(scalp)]
    show(ax, surface, own, View.of(LEFT_FRONT, [own]), plain)
    seen = own @ LEFT_FRONT.axes[:2].T
    middle = (seen.min(axis=0) + seen.max(axis=0)) / 2
    centre = surface.corners.mean(axis=1)
    for place, name in zip(electrodes, names, strict=True):
        near = np.linalg.norm(centre - place, axis=1).argmin()
        if surface.normals[near].mean(axis=0) @ LEFT_FRONT.viewer < 0.15:
            continue
        x, y = place @ LEFT_FRONT.axes[:2].T - middle
        ax.scatter(x, y, s=MARK, color="#1A1A1A", linewidths=0)
        ax.annotate(name, (x, y), (2, 1.5), textcoords="offset points", fontsize=5)
    ax.set_title(f"scalp, {len(names)} electrodes", pad=2)


def _rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
