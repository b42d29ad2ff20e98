"""The verification table says what is met, what is not, and what could not be computed."""

import json

import pytest
from matplotlib.figure import Figure

from sosie.verification.check import Check
from sosie.verification.table import write

MET = Check("wave", "largest error", 0.04, 0.0, "ms", 0.1, "closed form")
MISSED = Check("wave", "order", 1.4, 2.0, "1", 0.5, "closed form")
DIVERGED = Check("mesh", "RMS <late>: eikonal diverged", None, 0.0, "ms", 2.0, "limit")


def test_a_check_is_met_within_its_tolerance_on_either_side():
    assert MET.passed
    assert Check("wave", "order", 2.5, 2.0, "1", 0.5, "closed form").passed
    assert not MISSED.passed


@pytest.mark.parametrize("ours", [None, float("nan")])
def test_what_could_not_be_computed_is_not_met(ours):
    assert not Check("mesh", "RMS", ours, 0.0, "ms", 2.0, "limit").passed


def test_the_table_is_written_for_scripts(tmp_path):
    write(tmp_path / "verification", [MET, DIVERGED])
    rows = json.loads((tmp_path / "verification" / "verification.json").read_text())
    keys = {"name", "quantity", "ours", "reference", "unit", "tolerance", "passed", "source"}
    assert [set(row) for row in rows] == [keys, keys]
    assert [row["passed"] for row in rows] == [True, False]
    assert rows[1]["ours"] is None


def test_the_page_counts_what_is_met_and_marks_what_is_not(tmp_path):
    write(tmp_path, [MET, MISSED, DIVERGED])
    page = (tmp_path / "verification.html").read_text()
    assert "1 of 3 checks are met" in page
    assert page.count("class='missed'") == 2
    assert "0.04 ms" in page
    assert "RMS &lt;late&gt;: eikonal diverged" in page


def test_a_figure_is_written_beside_the_page_that_shows_it(tmp_path):
    write(tmp_path, [MET], {"slab": Figure()})
    assert (tmp_path / "slab.png").read_bytes().startswith(b"\x89PNG")
    assert 'src="slab.png"' in (tmp_path / "verification.html").read_text()
