r"""EEG lead fields by reciprocity: one solve an electrode serves every source of a head.

    div(sigma grad Z) = 0,    n . sigma grad Z = delta_e - mean(delta) on the scalp
    phi_e = p . L_e(x),    L_e = grad Z_e

Z_e      potential per current that enters at electrode e and leaves in equal parts at all of the
         electrodes [V/A]
L_e      lead field [V/(A m)], shape (3,): potential of electrode e less the mean of all, for a
         dipole of moment p [A m] at x

-L_e is the electric field of one ampere, so the lead field also gives the field of a stimulation
through the same electrodes: E = -sum_e I_e L_e. Helmholtz (1853), doi:10.1002/andp.18531650603;
Wagner et al. (2016), doi:10.1016/j.neuroimage.2016.04.005, for both uses of one operator.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mpi4py import MPI

import numpy as np
from scipy.spatial import cKDTree

from sosie.brain.head.conductor import Conductor
from sosie.brain.head.electrodes import Electrodes, place
from sosie.brain.head.elements import boundary, gradients, locate, weights
from sosie.brain.head.moments import harmonic, st_venant
from sosie.brain.head.sources import Rows, cellwise, recovered
from sosie.errors import SosieError
from sosie.typing import Array, Integers

BLOCK = 64
"""Electrodes solved together: more take more memory and no less time."""
LEEWAY = 0.05
"""Of a cell: how far outside its tissue a source may lie, as points of surfaces do by rounding."""
COARSE = 1.0
"""Largest distance of the scalp's nodes over that of source and electrode: in four concentric
spheres (`sosie.verification.four_shell`) the RDM of superficial dipoles is 0.02 to 0.04 there."""
Method = Literal["harmonic", "st_venant", "recovered", "cellwise"]


@dataclass(frozen=True, eq=False)
class LeadField:
    """What electrodes see of sources: plain arrays, in the head's coordinates."""

    electrodes: Electrodes
    sources: Array  # (n_sources, 3) [m]
    gain: Array  # (n_electrodes, n_sources, 3) [V/(A m)], average reference

    def along(self, directions: Array) -> Array:
        """Return the gain of dipoles along unit directions (n_sources, 3), (n_e, n_sources)."""
        return np.einsum("esi,si->es", self.gain, directions)

    def field(self, currents: Array) -> Array:
        """Return E [V/m] at the sources, (n_sources, 3), for currents [A] into the electrodes."""
        return -np.tensordot(currents, self.gain, axes=1)


