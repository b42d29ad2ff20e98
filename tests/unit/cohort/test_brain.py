"""Head, genotype, amyloid and tau of 5,000 people are as their sources say, and hold together."""

import json
import os
from math import log, sqrt
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from sosie.cohort import fit_brain, judge_brain
from sosie.cohort.amyloid import draw_onset, logit
from sosie.cohort.body import DATA
from sosie.cohort.brain import VOLUMES, distributions, draw_volumes, statistics
from sosie.cohort.draw import generator, truncated_normal
from sosie.cohort.genome import alleles_of, draw_apoe
from sosie.cohort.mapping import Mapping, load_mapping
from sosie.cohort.record import build_record
from sosie.cohort.schema import APOE, COLUMN
from sosie.cohort.select import select
from sosie.cohort.table import Row, read_table
from sosie.errors import SosieError

from .conftest import SMALL
from .test_priors import KS, PEOPLE, assert_close, distance, streams

TAU = ("tau_growth_rate", "tau_capacity", "tau_diffusivity")
NEEDED = ("apoe", *TAU, *VOLUMES, "amyloid_onset_age")
SEXES = ("female", "male")


def heads(priors, *, people=PEOPLE, ages=(60.0,), sex="male", **known):
    """Draw volumes (people, 3), ages in turn."""
    drawn = [
        known
        | draw_volumes(
            known,
            lambda name, i=i: generator(0, str(i), name),
            age=ages[i % len(ages)],
            sex=sex,
            brain_with_ventricle=priors.brain_with_ventricle.value,
        )
        for i in range(people)
    ]
    return np.array([[head[name] for name in VOLUMES] for head in drawn])


def standardised(volumes, age, sex):
    icv, brain, ventricle = volumes.T
    x = np.log([icv, brain / icv, ventricle])
    return [(row - m) / s for row, (m, s) in zip(x, distributions(age, sex), strict=True)]


@pytest.fixture
def record_of(body_mapping, priors):
    def make(cells, *, name="1", seed=1):
        return build_record(Row(name, cells), body_mapping, priors, seed)

    return make


@pytest.mark.parametrize("sex", SEXES)
@pytest.mark.parametrize("age", [25.0, 80.0])
def test_drawn_heads_have_the_stated_marginals_and_correlations(priors, age, sex):
    z = standardised(heads(priors, ages=(age,), sex=sex), age, sex)
    assert max(distance(row) for row in z) < KS
    found = np.corrcoef(z)
    counted = [statistics()[part]["sexes"][sex]["correlation"] for part in ("head", "ventricle")]
    assert found[0, 1] == pytest.approx(counted[0], abs=0.05)
    assert found[0, 2] == pytest.approx(counted[1], abs=0.05)
    assert found[1, 2] == pytest.approx(priors.brain_with_ventricle.value, abs=0.05)


def test_means_are_those_of_the_people_counted_in_oasis_and_ixi(priors):
    # Brain fraction of OASIS women of 70 to 80 and men of 18 to 30 years; ventricles [mL] of IXI
    # people of 60 to 70 years: means of the tables, which a quadratic need not pass through.
    women = heads(priors, people=1000, ages=(75.0,), sex="female")
    men = heads(priors, people=1000, ages=(23.0,))
    assert (women[:, 1] / women[:, 0]).mean() == pytest.approx(0.759, abs=0.01)
    assert (men[:, 1] / men[:, 0]).mean() == pytest.approx(0.844, abs=0.01)
    assert women[:, 0].mean() == pytest.approx(1409, rel=0.01)
    assert men[:, 0].mean() == pytest.approx(1596, rel=0.01)
    for sex, mean in (("male", 28.0), ("female", 21.8)):
        found = heads(priors, people=1000, ages=(65.0,), sex=sex)[:, 2].mean()
        assert found == pytest.approx(mean, rel=0.1)


@pytest.mark.parametrize("sex", SEXES)
def test_the_older_have_smaller_brains_and_larger_ventricles(priors, sex):
    medians = np.array(
        [np.median(heads(priors, people=200, ages=(age,), sex=sex), 0) for age in range(30, 91, 10)]
    )
    assert (np.diff(medians[:, 1]) < 0).all()
    assert (np.diff(medians[:, 2]) > 0).all()
    assert np.ptp(medians[:, 0]) < 1e-9


