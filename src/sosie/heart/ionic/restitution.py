"""How long an early beat lasts: S1-S2 restitution of the action potential.

After paced beats (S1) one more stimulus (S2) comes early, at a coupling interval; its action
potential is shorter the shorter the diastolic interval between the end of the last and it. One S1
beat is watched for its duration; then it is run again, the cells at all couplings are caught from
it and beat together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sosie.errors import SosieError
from sosie.heart.ionic.biomarkers import duration
from sosie.heart.ionic.cells import NONE, Cells
from sosie.heart.ionic.pace import MILLI, STANDARD, Pacing, beat, pace
from sosie.typing import Array


@dataclass(frozen=True, slots=True)
class Restitution:
    """One S2 beat a coupling; NaN where the cell does not fire or not repolarise."""

    coupling: Array  # S1-S2 [s]
    diastolic: Array  # from APD90 of S1 to S2 [s]
    apd90: Array  # of S2 [s]


def restitution(
    model: str,
    couplings: Sequence[float],
    *,
    variant: str = "epi",
    scales: Mapping[str, float] = NONE,
    pacing: Pacing = STANDARD,
) -> Restitution:
    """Return the restitution at S1-S2 ``couplings`` [s]."""
    at = np.sort(np.asarray(couplings, dtype=float))
    if not (at.size and pacing.duration < at[0] and at[-1] <= pacing.cycle_length):
        raise SosieError(
            f"restitution: S1-S2 couplings from {at.min(initial=np.inf):g} to"
            f" {at.max(initial=0):g} s; give some between the stimulus and the cycle length,"
            f" {pacing.duration:g} and {pacing.cycle_length:g} s"
        )
    paced, v, _ = pace(model, variant=variant, scales=scales, pacing=pacing)
    onset = paced.save(), v.copy()
    apd_1 = duration(beat(paced, v, pacing), 0.9)[0]
    paced.load(onset[0])
    v[:] = onset[1]
    early = Cells(model, len(at), variant=variant, scales=scales)
    early_v = np.empty(len(at))
    done = 0
    for k, steps in enumerate(np.round(at / pacing.dt).astype(int)):
        on = max(pacing.on - done, 0)
        _march(paced, v, pacing, steps=steps - done, on=on)
        early_v[k], early.states[:, k] = v[0], paced.states[:, 0]
        done = steps
    apd_2 = duration(beat(early, early_v, pacing), 0.9)
    return Restitution(at, at - apd_1, np.where(at > apd_1, apd_2, np.nan))


def _march(cells: Cells, v: Array, pacing: Pacing, *, steps: int, on: int) -> None:
    cells.march(
        v,
        pacing.dt * MILLI,
        steps=steps,
        stimulus=pacing.stimulus,
        period=steps + 1,
        duration=on,
        every=steps + 1,
    )
