"""Attacks fail on records of others, succeed on copies, and on a part of copies in part."""

import numpy as np
import pandas as pd
import pytest

from sosie.analysis.attacks import distances, inferring, linking, risk, singling_out, victims


def made_up(n, rng):
    x = rng.normal(size=n)
    return pd.DataFrame(
        {
            "a": x,
            "b": x + rng.normal(size=n),
            "c": rng.normal(size=n),
            "d": rng.choice(["p", "q", "r", "s"], n),
            "e": rng.choice(["p", "q"], n),
        }
    )


def of(share, n=400):
    """Return the victims of records of which a share are copies, the rest somebody else's."""
    rng = np.random.default_rng(3)
    people, control, others = (made_up(n, rng) for _ in range(3))
    copied = int(share * n)
    return victims(people, pd.concat([people[:copied], others[copied:]]), control)


def risks(v):
    found = singling_out(v, np.random.default_rng(4))
    found += [linking(v, ("a", "d"), "part"), inferring(v, "c"), inferring(v, "d")]
    return found


def test_records_of_others_give_nothing_away():
    for attack in risks(of(0.0)):
        assert attack.risk.value < 0.08, attack
        assert attack.risk.low == 0, attack


def test_copies_give_everything_away():
    for attack in risks(of(1.0)):
        assert attack.success == 1, attack
        assert attack.risk.value > 0.97, attack


def test_of_records_half_copied_half_is_linked_and_inferred():
    v = of(0.5)
    for attack in (linking(v, ("a", "d", "b"), "part"), inferring(v, "c")):
        assert attack.risk.low < 0.5 < attack.risk.high, attack


def test_the_risk_is_what_the_control_does_not_explain():
    assert risk(100, 100, 200).value == 0
    assert risk(1000, 0, 1000).value == pytest.approx(1, abs=0.01)
    # (3/4 - 1/2) / (1 - 1/2), but for Wilson's pull towards one half
    assert risk(3000, 2000, 4000).value == pytest.approx(0.5, abs=1e-3)


def test_a_rare_value_that_only_a_copy_can_know_singles_out():
    people = pd.DataFrame({"a": [1.0, 1.0, 1.0, 7.0], "b": ["p"] * 4})
    control = pd.DataFrame({"a": [1.0, 1.0, 2.0, 2.0], "b": ["p"] * 4})
    (by_value, *_) = singling_out(victims(people, people, control), np.random.default_rng(1))
    # a == 7 and a >= 7; neither is anybody of the control
    assert (by_value.guesses, by_value.success, by_value.control) == (2, 1, 0)


def test_two_words_are_as_far_apart_as_the_ends_of_a_number():
    people = pd.DataFrame({"a": [0.0, 10.0], "b": ["p", "q"]})
    records = pd.DataFrame({"a": [5.0, 0.0], "b": ["p", "r"]})
    v = victims(people, records, people)
    assert distances(v, v.people).tolist() == pytest.approx([0.5, 1.0])


def test_numbers_are_right_within_a_twentieth():
    people = pd.DataFrame({"a": [0.0, 1.0], "b": [100.0, 100.0]})
    records = pd.DataFrame({"a": [0.0, 1.0], "b": [104.0, 106.0]})
    attack = inferring(victims(people, records, people), "b")
    assert attack.success == 0.5


def test_all_columns_or_none_are_nothing_to_link():
    v = of(1.0, n=20)
    assert linking(v, v.columns, "all") is None
    assert linking(v, (), "none") is None
