"""Write the store: *init* creates or resizes, *pack* fills one shard, *finalise* commits.

``pack`` is the only writer of a shard (two writers in one shard lose data silently); ``init`` takes
the committed mark away and ``finalise`` alone puts it back, after checking that the arrays carry
the digests of the manifests.
"""

import hashlib
import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr
import zarr
from zarr.codecs import BloscCodec
from zarr.errors import ZarrUserWarning

from sosie.cohort.record import Record
from sosie.cohort.schema import COLUMNS
from sosie.errors import SosieError
from sosie.store import layout, rounding
from sosie.store.checksum import Checksums, checksum
from sosie.typing import Array

CODEC = BloscCodec(cname="lz4", clevel=1, shuffle="bitshuffle")
"""Writes a quarter faster than zarr's default and to a tenth less; lossless (docs/slurm.md)."""
warnings.filterwarnings("ignore", category=ZarrUserWarning, message=".*consolidated.*")


def key(digest: str) -> int:
    """Return the digest's first 15 hexadecimal digits as a number: what arrays carry."""
    return int(digest[:15], 16) if digest else 0


def init(
    path: Path,
    organ: str,
    shared: layout.Arrays,
    *,
    size: int,
    study: str,
    bits: rounding.Bits = rounding.ALL,
) -> str:
    """Make an organ's group for ``size`` patients; keep what a grown study already has.

    ``shared`` are the arrays of ``layout``; where they differ from the group's, its patients are
    of another template and go. Of the variables in ``bits`` less than the whole mantissa is kept.
    Return the digest of ``shared``.
    """
    template = template_digest(shared)
    root = zarr.open_group(path, mode="a", zarr_format=3, use_consolidated=False)
    root.attrs.put(
        {"layout_version": layout.VERSION, "study": study, "committed": False}
        | {k: v for k, v in root.attrs.items() if k == "provenance"}
    )
    if organ in root and root[organ].attrs.get("template") != template:
        shutil.rmtree(path / organ)
    group = root.require_group(organ)
    lengths = {"xyz": 3} | {
        dim: length
        for dims, values, _ in shared.values()
        for dim, length in zip(dims, values.shape, strict=True)
    }
    for variable in layout.ORGANS[organ]:
        shape = (size, *(lengths[dim] for dim in variable.dims))
        if variable.name in group:
            group[variable.name].resize(shape)
        else:
            _create(group, variable.name, shape, ("patient", *variable.dims), variable.dtype)
        attributes = {"units": variable.unit, "long_name": variable.long_name}
        if variable.name in bits:
            kept = bits[variable.name]
            attributes |= {"keep_bits": kept, "relative_error": rounding.relative_error(kept)}
        group[variable.name].attrs.put(attributes)
    for name in layout.MARKS:
        if name in group:
            group[name].resize((size,))
        else:
            _create(group, name, (size,), ("patient",), "int64")
    for name, (dims, values, attributes) in shared.items():
        array = group.create_array(name, data=values, dimension_names=dims, overwrite=True)
        array.attrs.put(attributes)
    group.attrs["template"] = template
    return template


def template_digest(shared: layout.Arrays) -> str:
    """Return the digest of what an organ's patients share; attributes do not count."""
    text = hashlib.sha256()
    for name, (dims, values, _) in sorted(shared.items()):
        text.update(f"{name} {dims} {values.dtype} {values.shape}".encode())
        words = values.dtype.kind == "T"
        text.update(repr(values.tolist()).encode() if words else values.tobytes())
    return text.hexdigest()[:16]


