"""The end of a study of thousands: ``python benchmarks/store_study.py``.

Packs made-up patients of ``store_scale`` for every eligible adult of the survey, with their real
records; then runs the commands that end a study, finalise and report, and check. Writes wall time
and peak memory of each. Needs 15 GB of disk.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from store_scale import Cohort

from sosie.batch.manifest import Entry, write_manifest
from sosie.cohort.mapping import load_mapping
from sosie.cohort.records import write_batch
from sosie.cohort.select import select
from sosie.cohort.table import read_table
from sosie.store import layout
from sosie.store.writer import init, pack
from sosie.verification.hearts import survey

OUTPUT = Path("results/benchmarks/store_study.json")


def run(command: list[str]) -> tuple[float, float]:
    """Return wall time [s] and peak memory [MB] of a command, which must succeed.

    The peak is that of the program's own address space, asked for until it ends: the resource
    usage that wait returns begins with the size of whoever started it.
    """
    start, peak = time.perf_counter(), 0
    process = subprocess.Popen([sys.executable, "-m", "sosie", *command])
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        peak = max(peak, int(found[1]) if found else 0)
        time.sleep(0.02)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return time.perf_counter() - start, peak * 1024 / 1e6


def write(folder: Path, cohort: Cohort) -> tuple[list[str], int]:
    """Write records, manifests and a packed store; return finalise's options, and the patients."""
    mapping = load_mapping("nhanes")
    flow = select(read_table(mapping.table_path(), mapping), "all").flow
    people = survey("all")
    write_batch(folder / "records.json", people)
    options = [f"--records={folder / 'records.json'}", f"--flow={json.dumps(flow)}"]
    for organ, shared in cohort.shared.items():
        init(folder / "cohort.zarr", organ, shared, size=len(people), study="nhanes")
        entries: list[Entry] = []
        for first in range(0, len(people), layout.SHARD):
            results = cohort.results(organ, first)[: len(people) - first]
            pack(folder / "cohort.zarr", organ, first=first, results=results)
            entries += [
                Entry(person.id, "done", digest=digest, seconds=1.0)
                for person, (digest, _) in zip(people[first:], results, strict=False)
            ]
        write_manifest(folder / f"{organ}.json", entries)
        options.append(f"--{organ}={folder / organ}.json")
    return options, len(people)


def main() -> None:
    """Measure the last rules of a study."""
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=OUTPUT.parent) as name:
        folder = Path(name)
        options, size = write(folder, Cohort())
        store, status = str(folder / "cohort.zarr"), str(folder / "status.json")
        commands = {
            "finalise": ["finalise", store, status, *options],
            "report": ["report", store, status, str(folder / "report.html")],
            "check": ["check", store],
        }
        rows = []
        for rule, command in commands.items():
            seconds, memory = run(command)
            for what, value, unit in (("time", seconds, "s"), ("memory", memory, "MB")):
                rows.append(
                    {
                        "name": f"{rule}_{what}",
                        "value": round(value, 1),
                        "unit": unit,
                        "peer": None,
                        "peer_value": None,
                        "ratio": None,
                        "conditions": f"{size} patients, heart and brain, page cache as it is",
                    }
                )
        OUTPUT.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
