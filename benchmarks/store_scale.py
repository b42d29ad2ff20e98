"""Throughput of the store at the true size of patients: ``python benchmarks/store_scale.py``.

Hearts and brains are mixtures of a few simulated ones: as smooth, and as hard to compress. The peer
is one file of the same uncompressed bytes, written and read in sequence. Both end on the disk
(fsync), and both are read with the page cache dropped, in turn, in the same run.
"""

import hashlib
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

from mpi4py import MPI

import numpy as np
import zarr

from sosie.batch.files import write_result
from sosie.brain.parameters import BrainParameters
from sosie.brain.simulate import Brain
from sosie.cohort.record import Record
from sosie.geometry.brain.template import load
from sosie.heart.parameters import HeartParameters
from sosie.heart.simulate import Heart
from sosie.store import layout
from sosie.store.pipeline import fast_reading
from sosie.store.reader import open_cohort
from sosie.store.writer import finalise, init, pack
from sosie.typing import Array
from sosie.verification.hearts import survey

SHARDS = 3
ROUNDS = 5
SIMULATED = 3
COHORT = 5000
"""Patients that files and bytes are extrapolated to."""
OUTPUT = Path("results/benchmarks/store_scale.json")

Results = list[tuple[str, dict[str, Array]]]


class Cohort:
    """Made-up patients, the arrays they share, and their bytes as the store holds them."""

    def __init__(self) -> None:
        self.people = survey(SIMULATED)
        heart = Heart(MPI.COMM_SELF, HeartParameters())
        brain = Brain(MPI.COMM_SELF, BrainParameters())
        self.simulated = {
            "heart": [heart.simulate(person) for person in self.people],
            "brain": [brain.simulate(person) for person in self.people],
        }
        years = BrainParameters().times.years
        self.shared = {
            "heart": layout.heart_arrays(heart.template),
            "brain": layout.brain_arrays(load(BrainParameters().template), years),
        }

    def results(self, organ: str, shard: int) -> Results:
        """Return a shard's results [SI], each a mixture of the simulated ones."""
        rng = np.random.default_rng(shard)
        weights = rng.dirichlet(np.ones(SIMULATED), layout.SHARD)
        return [
            (
                hashlib.sha256(f"{organ} {shard} {i}".encode()).hexdigest()[:24],
                {
                    name: sum(
                        w * one[name] for w, one in zip(row, self.simulated[organ], strict=True)
                    )
                    for name in self.simulated[organ][0]
                },
            )
            for i, row in enumerate(weights)
        ]

    def records(self, n: int) -> list[Record]:
        """Return records under ids of their own."""
        return [replace(self.people[i % SIMULATED], id=f"p{i:05d}") for i in range(n)]


def as_stored(organ: str, results: Results) -> list[Array]:
    """Return a shard's arrays in the types and units of the store."""
    return [
        np.stack([values[v.name] * v.scale for _, values in results]).astype(v.dtype)
        for v in layout.ORGANS[organ]
    ]