def _create(
    group: zarr.Group, name: str, shape: tuple[int, ...], dims: tuple[str, ...], dtype: str
) -> zarr.Array:
    chunks, shards = [layout.CHUNK_PATIENTS], [layout.SHARD]
    for dim, length in zip(dims[1:], shape[1:], strict=True):
        chunk = min(length, layout.CHUNK_VERTICES) if dim == "vertex" else length
        chunks.append(chunk)
        shards.append(-(-length // chunk) * chunk)
    return group.create_array(
        name,
        shape=shape,
        chunks=tuple(chunks),
        shards=tuple(shards),
        dtype=dtype,
        compressors=CODEC,
        fill_value=np.nan if dtype.startswith("float") else 0,
        dimension_names=dims,
    )


def pack(
    path: Path,
    organ: str,
    *,
    first: int,
    results: Sequence[tuple[str, dict[str, Array]]],
    bits: rounding.Bits = rounding.ALL,
) -> None:
    """Write one shard: patients from ``first`` on, each (digest, results or an empty dict).

    Of the variables in ``bits`` so many bits of the mantissa are kept. What may be absent of a
    patient that is done, and is, becomes NaN.
    Beside the arrays lie, for each patient, ``checksum`` of what was written and ``key``.
    """
    if first % layout.SHARD or len(results) > layout.SHARD:
        raise ValueError(f"patients {first} to {first + len(results)} are not one shard")
    group = zarr.open_group(path, mode="r+", use_consolidated=False)[organ]
    rows = slice(first, first + len(results))
    sums = Checksums(len(results))
    for variable in layout.ORGANS[organ]:
        array = group[variable.name]
        block = np.empty((len(results), *array.shape[1:]), dtype=array.dtype)
        for i, (_, values) in enumerate(results):
            if variable.name in values or (values and not variable.optional):
                row = block[i, ...]
                np.multiply(values[variable.name], variable.scale, out=row, casting="same_kind")
            else:
                block[i] = np.nan
        if variable.name in bits:
            rounding.keep_bits(block, bits[variable.name])
        array[rows] = block
        sums.add(block)
    group["checksum"][rows] = sums.of(np.array([bool(values) for _, values in results]))
    group["key"][rows] = np.array([key(d) if v else 0 for d, v in results], dtype=np.int64)


def finalise(
    path: Path,
    records: Sequence[Record],
    status: dict[str, dict[str, Sequence]],
    *,
    attributes: dict[str, object],
) -> None:
    """Write the record, each organ's status, and the mark that the store is whole.

    ``status`` holds for each organ the columns of its manifests: status, reason, digest, seconds.
    Raises SosieError where the arrays do not carry the digests of the manifests.
    """
    ids = np.array([record.id for record in records], dtype=str)
    for organ, columns in status.items():
        group = zarr.open_group(path, mode="r", use_consolidated=False)[organ]
        done = np.array(columns["status"]) == "done"
        expected = np.where(done, [key(digest) for digest in columns["digest"]], 0)
        wrong = ids[group["key"][:] != expected]
        if len(wrong):
            raise SosieError(
                f"{path}: {organ} of {len(wrong)} patients ({', '.join(wrong[:5])}) is not what the"
                " manifests say: delete this store and run again, no solve is repeated"
            )
        _write(path, organ, _status_dataset(ids, columns).assign_attrs(dict(group.attrs)))
    people = _patients_dataset(ids, records)
    mark = checksum({name: array.values for name, array in people.variables.items()})
    _write(path, "patients", people)
    root = zarr.open_group(path, mode="r+", use_consolidated=False)
    root.attrs.update({**attributes, "record_checksum": mark, "committed": True})
    zarr.consolidate_metadata(path)


def _write(path: Path, group: str, dataset: xr.Dataset) -> None:
    store = zarr.open_group(path, mode="r+", use_consolidated=False).require_group(group)
    for name in dataset.variables:
        if name in store:
            del store[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset.to_zarr(path, group=group, mode="a", consolidated=False)


def _flags(values: Array, meanings: Sequence[str], dims: tuple[str, ...], name: str) -> xr.Variable:
    attributes = {
        "long_name": name,
        "flag_values": list(range(len(meanings))),
        "flag_meanings": " ".join(meanings),
    }
    return xr.Variable(dims, np.asarray(values, dtype=np.int8), attributes)


def _status_dataset(ids: Array, columns: dict[str, Sequence]) -> xr.Dataset:
    codes = [layout.STATUS.index(word) for word in columns["status"]]
    seconds = xr.Variable(
        ("patient",),
        np.asarray(columns["seconds"], dtype=float),
        {"units": "s", "long_name": "wall time of the simulation"},
    )
    return xr.Dataset(
        {
            "status": _flags(codes, layout.STATUS, ("patient",), "what became of the patient"),
            "reason": ("patient", np.array(columns["reason"], dtype=str)),
            "digest": ("patient", np.array(columns["digest"], dtype=str)),
            "seconds": seconds,
        },
        coords={"patient": ids},
    )


def _patients_dataset(ids: Array, records: Sequence[Record]) -> xr.Dataset:
    variables: dict[str, xr.Variable] = {}
    names = [column.name for column in COLUMNS]
    origin = np.zeros((len(records), len(names)), dtype=np.int8)
    evidence = np.zeros_like(origin)
    for j, column in enumerate(COLUMNS):
        cells = [record.cells.get(column.name) for record in records]
        for i, cell in enumerate(cells):
            if cell is not None:
                origin[i, j] = layout.ORIGIN.index(cell.origin)
                evidence[i, j] = layout.EVIDENCE.index(cell.status or "measured")
        attributes = {"long_name": column.long_name, "scale": column.scale}
        if column.levels:
            values = np.array(
                ["" if cell is None else str(cell.value) for cell in cells], dtype=str
            )
        else:
            values = np.array([np.nan if cell is None else float(cell.value) for cell in cells])
            attributes["units"] = column.unit
        variables[column.name] = xr.Variable(("patient",), values, attributes)
    dims = ("patient", "column")
    variables["origin"] = _flags(origin, layout.ORIGIN, dims, "where each cell is from")
    variables["evidence"] = _flags(evidence, layout.EVIDENCE, dims, "what each cell rests on")
    return xr.Dataset(variables, coords={"patient": ids, "column": np.array(names, dtype=str)})
