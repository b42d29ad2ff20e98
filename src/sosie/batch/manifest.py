"""What became of each patient of a batch: the file a workflow rule declares as its output."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from sosie.batch.files import whole

Status = Literal["pending", "done", "rejected", "failed"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One patient, one organ."""

    id: str
    status: Status
    reason: str = ""  # why rejected or failed
    digest: str = ""  # names the patient file
    attempt: int = 0
    seconds: float = 0.0  # wall time of the simulation that made the file
    memory: float = 0.0  # [MiB] peak of the rank that led it
    reused: bool = False  # the file was there already


def write_manifest(path: Path, entries: Sequence[Entry]) -> None:
    """Write entries as JSON, one to a line; the file appears whole or not at all."""
    lines = ",\n".join(f" {json.dumps(asdict(entry))}" for entry in entries)
    with whole(path) as file:
        file.write(f"[\n{lines}\n]\n".encode())


def read_manifest(path: Path) -> list[Entry]:
    """Read what ``write_manifest`` wrote."""
    return [Entry(**item) for item in json.loads(path.read_text())]
