"""Heart and brain of the same person, one above the other: activation, and tau at their age."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from sosie.analysis import brains, hearts
from sosie.analysis.canvas import Scale, View, colour_bar, ruler, show
from sosie.typing import Array

COLUMN = 1.85
"""Width [inch] of a person's column."""


@dataclass(frozen=True)
class Person:
    """A person's organs; points (n_vertices, 3) [mm]."""

    title: str
    heart: Array
    time: Array  # activation, at the vertices of the heart [ms]
    brain: Array
    tau: Array  # at the vertices of the brain
    note: str  # when that is, under the brain


def pairs(heart: hearts.Shape, brain: brains.Shape, people: Sequence[Person]) -> Figure:
    """Draw people side by side: one scale of length for all organs, one of time, one of tau."""
    time = Scale.to(max(float(person.time.max()) for person in people), hearts.TIME)
    tau = brains.tau_scale([person.tau for person in people])
    above = View.of(hearts.CAMERA, [person.heart for person in people])
    below = brains.views([person.brain for person in people])[0]
    n, half = len(people), max(above.window[0], below.window[0])
    tall = [COLUMN * view.window[1] / half for view in (above, below)]
    width = COLUMN * max(n, 3)  # room for the colour bars
    size = (width + 0.1, sum(tall) + 1.22)
    figure = Figure(figsize=size)
    first = 0.05 + (width - COLUMN * n) / 2
    bottoms = (0.95 + tall[1], 0.80)
    for j, person in enumerate(people):
        parts = (
            heart.views(person.heart, person.time)[0],
            brain.cortex(person.brain, person.tau),
        )
        organs = zip((above, below), parts, (person.heart, person.brain), (time, tau), strict=True)
        for k, (view, part, points, scale) in enumerate(organs):
            box = (first + COLUMN * j) / size[0], bottoms[k] / size[1]
            ax = figure.add_axes((*box, COLUMN / size[0], tall[k] / size[1]))
            show(ax, part, points, View(view.camera, (half, view.window[1])), scale, lines=k == 0)
            if (j, k) == (0, 1):
                ruler(ax, 5)
        middle = (first + COLUMN * (j + 0.5)) / size[0]
        top = (1.02 + sum(tall)) / size[1]
        figure.text(middle, top, person.title, ha="center", va="bottom", parse_math=False)
        figure.text(middle, 0.66 / size[1], person.note, ha="center", va="bottom")
    labels = (f"activation time [ms], a line every {time.step:g} ms", brains.WORD)
    for k, (scale, label) in enumerate(zip((time, tau), labels, strict=True)):
        colour_bar(figure, (0.06 + k / 2, 0.36 / size[1], 0.38, 0.08 / size[1]), scale, label)
    return figure
