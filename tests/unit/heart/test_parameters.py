"""What cannot be simulated is refused where the parameters are made."""

import pytest

from sosie.errors import SosieError
from sosie.heart.parameters import Activation, Site


@pytest.mark.parametrize(("t", "s"), [(-0.1, 0.5), (0.0, 1.5)])
def test_a_site_outside_the_wall_is_refused_by_name(t, s):
    with pytest.raises(SosieError, match="site early: .* give a number from 0 to 1"):
        Site("early", t, s, 0.0)


def test_activation_without_a_site_is_refused():
    with pytest.raises(SosieError, match="sites is empty"):
        Activation(sites=())


@pytest.mark.parametrize("name", ["radius", "diffusion_time"])
def test_sizes_and_times_must_be_positive(name):
    with pytest.raises(SosieError, match=f"{name} is 0.0; give a positive number"):
        Activation(**{name: 0.0})