class ElectricHead:
    """One topology distributed over a team of ranks, for one patient after the other."""

    def __init__(
        self,
        comm: MPI.Comm,
        points: Array,
        cells: Integers,
        tissue: Integers,
        labels: Mapping[str, int],
        *,
        anisotropic: bool = False,
    ) -> None:
        """Compile; ``tissue`` (m,) has the values that ``labels`` names: grey, skull, ..."""
        self.cells, self.tissue, self.labels = cells, tissue, labels
        self.scalp = boundary(cells)
        self.conductor = Conductor(comm, points, cells, anisotropic=anisotropic)

    def adopt(self, points: Array, sigma: Array) -> None:
        """Take the nodes [m] and conductivities [S/m], (m,) or (m, 3, 3), of the next patient."""
        lowest = sigma if sigma.ndim == 1 else np.linalg.eigvalsh(sigma)[:, 0]
        wrong = np.flatnonzero(~(lowest > 0))
        if len(wrong):
            raise SosieError(
                f"conductivity of cell {wrong[0]} is {lowest[wrong[0]]} S/m (tissue"
                f" {self.tissue[wrong[0]]}): give a positive number for every tissue"
            )
        self.points, self.sigma = points, sigma
        self.conductor.factorise(points, sigma)

    def electrodes(
        self, positions: Array, names: Sequence[str], *, radius: float = 0.0
    ) -> Electrodes:
        """Put electrodes (n, 3) [m] on the scalp: points, or discs of a ``radius`` [m]."""
        return place(self.points, self.scalp, positions, names, radius=radius)

    def potentials(self, electrodes: Electrodes) -> Iterator[tuple[slice, Array]]:
        """Yield blocks of electrodes and their Z [V/A] at the nodes."""
        mean = electrodes.rows.mean(axis=0)
        for start in range(0, len(electrodes.names), BLOCK):
            block = slice(start, start + BLOCK)
            yield block, self.conductor.potentials(electrodes.rows[block].toarray() - mean)

    def rows(self, places: Array, *, tissue: str = "grey", method: Method | None = None) -> Rows:
        """Return what takes nodal values to their gradient at places (n, 3) [m] of a tissue.

        If no method is asked for, it is by harmonic moments where the tissue has one conductivity,
        and the recovered gradient elsewhere.
        """
        of_tissue = np.flatnonzero(self.tissue == self.labels[tissue])
        cell, xi = locate(self.points, self.cells[of_tissue], places)
        outside = -weights(xi).min(axis=1)
        if outside.max() > LEEWAY:
            worst = int(outside.argmax())
            x, y, z = 1e3 * places[worst]
            raise SosieError(
                f"source {worst} at ({x:.1f}, {y:.1f}, {z:.1f}) mm is outside {tissue} matter:"
                " give places within it"
            )
        cell = of_tissue[cell]
        if method is None:
            method = "harmonic" if self._uniform(of_tissue) else "recovered"
        if method == "cellwise":
            return cellwise(self.points, self.cells, cell, xi)
        if method == "recovered":
            return recovered(self.points, self.cells, self.tissue, cell, xi)
        by_moments = {"harmonic": harmonic, "st_venant": st_venant}[method]
        return by_moments(self.points, self.cells, self.tissue, cell, places)

    def lead_field(
        self,
        electrodes: Electrodes,
        places: Array,
        *,
        method: Method | None = None,
        rows: Rows | None = None,
    ) -> LeadField:
        """Return the lead field of dipoles at places (n_sources, 3) [m] in grey matter.

        ``rows`` are those of the places, where they are known already.
        """
        self._refuse_coarse(electrodes, places)
        rows = rows or self.rows(places, method=method)
        gain = np.empty((len(electrodes.names), len(places), 3))
        for block, potentials in self.potentials(electrodes):
            for i, part in enumerate(rows):
                gain[block, :, i] = (part @ potentials.T).T
        return LeadField(electrodes, places, gain)

    def stimulate(self, electrodes: Electrodes, currents: Array) -> Array:
        """Return the potential [V] at the nodes for currents [A] that sum to zero."""
        return self.conductor.potentials((currents @ electrodes.rows)[None])[0]

    def field(self, electrodes: Electrodes, currents: Array) -> Array:
        """Return E [V/m] in the middle of each cell, (m, 3), for currents [A] that sum to zero."""
        return self.field_of(self.stimulate(electrodes, currents))

    def field_of(self, u: Array) -> Array:
        """Return E [V/m] in the middle of each cell, (m, 3), of a potential at the nodes."""
        dN, _ = gradients(self.points[self.cells], np.full(3, 0.25))
        return -np.einsum("ca,cai->ci", u[self.cells], dN)

    def _uniform(self, own: Integers) -> bool:
        """Say whether some cells have one conductivity, a number."""
        sigma = self.sigma[own]
        first = sigma[0] if sigma.ndim == 1 else sigma[0, 0, 0] * np.eye(3)
        return bool(np.abs(sigma - first).max() <= 1e-9 * np.max(first))

    def _refuse_coarse(self, electrodes: Electrodes, places: Array) -> None:
        """Raise SosieError where nodes are too far apart for the source nearest an electrode."""
        nodes = self.scalp.shape[1]
        x = self.points[self.scalp[:, :3]]
        spacing = np.linalg.norm(x - np.roll(x, 1, axis=1), axis=2).mean() / (nodes // 3)
        nearest = cKDTree(places).query(electrodes.places)[0].min()
        if spacing > COARSE * nearest:
            raise SosieError(
                f"the scalp's nodes are {1e3 * spacing:.1f} mm apart, too far for a source"
                f" {1e3 * nearest:.1f} mm from an electrode: take a mesh of up to"
                f" {1e3 * COARSE * nearest:.1f} mm"
            )
