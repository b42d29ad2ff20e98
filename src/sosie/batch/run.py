"""Simulate a batch: teams of ranks pull patients until none is left.

The communicator is split into teams of ``ranks_per_patient``. The leader of a team takes the next
patient from a counter in the memory of rank 0; within the team everything is collective. Patients
whose file exists are not simulated; one on whom workers died ``MAX_ATTEMPTS`` times is failed. When
a worker dies, all patients in work are suspect: next time each of them is simulated alone, after
the others, so that nobody is failed for what befell a neighbour. A worker that is asked to end
(SIGTERM: scancel, preemption, time limit) takes its mark back.
"""

import logging
import os
import resource
import signal
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from types import FrameType
from typing import Protocol

from mpi4py import MPI

import numpy as np

from sosie.batch import files
from sosie.batch.checkpoint import Checkpoint
from sosie.batch.digest import patient_digest
from sosie.batch.manifest import Entry
from sosie.cohort.record import Record
from sosie.errors import PatientError, RejectedError, SosieError
from sosie.typing import Array

MAX_ATTEMPTS = 3
"""Deaths of a worker on one patient after which the patient, not the machine, is held to be why:
the first may have been a neighbour's, the others befell the patient alone."""
LOG = logging.getLogger(__name__)


class Organ(Protocol):
    """Built once a team, then asked for one patient after the other."""

    def simulate(self, record: Record, checkpoint: Checkpoint) -> dict[str, Array]:
        """Return named results, SI, the same on every rank of the team."""
        ...


def run(
    records: Sequence[Record],
    folder: Path,
    comm: MPI.Comm,
    *,
    organ: Callable[[MPI.Comm], Organ],
    inputs: Sequence[str],
    parameters: str,
    model: str,
    ranks_per_patient: int,
    optional: Collection[str] = (),
) -> list[Entry]:
    """Return each record's entry, in order, on rank 0 (elsewhere an empty list).

    Results that are not finite fail a patient, but for those named in ``optional``.
    """
    if comm.size % ranks_per_patient:
        raise SosieError(
            f"{comm.size} ranks cannot be split into teams of {ranks_per_patient}:"
            " make ranks a multiple of ranks_per_patient"
        )
    if comm.rank == 0:
        folder.mkdir(parents=True, exist_ok=True)
    comm.Barrier()
    team = comm.Split(comm.rank // ranks_per_patient, comm.rank)
    digests = [patient_digest(record, inputs, parameters, model) for record in records]
    marked = [bool(files.attempts(folder, d)) for d in digests] if comm.rank == 0 else None
    marked = comm.bcast(marked)
    suspects = [i for i, mark in enumerate(marked) if mark]
    others = [i for i, mark in enumerate(marked) if not mark]
    built: Organ | None = None
    entries: dict[int, Entry] = {}
    in_work: list[str] = []

    def terminate(number: int, frame: FrameType | None) -> None:
        for digest in in_work if team.rank == 0 else []:
            files.forgive(folder, digest)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def end(index: int) -> None:
        nonlocal built
        record, digest = records[index], digests[index]
        entry = team.bcast(_known(record, folder, digest) if team.rank == 0 else None)
        if entry is None:
            built = built or organ(team)
            in_work.append(digest)
            entry = _simulate(record, built, folder, digest, team, optional)
            in_work.clear()
        entries[index] = entry
        if team.rank == 0:
            LOG.info(
                "%s %s/%s %s %.1f s %s",
                record.id,
                index + 1,
                len(records),
                "reused" if entry.reused else entry.status,
                entry.seconds,
                entry.reason,
            )

    before = signal.signal(signal.SIGTERM, terminate)
    queue = _Queue(comm)
    while (n := team.bcast(queue.take() if team.rank == 0 else None)) < len(others):
        end(others[n])
    comm.Barrier()
    for index in suspects if comm.rank < ranks_per_patient else []:
        end(index)
    signal.signal(signal.SIGTERM, before)
    gathered = comm.gather(entries if team.rank == 0 else {})
    queue.free()
    if gathered is None:
        return []
    merged = {index: entry for part in gathered for index, entry in part.items()}
    return [merged[index] for index in range(len(records))]


def _known(record: Record, folder: Path, digest: str) -> Entry | None:
    """Return the entry of a patient that needs no simulation."""
    if record.rejected:
        return Entry(record.id, "rejected", f"input: {record.rejected}")
    if files.result_path(folder, digest).exists():
        meta = files.read_result(folder, digest)[1]
        return Entry(record.id, digest=digest, reused=True, **meta)
    dead = files.attempts(folder, digest)
    if dead >= MAX_ATTEMPTS:
        reason = f"the worker died {dead} times while simulating this patient"
        return Entry(record.id, "failed", reason, digest, dead)
    return None


def _simulate(
    record: Record,
    organ: Organ,
    folder: Path,
    digest: str,
    team: MPI.Comm,
    optional: Collection[str],
) -> Entry:
    attempt = team.bcast(files.begin(folder, digest) if team.rank == 0 else 0)
    checkpoint = Checkpoint(files.state_path(folder, digest), team)
    try:
        values = organ.simulate(record, checkpoint)
        bad = [n for n in values if n not in optional and not np.isfinite(values[n]).all()]
        if bad:
            raise PatientError(f"results are not finite: {', '.join(bad)}")
        status, reason = "done", checkpoint.remark
    except PatientError as error:
        status = "rejected" if isinstance(error, RejectedError) else "failed"
        values, reason = {}, str(error)
    except (ArithmeticError, ValueError, np.linalg.LinAlgError) as error:
        values, status, reason = {}, "failed", f"{type(error).__name__}: {error}"
    # Ranks of a team may differ (one raised before a collective call would have hung): all agree.
    statuses = team.allgather((status, reason))
    status, reason = max(statuses, key=lambda pair: pair[0] != "done")
    meta = {
        "status": status,
        "reason": reason,
        "attempt": attempt,
        "seconds": round(checkpoint.seconds, 3),
        "memory": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    if team.rank == 0:
        files.write_result(folder, digest, values if status == "done" else {}, meta)
        files.end(folder, digest)
        checkpoint.forget()
    team.Barrier()
    return Entry(record.id, digest=digest, **meta)


class _Queue:
    """A counter that every rank can take the next number from."""

    def __init__(self, comm: MPI.Comm) -> None:
        size = MPI.INT64_T.Get_size()
        self.window = MPI.Win.Allocate(size if comm.rank == 0 else 0, size, comm=comm)
        if comm.rank == 0:
            np.frombuffer(self.window, dtype=np.int64)[0] = 0
        comm.Barrier()

    def take(self) -> int:
        """Return the next number, each to one caller."""
        one, taken = np.ones(1, dtype=np.int64), np.empty(1, dtype=np.int64)
        self.window.Lock(0)
        self.window.Fetch_and_op(one, taken, 0)
        self.window.Unlock(0)
        return int(taken[0])

    def free(self) -> None:
        """Give the counter back (collective)."""
        self.window.Free()
