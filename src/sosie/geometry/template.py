"""The left-ventricular template: one topology for every patient, in ventricular coordinates.

A disc of triangles (apex in the middle, ring i of 6 i vertices until ``around`` is reached) is
extruded through the wall and its prisms are cut into tetrahedra by the lowest-vertex rule, so
neighbours agree. Nodes are second order: edge midpoints lie midway in *parameter* space, hence on
the curved surfaces. Every node has coordinates (t, s, theta):

t      transmural, 0 endocardium, 1 epicardium
s      apicobasal, 0 apex, 1 base
theta  rotational [rad], 0 mid-septum, growing towards the inferior wall
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sosie.errors import SosieError
from sosie.typing import Array, Integers

EDGES = ((2, 3), (1, 3), (1, 2), (0, 3), (0, 2), (0, 1))
"""Vertex pairs of a tetrahedron's edges, in the order second-order cells store their nodes."""
TAGS = {"endocardium": 1, "epicardium": 2, "base": 3}


@dataclass(frozen=True)
class Template:
    """Topology and ventricular coordinates; the first ``n_vertices`` nodes are the vertices."""

    layers: int
    rings: int
    around: int
    nodes: Array  # (n_nodes, 3) t, s, theta
    cells: Integers  # (n_cells, 10) four vertices, six edge midpoints
    facets: Integers  # (n_facets, 3) boundary triangles, outward normals
    facet_tags: Integers  # (n_facets,) values of TAGS
    n_vertices: int

    @cached_property
    def digest(self) -> str:
        """A name for exactly this template."""
        text = hashlib.sha256(f"{self.layers} {self.rings} {self.around}".encode())
        for array in (self.nodes, self.cells, self.facets, self.facet_tags):
            text.update(np.ascontiguousarray(array).tobytes())
        return text.hexdigest()[:16]

    @cached_property
    def cell_coordinates(self) -> Array:
        """(t, s, theta) of each cell's vertices, theta unwrapped, shape (n_cells, 4, 3)."""
        return unwrapped(self.nodes[self.cells[:, :4]])

    @cached_property
    def surface_nodes(self) -> dict[str, Integers]:
        """Six nodes of each tagged facet (vertices, then midpoints 12, 02, 01)."""
        n = len(self.nodes)
        low, high = np.moveaxis(np.sort(self.cells[:, EDGES], axis=-1), -1, 0)
        edges, first = np.unique(n * low + high, return_index=True)
        nodes = self.cells[:, 4:].ravel()[first]

        def middle(p: Integers, q: Integers) -> Integers:
            return nodes[np.searchsorted(edges, n * np.minimum(p, q) + np.maximum(p, q))]

        a, b, c = self.facets.T
        six = np.column_stack([a, b, c, middle(b, c), middle(a, c), middle(a, b)])
        return {name: six[self.facet_tags == tag] for name, tag in TAGS.items()}

    @cached_property
    def surface(self) -> Integers:
        """Nodes of the boundary, each once."""
        return np.unique(np.concatenate([nodes.ravel() for nodes in self.surface_nodes.values()]))


def unwrapped(coordinates: Array) -> Array:
    """Bring theta of each cell's vertices within half a turn; an apex vertex takes the others'.

    ``coordinates`` has shape (n_cells, n_vertices, 3).
    """
    out = coordinates.copy()
    theta, off_apex = out[..., 2], out[..., 1] > 0
    first = np.argmax(off_apex, axis=1)
    anchor = np.take_along_axis(theta, first[:, None], axis=1)
    theta = anchor + (theta - anchor + np.pi) % (2 * np.pi) - np.pi
    mean = (theta * off_apex).sum(axis=1) / np.maximum(off_apex.sum(axis=1), 1)
    out[..., 2] = np.where(off_apex, theta, mean[:, None])
    return out


def refuse_sizes(layers: int, rings: int, around: int) -> None:
    """Raise SosieError where there is no template of these sizes."""
    if layers < 1 or around < 6 or around % 6 or rings <= around // 6:
        raise SosieError(
            f"heart.mesh: layers {layers}, rings {rings}, around {around} cannot be meshed;"
            " give layers >= 1, around a multiple of 6, and more rings than around / 6"
        )


