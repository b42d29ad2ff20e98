"""Values of functions at places in a mesh, curved or straight, the same on every rank."""

import math

from mpi4py import MPI

import numpy as np
from dolfinx import fem, geometry, mesh

from sosie.typing import Array, Integers

NEAR = 1e-3
"""[m] curved cells stick out of the boxes of their nodes, at most."""
OUTSIDE = 1e-6
"""Of a cell: what a place on its surface may be outside by rounding."""


class Points:
    """Places [m], shape (n, 3), in a domain, each in one cell of one rank."""

    def __init__(self, domain: mesh.Mesh, places: Array) -> None:
        """Find the cells; raise ValueError where a place is outside of the domain."""
        self.comm, self.places = domain.comm, places
        tree = geometry.bb_tree(domain, 3, padding=NEAR)
        near = geometry.compute_collisions_points(tree, places)
        found = [_inside(domain, near.links(i), place) for i, place in enumerate(places)]
        least = [self.comm.allreduce((out, self.comm.rank), MPI.MIN) for out, _ in found]
        if max(out for out, _ in least) > OUTSIDE:
            raise ValueError(f"places {places} are not all in the domain")
        self.mine = np.flatnonzero([rank == self.comm.rank for _, rank in least])
        self.cells = np.array([cell for _, cell in found], dtype=np.int32)[self.mine]

    def values(self, u: fem.Function) -> Array:
        """Return a function's values, shape (n, size of a value)."""
        out = np.zeros((len(self.places), u.function_space.value_size))
        if len(self.mine):
            out[self.mine] = u.eval(self.places[self.mine], self.cells).reshape(len(self.mine), -1)
        self.comm.Allreduce(MPI.IN_PLACE, out)
        return out


def _inside(domain: mesh.Mesh, cells: Integers, place: Array) -> tuple[float, int]:
    """Return the cell a place is in or nearest to, and by how much it is outside, of its size."""
    best = (math.inf, -1)
    for cell in cells:
        nodes = domain.geometry.x[domain.geometry.dofmaps[0][cell]]
        try:
            X = domain.geometry.cmaps[0].pull_back(place[None], nodes)[0]
        except RuntimeError:  # so far outside that the inverse of a curved cell is not found
            continue
        best = min(best, (float(max(-X.min(), X.sum() - 1)), int(cell)))
    return best
