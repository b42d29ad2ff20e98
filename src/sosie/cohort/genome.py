"""The APOE genotype that a table lacks: two alleles drawn independently (Hardy-Weinberg).

    P(e_i e_j) = 2 p_i p_j,   P(e_i e_i) = p_i^2

p        frequencies of the alleles e2, e3 and e4 among people of the person's ethnicity
"""

import numpy as np

from sosie.cohort.draw import Stream
from sosie.cohort.priors import COUNTED, Alleles, Apoe

REFERENCE = "white"
"""# ASSUME: people of other or unknown ethnicity have the alleles of the Framingham cohort."""


def alleles_of(apoe: Apoe, ethnicity: str | None) -> Alleles:
    """Return the frequencies of the alleles among people of an ethnicity."""
    return getattr(apoe, ethnicity if ethnicity in COUNTED else REFERENCE)


def draw_apoe(stream: Stream, alleles: Alleles) -> str:
    """Return a genotype, the lower allele first."""
    e3 = 1 - alleles.e2 - alleles.e4
    edges = np.cumsum([alleles.e2, e3])
    pair = np.searchsorted(edges, stream.random(2), side="right") + 2
    return "".join(f"e{allele}" for allele in sorted(pair))