@pytest.mark.parametrize("sex", SEXES)
def test_brain_and_ventricles_fit_into_every_head(priors, sex):
    volumes = heads(priors, ages=tuple(range(18, 111)), sex=sex)
    assert (volumes[:, 1] + volumes[:, 2] < 0.95 * volumes[:, 0]).all()
    # Ventricles are a part of the fluid, so small that their bound was never met.
    assert (volumes[:, 2] < 0.49 * (volumes[:, 0] - volumes[:, 1])).all()
    for name, column in zip(VOLUMES, volumes.T, strict=True):
        assert COLUMN[name].low < column.min()
        assert column.max() < COLUMN[name].high


@pytest.mark.parametrize(
    "known",
    [
        {"icv": 900.0},
        {"icv": 2100.0},
        {"brain_volume": 700.0},
        {"brain_volume": 1700.0},
        {"brain_ventricle_volume": 300.0},
        {"icv": 1500.0, "brain_volume": 1470.0},
        {"icv": 1500.0, "brain_volume": 600.0},
        {"icv": 600.0, "brain_ventricle_volume": 450.0},
        {"brain_volume": 1100.0, "brain_ventricle_volume": 480.0},
    ],
)
def test_extreme_measured_volumes_are_kept_and_the_rest_fits_beside_them(priors, known):
    volumes = heads(priors, people=200, **known)
    for name, value in known.items():
        assert (volumes[:, VOLUMES.index(name)] == value).all()
    assert (volumes > 0).all()
    assert (volumes[:, 1] + volumes[:, 2] < volumes[:, 0]).all()


def test_a_measured_skull_sets_the_brain_and_a_measured_brain_the_skull(priors):
    small, large = (heads(priors, people=500, icv=icv) for icv in (1300.0, 1800.0))
    assert np.median(large[:, 1]) / np.median(small[:, 1]) == pytest.approx(1.35, abs=0.05)
    small, large = (heads(priors, people=500, brain_volume=b) for b in (1000.0, 1300.0))
    assert np.median(large[:, 0]) / np.median(small[:, 0]) == pytest.approx(1.24, abs=0.05)
    # An atrophied brain has wide ventricles, and wide ventricles an atrophied brain.
    thin, full = (heads(priors, people=500, icv=1500.0, brain_volume=b) for b in (1050.0, 1250.0))
    assert np.median(thin[:, 2]) > 1.3 * np.median(full[:, 2])
    wide, narrow = (heads(priors, people=500, brain_ventricle_volume=v) for v in (60.0, 15.0))
    assert np.median(wide[:, 1]) < np.median(narrow[:, 1])


@pytest.mark.parametrize("ethnicity", ["asian", "black", "hispanic", "white", "other", None])
def test_genotypes_are_in_hardy_weinberg_proportion(priors, ethnicity):
    alleles = alleles_of(priors.apoe, ethnicity)
    p = {"2": alleles.e2, "3": 1 - alleles.e2 - alleles.e4, "4": alleles.e4}
    drawn = [draw_apoe(stream, alleles) for stream in streams("apoe")]
    for genotype in APOE:
        a, b = genotype[1], genotype[3]
        share = p[a] * p[b] * (1 if a == b else 2)
        error = sqrt(share * (1 - share) / PEOPLE)
        assert drawn.count(genotype) / PEOPLE == pytest.approx(share, abs=4 * error)


def test_who_is_white_or_of_unknown_ethnicity_has_framingham_s_alleles(priors, record_of):
    assert alleles_of(priors.apoe, None) == alleles_of(priors.apoe, "white")
    body = {"age": 50.0, "sex": "female"}
    assert record_of(body | {"ethnicity": "white"}).cells["apoe"].status == "published"
    assert record_of(body).cells["apoe"].status == "assumed"


@pytest.mark.parametrize("apoe", APOE)
def test_the_share_of_amyloid_positive_people_is_the_published_one_at_each_age(priors, apoe):
    prior = priors.amyloid_onset_age
    onset = np.array([draw_onset(stream, prior, apoe=apoe) for stream in streams("onset")])
    assert (onset <= getattr(prior.age, apoe)).mean() == pytest.approx(0.15, abs=0.02)
    for age in range(40, 101, 10):
        x = logit(0.15) + 0.0489 * (age - getattr(prior.age, apoe))
        assert (onset <= age).mean() == pytest.approx(1 / (1 + np.exp(-x)), abs=KS)
    assert onset.min() >= prior.first
    assert onset.max() < COLUMN["amyloid_onset_age"].high


def test_the_slope_is_that_of_the_published_shares_at_50_and_90(priors):
    slope = priors.amyloid_onset_age.slope.value
    assert slope == pytest.approx((logit(0.44) - logit(0.10)) / 40, abs=5e-5)


