"""The communicator of the test run, and a patient whose heart and brain are known."""

from collections.abc import Callable

from mpi4py import MPI

import pytest

from sosie.cohort.record import Cell, Record

HEART = {
    "age": (55.0, "year"),
    "lv_edv": (140.0, "mL"),
    "lv_mass": (110.0, "g"),
    **{f"lv_score_{i}": (0.0, "1") for i in range(1, 7)},
    "height": (175.0, "cm"),
    "weight": (75.0, "kg"),
    "cv_fibre": (0.6, "m/s"),
    "cv_transverse": (0.3, "m/s"),
}
BRAIN = {
    "amyloid_onset_age": (45.0, "year"),
    "icv": (1450.0, "mL"),
    "brain_volume": (1150.0, "mL"),
    "brain_ventricle_volume": (25.0, "mL"),
    "tau_diffusivity": (40.0, "mm^2/year"),
    "tau_growth_rate": (0.2, "1/year"),
    "tau_capacity": (1.1, "1"),
    "skull_thickness": (6.0, "mm"),
    "conductivity_white": (0.25, "S/m"),
    "conductivity_grey": (0.35, "S/m"),
    "conductivity_csf": (1.5, "S/m"),
    "conductivity_skull": (0.0075, "S/m"),
    "conductivity_scalp": (0.35, "S/m"),
}


@pytest.fixture(scope="session")
def comm() -> MPI.Comm:
    return MPI.COMM_WORLD


@pytest.fixture(scope="session")
def patient() -> Callable[..., Record]:
    """Make a record with the cells heart and brain are made of, each to be given anew by name."""

    def make(name: str = "p", *, rejected: str | None = None, **values: float) -> Record:
        organs = HEART | BRAIN
        units = {cell: unit for cell, (_, unit) in organs.items()}
        units |= {"lv_wall_thickness": "mm", "cv_endocardial": "m/s", "ikr_density": "1"}
        known = {cell: value for cell, (value, _) in organs.items()} | values
        cells = {
            cell: Cell(value, units[cell], "sampled", "made up for the tests", "assumed")
            for cell, value in known.items()
        }
        return Record(name, cells, rejected)

    return make
