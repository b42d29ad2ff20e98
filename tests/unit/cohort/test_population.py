"""Virtual people are who the population's file says, drawn by the model of real people."""

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri

from sosie.cohort import fit_population
from sosie.cohort.body import VARIABLES
from sosie.cohort.distance import energy_distance, resampled
from sosie.cohort.draw import generator
from sosie.cohort.population import (
    ids,
    load_population,
    population_digest,
    population_table,
    statistics,
)
from sosie.cohort.priors import load_priors
from sosie.cohort.realised import compare, table
from sosie.cohort.record import complete
from sosie.cohort.sobol import COORDINATES
from sosie.cohort.virtual import stretched, virtual_records
from sosie.errors import SosieError

PEOPLE = 4096


@pytest.fixture(scope="module")
def people():
    return virtual_records("france", ids("france", PEOPLE), load_priors(), 1)


@pytest.fixture(scope="module")
def comparison(people):
    return compare("france", people)


def values(people, name):
    return np.array([record.cells[name].value for record in people])


def test_age_and_sex_are_within_half_a_percentage_point_of_france(comparison):
    assert comparison.worst_share < 0.005
    assert sum(wanted for *_, wanted, _ in comparison.shares) == pytest.approx(1.0)


def test_mean_and_deviation_of_every_number_are_within_three_per_cent_of_the_stated(comparison):
    for moments in comparison.moments:
        mean, sd = moments.errors
        assert abs(mean) < 0.03, moments
        assert abs(sd) < 0.03, moments


def test_correlations_are_within_a_twentieth_of_the_stated(comparison):
    pair, stated, drawn = comparison.correlation
    assert abs(drawn - stated) < 0.05, pair


def test_the_comparison_sees_a_population_that_is_off(people):
    old = [record for record in people if record.cells["age"].value > 30]
    assert compare("france", old).worst_share > 0.005


def test_the_comparison_is_a_table_of_every_number(comparison):
    page = table(comparison)
    for name in (*VARIABLES, "lv_edv", "lv_score_6", "brain_volume", "tau_diffusivity"):
        assert page.count(f"| `{name}` |") == 1


def test_body_mass_index_has_the_published_french_shares(people):
    published = load_population("france").body_mass_index
    age, sex = values(people, "age"), values(people, "sex")
    bmi = values(people, "weight") / (values(people, "height") / 100) ** 2
    for level in ("female", "male"):
        mine = bmi[(sex == level) & (age >= published.first) & (age <= published.last)]
        shares = getattr(published, level)
        # 1,700 people of each sex: twice the standard error of a share of a half.
        assert (mine >= 25).mean() == pytest.approx(shares.overweight, abs=0.025)
        assert (mine >= 30).mean() == pytest.approx(shares.obese, abs=0.02)


def test_a_larger_population_keeps_its_first_people(people):
    assert virtual_records("france", ids("france", 20), load_priors(), 1) == people[:20]
    assert virtual_records("france", ["france000777"], load_priors(), 1) == [people[776]]
    assert virtual_records("france", ids("france", 1), load_priors(), 2) != people[:1]


def test_nothing_of_a_virtual_person_is_measured_and_every_cell_has_a_source(people):
    for record in people[:50]:
        assert record.rejected is None
        assert {cell.origin for cell in record.cells.values()} == {"sampled"}
        assert all(cell.source and cell.status for cell in record.cells.values())
    cells = people[0].cells
    assert "INSEE" in cells["age"].source
    assert "Esteban" in cells["weight"].source
    assert "Esteban" not in cells["height"].source
    assert "Eichner" in cells["apoe"].source


def test_every_drawn_quantity_has_coordinates_of_its_own(people):
    asked = {"sex", "age"}

    def stream(quantity):
        asked.add(quantity)
        return generator(1, "a", quantity)

    complete({name: people[0].cells[name] for name in ("sex", "age")}, load_priors(), stream)
    assert asked == set(COORDINATES)


def test_an_unknown_population_is_refused_with_those_there_are():
    with pytest.raises(SosieError, match="cohort.population is 'frnce': write one of france"):
        load_population("frnce")


def test_the_digest_changes_with_whom_and_with_the_seed():
    digests = {population_digest("france", ids("france", n), s) for n in (2, 3) for s in (1, 2)}
    assert len(digests) == 4
    assert population_digest("france", ids("france", 2), 1) in digests


def test_the_weight_is_stretched_at_the_height():
    moved = statistics("france")["body_mass_index"]["male"]
    weight = stretched("france", "male", height=200.0, weight=100.0)
    assert np.log(weight / 4) == pytest.approx(moved["scale"] * np.log(25.0) + moved["shift"])


def test_the_numbers_of_people_are_those_of_the_statistics():
    numbers = statistics("france")["age_sex"]
    assert load_population("france").age_sex.evidence.n == numbers["n"]
    shares = numbers["female"] + numbers["male"]
    assert sum(shares) == pytest.approx(1.0, abs=1e-6)
    assert len(shares) == 2 * len(range(18, 100))


def test_apoe_has_the_frequencies_of_france(people):
    genotypes = "".join(values(people, "apoe"))
    # 8,192 alleles: twice the standard error of a share of a tenth.
    assert genotypes.count("e4") / (2 * PEOPLE) == pytest.approx(0.117, abs=0.007)
    assert genotypes.count("e2") / (2 * PEOPLE) == pytest.approx(0.081, abs=0.007)


def test_what_is_called_published_has_a_doi_and_what_is_computed_a_command():
    population = load_population("france")
    for part in (population.age_sex, population.body_mass_index, population.apoe):
        assert part.evidence.n
        mark = {"published": "doi:10.", "computed": "python -m sosie.cohort.fit_population"}
        assert mark[part.evidence.status] in part.evidence.source


def test_the_page_shows_the_population_as_it_is(repository):
    page = (repository / "docs" / "cohort.md").read_text(encoding="utf-8")
    assert population_table("france") in page
    assert all(f"- {gap}\n" in page for gap in load_population("france").gaps)


def test_the_population_statistics_are_those_of_insee():
    folder = os.environ.get("SOSIE_DATA")
    if folder is None:
        pytest.skip("SOSIE_DATA names no folder with INSEE's table")
    found = fit_population.fit(Path(folder, "insee_population_france_age_sex.csv"))
    shipped = statistics("france")
    assert found["age_sex"] == shipped["age_sex"]
    for sex, moved in shipped["body_mass_index"].items():
        assert found["body_mass_index"][sex] == pytest.approx(moved, rel=1e-5)


def test_the_energy_distance_is_zero_within_a_table_and_not_between_shifted_ones():
    rng = np.random.default_rng(0)
    people = rng.standard_normal((2000, 3)) @ np.diag([1.0, 10.0, 100.0])
    a, b = resampled(people, 800, rng)
    assert not (a[:, None, 0] == b[None, :, 0]).any()
    assert abs(energy_distance(a, b)) < 0.01
    # Two normal distributions a deviation apart: 2 E|Z + 1| - 2 E|Z| of Z of variance 2.
    normal = ndtri((np.arange(1000) + 0.5) / 1000)[:, None]
    assert energy_distance(normal + 1, normal) == pytest.approx(0.5418, abs=0.01)