def test_more_e4_is_an_earlier_onset_and_e2_a_later_one(record_of):
    def onset(apoe, name):
        cells = {"age": 60.0, "sex": "female", "apoe": apoe}
        return record_of(cells, name=name).cells["amyloid_onset_age"].value

    for i in range(50):
        ages = [onset(apoe, str(i)) for apoe in ("e2e3", "e3e3", "e3e4", "e4e4")]
        assert ages == sorted(ages, reverse=True)


def test_amyloid_and_tau_know_nothing_of_the_present_age_sex_or_body(record_of):
    young = record_of({"age": 25.0, "sex": "female"}).cells
    old = record_of({"age": 88.0, "sex": "male", "weight": 120.0}).cells
    for name in ("apoe", "amyloid_onset_age", *TAU):
        assert young[name].value == old[name].value


def test_tau_has_its_priors(priors):
    for name in TAU:
        prior = getattr(priors, name)
        bounds = {"low": prior.low, "high": prior.high}
        drawn = [truncated_normal(s, prior.mean, prior.sd, **bounds) for s in streams(name)]
        normal = NormalDist(prior.mean, prior.sd)
        low, high = normal.cdf(prior.low), normal.cdf(prior.high)
        u = [(normal.cdf(x) - low) / (high - low) for x in drawn]
        assert distance([NormalDist().inv_cdf(x) for x in u]) < KS
        assert COLUMN[name].low < prior.low <= min(drawn)
        assert max(drawn) <= prior.high < COLUMN[name].high
    assert priors.tau_growth_rate.mean == pytest.approx(log(2) / 5, abs=0.002)
    assert priors.tau_capacity.mean == 1


def test_the_narrowest_front_of_tau_is_wider_than_an_edge_of_five_millimetres(priors):
    assert sqrt(priors.tau_diffusivity.low / priors.tau_growth_rate.high) > 5.8


def test_a_person_s_brain_depends_on_seed_and_person_only(record_of):
    cells = {"age": 70.0, "sex": "female"}

    def of(**change):
        record = record_of(cells | change.pop("more", {}), **change)
        return {name: record.cells[name].value for name in NEEDED}

    first = of()
    assert of() == first
    assert all(of(name="2")[name] != first[name] for name in NEEDED if name != "apoe")
    assert all(of(seed=2)[name] != first[name] for name in NEEDED if name != "apoe")
    # What becomes known moves only what depends on it.
    assert _changed(first, of(more={"tau_capacity": 1.2})) == {"tau_capacity"}
    genotype = "e4e4" if first["apoe"] != "e4e4" else "e3e3"
    assert _changed(first, of(more={"apoe": genotype})) == {"apoe", "amyloid_onset_age"}
    wide = of(more={"brain_ventricle_volume": 90.0})
    assert _changed(first, wide) <= set(VOLUMES)
    assert _changed(first, of(more={"icv": 1500.0})) == set(VOLUMES)


def test_neither_order_nor_batch_nor_size_of_the_cohort_moves_anybody(record_of):
    people = {str(i): {"age": 20.0 + i, "sex": SEXES[i % 2]} for i in range(40)}
    forwards = {name: record_of(cells, name=name) for name, cells in people.items()}
    backwards = {name: record_of(people[name], name=name) for name in list(people)[:7:-1]}
    assert all(forwards[name] == record for name, record in backwards.items())


def _changed(a, b):
    return {name for name in a if a[name] != b[name]}


def test_measured_cells_of_the_brain_are_kept(record_of):
    measured = {
        "apoe": "e2e4",
        "tau_growth_rate": -0.2,
        "tau_capacity": 2.0,
        "tau_diffusivity": 150.0,
        "icv": 1444.0,
        "brain_volume": 1111.0,
        "brain_ventricle_volume": 33.0,
        "amyloid_onset_age": 71.0,
    }
    record = record_of({"age": 70.0, "sex": "male"} | measured)
    for name, value in measured.items():
        assert record.cells[name].value == value
        assert record.cells[name].origin == "measured"


def test_each_drawn_cell_says_whose_word_it_rests_on(record_of):
    cells = record_of({"age": 70.0, "sex": "male"}).cells
    assert all(cells[name].origin == "sampled" for name in NEEDED)
    assert {cells[name].status for name in ("icv", "brain_volume")} == {"computed"}
    assert cells["brain_ventricle_volume"].status == "assumed"  # its correlation with the brain is
    assert "Jansen 2015" in cells["amyloid_onset_age"].source
    assert "IXI" in cells["brain_ventricle_volume"].source


