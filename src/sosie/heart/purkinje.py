r"""The endocardium as Purkinje fibres activate it: fast, from the sites of earliest activation.

    |grad_S T| = 1 / c on the endocardium below ``reach``,    T = onset on the balls of the sites

T        activation time [s]; prescribed there, so that fronts cross the wall from the inside
grad_S   gradient along the surface; c  the velocity that fibres and the muscle they reach give it

It stands for the tree of fibres, which no image shows. Fast conduction over the endocardium is the
detail that rules need to predict patients' measured activation: Lee et al. (2019),
doi:10.1016/j.media.2019.06.017. Its speed sets the width of the QRS: Cardone-Noott et al. (2016),
doi:10.1093/europace/euw346.

On the surface's triangles a front is straight in each: a vertex takes the earliest time that one of
its triangles, unfolded, brings from the opposite edge, until none changes. First order, always late
rather than early.
"""

import numpy as np

from sosie.geometry.template import TAGS, Template
from sosie.heart.parameters import Activation
from sosie.typing import Array, Integers

SETTLED = 1e-9
"""[s]: no time falls by more in the last sweep."""


def endocardial(
    template: Template,
    points: Array,
    centres: Array,
    activation: Activation,
    *,
    velocity: float,
) -> Array:
    """Return times [s] per vertex, NaN but on the endocardium below the reach.

    ``points`` (n_vertices, 3) and ``centres`` (n_sites, 3) [m]. Sites that do not touch the
    endocardium start nothing on it.
    """
    triangles = template.facets[template.facet_tags == TAGS["endocardium"]]
    start = np.full(len(points), np.inf)
    surface = np.unique(triangles)
    for site, centre in zip(activation.sites, centres, strict=True):
        away = np.linalg.norm(points[surface] - centre, axis=1) - activation.radius
        near = away <= activation.radius  # straight lines still are the surface's own
        onset = site.onset + np.maximum(away[near], 0.0) / velocity
        if (away <= 0).any():
            start[surface[near]] = np.minimum(start[surface[near]], onset)
    times = spread(triangles, points, start, velocity=velocity)
    reached = np.isfinite(times) & (template.nodes[: len(points), 1] <= activation.purkinje.reach)
    return np.where(reached, times, np.nan)


def spread(triangles: Integers, points: Array, start: Array, *, velocity: float) -> Array:
    """Return the earliest times [s] on a surface; ``start`` is infinite where nothing starts."""
    corners = np.concatenate([np.roll(triangles, k, axis=1) for k in range(3)])
    a, b, target = corners.T
    # The target seen from a: along the edge a b, and off it. A front from between them that makes
    # the angle with the edge that the edge's times tell.
    edge = points[b] - points[a]
    length = np.linalg.norm(edge, axis=1)
    along = np.einsum("ij,ij->i", points[target] - points[a], edge) / length
    to_a = np.linalg.norm(points[target] - points[a], axis=1)
    to_b = np.linalg.norm(points[target] - points[b], axis=1)
    off = np.sqrt(np.maximum(to_a**2 - along**2, 0.0))
    times = start * velocity
    while True:
        with np.errstate(invalid="ignore", divide="ignore"):  # where nothing has come by yet
            cosine = (times[b] - times[a]) / length
            sine = np.sqrt(1 - cosine**2)
            foot = along - off * cosine / sine  # where the ray through the target leaves the edge
            inside = times[a] + along * cosine + off * sine
        bent = (np.abs(cosine) < 1) & (foot >= 0) & (foot <= length)
        new = np.where(bent, inside, np.minimum(times[a] + to_a, times[b] + to_b))
        before = times.copy()
        np.minimum.at(times, target, new)
        if not (times < before - SETTLED * velocity).any():
            return times / velocity
