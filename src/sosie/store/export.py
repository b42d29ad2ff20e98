"""Write one patient, or the population's mean, as VTKHDF: what ParaView opens.

The mesh is static; a field over years becomes steps in time. Format: VTK File Formats, "VTKHDF",
version 2.2, type UnstructuredGrid. Lengths stay in mm and every array keeps the store's unit, which
stands in its name.
"""

from pathlib import Path

import h5py
import numpy as np
import xarray as xr

from sosie.errors import SosieError
from sosie.store import layout
from sosie.store.reader import open_cohort

TETRAHEDRON = 10
"""VTK's number of the cell type."""
SHARED = (("vertex",), ("cell",))
"""Dimensions of what all patients share and ParaView can colour by."""
MEAN = "mean"
"""In place of a patient's id: the mean over all who are done."""


def export(store: Path, organ: str, patient: str, path: Path) -> None:
    """Write the ``organ`` of ``patient`` (an id, or "mean") of a store to ``path``.

    Raises SosieError where the store has no such organ or patient, or it has no result.
    """
    tree = open_cohort(store)
    if organ not in tree.children:
        there = ", ".join(name for name in layout.ORGANS if name in tree.children)
        raise SosieError(f"{store} has no {organ}: give one of {there}")
    dataset = tree[organ].to_dataset()
    fields = layout.fields(organ)
    values = _chosen(dataset, patient, ["points", *(v.name for v in fields)], store)
    with h5py.File(path, "w") as file:
        group = file.create_group("VTKHDF")
        group.attrs["Version"] = (2, 2)
        group.attrs["Type"] = np.bytes_("UnstructuredGrid")
        _mesh(group, values["points"].values, dataset["cells"].values)
        of_points, of_cells = group.create_group("PointData"), group.create_group("CellData")
        for name, array in dataset.data_vars.items():
            if array.dims in SHARED:
                (of_points if array.dims == ("vertex",) else of_cells)[name] = array.values
        moving = []
        for field in fields:
            label = field.name if field.unit == "1" else f"{field.name} [{field.unit}]"
            of_points[label] = values[field.name].values.ravel()
            moving += [label] if "year" in field.dims else []
        if moving:
            _steps(group, dataset["year"].values, moving)


def _chosen(dataset: xr.Dataset, patient: str, names: list[str], store: Path) -> xr.Dataset:
    """Return fields of one patient or of the mean of those who are done."""
    done = dataset["status"].values == layout.DONE
    if patient == MEAN:
        if not done.any():
            raise SosieError(f"{store}: nobody is done, so there is no mean to write")
        return dataset[names].isel(patient=np.flatnonzero(done)).mean("patient").compute()
    ids = dataset["patient"].values
    if patient not in ids:
        raise SosieError(f"{store} has no patient '{patient}': give an id or '{MEAN}'")
    if not done[ids == patient].all():
        reason = str(dataset["reason"].sel(patient=patient).values)
        raise SosieError(f"{store}: patient {patient} has no result ({reason}): choose another")
    return dataset[names].sel(patient=patient).compute()


def _mesh(group: h5py.Group, points: np.ndarray, cells: np.ndarray) -> None:
    group["NumberOfPoints"] = [len(points)]
    group["NumberOfCells"] = [len(cells)]
    group["NumberOfConnectivityIds"] = [cells.size]
    group["Points"] = points.astype("float32")
    group["Connectivity"] = cells.ravel().astype("int64")
    group["Offsets"] = np.arange(0, cells.size + 1, 4, dtype="int64")
    group["Types"] = np.full(len(cells), TETRAHEDRON, dtype="uint8")


def _steps(group: h5py.Group, years: np.ndarray, moving: list[str]) -> None:
    """Declare one mesh for all years, and where each year's values of the moving fields begin."""
    steps = group.create_group("Steps")
    n = len(years)
    steps.attrs["NSteps"] = n
    steps["Values"] = years.astype(float)
    steps["NumberOfParts"] = np.ones(n, dtype="int64")
    for name in ("PartOffsets", "PointOffsets"):
        steps[name] = np.zeros(n, dtype="int64")
    for name in ("CellOffsets", "ConnectivityIdOffsets"):
        steps[name] = np.zeros((n, 1), dtype="int64")
    vertices = int(group["NumberOfPoints"][0])
    offsets = steps.create_group("PointDataOffsets")
    for name in group["PointData"]:
        offsets[name] = np.arange(n, dtype="int64") * (vertices if name in moving else 0)
    cells = steps.create_group("CellDataOffsets")
    for name in group["CellData"]:
        cells[name] = np.zeros(n, dtype="int64")
