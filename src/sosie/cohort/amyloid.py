"""The age at which a person's amyloid turns positive: the time from which tau grows.

    logit P(positive at age) = logit P_15 + k (age - a_15)

P_15     0.15; a_15 the age [year] at which so many of a genotype are positive
k        slope [1/year]

A person's onset is the age at which P passes the person's own uniform number u: it depends on
genotype and u, never on the present age, and may lie beyond any life.
"""

from math import log

from sosie.cohort.draw import Stream
from sosie.cohort.priors import AmyloidOnset


def logit(p: float) -> float:
    """Return log(p / (1 - p))."""
    return log(p / (1 - p))


def draw_onset(stream: Stream, prior: AmyloidOnset, *, apoe: str) -> float:
    """Return the age [year] at which amyloid turns positive."""
    # ASSUME: positivity is never lost and shortens no life, so that prevalence by age is the
    # distribution of onset; tau is seeded at onset.
    logit_u = stream.logistic()  # of a uniform u
    onset = getattr(prior.age, apoe) + (logit_u - logit(prior.share)) / prior.slope.value
    # ASSUME: who would have been positive at an age younger than reported turns so at that age.
    return max(onset, prior.first)
