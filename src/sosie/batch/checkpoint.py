"""The state of a long simulation, kept so that one that is killed goes on where it was.

A state is kept at most every INTERVAL, whole or not at all, beside the patient's result and under
its name, so it is never that of other parameters; it goes when the patient has a final status.
With it is kept how long the simulation took up to there.
"""

import time
from pathlib import Path

from mpi4py import MPI

import numpy as np

from sosie.batch.files import whole
from sosie.typing import Array

INTERVAL = 60.0
"""[s] between two states: what is lost at most, and next to nothing in cost."""


class Checkpoint:
    """The kept state of one simulation; its leader reads and writes, the others are told."""

    def __init__(self, path: Path, team: MPI.Comm, *, interval: float = INTERVAL) -> None:
        self.path, self.team, self.interval = path, team, interval
        self.last = self.start = time.monotonic()
        self.remark = ""  # what is to be said of a patient that is done

    @property
    def seconds(self) -> float:
        """Wall time of the simulation so far [s], that before the last kept state included."""
        return time.monotonic() - self.start

    def load(self) -> dict[str, Array]:
        """Return the state on every rank (collective); empty where none was kept."""
        state = None
        if self.team.rank == 0 and self.path.exists():
            with np.load(self.path) as file:
                state = {name: file[name] for name in file.files}
            self.start -= float(state.pop("seconds"))
        return self.team.bcast(state) or {}

    def save(self, state: dict[str, Array]) -> None:
        """Keep the state, the same on every rank, where the last one is old enough."""
        if self.team.rank != 0 or time.monotonic() - self.last < self.interval:
            return
        with whole(self.path) as file:
            np.savez(file, seconds=np.array(self.seconds), **state)
        self.last = time.monotonic()

    def forget(self) -> None:
        """Remove what was kept."""
        if self.team.rank == 0:
            self.path.unlink(missing_ok=True)
