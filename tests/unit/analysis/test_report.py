"""The report stands alone, tells the truth about what is missing, and harms no browser."""

import base64
import re
from html.parser import HTMLParser

import pytest

from sosie.analysis import canvas
from sosie.analysis.report import write_report
from sosie.cohort.population import population_table
from sosie.cohort.priors import prior_table

FLOW = [("read", 9), ("excluded: too <young>", 4), ("eligible", 5), ("selected", 3)]


@pytest.fixture
def report(tmp_path, store, monkeypatch):
    """Write the report of some people, with small pictures; return its HTML."""
    monkeypatch.setattr(canvas, "DPI", 30)

    def make(people, lost=None, flow=FLOW, organs=("heart",), population=()):
        tree, status = store(people, lost, organs)
        path = tmp_path / "report.html"
        write_report(tree, status, flow, [*population, prior_table()], path)
        return path.read_text(encoding="utf-8")

    return make


class Resources(HTMLParser):
    """Collects what a page would load."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        """Note what the tag loads."""
        if tag in ("script", "link", "iframe", "object"):
            self.found.append(tag)
        self.found += [value for name, value in attrs if name in ("src", "href", "srcset")]


def visible(html):
    """Return the text without figures and markup, on one line."""
    return " ".join(
        re.sub(r"<[^>]*>", " ", re.sub(r"<style.*?</style>", "", html, flags=re.S)).split()
    )


def test_ventricles_lie_beside_the_reference_where_anybody_has_its_age(report, person):
    page = visible(report([person("a", age=50.0), person("b", age=70.0)]))
    assert "Ventricles beside UK Biobank" in page
    assert "124 ± 21" in page
    assert "beside UK Biobank" not in visible(
        report([person("a", age=30.0), person("b", age=80.0)])
    )


def test_virtual_people_bring_the_table_of_their_population(report, person):
    assert "INSEE" not in visible(report([person("a")]))
    assert "INSEE" in visible(report([person("a")], population=[population_table("france")]))


def test_the_page_loads_nothing_but_its_own_pictures(report, person):
    html = report([person("a", age=30.0), person("b", "male"), person("c", age=80.0)])
    found = Resources(html).found
    assert len(found) == 9
    assert all(re.match(r"data:image/(png|gif);base64,", value) for value in found)
    for value in found:
        assert base64.b64decode(value.split(",")[1]).startswith((b"\x89PNG", b"GIF89a"))
    assert "http" not in visible(html)
    assert "url(" not in html


def test_the_summary_counts_and_says_what_was_drawn(report, person):
    people = [person("a", age=30.0), person("b", "male"), person("c")]
    text = visible(report(people, {"c": ("failed", "slow")}))
    assert "Of 9 people in the table 3 were selected." in text
    assert "2 of 3 patients" in text
    assert "0 were rejected and 1 failed" in text
    assert "100 % were sampled" in text
    assert "not anybody’s own" in text
    assert "conduction velocity along the fibre" in text


def test_both_organs_are_shown_with_those_who_have_both_side_by_side(report, person):
    people = [person("a", age=30.0), person("b", "male", 75.0), person("c", age=80.0)]
    html = report(people, {"c": ("failed", "slow")}, organs=("heart", "brain"))
    text = visible(html)
    assert len(Resources(html).found) == 19
    assert "Virtual patients of the study" in text
    assert "The left ventricle of 2 of 3 patients" in text
    assert "The brain of 2 of 3 patients" in text
    assert "1 of 2 are past the onset of amyloid" in text
    assert "define these hearts and brains, 100 % were sampled" in text
    assert "brain simulated 2 failed: 1" in text
    assert "mean misfolded tau at the patient's age" in html.replace("&#39;", "'")
    assert "Heart and brain of the same person" in text


def test_a_study_of_one_organ_says_nothing_of_the_other(report, person):
    people = [person("a", age=30.0), person("b", "male", 75.0)]
    brains = report(people, organs=("brain",))
    assert len(Resources(brains).found) == 9
    assert "left ventricle of" not in visible(brains)
    assert "No heart" not in visible(brains)
    hearts = visible(report(people))
    assert "The brain of" not in hearts
    assert "No brain" not in hearts
    assert "misfolded" not in hearts.split("Priors")[0]


def test_a_study_that_lost_every_brain_says_so(report, person):
    html = report([person("a")], {"a": ("rejected", "no room")}, organs=("heart", "brain"))
    assert "No brain was simulated to the end" in visible(html)
    assert Resources(html).found == []


def test_no_genotypes_no_figure_of_them(report, person):
    people = [person("a"), person("b", "male")]
    for one in people:
        del one.cells["apoe"]
    html = report(people, organs=("brain",))
    assert len(Resources(html).found) == 8
    assert "none has tau yet" in visible(html)


def test_the_same_people_give_the_same_page(report, person):
    first = report([person("a"), person("b", "male")])
    assert report([person("a"), person("b", "male")]) == first


def test_a_study_that_lost_every_heart_says_so(report, person):
    lost = {name: ("rejected", "geometry: no wall fits") for name in "ab"}
    html = report([person("a"), person("b", "male")], lost)
    text = visible(html)
    assert "0 of 2 patients" in text
    assert "No heart was simulated to the end" in text
    assert "geometry: no wall fits a, b" in text
    assert "Table 1" in text
    assert Resources(html).found == []


def test_a_heart_without_leads_is_done_and_named_with_the_reason(report, person):
    why = "ECG: 12 of 14149 vertices of the heart lie outside the torso"
    page = report([person("a"), person("b", "male")], {"b": ("done", why)})
    assert f'<span class="mark done">done</span></td><td class="reason">{why}</td>' in page
    assert "Twelve-lead electrocardiograms" in page
    alone = report([person("b")], {"b": ("done", why)})
    assert "No heart beats: the study does not ask for it" in alone
    assert "No heart has an electrocardiogram: the reasons are in the patient flow." in alone
    assert "QRS complex" not in alone


def test_reasons_and_names_cannot_become_markup_or_formulas(report, person):
    people = [person("<i>$\\frac$"), person("b")]
    html = report(people, {"b": ("failed", "<script>alert(1)</script> & more")})
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in html
    assert "too &lt;young&gt;" in html
    assert "<i>$" not in html


def test_one_heart_of_one_sex_is_enough(report, person):
    text = visible(report([person("a", "male")], flow=[]))
    assert "1 of 1 patients" in text
    assert "in the table" not in text
    assert "Men n = 1" in text


def test_the_priors_are_shown_with_their_status(report, person):
    html = report([person("a")])
    assert re.search(r'<td>cv_fibre</td>.*<span class="mark assumed">assumed</span>', html)
