r"""What a current dipole in the brain is to a potential: rows that take nodal values to grad Z.

    phi = p . grad Z(x)

p, x     moment [A m] and place [m] of the dipole;  Z  potential per current [V/A]

Partial integration takes the gradient of the cell: Yan et al. (1991),
doi:10.1007/BF02442317. The recovered gradient is the mean over the cells round a node, by their
volume and within the tissue of the source alone, interpolated to x: of higher order where Z is
smooth (Zienkiewicz and Zhu 1992, doi:10.1002/nme.1620330702). `sosie.brain.head.moments` has two
other ways.
"""

import numpy as np
from scipy.sparse import csr_array

from sosie.brain.head.elements import corners, gradients, values
from sosie.typing import Array, Integers

Rows = tuple[csr_array, csr_array, csr_array]
"""The three components of a gradient, each (n_places, n_nodes) [1/m]."""


def cellwise(points: Array, cells: Integers, cell: Integers, xi: Array) -> Rows:
    """Return rows for the gradient in the cells (n_places,) that the places are in, at xi."""
    dN, _ = gradients(points[cells[cell]], xi)
    return rows(np.arange(len(cell)), cells[cell], dN, shape=(len(cell), len(points)))


def recovered(points: Array, cells: Integers, tissue: Integers, cell: Integers, xi: Array) -> Rows:
    """Return rows for the recovered gradient, all places in one tissue."""
    own = cells[tissue == tissue[cell[0]]]
    nodes, which = np.unique(cells[cell], return_inverse=True)
    wanted = np.full(len(points), -1)
    wanted[nodes] = np.arange(len(nodes))
    c, a = np.nonzero(wanted[own] >= 0)
    dN, det = gradients(points[own[c]], corners(cells.shape[1])[a])
    row = wanted[own[c, a]]
    share = np.abs(det) / np.bincount(row, np.abs(det))[row]
    nodal = rows(row, own[c], share[:, None, None] * dN, shape=(len(nodes), len(points)))
    interpolated = values(xi, cells.shape[1])
    start = np.arange(len(cell) + 1) * interpolated.shape[1]
    at = csr_array((interpolated.ravel(), which.ravel(), start), shape=(len(cell), len(nodes)))
    return tuple(at @ part for part in nodal)


def rows(row: Integers, nodes: Integers, factors: Array, *, shape: tuple[int, int]) -> Rows:
    """Sum factors (n, k, 3) of nodes (n, k) into rows (n,)."""
    index = (np.repeat(row, nodes.shape[1]), nodes.ravel())
    return tuple(csr_array((factors[..., i].ravel(), index), shape=shape) for i in range(3))
