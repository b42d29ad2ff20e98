"""Check a store value by value: what is wrong in it, of whom, and what makes that part anew.

A shard's array is in memory at a time. In a store that is not committed ``key`` says who is done;
in a committed one the status does, and ``key`` must be the digest's.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import zarr

from sosie.cohort.schema import COLUMNS
from sosie.store import layout
from sosie.store.checksum import Checksums, checksum
from sosie.store.cure import Cures
from sosie.store.pipeline import fast_reading
from sosie.store.planned import refuse_absent
from sosie.store.writer import key, template_digest
from sosie.typing import Array

STATUS = ("patient", "status", "reason", "digest", "seconds")
UNREADABLE = (OSError, ValueError, TypeError, KeyError, RuntimeError)
"""What zarr and its codecs raise on files that are cut off or overwritten."""
LOST = "the status or its digest is lost, the arrays are there"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong: in an organ (or "store", "patients"), of these patients or of all."""

    where: str
    patients: tuple[str, ...]
    wrong: str
    cure: str

    def __str__(self) -> str:
        """Return the problem in one line."""
        some, n = ", ".join(self.patients[:5]), len(self.patients)
        who = f" of {n} patients ({some}{', ...' if n > 5 else ''})" if n > 1 else f" of {some}"
        return f"{self.where}{who if n else ''}: {self.wrong}; {self.cure}"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, and what is wrong."""

    patients: int
    organs: tuple[str, ...]
    problems: tuple[Problem, ...]


def check(path: str | Path) -> Checked:
    """Check every value of ``cohort.zarr``; raise SosieError where no store of this layout is."""
    path = Path(path)
    refuse_absent(path)
    root = json.loads((path / "zarr.json").read_text())
    consolidated = (root.get("consolidated_metadata") or {}).get("metadata") or {}
    committed = root["attributes"].get("committed") is True
    organs = [o for o in layout.ORGANS if o in consolidated or (path / o).exists()]
    with fast_reading():
        groups = {organ: _arrays(path / organ) for organ in organs}
        people = _arrays(path / "patients")
    cures = Cures(path)
    ids = _ids(people if committed else {}, groups)
    problems = []
    if not committed:
        problems.append(Problem("store", (), "it is not committed", cures.commit()))
    else:
        problems += _record(people, len(ids), root["attributes"].get("record_checksum"), cures)
        if not consolidated:
            wrong = "the consolidated metadata are missing"
            problems.append(Problem("store", (), wrong, cures.commit()))
    for organ, arrays in groups.items():
        problems += _organ(path, organ, arrays, ids, committed=committed, cures=cures)
    if not organs:
        problems.append(Problem("store", (), "it has no organ", cures.commit()))
    return Checked(len(ids), tuple(organs), _merged(problems))


def _ids(people: dict[str, zarr.Array], groups: dict[str, dict[str, zarr.Array]]) -> Array:
    """Return the patients' ids; where the record does not say, their numbers."""
    try:
        return people["patient"][:].astype(str)
    except UNREADABLE:
        names = {organ: {v.name for v in layout.ORGANS[organ]} for organ in groups}
        lengths = [
            a.shape[0] for o, arrays in groups.items() for n, a in arrays.items() if n in names[o]
        ]
        return np.array([f"number {i}" for i in range(max(lengths, key=lengths.count, default=0))])


def _merged(problems: list[Problem]) -> tuple[Problem, ...]:
    """Make one of those that differ only in whom they are of."""
    patients: dict[tuple[str, str, str], tuple[str, ...]] = {}
    for p in problems:
        same = (p.where, p.wrong, p.cure)
        patients[same] = patients.get(same, ()) + p.patients
    return tuple(Problem(where, who, *rest) for (where, *rest), who in patients.items())


def _arrays(folder: Path) -> dict[str, zarr.Array]:
    """Return a group's arrays that can be opened; consolidated metadata do not hide lost ones."""
    arrays = {}
    for place in sorted(folder.glob("*/")):
        try:
            arrays[place.name] = zarr.open_array(place, mode="r")
        except UNREADABLE:  # named as missing where it is asked for
            continue
    return arrays


def _record(
    people: dict[str, zarr.Array], size: int, expected: int | None, cures: Cures
) -> Iterator[Problem]:
    shapes = {"patient": (size,), **{column.name: (size,) for column in COLUMNS}}
    shapes |= dict.fromkeys(("origin", "evidence"), (size, len(COLUMNS)))
    misfits = [wrong for name, shape in shapes.items() if (wrong := _misfit(people, name, shape))]
    for wrong in misfits:
        yield Problem("patients", (), wrong, cures.commit())
    if misfits:
        return
    try:
        same = checksum({name: array[:] for name, array in people.items()}) == expected
        wrong = "" if same else "the record is not what was written (checksum)"
    except UNREADABLE as error:
        wrong = f"the record cannot be read ({type(error).__name__})"
    if wrong:
        yield Problem("patients", (), wrong, cures.commit())


