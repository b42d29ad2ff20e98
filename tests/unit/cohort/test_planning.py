"""Planning a study reads tables on a login node: it is quick and starts nothing parallel."""

import subprocess
import sys


def test_the_cohort_layer_loads_neither_mpi_nor_a_solver_nor_a_data_frame():
    code = (
        "import sys\n"
        "import sosie.cohort.bids, sosie.cohort.records, sosie.cohort.select\n"
        "found = {'mpi4py', 'petsc4py', 'dolfinx', 'pandas'} & set(sys.modules)\n"
        "assert not found, found"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
