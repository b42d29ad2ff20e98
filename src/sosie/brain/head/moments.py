r"""A dipole as currents into the nodes around it that have its moments.

    q = argmin (X q - t)' L^-1 (X q - t) + q' W q = W^-1 X' (X W^-1 X' + L)^-1 t

q        currents into the nodes k [A] of a dipole of one ampere metre, as rows that take nodal
         values to p . grad Z (`sosie.brain.head.sources`)
d_k      place of node k less that of the dipole, over a, twice the largest of these distances [1]
X        sum_k q_k f(d_k) for polynomials f;  t  those of the dipole, p / a for f = d, 0 for others
W        |d_k|^2, so that near nodes take most;  L regularises, higher moments more

What conducts alike everywhere sees of currents only their moments with harmonic f, the multipoles
of electrostatics. So those up to degree 2 (linear elements) or 3 (quadratic) are asked for, of the
nodes of all cells of the tissue that touch the dipole's, those on its surface too. Read the other
way, a row is the slope of a harmonic polynomial fitted to Z: cells on one side of a tissue's
surface, or a cortex one cell thick, suffice, for a second derivative across it follows from those
along. It takes a tissue of one conductivity, a number: elsewhere Z is not harmonic.

For comparison, after Saint-Venant: all moments up to degree 2, and the nodes of the cells round the
vertex next to the dipole that has its own tissue alone around it. Source: Buchner et al. (1997),
doi:10.1016/S0013-4694(96)95698-9.
"""

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from sosie.brain.head.sources import Rows, rows
from sosie.errors import SosieError
from sosie.typing import Array, Integers

REGULARISATION = (1e-8, 1e-8, 1e-5, 1e-4)
"""L by degree: where nodes are few, lower moments are kept."""
CLOSEST = 1e-4
"""Of W: a node in the dipole's place is not the only one to be taken."""


def harmonic(points: Array, cells: Integers, tissue: Integers, cell: Integers, x: Array) -> Rows:
    """Return rows for dipoles at places ``x`` (n, 3) [m] in cells (n,) of one tissue."""
    own = cells[tissue == tissue[cell[0]]]
    degree = 2 if cells.shape[1] == 4 else 3
    return _rows(points, own, cells[cell, :4], x, degree=degree, trace=False)


def st_venant(points: Array, cells: Integers, tissue: Integers, cell: Integers, x: Array) -> Rows:
    """Return the same after Saint-Venant, with no currents on the tissue's surface."""
    own = tissue == tissue[cell[0]]
    edge = np.zeros(len(points), dtype=bool)
    edge[cells[~own]] = True
    vertices = np.unique(cells[own][:, :4])
    inner = vertices[~edge[vertices]]
    corner = points[cells[cell, :4]]
    longest = np.linalg.norm(corner[:, :, None] - corner[:, None], axis=-1).max(axis=(1, 2))
    far, which = cKDTree(points[inner]).query(x)  # infinitely far where there is none
    if (far > longest).any():
        k = int((far > longest).argmax())
        raise SosieError(
            f"source {k}: no vertex within {1e3 * longest[k]:.1f} mm, its cell's size, has its"
            " tissue alone around it, as St-Venant needs: take harmonic moments"
        )
    return _rows(points, cells[own], inner[which][:, None], x, degree=2, trace=True)


def polynomials(d: Array, *, degree: int, trace: bool) -> tuple[Array, Array]:
    """Return harmonic polynomials up to a degree (2 or 3) at d (..., 3), and their degrees.

    ``trace`` adds the square of the distance, which makes those of degree 2 complete.
    """
    x, y, z = np.moveaxis(d, -1, 0)
    f = [np.ones_like(x), x, y, z, x * y, y * z, z * x, x**2 - y**2, 3 * z**2 - (d**2).sum(-1)]
    of = [0, 1, 1, 1, 2, 2, 2, 2, 2]
    if trace:
        f, of = [*f, (d**2).sum(-1)], [*of, 2]
    if degree == 3:
        flat = 4 * z**2 - x**2 - y**2
        f += [x * y * z, z * (x**2 - y**2), x * (x**2 - 3 * y**2), y * (3 * x**2 - y**2)]
        f += [x * flat, y * flat, z * (2 * z**2 - 3 * x**2 - 3 * y**2)]
        of += [3] * 7
    return np.stack(f, axis=-1), np.array(of)


def _rows(
    points: Array, cells: Integers, vertices: Integers, x: Array, *, degree: int, trace: bool
) -> Rows:
    """Return rows on the nodes of all cells that touch a place's vertices (n, k)."""
    of_cells = _incidence(cells, len(points))
    touched = _incidence(vertices, len(points)) @ of_cells.T
    patch = (touched @ of_cells).tocsr()
    count = np.diff(patch.indptr)
    there = np.arange(count.max()) < count[:, None]
    index = np.zeros(there.shape, dtype=np.int64)
    index[there] = patch.indices
    d = points[index] - x[:, None]
    distance = np.where(there, np.linalg.norm(d, axis=-1), 0.0)
    a = 2 * distance.max(axis=1)[:, None]
    X, of = polynomials(d / a[..., None], degree=degree, trace=trace)
    t = np.zeros((len(x), len(of), 3))
    t[:, 1:4] = np.eye(3) / a[..., None]
    weighted = X * np.where(there, 1 / ((distance / a) ** 2 + CLOSEST), 0.0)[..., None]
    moments = X.swapaxes(1, 2) @ weighted + np.diag(np.array(REGULARISATION)[of])
    q = weighted @ np.linalg.solve(moments, t)
    row = np.repeat(np.arange(len(x)), count)
    return rows(row, index[there][:, None], q[there][:, None], shape=(len(x), len(points)))


def _incidence(groups: Integers, n: int) -> csr_array:
    """Return which nodes (n,) are in which group (m, k), shape (m, n)."""
    start = np.arange(len(groups) + 1) * groups.shape[1]
    return csr_array((np.ones(groups.size), groups.ravel(), start), shape=(len(groups), n))
