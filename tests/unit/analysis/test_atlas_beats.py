"""Figures of the beaten hearts of the Cardiac Atlas, as they ship."""

from sosie.analysis.atlas_beats import GROUPS, judged, rows


def test_every_group_has_a_row_whose_numbers_are_those_that_ship():
    table = rows()
    assert [row[0] for row in table] == list(GROUPS)
    blind = judged()["blind"]["groups"]["both"]
    assert table[-1][1] == str(blind["n"])
    assert float(table[-1][5]) >= abs(float(table[-1][4]))


def test_hearts_that_beat_are_nearer_to_what_was_seen_than_hearts_that_do_not():
    for name in GROUPS:
        apart = judged()["fitted"]["groups"][name]["apart_mm"]
        for surface in ("endocardium", "epicardium"):
            assert apart["simulated"][surface][1] < apart["unmoved"][surface][1]


def test_everyone_is_accounted_for():
    for kind in ("blind", "fitted"):
        found = judged()[kind]
        assert found["beaten"] + sum(found["not_beaten"].values()) == found["people"]