def seconds(action: Callable[[], object]) -> float:
    """Return the wall time of an action."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def files_of(path: Path) -> list[Path]:
    """Return a file, or all files under a folder."""
    return [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]


def sync(paths: Iterable[Path]) -> None:
    """Wait until files are on the disk."""
    for path in paths:
        with path.open("rb") as file:
            os.fsync(file.fileno())


def drop(paths: Iterable[Path]) -> bool:
    """Take files out of the page cache; return whether each first page left it."""
    return all([_drop(path) for path in paths])


def _drop(path: Path) -> bool:
    with path.open("rb") as file:
        for _ in range(10):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            try:
                cached = os.preadv(file.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT)
            except BlockingIOError:  # it would have to ask the disk
                cached = 0
            if not cached:
                return True
            time.sleep(0.01)  # pages that are just being read stay
    return False


def write_raw(path: Path, arrays: list[Array]) -> None:
    """Append arrays to a file, up to the disk."""
    with path.open("ab", buffering=0) as file:
        for array in arrays:
            file.write(array.data)
        os.fsync(file.fileno())


def write_both(folder: Path, cohort: Cohort) -> dict[str, float]:
    """Write the store and the raw files; return the seconds of each, and the bytes."""
    path, size = folder / "cohort.zarr", SHARDS * layout.SHARD
    spent, status = Counter(), {}
    for organ, shared in cohort.shared.items():
        spent["frame"] += seconds(lambda o=organ, a=shared: init(path, o, a, size=size, study="x"))
        digests: list[str] = []
        for first in range(0, size, layout.SHARD):
            results = cohort.results(organ, first)
            digests += [digest for digest, _ in results]
            arrays = as_stored(organ, results)
            spent["bytes"] += sum(array.nbytes for array in arrays)
            spent["raw"] += seconds(lambda a=arrays, o=organ: write_raw(folder / f"{o}.raw", a))
            before = set(files_of(path))
            pack_this = partial(pack, path, organ, first=first, results=results)
            cpu = time.process_time()
            spent["pack"] += seconds(pack_this)
            spent["cpu"] += time.process_time() - cpu
            written = set(files_of(path)) - before
            spent["files"] += len(written)
            spent["stored"] += sum(file.stat().st_size for file in written)
            spent["pack"] += seconds(partial(sync, written))
        columns = {"status": ["done"] * size, "reason": [""] * size, "seconds": [1.0] * size}
        status[organ] = columns | {"digest": digests}
    records = cohort.records(size)
    spent["frame"] += seconds(lambda: finalise(path, records, status, attributes={"seed": 1}))
    return dict(spent) | {"all_files": len(files_of(path))}


def read_store(path: Path) -> None:
    """Read every result of a store."""
    with fast_reading():
        root = zarr.open_group(path, mode="r")
        arrays = [
            root[f"{o}/{v.name}"] for o, variables in layout.ORGANS.items() for v in variables
        ]
    for array in arrays:
        array[:]


def read_both(folder: Path) -> dict[str, float]:
    """Read what was written, from the disk; return the seconds, and whether no cache helped."""
    store, raw = folder / "cohort.zarr", [folder / f"{organ}.raw" for organ in layout.ORGANS]
    everything = [*files_of(store), *raw]
    sync(everything)
    cold = drop(everything)
    spent = {
        "raw": seconds(lambda: [np.fromfile(file, np.uint8) for file in raw]),
        "store": seconds(partial(read_store, store)),
    }
    cold &= drop(everything)
    spent["open"] = seconds(partial(open_cohort, store))
    tree = open_cohort(store)
    activation = tree["heart"]["activation_time"]
    groups = [tree[name].to_dataset().isel(patient=7) for name in ("patients", *layout.ORGANS)]
    spent["mean"] = seconds(lambda: activation.mean("patient").compute())
    spent["mean_raw"] = seconds(lambda: np.fromfile(raw[0], np.float32, activation.size).mean())
    cold &= drop(everything)
    spent["patient"] = seconds(lambda: [group.compute() for group in groups])
    one = sum(file.stat().st_size for file in raw) // (SHARDS * layout.SHARD)
    spent["patient_raw"] = seconds(lambda: np.fromfile(raw[1], np.uint8, one))
    return spent | {"cold": cold}


def patient_bytes(folder: Path, cohort: Cohort) -> int:
    """Return the size of one patient's files, heart and brain."""
    for organ in layout.ORGANS:
        digest, values = cohort.results(organ, 0)[0]
        write_result(folder, f"{organ}-{digest}", values, {"status": "done"})
    return sum(file.stat().st_size for file in folder.glob("*.npz"))


def rows(w: dict[str, float], r: dict[str, float], codec: str) -> list[dict[str, object]]:
    """Return the figures of medians of writing ``w`` and reading ``r``."""
    n, shards, gb = SHARDS * layout.SHARD, COHORT // layout.SHARD, w["bytes"] / 1e9
    rest = w["all_files"] - w["files"]
    how = f"{n} hearts and brains, {gb:.3f} GB uncompressed, {codec}, median of {ROUNDS}"
    cold = f"{how}, page cache {'dropped' if r['cold'] else 'not dropped'}"
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    work = f"{how}, one process, fsync, {w['cpu'] / gb:.2f} s/GB are processor time, {load}"
    files, counted = w["files"] / SHARDS, f"{COHORT} patients, from those counted of {n}"
    stored, scratch = w["stored"] / n * COHORT / 1e9, w["patient"] * COHORT / 1e9
    raw = "one file of the same bytes, in sequence"
    table = [
        ("pack", "s/GB", w["pack"] / gb, raw, w["raw"] / gb, work),
        ("frame", "s/study", w["frame"], None, None, f"init and finalise: {how}"),
        ("read", "s/GB", r["store"] / gb, raw, r["raw"] / gb, cold),
        ("open", "s", r["open"], None, None, f"open_cohort: {cold}"),
        ("mean", "s", r["mean"], raw, r["mean_raw"], f"of activation_time: {cold}"),
        ("patient", "s", r["patient"], raw, r["patient_raw"], f"record, heart, brain: {cold}"),
        ("files", "files", files * shards + rest, "patient files", 2 * COHORT, counted),
        ("size", "GB", stored, "uncompressed", gb / n * COHORT, f"{counted}, {codec}"),
        ("scratch", "GB", scratch, None, None, f"patient files of {COHORT} patients"),
    ]
    return [
        {
            "name": f"store_{name}",
            "value": round(value, 4),
            "unit": unit,
            "peer": peer,
            "peer_value": other and round(other, 4),
            "ratio": other and round(other / value, 3),
            "conditions": conditions,
        }
        for name, unit, value, peer, other, conditions in table
    ]


def main() -> None:
    """Write and read the store a few times; write the medians."""
    cohort = Cohort()
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    writes, reads = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory(dir=OUTPUT.parent) as name:
            folder = Path(name)
            writes.append(write_both(folder, cohort) | {"patient": patient_bytes(folder, cohort)})
            reads.append(read_both(folder))
            codec = zarr.open_array(folder / "cohort.zarr/brain/tau", mode="r").compressors[0]
    w, r = ({key: median(one[key] for one in x) for key in x[0]} for x in (writes, reads))
    OUTPUT.write_text(json.dumps(rows(w, r, str(codec)), indent=1) + "\n")


if __name__ == "__main__":
    main()
