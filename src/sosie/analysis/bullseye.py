r"""The wall as a disc: apex in the middle, base outside, septum left, anterior wall on top.

    (x, y) = -s (cos theta, sin theta)       (s apicobasal, theta rotational coordinate)

Means of the segments (`geometry.segments`) are plain means over vertices, which are evenly spaced
around a ring.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.tri import Triangulation

from sosie.geometry.segments import FIRST, RINGS, SECTORS, segment
from sosie.typing import Array


def through_wall(s: Array, theta: Array, values: Array) -> tuple[Array, Array, Array]:
    """Return (s, theta, mean over the wall) for each column of vertices."""
    around = np.round(np.where(s > 0, theta % (2 * np.pi), 0), 9)
    keys = np.stack([np.round(s, 9), around], axis=1)
    columns, which, count = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    mean = np.bincount(which.ravel(), weights=values) / count
    return columns[:, 0], columns[:, 1], mean


def draw(
    ax: Axes, s: Array, theta: Array, values: Array, *, levels: Array, colours: Colormap
) -> None:
    """Draw the map of ``values`` with the mean of each segment."""
    s, theta, mean = through_wall(s, theta, values)
    disc = Triangulation(-s * np.cos(theta), -s * np.sin(theta))
    norm = Normalize(levels[0], levels[-1])
    ax.tricontourf(disc, mean, levels=levels, cmap=colours, norm=norm, extend="both")
    _grid(ax)
    number, digits = segment(s, theta), 0 if levels[-1] >= 10 else 1
    for n in np.unique(number):
        mine = number == n
        value = mean[mine].mean()
        x, y = _centre(n)
        r, g, b, _ = colours(norm(value))
        ink = "black" if 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.40 else "white"
        ax.text(x, y, f"{value:.{digits}f}", ha="center", va="center", fontsize=6.5, color=ink)
    places = {"septum": (-1.07, 0, 90), "anterior": (0, 1.07, 0)}
    places |= {"lateral": (1.07, 0, -90), "inferior": (0, -1.07, 0)}
    for word, (x, y, turn) in places.items():
        ax.text(x, y, word, ha="center", va="center", rotation=turn, rotation_mode="anchor")
    ax.set(aspect="equal", xlim=(-1.18, 1.18), ylim=(-1.18, 1.18))
    ax.axis("off")


def _grid(ax: Axes) -> None:
    turn = np.linspace(0, 2 * np.pi, 181)
    for radius in RINGS:
        ax.plot(radius * np.cos(turn), radius * np.sin(turn), color="white", linewidth=0.8)
    for ring, sectors in enumerate(SECTORS):
        for k in range(sectors):
            angle = np.pi / 2 - np.pi / sectors + 2 * np.pi * k / sectors
            ends = np.array(RINGS[ring : ring + 2])
            ax.plot(ends * np.cos(angle), ends * np.sin(angle), color="white", linewidth=0.8)


def _centre(number: int) -> tuple[float, float]:
    if number == 17:
        return 0.0, 0.0
    ring = next(i for i, first in enumerate(FIRST) if number > first)
    angle = np.pi / 2 + 2 * np.pi * (number - 1 - FIRST[ring]) / SECTORS[ring]
    radius = (RINGS[ring] + RINGS[ring + 1]) / 2
    return radius * np.cos(angle), radius * np.sin(angle)
