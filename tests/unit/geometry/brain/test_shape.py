"""A person's brain has the person's volumes, or is refused in a sentence."""

import numpy as np
import pytest

from sosie.errors import RejectedError
from sosie.geometry.brain.quality import volumes
from sosie.geometry.brain.shape import personalise, ventricles
from sosie.geometry.brain.template import load

ML = 1e-6


@pytest.mark.parametrize("name", ["production", "coarse"])
def test_both_volumes_are_met(name):
    template = load(name)
    for brain, inside in ((800 * ML, 70 * ML), (1100 * ML, 25 * ML), (1400 * ML, 7 * ML)):
        found = personalise(
            template,
            intracranial_volume=1500 * ML,
            brain_volume=brain,
            ventricular_volume=inside,
        )
        assert volumes(found.points, template.cells).sum() == pytest.approx(brain, rel=1e-6)
        assert ventricles(template, found.points) == pytest.approx(inside, rel=1e-6)
        assert found.brain_volume == pytest.approx(brain, rel=1e-6)
        assert found.ventricular_volume == pytest.approx(inside, rel=1e-6)
        assert found.brain_ratio == brain / (1500 * ML)
        assert found.det_min > 0
        assert found.dihedral_min > 10


def test_the_templates_own_volumes_give_the_template():
    template = load("coarse")
    found = personalise(
        template,
        intracranial_volume=template.intracranial_volume,
        brain_volume=volumes(template.points, template.cells).sum(),
        ventricular_volume=ventricles(template, template.points),
    )
    assert found.scale == pytest.approx(1)
    assert found.points == pytest.approx(template.points, abs=1e-9)


def test_the_shape_depends_on_the_volumes_continuously():
    """A millionth more ventricle moves no vertex by more than a tenth of a micrometre."""
    template = load("coarse")
    for inside in np.linspace(8, 90, 12) * ML:
        one, other = (
            personalise(
                template,
                intracranial_volume=1500 * ML,
                brain_volume=1100 * ML,
                ventricular_volume=v,
            )
            for v in (inside, (1 + 1e-6) * inside)
        )
        assert np.abs(one.points - other.points).max() < 1e-7


@pytest.mark.parametrize("name", ["production", "coarse"])
def test_drawn_brains_are_valid(name):
    """Ventricles 7 to 80 mL, brain 0.65 to 0.88 of 1,100 to 1,900 mL: 99 in 100 are wanted."""
    rng = np.random.default_rng(1)
    template = load(name)
    valid, people = 0, {"production": 20, "coarse": 200}[name]
    for _ in range(people):
        intracranial = rng.uniform(1100, 1900) * ML
        try:
            personalise(
                template,
                intracranial_volume=intracranial,
                brain_volume=rng.uniform(0.65, 0.88) * intracranial,
                ventricular_volume=rng.uniform(7, 80) * ML,
            )
            valid += 1
        except RejectedError:
            pass
    assert valid >= 0.99 * people


@pytest.mark.parametrize(
    ("brain", "inside", "why"),
    [
        (1100, 1, r"ventricles are 0\.0009 of ventricles and tissue; the template reaches"),
        (700, 200, r"ventricles are 0\.2222 of ventricles and tissue; the template reaches"),
        (1480, 30, r"brain and ventricles, 1510\.0 mL, exceed .* volume, 1500\.0 mL"),
        (1100, 0, r"ventricles 0 mL must be positive"),
        (float("nan"), 20, r"brain nan mL and"),
    ],
    ids=["too empty", "too full", "too large", "none", "nan"],
)
def test_what_cannot_be_made_is_rejected_in_a_sentence(brain, inside, why):
    with pytest.raises(RejectedError, match=why) as caught:
        personalise(
            load("coarse"),
            intracranial_volume=1500 * ML,
            brain_volume=brain * ML,
            ventricular_volume=inside * ML,
        )
    assert "\n" not in str(caught.value)
