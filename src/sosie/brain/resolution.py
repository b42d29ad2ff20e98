"""Can the template's cells carry the fronts of the patients? Asked while planning, of the priors.

A front is l = sqrt(D / r) wide. Lumped P1 elements make it 2.5 % fast where cells are as long as
that, 10 % on twice as long, 28 % on four times (``sosie.verification.fisher_kpp``): a study is
refused where cells are longer than the narrowest fronts of its patients, the first percentile of l.
That is in the mean cortical region full of amyloid: where tau grows up to 1.6 times as fast
(``sosie.brain.vulnerability``), fronts are up to a fifth narrower.
"""

import numpy as np

from sosie.brain.parameters import BrainParameters
from sosie.cohort.priors import Priors, TruncatedNormal
from sosie.errors import SosieError
from sosie.geometry.brain.template import BrainTemplate, load
from sosie.typing import Array

PERCENTILE = 1.0
LONGEST = 1.2
"""Cells over fronts: 4 % of speed at the first percentile."""
DRAWS = 20_000


def edge(template: BrainTemplate) -> float:
    """Return the mean length of the template's edges [m]."""
    a, b = template.edges.T
    return float(np.linalg.norm(template.points[a] - template.points[b], axis=1).mean())


def narrowest(priors: Priors) -> float:
    """Return the first percentile of the fronts' width [m] that the priors imply."""
    stream = np.random.default_rng(1)
    rate = _draws(stream, priors.tau_growth_rate)  # 1/year
    diffusivity = _draws(stream, priors.tau_diffusivity)  # mm^2/year
    growing = rate > 0  # others have no front
    return float(1e-3 * np.percentile(np.sqrt(diffusivity[growing] / rate[growing]), PERCENTILE))


def _draws(stream: np.random.Generator, prior: TruncatedNormal) -> Array:
    values = stream.normal(prior.mean, prior.sd, 2 * DRAWS)
    return values[(values >= prior.low) & (values <= prior.high)][:DRAWS]


def refuse_coarse(parameters: BrainParameters, priors: Priors) -> None:
    """Raise SosieError where the template's cells are too long for the patients' fronts."""
    cells, front = edge(load(parameters.template)), narrowest(priors)
    if cells > LONGEST * front:
        raise SosieError(
            f"brain.template: '{parameters.template}' has cells of {1e3 * cells:.1f} mm, but one"
            f" patient in a hundred has a front of tau narrower than {1e3 * front:.1f} mm: take a"
            f" template with cells up to {1e3 * LONGEST * front:.1f} mm"
        )
