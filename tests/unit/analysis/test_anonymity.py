"""k, and who is alone, counted by hand."""

import numpy as np
import pandas as pd
import pytest

from sosie.analysis.anonymity import anonymity, class_sizes


@pytest.fixture
def people():
    return pd.DataFrame(
        {
            "age": [41, 41, 42, 42, 47, 63],
            "sex": ["female"] * 5 + ["male"],
            "ethnicity": ["white", "white", "white", "black", None, "white"],
            "height": [160.2, 159.8, 170.0, 170.0, 165.0, 180.0],
            "region": [None] * 6,
        }
    )


def test_classes_are_those_alike_in_everything():
    table = pd.DataFrame({"a": [1, 1, 2, 2], "b": ["x", "x", "x", "y"]})
    assert class_sizes(table).tolist() == [2, 2, 1, 1]


def test_what_is_missing_is_alike():
    assert class_sizes(pd.DataFrame({"a": [np.nan, np.nan, 1.0]})).tolist() == [2, 2, 1]


def test_each_set_adds_what_is_known_of_anybody(people):
    found = anonymity(people, least=3)
    assert [one.columns for one in found] == [
        ("age by decade", "sex"),
        ("age", "sex"),
        ("age", "sex", "ethnicity"),
        ("age", "sex", "ethnicity", "height"),
    ]
    assert [one.k for one in found] == [1, 1, 1, 1]
    assert [one.unique for one in found] == pytest.approx([1 / 6, 2 / 6, 4 / 6, 4 / 6])
    assert [one.small for one in found] == pytest.approx([1 / 6, 1, 1, 1])


def test_heights_are_known_to_the_centimetre(people):
    alike = anonymity(people[:2], least=3)[-1]
    assert (alike.k, alike.unique) == (2, 0)
