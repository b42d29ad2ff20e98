"""What all drawings of organs share: style, colours and their scale, ruler, colour bar, PNG."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure

from sosie.analysis.draw3d import Camera, Triangles, draw
from sosie.typing import Array

SEXES = {"female": ("Women", "#D55E00", "o"), "male": ("Men", "#0072B2", "^")}
"""Name, colour and marker; colours of Okabe and Ito."""
GOLDEN = 0.6180339887498949
"""Multiples of it, modulo 1, fill an interval evenly however many there are."""
DPI = 200
SMALL = {"optimize": True}
"""How a PNG is written."""
MARGIN = 3.0
"""Around an organ [mm]."""
STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)
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
class Scale:
    """The colours of a field, between whole numbers of steps; a tick every second step."""

    colours: Colormap
    norm: Normalize
    step: float

    @classmethod
    def to(cls, largest: float, colours: Colormap, *, least: float = 0.0) -> "Scale":
        """Return the scale that reaches a value in about 15 round steps at most."""
        step = float(next((s for s in STEPS if largest - least <= 15 * s), 100))
        bottom = step * np.floor(least / step + 1e-6)
        top = bottom + step * max(np.ceil((largest - bottom) / step - 1e-6), 1)
        return cls(colours, Normalize(bottom, top), step)

    @property
    def levels(self) -> Array:
        """Return the bounds of the steps."""
        return np.arange(self.norm.vmin, self.norm.vmax + self.step / 2, self.step)


@dataclass(frozen=True)
class View:
    """A direction to draw from, and half the width and height [mm] of what is drawn."""

    camera: Camera
    window: tuple[float, float]

    @classmethod
    def of(cls, camera: Camera, organs: Sequence[Array]) -> "View":
        """Return the view that each organ fits in, points (n, 3) [mm]."""
        seen = [np.ptp(points @ camera.axes[:2].T, axis=0) for points in organs]
        return cls(camera, tuple(np.max(seen, axis=0) / 2 + MARGIN))


def show(
    ax: Axes,
    drawn: Triangles,
    points: Array,
    view: View,
    scale: Scale,
    *,
    lines: bool = False,
) -> None:
    """Draw an organ in the middle of its axes, as fine as the figure shows it."""
    seen = points @ view.camera.axes[:2].T
    x, y = (seen.min(axis=0) + seen.max(axis=0)) / 2
    half, tall = view.window
    inches = ax.get_position().width * ax.figure.get_figwidth()
    image = draw(
        drawn,
        view.camera,
        (x - half, x + half, y - tall, y + tall),
        width=round(inches * DPI),
        colours=scale.colours,
        norm=scale.norm,
        step=scale.step if lines else None,
    )
    ax.imshow(image, extent=(-half, half, -tall, tall))
    ax.axis("off")


def ruler(ax: Axes, length: int) -> None:
    """Draw some centimetres in the lower left."""
    left, _, bottom, top = (*ax.get_xlim(), *ax.get_ylim())
    ax.plot([left, left + 10 * length], [bottom, bottom], color="black", linewidth=1.5)
    ax.lines[-1].set_clip_on(False)
    middle = left + 5 * length
    ax.text(middle, bottom + 0.02 * (top - bottom), f"{length} cm", ha="center", va="bottom")


def colour_bar(
    figure: Figure, box: tuple[float, float, float, float], scale: Scale, label: str
) -> None:
    """Draw a horizontal colour bar at (left, bottom, width, height) of the figure."""
    bar = figure.colorbar(
        ScalarMappable(scale.norm, scale.colours),
        cax=figure.add_axes(box),
        orientation="horizontal",
    )
    long = scale.step < 1 and max(abs(scale.norm.vmin), scale.norm.vmax) >= 10  # such as 22.5
    bar.set_ticks(scale.levels[:: 4 if long else 2])
    bar.set_label(label, labelpad=2)
    bar.outline.set_linewidth(0.4)
    bar.ax.tick_params(width=0.4, length=2, pad=1.5)


def dot_size(n: int) -> float:
    """Return the area of one of ``n`` marks."""
    return float(np.clip(4000 / n, 3, 22))


def correlation(x: pd.Series, y: pd.Series) -> str:
    """Return Pearson's r, or nothing where there is none."""
    known = x.notna() & y.notna()
    x, y = x[known], y[known]
    if len(x) < 3 or x.std() == 0 or y.std() == 0:
        return ""
    return f"r = {np.corrcoef(x, y)[0, 1]:.2f}, n = {len(x)}".replace("-", "−")


def png(figure: Figure) -> bytes:
    """Return a figure as a PNG that depends on nothing but its content."""
    out = BytesIO()
    figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None}, pil_kwargs=SMALL)
    return out.getvalue()
