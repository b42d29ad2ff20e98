r"""The report's heartbeats: loops of the cohort, strain by segment, and one heart that moves.

    x(phase) = x_seen + (1 - w) d_a + w d_b,     w = (V - V_a) / (V_b - V_a)

d_a, d_b  displacements at two successive instants of end diastole, peak pressure, end systole and
          early filling [mm], between which the cavity has the volumes V_a and V_b
V         volume at the phase: the wall moves as its cavity does, and rests when valves are shut

Displacements are of the mechanics template's vertices; the heart that is drawn is the finer one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Wedge
from PIL import Image

from sosie.analysis.canvas import Scale, View, colour_bar, show
from sosie.analysis.hearts import CAMERA, Shape
from sosie.analysis.loops import VENTRICLE
from sosie.geometry.segments import COUNT, FIRST, RINGS, SECTORS
from sosie.typing import Array

FRACTION = colormaps["cividis"]
STRAINS = {
    "longitudinal": "viridis",
    "circumferential": "viridis",
    "radial": "viridis_r",
    "fibre": "viridis",
}
"""Colours: stronger is darker, whichever sign contraction has."""
FRAMES = 20
"""Of the animation, evenly over the beat."""
COLOURS = 64
"""Of its palette; what it takes is half a megabyte at most."""
DPI = 80
SHORTENING = colormaps["YlGnBu_r"]
"""Dark where muscle is short."""


@dataclass(frozen=True)
class Motion:
    """A heart's beat as the store has it."""

    volume: Array  # (n_phases,) [mL]
    pressure: Array  # (n_phases,) [mmHg]
    displacement: Array  # (4, n_vertices, 3) [mm], at the vertices that are drawn
    fibre_strain: Array  # (4, n_vertices) [%]

    def instants(self) -> list[int]:
        """Return the phases of end diastole, peak pressure, end systole and early filling."""
        V = self.volume
        systole = int(V.argmin())
        filling = np.roll(np.roll(V, -1) - V, -systole)
        return [
            int(V.argmax()),
            int(self.pressure.argmax()),
            systole,
            (systole + int(filling.argmax())) % len(V),
        ]

    def at(self, phase: int) -> tuple[Array, Array]:
        """Return displacement [mm] and fibre strain [%] at a phase of the beat."""
        n, V, known = len(self.volume), self.volume, self.instants()
        since = [(phase - instant) % n for instant in known]
        a = int(np.argmin(since))
        b = (a + 1) % len(known)
        start, end = V[known[a]], V[known[b]]
        w = float(np.clip((V[phase] - start) / (end - start), 0, 1)) if start != end else 0.0
        return (
            (1 - w) * self.displacement[a] + w * self.displacement[b],
            (1 - w) * self.fibre_strain[a] + w * self.fibre_strain[b],
        )


def cohort(volume: Array, pressure: Array, fraction: Array) -> Figure:
    """Draw all loops (n, n_phases) [mL, mmHg], coloured by ejection fraction (n,) [%]."""
    figure = Figure(figsize=(4.2, 3.2))
    ax = figure.subplots()
    figure.subplots_adjust(0.12, 0.14, 0.80, 0.97)
    norm = Normalize(float(fraction.min()), float(fraction.max()) + 1e-9)
    closed = np.append(np.arange(volume.shape[1]), 0)
    lines = np.stack([volume[:, closed], pressure[:, closed]], axis=-1)
    thin = float(np.clip(8 / np.sqrt(len(volume)), 0.3, 1.2))
    ax.add_collection(
        LineCollection(
            list(lines), array=fraction, cmap=FRACTION, norm=norm, linewidths=thin, alpha=0.8
        )
    )
    ax.set(
        xlim=(0, 1.05 * volume.max()),
        ylim=(0, 1.05 * pressure.max()),
        xlabel="left ventricular volume [mL]",
        ylabel="left ventricular pressure [mmHg]",
    )
    bar = figure.colorbar(ax.collections[0], cax=figure.add_axes((0.84, 0.2, 0.025, 0.7)))
    bar.set_label("ejection fraction [%]")
    bar.outline.set_linewidth(0.4)
    return figure


