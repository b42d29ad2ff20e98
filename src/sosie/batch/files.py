"""Patient files: one ``.npz`` a result, and the marks that outlive a killed worker.

A file appears by rename, whole or not at all. Before a patient is simulated a mark counts the
attempt; a mark without a result says that the worker died on this patient.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from sosie.typing import Array


def result_path(folder: Path, digest: str) -> Path:
    """Return where a patient's result lies."""
    return folder / f"{digest}.npz"


def state_path(folder: Path, digest: str) -> Path:
    """Return where the state of a simulation under way is kept."""
    return folder / f"{digest}.state"


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Open a file to write, which appears at ``path`` by rename: whole, or not at all."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    with partial.open("wb") as file:
        yield file
    partial.replace(path)


def write_result(folder: Path, digest: str, values: dict[str, Array], meta: dict) -> None:
    """Write a result with what is known of its making."""
    with whole(result_path(folder, digest)) as file:
        np.savez(file, meta=np.array(json.dumps(meta)), **values)


def read_result(folder: Path, digest: str) -> tuple[dict[str, Array], dict]:
    """Return a result's arrays [SI] and what is known of its making."""
    with np.load(result_path(folder, digest)) as file:
        values = {name: file[name] for name in file.files if name != "meta"}
        return values, json.loads(str(file["meta"]))


def _mark(folder: Path, digest: str) -> Path:
    return folder / f"{digest}.attempts"


def attempts(folder: Path, digest: str) -> int:
    """Return how often a worker began this patient without ending it."""
    mark = _mark(folder, digest)
    return int(mark.read_text()) if mark.exists() else 0


def begin(folder: Path, digest: str) -> int:
    """Count one more attempt; return which it is."""
    attempt = attempts(folder, digest) + 1
    _count(folder, digest, attempt)
    return attempt


def _count(folder: Path, digest: str, attempts: int) -> None:
    with whole(_mark(folder, digest)) as file:
        file.write(str(attempts).encode())


def forgive(folder: Path, digest: str) -> None:
    """Take back the last attempt: the worker is asked to end, the patient is not why."""
    before = attempts(folder, digest) - 1
    if before > 0:
        _count(folder, digest, before)
    else:
        end(folder, digest)


def end(folder: Path, digest: str) -> None:
    """Forget the attempts: the patient has a final status."""
    _mark(folder, digest).unlink(missing_ok=True)
