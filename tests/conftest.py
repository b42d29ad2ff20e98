"""The communicator of the test run, and a patient whose heart is known."""

from collections.abc import Callable

from mpi4py import MPI

import pytest

from sosie.cohort.record import Cell, Record

HEART = {
    "age": (55.0, "year"),
    "lv_edv": (140.0, "mL"),
    "lv_mass": (110.0, "g"),
    **{f"lv_score_{i}": (0.0, "1") for i in range(1, 7)},
    "cv_fibre": (0.6, "m/s"),
    "cv_transverse": (0.3, "m/s"),
}


@pytest.fixture(scope="session")
def comm() -> MPI.Comm:
    return MPI.COMM_WORLD


@pytest.fixture(scope="session")
def patient() -> Callable[..., Record]:
    """Make a record with the cells a heart is made of, each to be given anew by name."""

    def make(name: str = "p", *, rejected: str | None = None, **values: float) -> Record:
        units = {cell: unit for cell, (_, unit) in HEART.items()} | {"lv_wall_thickness": "mm"}
        known = {cell: value for cell, (value, _) in HEART.items()} | values
        cells = {
            cell: Cell(value, units[cell], "sampled", "made up for the tests", "assumed")
            for cell, value in known.items()
        }
        return Record(name, cells, rejected)

    return make
