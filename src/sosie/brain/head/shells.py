r"""Potentials in concentric spherical shells, in closed form: what the head's solver is checked by.

    Z(r, t) = sum_{n>=1} (2 n + 1) / (4 pi R^2) g_n(r) / (sigma_R g_n'(R)) P_n(cos t)

Z        potential [V/A] of a current that enters at a point of the surface and leaves evenly over
         all of it: differences between electrodes are what count
r, t     distance [m] from the centre, angle from the point of entry
R        radius of the outermost shell [m], sigma_R its conductivity [S/m]
g_n      a r^n + b / r^(n+1) in each shell, b = 0 in the innermost; g_n and sigma g_n' are the same
         on both sides of each interface

By reciprocity p . grad Z at a place is the potential that a dipole of moment p [A m] there gives
the electrode [V], and -grad Z is the electric field of one ampere. Terms fall as (r / R)^n.

Expansion: de Munck and Peters (1993), IEEE Trans. Biomed. Eng. 40:1166.
"""

from dataclasses import dataclass

import numpy as np

from sosie.typing import Array

SMALLEST = 1e-17
"""Of (r / R)^n: what is smaller is left out."""
MOST = 2000
"""Terms: enough up to r = 0.98 R."""


@dataclass(frozen=True)
class Shells:
    """Concentric shells, from within."""

    radii: tuple[float, ...]  # outer radius of each [m]
    sigma: tuple[float, ...]  # conductivity of each [S/m]

    def gradients(self, places: Array, electrodes: Array) -> Array:
        """Return grad Z [V/(A m)] of each electrode at places, shape (n_electrodes, n_places, 3).

        Places (n_places, 3) [m] lie between centre and surface; of electrodes (n_electrodes, 3)
        only the directions count.
        """
        distance = np.linalg.norm(places, axis=1)
        radial = places / distance[:, None]
        towards = electrodes / np.linalg.norm(electrodes, axis=1, keepdims=True)
        cosine = towards @ radial.T
        value, slope = self._radial(distance)
        outward, across = np.zeros_like(cosine), np.zeros_like(cosine)
        before, P = np.ones_like(cosine), cosine
        d_before, dP = np.zeros_like(cosine), np.ones_like(cosine)
        for n, (g, dg) in enumerate(zip(value, slope, strict=True), start=1):
            outward += dg * P
            across += g / distance * dP
            before, P = P, ((2 * n + 1) * cosine * P - n * before) / (n + 1)
            d_before, dP = dP, d_before + (2 * n + 1) * before
        tangent = towards[:, None] - cosine[..., None] * radial  # the distance times grad cos t
        return outward[..., None] * radial + across[..., None] * tangent

    def _radial(self, distance: Array) -> tuple[Array, Array]:
        """Return the coefficients of P_n [V/A] and their slopes, shape (n_terms, n_places)."""
        R = self.radii[-1]
        terms = min(int(np.log(SMALLEST) / np.log(distance.max() / R)) + 1, MOST)
        n = np.arange(1, terms + 1)[:, None]
        inner = self.radii[0]
        g = np.minimum(distance / inner, 1.0) ** n
        dg = n * g / distance
        slope = n / inner  # over g_n, at the outer radius of the shell, where g_n is 1
        for outer, sigma, before in zip(
            self.radii[1:], self.sigma[1:], self.sigma[:-1], strict=True
        ):
            flow = inner * slope * before / sigma
            a, b = (n + 1 + flow) / (2 * n + 1), (n - flow) / (2 * n + 1)
            value, steep = _mixed(n, a, b, np.maximum(distance / inner, 1.0))
            g = np.where(distance > inner, value, g)
            dg = np.where(distance > inner, steep / distance, dg)
            value, steep = _mixed(n, a, b, outer / inner)
            slope = steep / value / outer
            g, dg, inner = g / value, dg / value, outer
        scale = (2 * n + 1) / (4 * np.pi * R**2 * self.sigma[-1] * slope)
        return scale * g, scale * dg


def _mixed(n: Array, a: Array, b: Array, t: Array | float) -> tuple[Array, Array]:
    """Return a t^n + b / t^(n+1) and t times its derivative."""
    grown, fallen = a * t**n, b / t ** (n + 1)
    return grown + fallen, n * grown - (n + 1) * fallen
