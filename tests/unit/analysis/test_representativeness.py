"""Page and file say the same, at any size, and the file tells no small group of real people."""

import json
import re

import pytest

from sosie.analysis import canvas
from sosie.analysis.report import write_report
from sosie.analysis.representativeness import representativeness, write_json
from sosie.cohort.priors import load_priors, prior_table
from sosie.cohort.record import build_record
from sosie.cohort.select import select
from sosie.cohort.table import read_table


@pytest.fixture
def page(clinic, store, tmp_path, monkeypatch):
    """Return the figures of a study of the clinic's people, the file and the page."""
    monkeypatch.setattr(canvas, "DPI", 30)

    def make(n, lost=(), target="france", source=clinic):
        chosen = select(read_table(clinic.table, clinic.mapping), n)
        people = [build_record(row, clinic.mapping, load_priors(), 1) for row in chosen.rows]
        gone = {people[i].id: ("failed", "slow") for i in lost}
        tree, status = store(people, gone, ("heart", "brain"))
        found = representativeness(tree, status, chosen.flow, source, target=target)
        write_json(found, tmp_path / "figures.json")
        page = tmp_path / "page.html"
        write_report(tree, status, chosen.flow, [prior_table()], page, found=found)
        text = (tmp_path / "figures.json").read_text(encoding="utf-8")
        html = page.read_text(encoding="utf-8")
        return found, json.loads(text), " ".join(re.sub(r"<[^>]*>", " ", html).split())

    return make


def numbers(content):
    """Yield every group with its size, wherever it stands."""
    if isinstance(content, dict):
        if "group" in content:
            yield content["group"], content["patients"]
        content = list(content.values())
    if isinstance(content, list):
        for item in content:
            yield from numbers(item)


def test_page_and_file_have_the_figures(page):
    found, file, text = page(60, lost=(1, 4))
    assert file["calibration"]["effective"] == pytest.approx(found.calibration.effective, rel=1e-5)
    assert "like the adults of France, 2026" in text
    assert "raking to bands of age" in text or "post-stratification" in text
    everybody = next(
        g for g in file["groups"][0]["losses"]["heart"] if set(g["group"].values()) == {"all"}
    )
    assert (everybody["patients"], everybody["failed"]) == (60, 2)
    assert "everybody 60 0 2 3.3 % (0.9 to 11.4)" in text
    age = file["balance"][0]
    assert age["raw"]["mean"] == pytest.approx(found.balance[0].raw.mean, rel=1e-5)
    assert age["raw_difference"] == pytest.approx(found.balance[0].raw_difference, rel=1e-5)
    assert "personal data concerning health" in text
    assert "made up. nobody none" in text  # the table's source and terms


def test_the_file_tells_no_group_of_fewer_than_eleven(page):
    _, file, _ = page(60, lost=range(0, 40, 2))
    sizes = [size for _, size in numbers(file)]
    assert None in sizes
    assert min(size for size in sizes if size is not None) >= 11


def test_virtual_people_have_nothing_to_hide(page):
    _, file, text = page(20, source="france")
    assert None not in [size for _, size in numbers(file)]
    assert "are nobody" in text
    assert file["least"] == 1


def test_every_column_says_how_much_of_it_was_measured(page):
    _, file, _ = page(20, target=None)
    share = {one.pop("column"): one for one in file["origins"]}
    assert share["height"]["measured"] == 100
    assert share["cv_fibre"]["sampled"] == share["cv_fibre"]["assumed"] == 100
    assert share["blood_lead"]["missing"] == 100


@pytest.mark.parametrize("n", [1, 3])
def test_one_patient_and_three_have_a_page_too(page, n):
    _, file, text = page(n, lost=(0,), target=None)
    assert file["calibration"] is None
    assert "nothing is weighted" in text
    assert "too few patients to say by group" in text
    assert "No attack was tried" in text
