"""Which facets and nodes of a distributed mesh are which of the template's."""

import numpy as np
from dolfinx import mesh

from sosie.fem.mesh import TemplateMesh
from sosie.geometry.template import Template
from sosie.typing import Integers


def facet_tags(domain: TemplateMesh, template: Template) -> mesh.MeshTags:
    """Return endocardium, epicardium and base, with the values of the template's TAGS."""
    topology = domain.domain.topology
    topology.create_connectivity(2, 3)
    facets = mesh.exterior_facet_indices(topology)
    corners = mesh.entities_to_geometry(domain.domain, 2, facets)[:, :3]
    n = template.n_vertices
    keys = _key(template.facets, n)
    order = np.argsort(keys)
    place = np.searchsorted(keys[order], _key(domain.nodes[corners], n))
    values = template.facet_tags[order[place]].astype(np.int32)
    return mesh.meshtags(domain.domain, 2, facets, values)


def _key(corners: Integers, n: int) -> Integers:
    a, b, c = np.sort(corners, axis=1).T
    return (a * n + b) * n + c


def rim(domain: TemplateMesh, template: Template) -> Integers:
    """Return this rank's geometry nodes on the edge of the cavity: endocardial and basal."""
    t, s, _ = template.nodes[domain.nodes].T
    return np.flatnonzero((t == 0) & (s == 1))
