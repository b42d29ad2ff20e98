r"""Calcium at points of the wall, each after its own activation.

    Ca(x, t) = sum_k w_k(depth) Ca_k(t - T(x)),   periodic in the beat

Ca_k     free calcium [mol/m^3] of a paced endocardial, mid-myocardial or epicardial cell
w_k      weights of the three layers, linear between the middles of thirds of the wall
T        activation time [s]

Cells have the person's density of I_Kr and are paced at the person's rate, rounded to TEMPO, so
that thousands of people share a few paced cells.
"""

from dataclasses import dataclass

import numpy as np

from sosie.heart.action_potential import LAYERS
from sosie.heart.ionic.pace import Pacing, pace
from sosie.heart.layers import KINDS
from sosie.heart.tension import calcium
from sosie.typing import Array

TEMPO = 0.05
"""[s]"""
SAMPLES = 1000
"""Of a beat."""


@dataclass(frozen=True)
class Excitation:
    """Calcium at points (n,) of a beat of ``beat`` [s]."""

    beat: float
    activation: Array  # (n,) [s]
    weights: Array  # (n_kinds, n)
    traces: Array  # (n_kinds, SAMPLES) [mol/m^3] at equal steps of the beat

    def at(self, time: float) -> Array:
        """Return calcium [mol/m^3] at a time [s] after the beat's start, (n,)."""
        place = np.mod((time - self.activation) / self.beat, 1.0) * SAMPLES
        before = place.astype(int) % SAMPLES
        share = place - np.floor(place)
        after = (before + 1) % SAMPLES
        values = self.traces[:, before] * (1 - share) + self.traces[:, after] * share
        return np.einsum("kn,kn->n", self.weights, values)


def of_cells(
    model: str, *, beat: float, activation: Array, depth: Array, ikr_density: float = 1.0
) -> Excitation:
    """Return calcium of paced cells of an ionic model, in three layers."""
    cycle = TEMPO * round(beat / TEMPO)
    phase = np.arange(SAMPLES) / SAMPLES
    pacing, scales = Pacing(cycle_length=cycle), {"I_Kr": ikr_density}
    traces = []
    for kind in KINDS:
        _, _, beats = pace(model, variant=kind, scales=scales, pacing=pacing)
        traces.append(np.interp(phase * cycle, beats[-1].t, beats[-1].Ca[:, 0]))
    middles = list(LAYERS.values())
    weights = np.array([np.interp(depth, middles, row) for row in np.eye(len(KINDS))])
    return Excitation(beat, activation, weights, np.array(traces))


def published(*, beat: float, activation: Array) -> Excitation:
    """Return the human transient that Land et al. (2017) started from, the same everywhere."""
    trace = calcium.transient(np.arange(SAMPLES) / SAMPLES * beat, beat=beat)
    return Excitation(beat, activation, np.ones((1, len(activation))), trace[None])
