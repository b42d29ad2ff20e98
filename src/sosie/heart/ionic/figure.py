"""A single cell on one page: action potential, calcium, currents, restitution."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from sosie.heart.ionic.cells import NONE
from sosie.heart.ionic.pace import MILLI, STANDARD, Pacing, pace
from sosie.heart.ionic.restitution import Restitution
from sosie.typing import Array

SHOWN = 6
"""Currents: those that move the most charge while the cell repolarises, the rest would be lines on
the axis."""
UPSTROKE = 5e-3
"""[s] in which the fast sodium current would hide all others; it is left out of the panel."""
LOOKS = 500
"""At the currents, over one beat."""


def draw(
    model: str,
    restitution: Restitution,
    *,
    variant: str = "epi",
    scales: Mapping[str, float] = NONE,
    pacing: Pacing = STANDARD,
) -> Figure:
    """Draw the last beat of a paced cell, and what restitution was found for it."""
    cells, v, beats = pace(model, variant=variant, scales=scales, pacing=pacing)
    trace = beats[-1]
    stride = max(pacing.steps // LOOKS, 1)
    seen: dict[str, list[float]] = {}
    for k in range(pacing.steps // stride):
        on = min(max(pacing.on - k * stride, 0), stride)
        cells.march(
            v,
            pacing.dt * MILLI,
            steps=stride,
            stimulus=pacing.stimulus,
            period=stride + 1,
            duration=on,
            every=stride,
        )
        for name, current in cells.flow(v).currents.items():
            seen.setdefault(name, []).append(float(np.asarray(current).item()))
    times = (np.arange(pacing.steps // stride) + 1) * stride * pacing.dt
    figure = Figure(figsize=(7.0, 5.0), layout="constrained")
    (potential, calcium), (currents, curve) = figure.subplots(2, 2)
    potential.plot(trace.t * MILLI, trace.v[:, 0] * MILLI, color="black")
    potential.set(xlabel="time [ms]", ylabel="potential [mV]", title=f"{model}, {variant}")
    calcium.plot(trace.t * MILLI, trace.Ca[:, 0] * MILLI, color="black")
    calcium.set(xlabel="time [ms]", ylabel="free calcium [µmol/L]")
    for name, values in _largest(times, seen).items():
        currents.plot(times[times > UPSTROKE] * MILLI, values, label=name)
    currents.set(xlabel="time [ms]", ylabel="current [pA/pF]")
    currents.legend(fontsize="small", frameon=False)
    curve.plot(restitution.diastolic * MILLI, restitution.apd90 * MILLI, "o-", color="black")
    curve.set(xlabel="diastolic interval [ms]", ylabel="APD90 [ms]")
    return figure


def _largest(times: Array, seen: Mapping[str, list[float]]) -> dict[str, Array]:
    """Return the largest currents after the upstroke."""
    after = {name: np.array(values)[times > UPSTROKE] for name, values in seen.items()}
    size = {name: np.abs(values).sum() for name, values in after.items()}
    return {name: after[name] for name in sorted(size, key=lambda n: -size[n])[:SHOWN]}
