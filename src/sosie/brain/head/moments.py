r"""A dipole as currents into the nodes around it that have its moments.

    q = argmin |X q - t|^2 + lambda q . W q = W^-1 X' (X W^-1 X' + lambda I)^-1 t

q        currents into the nodes k [A] of a dipole of one ampere metre, as rows that take nodal
         values to p . grad Z (`sosie.brain.head.sources`)
d_k      place of node k less that of the dipole, over a, twice the largest of these distances [1]
X, t     moments sum q_k, sum q_k d_k, sum q_k d_k (x) d_k, and those of the dipole, 0, p / a, 0
W        |d_k|^2, so that near nodes take most;  lambda regularises

After Saint-Venant the nodes are those of all cells round the vertex next to the dipole that has its
own tissue alone around it: Buchner et al. (1997), doi:10.1016/S0013-4694(96)95698-9. Read the other
way, the moments say that the row is exact for quadratic Z: it is the slope of a polynomial fitted
to nodal values (Zhang and Naga 2005, doi:10.1137/S1064827503402837). So any nodes will do between
which Z is smooth, those on the tissue's surface too: `fitted` takes all nodes of the cells of the
tissue that touch the dipole's, however thin it is, and is the most accurate for linear elements.
"""

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from sosie.brain.head.sources import Rows, rows
from sosie.errors import SosieError
from sosie.typing import Array, Integers

REGULARISATION = 1e-6
CLOSEST = 1e-4
"""Of W: a node in the dipole's place is not the only one to be taken."""
_FIRST, _SECOND = np.triu_indices(3)


def fitted(points: Array, cells: Integers, tissue: Integers, cell: Integers, x: Array) -> Rows:
    """Return rows for dipoles at places ``x`` (n, 3) [m] in cells (n,) of one tissue."""
    own = cells[tissue == tissue[cell[0]]]
    return _rows(points, own, cells[cell, :4], x)


def st_venant(points: Array, cells: Integers, tissue: Integers, cell: Integers, x: Array) -> Rows:
    """Return the same with the currents in the dipole's own tissue, none on its surface."""
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
            " tissue alone around it, as St-Venant needs: take the fitted gradient"
        )
    return _rows(points, cells[own], inner[which][:, None], x)


def _rows(points: Array, cells: Integers, vertices: Integers, x: Array) -> Rows:
    """Return rows on the nodes of all cells that touch a place's vertices (n, k)."""
    of_cells = _incidence(cells, len(points))
    touched = _incidence(vertices, len(points)) @ of_cells.T
    patch = (touched @ of_cells).tocsr()
    patch.sort_indices()
    count = np.diff(patch.indptr)
    there = np.arange(count.max()) < count[:, None]
    index = np.zeros(there.shape, dtype=np.int64)
    index[there] = patch.indices
    d = points[index] - x[:, None]
    distance = np.where(there, np.linalg.norm(d, axis=-1), 0.0)
    a = 2 * distance.max(axis=1)[:, None]
    d /= a[..., None]
    X = np.concatenate([np.ones((*d.shape[:2], 1)), d, d[..., _FIRST] * d[..., _SECOND]], axis=-1)
    t = np.zeros((len(x), 10, 3))
    t[:, 1:4] = np.eye(3) / a[..., None]
    weighted = X * np.where(there, 1 / ((distance / a) ** 2 + CLOSEST), 0.0)[..., None]
    moments = X.swapaxes(1, 2) @ weighted + REGULARISATION * np.eye(10)
    q = weighted @ np.linalg.solve(moments, t)
    row = np.repeat(np.arange(len(x)), count)
    return rows(row, index[there][:, None], q[there][:, None], shape=(len(x), len(points)))


def _incidence(groups: Integers, n: int) -> csr_array:
    """Return which nodes (n,) are in which group (m, k), shape (m, n)."""
    start = np.arange(len(groups) + 1) * groups.shape[1]
    return csr_array((np.ones(groups.size), groups.ravel(), start), shape=(len(groups), n))
