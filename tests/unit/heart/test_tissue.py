"""A beat of one patient's muscle is refused where the mesh cannot carry it."""

from mpi4py import MPI

import numpy as np
import pytest

from sosie.errors import RejectedError
from sosie.geometry.template import build
from sosie.geometry.ventricle import from_scores
from sosie.heart.parameters import Activation
from sosie.heart.tissue import Tissue, stimuli


@pytest.mark.slow
def test_cells_too_large_for_the_velocity_are_refused_in_one_sentence():
    template = build(1, 12, 24)
    points = from_scores(np.zeros(6)).at(template.nodes)
    tissue = Tissue(MPI.COMM_SELF, template, points)
    fibre = np.zeros((*tissue.mesh.cell_vertices.shape[:1], len(tissue.barycentric), 3))
    fibre[..., 0] = 1.0
    with pytest.raises(RejectedError, match="monodomain: cells of .* mm conduct at .* block"):
        tissue.beat(
            points[: template.n_vertices],
            fibre,
            np.zeros((3, 3)),
            velocities=(0.6, 0.3),
            activation=Activation(),
            model="ttp06",
        )


def test_every_early_site_is_stimulated_at_its_onset():
    activation = Activation()
    found = stimuli(np.arange(9.0).reshape(3, 3), activation)
    assert [s.onset for s in found] == [site.onset for site in activation.sites]
    assert [s.region.centre for s in found] == [(0, 1, 2), (3, 4, 5), (6, 7, 8)]
