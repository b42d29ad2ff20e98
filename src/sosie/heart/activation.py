"""Where activation starts: balls of fixed physical radius, whatever the mesh.

At every vertex inside a ball T is prescribed as onset + (r - R) / c_n, r the distance from the
centre, R the radius and c_n the velocity along the radius: the front that passes the sphere at the
onset, continued backwards. So the level set T = onset is the sphere itself and not the set of cells
that happen to lie in it; reported times are cut at the onset. A ball's number of vertices changes
under refinement, its effect does not.
"""

import numpy as np

from sosie.errors import RejectedError
from sosie.geometry.ventricle import Ventricle
from sosie.heart.parameters import Activation
from sosie.typing import Array


def prescribed(
    vertices: Array,
    fibre: Array,
    centres: Array,
    activation: Activation,
    *,
    c_f: float,
    c_t: float,
) -> Array:
    """Return prescribed times [s] per vertex, NaN where T is free.

    ``vertices`` (n, 3) [m], ``fibre`` (n, 3) unit, ``centres`` (n_sites, 3) [m].
    Raises RejectedError where a ball holds no vertex.
    """
    times = np.full(len(vertices), np.nan)
    for site, centre in zip(activation.sites, centres, strict=True):
        offset = vertices - centre
        r = np.linalg.norm(offset, axis=1)
        inside = r <= activation.radius
        if not inside.any():
            raise RejectedError(
                f"activation: no vertex within {activation.radius * 1e3:g} mm of the site"
                f" '{site.name}': the mesh is too coarse"
            )
        radial = offset[inside] / np.maximum(r[inside], 1e-9)[:, None]
        cosine = np.einsum("ij,ij->i", radial, fibre[inside])
        c_n = np.sqrt(c_t**2 + (c_f**2 - c_t**2) * cosine**2)
        front = site.onset + (r[inside] - activation.radius) / c_n
        times[inside] = np.fmin(times[inside], front)
    return times


def centres_of(ventricle: Ventricle, activation: Activation) -> Array:
    """Return the sites' positions in one ventricle, shape (n_sites, 3) [m]."""
    coordinates = [[s.transmural, s.apicobasal, s.rotational] for s in activation.sites]
    return ventricle.at(np.array(coordinates))
