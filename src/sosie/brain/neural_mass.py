r"""EEG sources of an ageing brain: one Jansen-Rit column a region, slowed by tau. Illustrative.

    y_e'' = A a S(y_p - y_i) - 2 a y_e' - a^2 y_e
    y_p'' = A a (p + g W S(y_p - y_i) + C_2 S(C_1 y_e)) - 2 a y_p' - a^2 y_p
    y_i'' = B b C_4 S(C_3 y_e) - 2 b y_i' - b^2 y_i,     S(v) = 2 e_0 / (1 + exp(r (v_0 - v)))

y        postsynaptic potentials [V] of the pyramidal cells' targets, of the pyramidal cells by
         excitation and by inhibition; y_p - y_i is what EEG sees
A, B     size of an excitatory and an inhibitory potential [V]; a, b their rates [1/s]
p        pulses from elsewhere [1/s], uniform noise; W other regions' share, g its strength

Tau lengthens time constants: a and b are (1 - s l) times those of a region without tau, l the
region's tau over its capacity, A / a and B / b unchanged, so that each potential carries as much.
Excitatory time constants do rise with tau (Ranasinghe 2022, doi:10.7554/eLife.77850); how steeply,
and that inhibition does likewise, is assumed: the slowing is put in, and no prediction.

Source: Jansen and Rit (1995), doi:10.1007/BF00199471, with its parameters.
"""

from collections.abc import Sequence

import numpy as np
from scipy.signal import welch

from sosie.brain.parameters import SPECTRUM
from sosie.brain.vulnerability import of_regions
from sosie.typing import Array

A, B = 3.25e-3, 22e-3
RATE_E, RATE_I = 100.0, 50.0
C1, C2, C3, C4 = 135.0, 108.0, 33.75, 33.75
E0, V0, R = 2.5, 6e-3, 560.0
"""e_0 [1/s], v_0 [V], r [1/V]."""
NOISE = (120.0, 320.0)
"""Bounds of p [1/s]."""
STEP = 1e-3
"""[s]; the noise is constant for as long, which is part of the model."""
SLOWING = 0.3
"""s."""  # ASSUME
STRENGTH = 10.0
"""g."""  # ASSUME: weak, so that each region keeps a rhythm of its own
REACH = 30e-3
"""Distance [m] over which connections fall by e."""  # ASSUME: no connectome ships
WARM_UP = 2.0
"""Seconds that are left out."""
ALPHA, THETA = (8.0, 13.0), (4.0, 8.0)
"""Bands [Hz]."""
SLOWEST = 3.0
"""Lowest frequency [Hz] that a peak is sought at: drifts are slower."""


def connections(centres: Array) -> Array:
    """Return W (n, n) of regions' centres (n, 3) [m]: rows of sum one, by distance alone."""
    distance = np.linalg.norm(centres[:, None] - centres[None], axis=2)
    W = np.exp(-distance / REACH)
    np.fill_diagonal(W, 0.0)
    return W / W.sum(axis=1, keepdims=True)


def loads(regional_tau: Array, regions: Sequence[str], *, capacity: float) -> Array:
    """Return l (n_states, n_regions - 1) of regional tau (n_states, n_regions), all grey left out.

    ``regions`` are the template's, and ``capacity`` is the patient's.
    """
    return np.clip(regional_tau[:, 1:] / (capacity * of_regions(regions[1:])[:, 0]), 0.0, 1.0)


def potentials(load: Array, W: Array, *, duration: float, stream: np.random.Generator) -> Array:
    """Return y_p - y_i [V], shape (n_steps, n_states, n_regions), after a warm-up.

    ``load`` (n_states, n_regions) is tau over capacity, 0 to 1; all states hear the same noise, so
    that they differ by tau alone.
    """
    slow = 1 - SLOWING * load
    fast, gaba = _Synapse(A, RATE_E, slow), _Synapse(B, RATE_I, slow)
    e, p, i = (np.zeros((2, *load.shape)) for _ in range(3))
    skipped, steps = round(WARM_UP / STEP), round(duration / STEP)
    out = np.empty((steps, *load.shape))
    for step in range(skipped + steps):
        pyramidal = _pulses(p[0] - i[0])
        noise = stream.uniform(*NOISE, load.shape[1])
        drive = noise + STRENGTH * pyramidal @ W.T + C2 * _pulses(C1 * e[0])
        inhibition = C4 * _pulses(C3 * e[0])
        e, p, i = fast.after(e, pyramidal), fast.after(p, drive), gaba.after(i, inhibition)
        if step >= skipped:
            out[step - skipped] = p[0] - i[0]
    return out


def _pulses(v: Array) -> Array:
    return 2 * E0 / (1 + np.exp(R * (V0 - v)))


class _Synapse:
    """y'' = H k u - 2 k y' - k^2 y over one step of constant u, exactly."""

    def __init__(self, size: float, rate: float, slow: Array) -> None:
        k = rate * slow
        decay, x = np.exp(-k * STEP), k * STEP
        self.gain = size / rate * np.ones_like(k)  # H / k, that of the region without tau
        self.kept = np.array([[decay * (1 + x), decay * STEP], [-decay * k * x, decay * (1 - x)]])

    def after(self, state: Array, u: Array) -> Array:
        """Return y and y' after a step."""
        end = self.gain * u
        y = state[0] - end
        kept = self.kept
        return np.array(
            [end + kept[0, 0] * y + kept[0, 1] * state[1], kept[1, 0] * y + kept[1, 1] * state[1]]
        )


def scalp(gain: Array, signals: Array) -> Array:
    """Return EEG (n_steps, n_states, n_electrodes) of regions' signals by a lead field.

    ``gain`` (n_electrodes, n_regions) takes the regions' dipoles to potentials; a dipole is taken
    for its region's potential, so the scale of the EEG is arbitrary.
    """
    return signals @ gain.T


def spectrum(signals: Array) -> tuple[Array, Array]:
    """Return frequencies [Hz] and power (n_frequencies, ...) of signals (n_steps, ...)."""
    return welch(signals, fs=1 / STEP, nperseg=min(len(signals), round(SPECTRUM / STEP)), axis=0)


def peak(frequencies: Array, power: Array) -> Array:
    """Return the frequency [Hz] of the most power between SLOWEST and the end of alpha.

    It is that of the parabola through the logarithms of the largest power and its neighbours.
    """
    inside = np.flatnonzero((frequencies >= SLOWEST) & (frequencies <= ALPHA[1]))
    top = inside[0] + power[inside].argmax(axis=0)
    sides = np.stack([top - 1, top, top + 1])
    below, most, above = np.log(np.take_along_axis(power, sides, axis=0))
    curvature = below - 2 * most + above
    off = (below - above) / (2 * np.where(curvature < 0, curvature, -np.inf))
    return frequencies[top] + np.clip(off, -0.5, 0.5) * (frequencies[1] - frequencies[0])


def theta_over_alpha(frequencies: Array, power: Array) -> Array:
    """Return power in theta over that in alpha."""

    def within(band: tuple[float, float]) -> Array:
        return power[(frequencies >= band[0]) & (frequencies < band[1])].sum(axis=0)

    return within(THETA) / within(ALPHA)
