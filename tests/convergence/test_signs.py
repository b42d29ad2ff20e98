"""Sign check: drawn parameters move what is simulated in the published direction.

Coarse hearts and brains, alike but for one cell. The arrows and their sources are the table of
docs/cohort.md.
"""

from functools import partial

import pytest

from sosie.brain.parameters import YEAR, BrainParameters, Times
from sosie.brain.simulate import Brain
from sosie.cohort.draw import generator
from sosie.cohort.priors import load_priors
from sosie.cohort.record import Cell, Record, complete
from sosie.cohort.schema import COLUMN
from sosie.heart.beat.parameters import Mechanics
from sosie.heart.parameters import Activation, HeartParameters, Mesh
from sosie.heart.simulate import Heart

HEART = HeartParameters(
    mesh=Mesh(layers=3, rings=20, around=36),
    mechanics=Mechanics(enabled=False),
    activation=Activation(radius=8e-3, diffusion_time=1e-3),
)
BRAIN = BrainParameters(
    template="coarse", times=Times(duration=20 * YEAR, every=5 * YEAR, step=0.5 * YEAR)
)


@pytest.fixture(scope="module")
def heart(comm):
    return Heart(comm, HEART)


@pytest.fixture(scope="module")
def brain(comm):
    return Brain(comm, BRAIN)


@pytest.mark.parametrize(
    ("low", "high", "effect", "sign"),
    [
        ({"lv_edv": 110.0, "lv_mass": 80.0}, {"lv_edv": 200.0, "lv_mass": 145.0}, "total", +1),
        ({"cv_fibre": 0.5}, {"cv_fibre": 0.7}, "total", -1),
        ({"cv_transverse": 0.25}, {"cv_transverse": 0.35}, "total", -1),
        ({"lv_mass": 80.0}, {"lv_mass": 150.0}, "wall_thickness", +1),
    ],
    ids=["larger", "faster along", "faster across", "heavier"],
)
def test_a_heart_s_parameter_moves_what_is_simulated(heart, patient, low, high, effect, sign):
    name = "total_activation_time" if effect == "total" else effect
    before, after = (heart.simulate(patient(**cells))[name] for cells in (low, high))
    assert sign * (after - before) > 0.02 * before


@pytest.mark.parametrize(
    ("cause", "low", "high", "effect", "sign"),
    [
        ("tau_growth_rate", 0.1, 0.25, "regional_tau", +1),
        ("tau_capacity", 0.8, 1.2, "regional_tau", +1),
        ("tau_diffusivity", 20.0, 50.0, "far_tau", +1),
        ("amyloid_onset_age", 50.0, 40.0, "tau_now", +1),
        ("age", 50.0, 60.0, "tau_now", +1),
        ("brain_volume", 1150.0, 1000.0, "brain_fraction", -1),
    ],
)
def test_a_brain_s_parameter_moves_what_is_simulated(
    brain, patient, cause, low, high, effect, sign
):
    name = effect.replace("far", "regional")
    before, after = (brain.spread(patient(**{cause: level}))[name] for level in (low, high))
    far = brain.template.regions.index("superiorparietal_left")  # from the medial temporal lobe
    if effect == "regional_tau":  # of all grey matter, at the end
        before, after = before[-1, 0], after[-1, 0]
    elif effect == "far_tau":
        before, after = before[-1, far], after[-1, far]
    elif effect == "tau_now":
        before, after = before[0], after[0]
    assert sign * (after - before) > 0.02 * before


def made(**changed):
    """Return a person of 75 years whose organs are drawn with the same numbers whatever is known.

    They are the numbers of "d", whose amyloid turns positive early enough to have tau at that age.
    """
    known = {"age": 75.0, "height": 170.0, "weight": 75.0, "sbp": 130.0, "dbp": 75.0}
    known |= {"sex": "female", "heart_rate": 68.0, "heart_attack": "no"} | changed
    cells = {
        name: Cell(value, COLUMN[name].unit, "measured", "made up", None)
        for name, value in known.items()
    }
    return Record("d", complete(cells, load_priors(), partial(generator, 1, "d")))


def test_men_s_larger_hearts_take_longer_to_activate(heart):
    before, after = (heart.simulate(made(sex=sex)) for sex in ("female", "male"))
    assert after["total_activation_time"] > before["total_activation_time"]


def test_higher_pressure_makes_a_thicker_wall(heart):
    before, after = (heart.simulate(made(sbp=pressure)) for pressure in (110.0, 160.0))
    assert after["wall_thickness"] > before["wall_thickness"]


def test_carriers_of_e4_have_had_tau_for_longer(brain):
    before, after = (brain.simulate(made(apoe=genotype)) for genotype in ("e3e3", "e4e4"))
    assert after["years_since_onset"] > before["years_since_onset"]
    assert after["tau_now"][0] > before["tau_now"][0]
