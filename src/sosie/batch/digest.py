"""Names for results: a digest of everything that made them.

A patient file is named by the cells of the record that the organ reads, the organ's parameters and
the digest of the model: the sources of the packages that shape its numbers. A changed line of model
code, a changed parameter or a changed cell gives another name, so a stale result cannot be reused.
"""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from sosie.cohort.record import Record

MODELS = {
    "heart": (
        "heart",
        "heart.ionic",
        "heart.ionic.models",
        "heart.beat",
        "heart.mechanics",
        "heart.tension",
        "heart.circulation",
        "geometry",
        "fem",
    ),
    "brain": ("brain", "brain.head", "geometry.brain", "geometry.head", "fem"),
}
"""The packages that shape each organ's numbers; a package within a package counts for itself."""
FILES = {"heart": (), "brain": ("cohort/brain.py", "cohort/data/brain_statistics.json")}
"""Files of other packages that do so too."""


@cache
def model_digest(organ: str) -> str:
    """Return the digest of the code and data of one organ's model. Imports no solver."""
    text = hashlib.sha256()
    for package in MODELS[organ]:
        spec = find_spec(f"sosie.{package}")
        assert spec is not None, f"no package {package}"
        folder = Path(str(spec.origin)).parent
        for file in sorted([*folder.glob("*.py"), *folder.glob("data/*")]):
            text.update(f"{package}/{file.relative_to(folder)}\n".encode())
            text.update(file.read_bytes())
    root = Path(__file__).parents[1]
    for name in FILES[organ]:
        text.update(f"{name}\n".encode() + (root / name).read_bytes())
    return text.hexdigest()[:16]


def patient_digest(record: Record, inputs: Iterable[str], parameters: str, model: str) -> str:
    """Return the name of one patient's result; ``parameters`` is the organ's section as JSON."""
    cells = {
        name: (record.cells[name].value, record.cells[name].unit)
        for name in inputs
        if name in record.cells
    }
    text = json.dumps([record.id, cells, parameters, model], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]
