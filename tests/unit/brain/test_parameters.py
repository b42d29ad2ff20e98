"""What cannot be simulated is refused where it is written, in one sentence."""

import dataclasses

import pytest

from sosie.brain.parameters import YEAR, Atrophy, BrainParameters, Seed, Times, Treatment
from sosie.brain.resolution import edge, narrowest, refuse_coarse
from sosie.cohort.priors import load_priors
from sosie.errors import SosieError
from sosie.geometry.brain.template import load


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: BrainParameters(template="fine"), "no template 'fine'; there are coarse, prod"),
        (
            lambda: BrainParameters(seed=Seed(regions=("entorinal_left",))),
            "brain.seed.regions: the template has no region 'entorinal_left': write some of",
        ),
        (lambda: BrainParameters(seed=Seed(regions=("none",))), "no region 'none'"),
        (lambda: BrainParameters(white_to_grey=-2.0), "brain.white_to_grey is -2.0; diffusivity"),
        (lambda: Seed(concentration=0.0), "brain.seed.concentration is 0.0; give a number above"),
        (lambda: Treatment(tau_clearance=-1 / YEAR), "brain.treatment.tau_clearance is -1 1/year"),
        (lambda: Treatment(end=60 * YEAR), "brain.treatment.end is 60 year, not after its start"),
        (
            lambda: Atrophy(tau_shrinkage=-0.01 / YEAR),
            "brain.atrophy.tau_shrinkage is -0.01 1/year",
        ),
        (lambda: Atrophy(ventricular_share=1.5), "brain.atrophy.ventricular_share is 1.5; give a"),
        (lambda: Times(step=-YEAR), "brain.times.step is -1 year"),
        (lambda: Times(every=3 * YEAR), "brain.times.duration is 40 year, no whole number of ev"),
        (lambda: Times(step=0.3 * YEAR), "brain.times.every is 2 year, no whole number of step"),
    ],
)
def test_a_wrong_value_is_refused(make, sentence):
    with pytest.raises(SosieError) as refused:
        make()
    assert sentence in str(refused.value)


def test_stored_years_run_from_seeding_to_the_end():
    assert Times(duration=10 * YEAR, every=5 * YEAR).years == [0.0, 5.0, 10.0]


def test_shapes_are_stored_at_up_to_five_of_the_years():
    assert Times().shapes == [0.0, 10.0, 20.0, 30.0, 40.0]
    assert Times(duration=10 * YEAR, every=5 * YEAR).shapes == [0.0, 5.0, 10.0]


def test_both_templates_carry_the_fronts_of_the_priors():
    priors = load_priors()
    for name in ("coarse", "production"):
        refuse_coarse(BrainParameters(template=name), priors)
    assert edge(load("production")) < narrowest(priors) < 10e-3


def test_fronts_too_narrow_for_the_cells_are_refused():
    priors = load_priors()
    slow = dataclasses.replace(priors.tau_diffusivity, mean=3.0, sd=1.0, low=1.0, high=5.0)
    with pytest.raises(SosieError, match=r"cells of .* mm, but one patient in a hundred"):
        refuse_coarse(BrainParameters(), dataclasses.replace(priors, tau_diffusivity=slow))
