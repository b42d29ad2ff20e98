"""A small head of spheres, its solver, and electrodes."""

from mpi4py import MPI

import pytest

from sosie.verification import four_shell

LAYERS = 3


@pytest.fixture(scope="session")
def small_head():
    return four_shell.head(MPI.COMM_SELF, m=LAYERS)