def strains(segments: Mapping[str, Array]) -> Figure:
    """Draw strain at end systole [%] of each of the seventeen segments (17,), mean of patients."""
    n = len(segments)
    figure = Figure(figsize=(2.6 * n, 3.2))
    axes = figure.subplots(1, n, squeeze=False)[0]
    figure.subplots_adjust(0.01, 0.16, 0.99, 0.94, wspace=0.05)
    for i, (ax, (name, values)) in enumerate(zip(axes, segments.items(), strict=True)):
        colours = colormaps[STRAINS[name]]
        scale = Scale.to(float(values.max()), colours, least=float(values.min()))
        for number, value in enumerate(values, start=1):
            colour = colours(scale.norm(value))
            inner, outer, first, last = _ring(number)
            ax.add_patch(
                Wedge(
                    (0, 0), outer, first, last, width=outer - inner, facecolor=colour, edgecolor="w"
                )
            )
            middle = np.deg2rad((first + last) / 2)
            r = (inner + outer) / 2 if number < COUNT else 0.0
            light = np.dot((0.2126, 0.7152, 0.0722), colour[:3]) > 0.40
            ax.text(
                r * np.cos(middle),
                r * np.sin(middle),
                f"{value:.0f}".replace("-", "−"),
                ha="center",
                va="center",
                fontsize=6.5,
                color="black" if light else "white",
            )
        ax.set(aspect="equal", xlim=(-1.05, 1.05), ylim=(-1.05, 1.05), title=name)
        ax.axis("off")
        box = ((i + 0.2) / n, 0.12, 0.6 / n, 0.02)
        colour_bar(figure, box, scale, "strain at end systole [%]")
    return figure


def _ring(number: int) -> tuple[float, float, float, float]:
    """Return inner and outer radius, first and last angle [degree] of a segment."""
    if number == COUNT:
        return 0.0, RINGS[0], 0.0, 360.0
    ring = next(i for i, first in enumerate(FIRST) if number > first)
    wide = 360 / SECTORS[ring]
    first = 90 - wide / 2 + wide * (number - 1 - FIRST[ring])
    return RINGS[ring], RINGS[ring + 1], first, first + wide


def animation(shape: Shape, points: Array, motion: Motion) -> bytes:
    """Return a GIF of a beating heart, cut open, beside its loop; ``points`` [mm] as seen."""
    shortest, longest = float(motion.fibre_strain.min()), float(motion.fibre_strain.max())
    scale = Scale.to(max(longest, 0.0), SHORTENING, least=min(shortest, -1.0))
    phases = np.arange(FRAMES) * len(motion.volume) // FRAMES
    places = [points + motion.at(phase)[0] for phase in phases]
    view = View.of(CAMERA, places)
    frames = [
        _frame(shape, x, motion, int(phase), view, scale)
        for x, phase in zip(places, phases, strict=True)
    ]
    together = Image.fromarray(np.concatenate([np.asarray(frame) for frame in frames]))
    palette = together.quantize(COLOURS)
    small = [frame.quantize(COLOURS, palette=palette, dither=Image.Dither.NONE) for frame in frames]
    out = BytesIO()
    small[0].save(
        out,
        format="GIF",
        save_all=True,
        append_images=small[1:],
        duration=1000 // FRAMES,
        loop=0,
        optimize=True,
    )
    return out.getvalue()


def _frame(
    shape: Shape, x: Array, motion: Motion, phase: int, view: View, scale: Scale
) -> Image.Image:
    figure = Figure(figsize=(5.6, 3.0), dpi=DPI)
    canvas = FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, width_ratios=(1.0, 1.1))
    figure.subplots_adjust(0.0, 0.16, 0.97, 0.96, wspace=0.25)
    _, half = shape.views(x, motion.at(phase)[1])
    show(left, half, x, view, scale)
    closed = np.append(np.arange(len(motion.volume)), 0)
    right.plot(motion.volume[closed], motion.pressure[closed], color=VENTRICLE, linewidth=1.2)
    right.plot(motion.volume[phase], motion.pressure[phase], "o", color="black", markersize=5)
    right.set(xlabel="volume [mL]", ylabel="pressure [mmHg]", ylim=(0, None))
    right.set_xlim(0, None)
    box = (0.06, 0.13, 0.3, 0.025)
    colour_bar(figure, box, scale, "fibre strain [%]")
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
