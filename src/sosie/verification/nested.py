r"""A realistic head of three nested surfaces by finite elements and, elsewhere, by OpenMEEG.

The head is the coarse template with all that is inside the inner skull of one conductivity. Inner
skull, outer skull and scalp are faces of its mesh, so both codes have exactly the same surfaces:
ours the tetrahedra between them, boundary elements the triangles. Cortical dipoles stand along
their normals, electrodes are those of the 10-10 system; RDM and MAG as in
`sosie.verification.four_shell`.

Three ways are compared, each pair: OpenMEEG; linear elements, as patients' heads are of; straight
quadratic ones of the same cells, which in spheres are nearest to the series. The potentials of
OpenMEEG are kept (``data/openmeeg.npz``) and made anew by

    python benchmarks/brain_nested.py PEER_PYTHON

for it is no dependency. Inner skull and scalp are made of mne's fsaverage, the outer skull is
laid at a published thickness (`sosie.geometry.head.lay`).
"""

import logging
from importlib import resources
from itertools import combinations

from mpi4py import MPI

import numpy as np

from sosie.brain.head.lead_field import ElectricHead
from sosie.errors import SosieError
from sosie.geometry.head.refine import middles
from sosie.geometry.head.template import TISSUES, HeadTemplate, load
from sosie.geometry.template import EDGES
from sosie.typing import Array, Integers
from sosie.verification.check import Check
from sosie.verification.four_shell import differences

LOG = logging.getLogger(__name__)
SURFACES = ("inner_skull", "outer_skull", "scalp")
SIGMA = (0.35, 0.0075, 0.35)
"""[S/m] inside each surface, from within: middles of the ranges of grey matter, skull and scalp."""
LABELS = {"grey": 0, "skull": 1, "scalp": 2}
EVERY = 25
"""Of the cortical sources, one in so many is taken."""
STORED = resources.files("sosie.verification") / "data" / "openmeeg.npz"
NAMES = {"linear": "linear elements", "quadratic": "quadratic elements", "openmeeg": "OpenMEEG"}
LIMIT = 0.02
"""Of the median RDM and of the median MAG's distance from one."""
OURS = "OpenMEEG 2.6.0, stored, or both as named; acceptance limit of this project"


def head(comm: MPI.Comm, order: str = "quadratic") -> ElectricHead:
    """Return the head, factorised, of straight ``linear`` or ``quadratic`` elements."""
    template = load("coarse")
    tissue = np.select([template.tissue == TISSUES[name] for name in ("skull", "scalp")], [1, 2])
    points, cells = template.points, template.cells
    if order == "quadratic":
        points, cells = middles(points, cells, EDGES)
    out = ElectricHead(comm, points, cells, tissue, LABELS)
    out.adopt(points, np.array(SIGMA)[tissue])
    return out


def sources(template: HeadTemplate) -> tuple[Array, Array]:
    """Return places (n, 3) [m] of dipoles and their moments (n, 3), of length 1."""
    chosen = slice(None, None, EVERY)
    return template.sources_at(template.points)[chosen], template.source_normal[chosen]


def positions(template: HeadTemplate) -> tuple[Array, list[str]]:
    """Return places (n, 3) [m] and names of the electrodes."""
    chosen = template.montage(10)
    places = template.electrodes_at(template.points)[chosen]
    return places, [template.electrodes[i] for i in chosen]


def problem() -> dict[str, Array | Integers]:
    """Return the head as arrays that other codes read, triangles facing outwards."""
    template = load("coarse")
    places, moments = sources(template)
    out = {
        "sigma": np.array(SIGMA),
        "electrodes": positions(template)[0],
        "places": places,
        "moments": moments,
    }
    for i, name in enumerate(SURFACES):
        used, triangles = np.unique(template.surface(name), return_inverse=True)
        out |= {f"points_{i}": template.points[used], f"triangles_{i}": triangles.reshape(-1, 3)}
    return out


def potentials(out: ElectricHead) -> Array:
    """Return those of the dipoles [V], (n_electrodes, n_sources), average reference."""
    template = load("coarse")
    places, moments = sources(template)
    gain = out.lead_field(out.electrodes(*positions(template)), places).along(moments)
    return gain - gain.mean(axis=0)


def stored() -> Array:
    """Return what OpenMEEG gave [V], (n_electrodes, n_sources), average reference."""
    with resources.as_file(STORED) as path, np.load(path) as file:
        if str(file["digest"]) != load("coarse").digest:
            raise SosieError(
                "verification: OpenMEEG's potentials are of another head template: make them anew"
                " by python benchmarks/brain_nested.py PEER_PYTHON"
            )
        gain = file["gain"].astype(float)
    return gain - gain.mean(axis=0)


def compare(comm: MPI.Comm) -> dict[tuple[str, str], tuple[Array, Array]]:
    """Return RDM and MAG (n_sources,) of the first of each pair against the second."""
    found = {order: potentials(head(comm, order)) for order in ("linear", "quadratic")}
    found = {"linear": found["linear"], "openmeeg": stored(), "quadratic": found["quadratic"]}
    return {(a, b): differences(found[a], found[b]) for a, b in combinations(found, 2)}


def checks(comm: MPI.Comm) -> list[Check]:
    """Check each pair (collective)."""
    out = []
    for (ours, theirs), (rdm, mag) in compare(comm).items():
        pair = f"{NAMES[ours]} against {NAMES[theirs]}"
        medians = float(np.median(rdm)), float(np.median(mag))
        LOG.info(
            "head of three surfaces, %s: RDM %.4f (95 %%: %.4f), MAG %.4f",
            *(pair, medians[0], np.quantile(rdm, 0.95), medians[1]),
        )
        what = f"{len(rdm)} cortical dipoles, {pair}"
        out += [
            Check("EEG, nested surfaces", f"median RDM, {what}", medians[0], 0, "1", LIMIT, OURS),
            Check("EEG, nested surfaces", f"median MAG, {what}", medians[1], 1, "1", LIMIT, OURS),
        ]
    return out
