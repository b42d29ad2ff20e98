"""Values anywhere in the wall from those at a template's vertices, in ventricular coordinates.

Templates of any sizes share these coordinates, so that fields go from one to the other. Between
vertices, which are evenly spaced in depth, in height and around each ring, values are linear in all
three.
"""

import numpy as np
from scipy.sparse import csr_array

from sosie.geometry.template import Template
from sosie.typing import Array


def between_vertices(template: Template, coordinates: Array) -> csr_array:
    """Return the matrix (n, n_vertices) that interpolates to coordinates (n, 3), (t, s, theta)."""
    t, s, theta = coordinates.T
    counts = np.minimum(6 * np.arange(template.rings + 1), template.around)
    counts[0] = 1
    first = np.concatenate([[0], np.cumsum(counts)])
    columns, weights = [], []
    for layer, of_layer in _two(np.clip(t, 0, 1) * template.layers, template.layers):
        for ring, of_ring in _two(np.clip(s, 0, 1) * template.rings, template.rings):
            m = counts[ring]
            place = np.mod(theta / (2 * np.pi), 1.0) * m
            j = place.astype(int)
            start = layer * first[-1] + first[ring]
            for k, share in ((j % m, 1 - place + j), ((j + 1) % m, place - j)):
                columns.append(start + k)
                weights.append(of_layer * of_ring * share)
    rows = np.tile(np.arange(len(t)), len(columns))
    entries = (np.concatenate(weights), (rows, np.concatenate(columns)))
    return csr_array(entries, shape=(len(t), template.n_vertices))


def _two(place: Array, n: int) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Return the neighbours of a place among 0 to n, and their weights."""
    before = np.minimum(place.astype(int), n - 1)
    return (before, 1 - place + before), (before + 1, place - before)