def build(layers: int, rings: int, around: int, *, alternating: bool = False) -> Template:
    """Build the template with ``layers`` through the wall, ``rings`` from apex to base.

    Diagonals of the rings' quadrangles run one way, or one way and the other: ``alternating``.
    """
    refuse_sizes(layers, rings, around)
    surface, triangles, last_ring = _disc(rings, around, alternating=alternating)
    n = len(surface)
    t = np.repeat(np.linspace(0.0, 1.0, layers + 1), n)
    vertices = np.column_stack([t, np.tile(surface, (layers + 1, 1))])
    cells = _extrude(np.sort(triangles, axis=1), n, layers)
    cells = _oriented(cells, vertices)
    nodes, midpoints = _midpoints(cells, vertices)
    inner, outer = triangles[:, ::-1], triangles + layers * n
    base = _base(last_ring, n, layers)
    facets = np.vstack([inner, outer, base])
    tags = np.repeat(list(TAGS.values()), [len(inner), len(outer), len(base)])
    return Template(
        layers, rings, around, nodes, np.hstack([cells, midpoints]), facets, tags, len(vertices)
    )


def _disc(rings: int, around: int, *, alternating: bool) -> tuple[Array, Integers, Integers]:
    """Vertices (s, theta), triangles turning about the outward normal, and the last ring."""
    counts = [1] + [min(6 * i, around) for i in range(1, rings + 1)]
    start = np.concatenate([[0], np.cumsum(counts)])
    points = [(0.0, 0.0)]
    triangles: list[tuple[int, int, int]] = []
    for i in range(1, rings + 1):
        m = counts[i]
        points += [(i / rings, 2 * np.pi * j / m) for j in range(m)]
        inner, outer = int(start[i - 1]), int(start[i])
        if i == 1:
            triangles += [(0, outer + j, outer + (j + 1) % m) for j in range(m)]
        elif counts[i - 1] == m:
            for j in range(m):
                k = (j + 1) % m
                if alternating and (i + j) % 2:
                    triangles.append((inner + j, outer + j, inner + k))
                    triangles.append((outer + j, outer + k, inner + k))
                else:
                    triangles.append((inner + j, outer + j, outer + k))
                    triangles.append((inner + j, outer + k, inner + k))
        else:
            for sector in range(6):
                for j in range(i):
                    a = inner + (sector * (i - 1) + j) % counts[i - 1]
                    b = outer + sector * i + j
                    c = outer + (sector * i + j + 1) % m
                    triangles.append((a, b, c))
                    if j < i - 1:
                        d = inner + (sector * (i - 1) + j + 1) % counts[i - 1]
                        triangles.append((a, c, d))
    return np.array(points), np.array(triangles), np.arange(start[rings], start[rings + 1])


def _extrude(triangles: Integers, n: int, layers: int) -> Integers:
    a, b, c = triangles.T
    cells = []
    for layer in range(layers):
        lo, hi = layer * n, (layer + 1) * n
        cells.append(np.column_stack([a + lo, b + lo, c + lo, c + hi]))
        cells.append(np.column_stack([a + lo, b + lo, b + hi, c + hi]))
        cells.append(np.column_stack([a + lo, a + hi, b + hi, c + hi]))
    return np.vstack(cells)


def _reference(coordinates: Array) -> Array:
    """Map to a plain thick bowl, to orient cells on."""
    t, s, theta = np.moveaxis(coordinates, -1, 0)
    radius, polar = 1.0 + 0.3 * t, 0.6 * np.pi * s
    return np.stack(
        [
            radius * np.cos(polar),
            radius * np.sin(polar) * np.cos(theta),
            radius * np.sin(polar) * np.sin(theta),
        ],
        axis=-1,
    )


def _oriented(cells: Integers, vertices: Array) -> Integers:
    x = _reference(vertices)[cells]
    negative = np.linalg.det(x[:, 1:] - x[:, :1]) < 0
    cells[negative] = cells[negative][:, [0, 1, 3, 2]]
    return cells


def _midpoints(cells: Integers, vertices: Array) -> tuple[Array, Integers]:
    pairs = np.sort(cells[:, EDGES].reshape(-1, 2), axis=1)
    edges, which = np.unique(pairs, axis=0, return_inverse=True)
    ends = unwrapped(vertices[edges])
    return np.vstack([vertices, ends.mean(axis=1)]), which.reshape(-1, 6) + len(vertices)


def _base(ring: Integers, n: int, layers: int) -> Integers:
    """Triangles of the basal rim, on the diagonals of the extruded prisms."""
    m = len(ring)
    out = []
    for j in range(m):
        a, b = ring[j], ring[(j + 1) % m]
        for layer in range(layers):
            lo, hi = layer * n, (layer + 1) * n
            if a < b:
                out += [(a + lo, b + lo, b + hi), (a + lo, b + hi, a + hi)]
            else:
                out += [(a + lo, b + lo, a + hi), (b + lo, b + hi, a + hi)]
    return np.array(out)