def _misfit(arrays: dict[str, zarr.Array], name: str, shape: tuple[int, ...]) -> str:
    if name not in arrays:
        return f"the array {name} is missing"
    found = arrays[name].shape
    return "" if found == shape else f"the array {name} has shape {found}, not {shape}"


def _organ(
    path: Path,
    organ: str,
    arrays: dict[str, zarr.Array],
    ids: Array,
    *,
    committed: bool,
    cures: Cures,
) -> Iterator[Problem]:
    """Yield what is wrong in an organ's group: its mesh, its arrays, its status, its values."""
    if not arrays:
        yield Problem(organ, (), "the group is missing", cures.anew(organ))
        return
    variables = {variable.name: variable.dims for variable in layout.ORGANS[organ]}
    expected = variables | dict.fromkeys(layout.MARKS, ())
    shared = {n: a for n, a in arrays.items() if n not in expected and n not in STATUS}
    try:
        template = json.loads((path / organ / "zarr.json").read_text())["attributes"]["template"]
        same = template == _template(shared)
    except UNREADABLE:
        same = False
    if not same:
        yield Problem(organ, (), "the mesh is not what was written", cures.shared(organ))
    lengths = {"xyz": 3} | {
        dim: length
        for array in shared.values()
        for dim, length in zip(array.metadata.dimension_names or (), array.shape, strict=False)
    }
    whole = True
    for name, dims in expected.items():
        if not set(dims) <= set(lengths):
            whole = False  # the mesh that would tell is not there, and was named
        elif wrong := _misfit(arrays, name, (len(ids), *(lengths[dim] for dim in dims))):
            whole = False
            yield Problem(organ, (), wrong, cures.anew(organ, name))
    known = committed
    for name in STATUS if committed else ():
        if wrong := _misfit(arrays, name, (len(ids),)):
            known = False
            yield Problem(organ, (), wrong, cures.commit())
    for first in range(0, len(ids) if whole else 0, layout.SHARD):
        yield from _shard(organ, arrays, ids, first, known=known, cures=cures)


def _template(shared: dict[str, zarr.Array]) -> str:
    return template_digest(
        {name: (a.metadata.dimension_names, a[:], {}) for name, a in shared.items()}
    )


def _shard(
    organ: str,
    arrays: dict[str, zarr.Array],
    ids: Array,
    first: int,
    *,
    known: bool,
    cures: Cures,
) -> Iterator[Problem]:
    """Yield what is wrong in a shard, one problem for all patients that have the same."""
    rows = slice(first, min(first + layout.SHARD, len(ids)))
    n = rows.stop - first
    digests: list[str] = []
    wrong: dict[int, str] = {}
    done = np.zeros(n, dtype=bool)
    place = "key"
    try:
        keys = arrays["key"][rows]
        done = keys != 0
        if known:
            place = "status"
            status, digests = arrays["status"][rows] == layout.DONE, arrays["digest"][rows].tolist()
            named = np.array(digests) != ""
            lost = done & np.where(status, ~named, keys == _keys(digests))
            done = status | lost
            for i in np.flatnonzero(lost):
                wrong[int(i)] = LOST
            for i in np.flatnonzero(~lost & (keys != np.where(done, _keys(digests), 0))):
                wrong[int(i)] = "the arrays are not of the digest of the status"
        sums = Checksums(n)
        for variable in layout.ORGANS[organ]:
            place = variable.name
            block = arrays[place][rows]
            sums.add(block)
            flat = block.reshape(n, -1)
            bad = done & ~np.isfinite(flat).all(axis=1) & (not variable.optional)
            for i in np.flatnonzero(bad):
                wrong.setdefault(int(i), f"{place} is not finite, the patient is done")
            for i in np.flatnonzero(~done & ~np.isnan(flat).all(axis=1)):
                wrong.setdefault(int(i), f"{place} has values, the patient is not done")
        place = "checksum"
        for i in np.flatnonzero(arrays["checksum"][rows] != sums.of(done)):
            wrong.setdefault(int(i), "the values are not what was packed (checksum)")
    except UNREADABLE as error:
        wrong = dict.fromkeys(range(n), f"{place} cannot be read ({type(error).__name__})")
    files = [d for d, is_done in zip(digests, done, strict=False) if is_done and d] if wrong else []
    packed = cures.shard(organ, first // layout.SHARD, files)
    for text in dict.fromkeys(wrong.values()):
        who = tuple(str(ids[first + i]) for i in sorted(wrong) if wrong[i] == text)
        yield Problem(organ, who, text, cures.commit() if text == LOST else packed)


def _keys(digests: list[str]) -> Array:
    return np.array([key(digest) for digest in digests], dtype=np.int64)
