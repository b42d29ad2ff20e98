"""What became of everyone: who was read, left out and why, simulated, lost and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from sosie.store import layout


@dataclass(frozen=True, slots=True)
class Step:
    """A box of the patient flow, and how many leave the study there."""

    name: str
    patients: int
    lost: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Lost:
    """Patients that lack a result for the same reason."""

    organ: str
    status: str
    reason: str
    patients: tuple[str, ...]


def selection(flow: Sequence[tuple[str, int]]) -> list[Step]:
    """Return the boxes of a selection: exclusions beside them, and who was left over."""
    steps: list[Step] = []
    lost: list[tuple[str, int]] = []
    for name, count in reversed(flow):
        if name.startswith("excluded: "):
            lost.insert(0, (name, count))
            continue
        left = count - steps[0].patients - sum(n for _, n in lost) if steps else 0
        if left:
            lost.append(("not asked for by the study", left))
        steps.insert(0, Step(name, count, tuple(lost)))
        lost = []
    return steps


def simulated(organ: str, counts: Mapping[str, int]) -> Step:
    """Return the box of an organ: who is done, and beside it who is not."""
    lost = [(word, counts[word]) for word in layout.STATUS if word != "done" and counts[word]]
    return Step(f"{organ} simulated", counts["done"], tuple(lost))


def lost_patients(organs: Mapping[str, xr.Dataset]) -> list[Lost]:
    """Return everyone that is not done, or done but for a part, the most frequent reasons first."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for organ, group in organs.items():
        patient, status, reason = (group[name].values for name in ("patient", "status", "reason"))
        for i in np.flatnonzero((status != layout.DONE) | (reason != "")):
            key = (organ, layout.STATUS[int(status[i])], str(reason[i]))
            found.setdefault(key, []).append(str(patient[i]))
    lost = [Lost(*key, tuple(patients)) for key, patients in found.items()]
    return sorted(lost, key=lambda one: -len(one.patients))
