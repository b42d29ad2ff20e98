"""Virtual people: how fast they are drawn, and how far their joint distribution is from real ones.

    python benchmarks/population.py NHANES_2009_2012 [REPEATS]

The first argument is the table of the mapping nhanes_2009 (adults of NHANES 2009-2012). The model
of the body is fitted to it and asked for the people of NHANES 2017-2018, of whom it is told age and
sex alone. Printed are energy distances (``sosie.cohort.distance``) of age, sex, height, weight,
both pressures and heart rate, over samples of 1,500 people: mean and standard deviation of repeats.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import typer

from sosie.cohort.body import VARIABLES
from sosie.cohort.distance import energy_distance, resampled
from sosie.cohort.fit_body import fit_bodies
from sosie.cohort.mapping import load_mapping
from sosie.cohort.population import ids
from sosie.cohort.priors import load_priors
from sosie.cohort.select import select
from sosie.cohort.stated import bodies
from sosie.cohort.table import Row, read_table
from sosie.cohort.virtual import virtual_records
from sosie.typing import Array

PEOPLE, SAMPLE = 10_000, 1500


def whole(mapping: str, path: Path | None) -> list[Row]:
    """Return the adults of a table of whom age, sex and every body value are known."""
    mapped = load_mapping(mapping)
    rows = select(read_table(path or mapped.table_path(), mapped), "all").rows
    return [row for row in rows if all(name in row.cells for name in ("age", "sex", *VARIABLES))]


def numbers(rows: list[Row]) -> Array:
    """Return age, sex (1 for men) and body values, (n, 7)."""
    return np.array(
        [
            [r.cells["age"], r.cells["sex"] == "male", *(r.cells[name] for name in VARIABLES)]
            for r in rows
        ],
        dtype=float,
    )


def drawn(fitted: dict, people: Array, rng: np.random.Generator) -> Array:
    """Return people of the same ages and sexes whose bodies the model gives."""
    made = people.copy()
    for i, sex in enumerate(("female", "male")):
        mine = people[:, 1] == i
        made[mine, 2:] = bodies(fitted[sex], people[mine, 0], rng)
    return made


def twins(people: Array, of: Array, rng: np.random.Generator) -> Array:
    """Return, for each of ``people``, a random real person of the same sex and nearest age."""
    found = np.empty_like(people)
    for i, person in enumerate(people):
        gap = np.abs(of[:, 0] - person[0]) + 1000 * (of[:, 1] != person[1])
        found[i] = of[rng.choice(np.flatnonzero(gap == gap.min()))]
    return found


def main(path: Path, repeats: int) -> None:
    """Print times and distances."""
    start = time.perf_counter()
    virtual_records("france", ids("france", PEOPLE), load_priors(), 1)
    typer.echo(f"{PEOPLE} virtual people drawn in {time.perf_counter() - start:.1f} s")
    then, now = whole("nhanes_2009", path), whole("nhanes", None)
    old, new = numbers(then), numbers(now)
    typer.echo(f"2009-2012: {len(then)} people, 2017-2018: {len(now)}")
    rng = np.random.default_rng(0)
    fitted = fit_bodies(then)
    cases: dict[str, Callable[[], tuple[Array, Array]]] = {
        "two samples of 2017-2018": lambda: resampled(new, SAMPLE, rng),
        "model of 2017-2018, others of 2017-2018": lambda: held_out(now, rng),
        "model of 2009-2012, 2017-2018": lambda: predicted(fitted, new, rng),
        "real people of 2009-2012 of the same age and sex, 2017-2018": lambda: matched(
            old, new, rng
        ),
        "real people of 2009-2012, 2017-2018": lambda: (
            resampled(old, SAMPLE, rng)[0],
            resampled(new, SAMPLE, rng)[0],
        ),
    }
    for name, case in cases.items():
        distances = np.array([energy_distance(*case()) for _ in range(repeats)])
        typer.echo(f"| {name} | {distances.mean():.4f} ± {distances.std(ddof=1):.4f} |")


def held_out(now: list[Row], rng: np.random.Generator) -> tuple[Array, Array]:
    """Return people drawn by a model of some at their ages and sexes, and others it never saw."""
    order = rng.permutation(len(now))
    seen, unseen = ([now[i] for i in part] for part in (order[:-SAMPLE], order[-SAMPLE:]))
    told = numbers(seen[:SAMPLE])
    return drawn(fit_bodies(seen), told, rng), numbers(unseen)


def predicted(fitted: dict, new: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return people drawn at the ages and sexes of some, and others."""
    told, real = resampled(new, SAMPLE, rng)
    return drawn(fitted, told, rng), real


def matched(old: Array, new: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return earlier people of the ages and sexes of some later ones, and other later ones."""
    told, real = resampled(new, SAMPLE, rng)
    return twins(told, old, rng), real


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20)
