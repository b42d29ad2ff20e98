"""Points are even, the same however many there are, and what streams start with."""

import numpy as np
import pytest
from scipy.stats import qmc

from sosie.cohort.draw import generator
from sosie.cohort.sobol import COORDINATES, PointStream, points


def test_more_people_keep_the_first_ones():
    few, many = points(1, "france", 100), points(1, "france", 1500)
    assert all((many[name][:100] == few[name]).all() for name in COORDINATES)


def test_seed_and_population_give_other_points():
    first = points(1, "france", 4)["age"]
    assert not np.isin(first, points(2, "france", 4)["age"]).any()
    assert not np.isin(first, points(1, "elsewhere", 4)["age"]).any()


def test_every_coordinate_has_one_person_in_each_of_n_equal_parts():
    n = 256
    for name, u in points(3, "france", n).items():
        assert u.min() > 0, name
        assert u.max() < 1, name
        parts = np.sort((u * n).astype(int), axis=0)
        assert (parts == np.arange(n)[:, None]).all(), name


def test_all_coordinates_together_are_more_even_than_chance():
    u = np.column_stack([*points(1, "france", 4096).values()])
    chance = np.random.default_rng(0).random(u.shape)
    ours, theirs = (qmc.discrepancy(x, method="MD") for x in (u[:, :9], chance[:, :9]))
    assert ours < 0.3 * theirs


def test_a_point_stream_gives_the_coordinates_and_then_others():
    stream = PointStream(np.array([0.25, 0.5]), generator(1, "a", "x"))
    drawn = stream.random(3)
    assert drawn[:2].tolist() == [0.25, 0.5]
    assert drawn[2] not in {0.25, 0.5}
    z = stream.standard_normal((3, 2))
    assert z[0] == pytest.approx([-0.6744898, 0.0], abs=1e-6)
    assert stream.uniform(2.0, 4.0) == pytest.approx(2.5)
    assert stream.logistic() == pytest.approx(np.log(0.25 / 0.75))
