"""Move chosen vertices so that cells turn the right way, are well shaped, and surfaces are met.

The energy is that of `brain.relax`, with everything but the chosen vertices in place. Its delta,
which keeps the energy finite through inverted cells, is relative to a cell of the spacing: a
spacing of s times the lattice's makes it s^3 times as large. Going from large to small untangles
(Escobar et al. 2003, doi:10.1016/S0045-7825(03)00299-8).
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.optimize import minimize

from sosie.geometry.brain.relax import distortion
from sosie.typing import Array, Integers

STEPS = 25
"""Of the minimiser in a round, after which the surfaces' feet are found anew."""

Target = tuple[Integers, Callable[[Array], Array], Callable[[Array], Array]]
"""Vertices, level set of the surface they belong on, and that one's gradient."""


def settle(
    points: Array,
    cells: Integers,
    free: Integers,
    targets: Sequence[Target],
    *,
    spacing: float,
    scales: Sequence[float],
    weight: float = 100.0,
) -> Array:
    """Return points where the ``free`` vertices have moved, a round for each of ``scales``.

    ``weight`` is what a vertex pays for being one spacing off its surface.
    """
    used = np.unique(np.concatenate([cells.ravel(), free]))
    local = np.searchsorted(used, cells)
    moving = np.searchsorted(used, free)
    x = points[used]
    for scale in scales:
        feet = []
        for vertices, level, gradient in targets:
            own = np.searchsorted(used, vertices)
            g = gradient(x[own])
            square = np.maximum(np.einsum("ij,ij->i", g, g), 0.25)
            step = np.clip(level(x[own]) / square, -2 * spacing, 2 * spacing)
            normal = g / np.linalg.norm(g, axis=1, keepdims=True).clip(0.1)
            feet.append((own, x[own] - step[:, None] * g, normal))

        def energy(
            values: Array, x: Array = x, feet: Sequence = feet, scale: float = scale
        ) -> tuple[float, Array]:
            y = x.copy()
            y[moving] = values.reshape(-1, 3) * spacing
            total, slope = distortion(y, local, scale * spacing)
            for own, foot, normal in feet:
                off = np.einsum("ij,ij->i", y[own] - foot, normal) / spacing
                total += weight * float(off @ off)
                slope[own] += (2 * weight / spacing) * off[:, None] * normal
            return total, slope[moving].ravel() * spacing

        start = x[moving].ravel() / spacing
        found = minimize(energy, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
        x = x.copy()
        x[moving] = found.x.reshape(-1, 3) * spacing
    out = points.copy()
    out[used] = x
    return out