def test_a_brain_larger_than_its_skull_is_refused(tmp_path):
    columns = {name: {"from": name, "unit": "mL"} for name in ("icv", "brain_volume")}
    mapping = Mapping.model_validate({**SMALL, "columns": columns})
    path = tmp_path / "heads.csv"
    path.write_text("ID,icv,brain_volume\na,1400,1500\n", encoding="utf-8")
    with pytest.raises(SosieError, match="brain_volume is the smaller one in any person"):
        read_table(path, mapping)


def test_sixteen_of_the_survey_have_all_the_brain_needs(survey, priors):
    mapping = load_mapping("nhanes")
    records = [build_record(row, mapping, priors, 0) for row in select(survey, 16).rows]
    assert all(set(NEEDED) <= set(record.cells) for record in records)


def test_the_numbers_of_heads_are_those_of_the_statistics(priors):
    for part, prior in (("head", priors.icv), ("ventricle", priors.brain_ventricle_volume)):
        found = statistics()[part]
        assert prior.evidence.n == found["n"] == sum(s["n"] for s in found["sexes"].values())
    assert priors.brain_volume.evidence == priors.icv.evidence


def test_the_head_statistics_are_those_of_the_tables():
    folder = Path(os.environ.get("SOSIE_DATA", "/nowhere"))
    tables = [folder / "oasis1_cross-sectional.csv", folder / "ixi_lateral_ventricles.tsv"]
    if not all(table.exists() for table in tables):
        pytest.skip("SOSIE_DATA names no folder with the tables of OASIS-1 and IXI")
    shipped = json.loads((DATA / "brain_statistics.json").read_text())
    assert_close(fit_brain.fit(*tables), shipped)


def test_the_fit_finds_the_spread_that_grows_with_age(tmp_path):
    random = np.random.default_rng(0)
    age = random.uniform(20, 90, 4000)
    a = (age - 50) / 10
    fraction = np.exp(-0.2 - 0.02 * a + np.exp(-3.5 + 0.1 * a) * random.standard_normal(4000))
    table = {"age": age, "icv": np.full(4000, 1400.0) + age, "fraction": fraction}
    found = fit_brain.fit_head(table, np.ones(4000, dtype=bool))
    assert found["log_fraction"] == pytest.approx([-0.2, -0.02, 0], abs=0.003)
    assert found["log_sd"] == pytest.approx([-3.5, 0.1], abs=0.03)


def test_the_figures_beside_which_brains_are_judged_are_those_of_the_table():
    path = Path(os.environ.get("SOSIE_DATA", "/nowhere")) / "oasis1_cross-sectional.csv"
    if not path.exists():
        pytest.skip("SOSIE_DATA names no folder with the table of OASIS-1")
    shipped = json.loads((DATA / "brain_judged.json").read_text(encoding="utf-8"))
    assert judge_brain.judge(path) == shipped


def test_who_has_another_number_is_judged_by_who_has_an_odd_one(tmp_path):
    """A made-up table: even people lost a tenth more brain, and twice as fast."""
    lines = ["ID,M/F,Age,eTIV,nWBV,CDR"]
    for i in range(1, 401):
        age, sex = 60 + i % 30, "FM"[i // 2 % 2]
        noise = 0.002 * (i % 7 - 3)
        fraction = 0.8 - 0.002 * (age - 60) + noise - (i % 2 == 0) * (0.08 + 0.002 * (age - 75))
        lines.append(f"OAS1_{i:04}_MR1,{sex},{age},{1400 + i % 50},{fraction:.4f},0")
    table = tmp_path / "table.csv"
    rated = [
        f"OAS1_{i:04}_MR1,F,{60 + i % 30},1500,0.7{i % 10},{i % 3 or 0.5}"
        for i in range(402, 500, 2)
    ]
    young = [f"OAS1_{i:04}_MR1,M,{20 + i % 30},1500,0.8{i % 10}," for i in range(502, 600, 2)]
    table.write_text("\n".join(lines + rated + young))
    group = judge_brain.judge(table)["groups"][1]
    assert group["n"] == 200
    assert group["difference"] == pytest.approx(-0.08, abs=0.003)
    assert group["slope"] == pytest.approx(-0.004, abs=2e-4)
    assert group["slope_predicted"] == pytest.approx(-0.002, abs=2e-4)
