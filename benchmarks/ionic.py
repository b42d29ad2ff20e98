"""Cost of ionic models: ``python benchmarks/ionic.py``, in ns per cell and step, on one core.

Each kernel beside the same equations in numpy, which is how models run that are not compiled, and
beside what memory allows: reading and writing v and the states and reading the stimulus once, as
fast as numpy scales an array in place in the same process. CPU time, the median of several calls;
the cells lie at all potentials of a beat.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sosie.heart.ionic.cells import Cells

CELLS = 60_000
DT = 0.02
"""[ms]"""
REPEATS = 25
KERNELS = [(p, t) for p in ("double", "single") for t in (False, True)]
OUTPUT = Path("results/benchmarks/ionic.json")


def main() -> None:
    """Time both models' kernels and write a row for each."""
    rows = [row for model in ("ttp06", "torord") for row in timed(model)]
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(rows, indent=1) + "\n")


def timed(model: str) -> list[dict[str, str | float]]:
    """Return the rows of one model."""
    plain = cost(stepping(Cells(model, CELLS, compiled=False)), repeats=3)
    rows = []
    for precision, tables in KERNELS:
        cells = Cells(model, CELLS, precision=precision, tables=tables)
        ns = cost(stepping(cells))
        moved = 2 * cells.states.nbytes + 3 * 8 * CELLS  # v is read and written, the stimulus read
        limit = moved * per_byte(moved // 2)
        rows.append(
            {
                "name": f"ionic_{model}_{precision}{'_tables' if tables else ''}",
                "value": round(ns, 2),
                "unit": "ns/cell/step",
                "peer": "the same equations in numpy, double",
                "peer_value": round(plain, 1),
                "ratio": round(plain / ns, 1),
                "conditions": f"{CELLS} cells, one core, CPU time, median of {REPEATS}; memory"
                f" traffic alone {limit / CELLS:.2f} ns, {limit / CELLS / ns:.2f} of the value",
            }
        )
    return rows


def stepping(cells: Cells) -> Callable[[], None]:
    """Return one step of cells that lie at all potentials."""
    start = np.linspace(-90.0, 40.0, CELLS)
    v = start.copy()

    def step() -> None:
        v[:] = start  # so that no call meets other cells than the last
        cells.step(v, DT)

    return step


def cost(call: Callable[[], None], *, repeats: int = REPEATS) -> float:
    """Return the CPU time of a call, per cell [ns]."""
    call()
    return float(np.median([seconds(call) for _ in range(repeats)])) / CELLS * 1e9


def per_byte(size: int) -> float:
    """Return the time to read or write one byte of an array of that size [ns]."""
    array = np.ones(size // 8)
    scale = lambda: np.multiply(array, 1.0, out=array)  # noqa: E731
    scale()
    return float(np.median([seconds(scale) for _ in range(REPEATS)])) * 1e9 / (2 * array.nbytes)


def seconds(call: Callable[[], object]) -> float:
    """Return the CPU time of one call [s]."""
    start = time.process_time()
    call()
    return time.process_time() - start


if __name__ == "__main__":
    main()
