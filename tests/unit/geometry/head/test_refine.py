"""A refined head is the same head with cells an eighth as large."""

from itertools import combinations

import numpy as np
import pytest

from sosie.geometry.brain.quality import volumes
from sosie.geometry.head.refine import refined
from sosie.geometry.head.template import load


def test_children_fill_their_parents_and_fit_together():
    template = load("coarse")
    cells = template.cells[-6000:]
    points, finer = refined(template.points, cells)
    assert (points[: len(template.points)] == template.points).all()
    children = volumes(points, finer).reshape(-1, 8)
    parents = volumes(template.points, cells)
    assert children == pytest.approx(np.repeat(parents[:, None] / 8, 8, axis=1))
    faces = np.sort(finer[:, list(combinations(range(4), 3))].reshape(-1, 3), axis=1)
    own = np.sort(cells[:, list(combinations(range(4), 3))].reshape(-1, 3), axis=1)
    single = [(np.unique(f, axis=0, return_counts=True)[1] == 1).sum() for f in (faces, own)]
    assert single[0] == 4 * single[1]
