"""The people drawn of a virtual population against what its model states.

    python -m sosie.cohort.realised [POPULATION [PEOPLE [SEED]]]

prints, as Markdown: the shares of age and sex against the population's; mean and standard deviation
of every drawn number against those of the stated distribution, by sex; the farthest correlation.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sosie.cohort import population
from sosie.cohort.priors import load_priors
from sosie.cohort.record import Record
from sosie.cohort.stated import SEXES, Columns, stated
from sosie.cohort.virtual import virtual_records

PLAIN = 2**18
"""People of whom the stated moments are taken: their own error is below 0.2 % of a deviation."""

BANDS = (18, 30, 40, 50, 60, 70, 80, 120)
"""Edges of the bands of age [year] that are compared."""


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean and standard deviation of a quantity among one sex, as stated and as drawn."""

    quantity: str
    sex: str
    stated: tuple[float, float]
    drawn: tuple[float, float]

    @property
    def errors(self) -> tuple[float, float]:
        """Return the relative errors of mean and deviation.

        The mean's is over the larger of mean and deviation: the scores' means are about zero.
        """
        (m, s), (mean, sd) = self.stated, self.drawn
        return (mean - m) / max(abs(m), s), (sd - s) / s


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was drawn against what is stated."""

    people: int
    shares: tuple[tuple[str, str, float, float], ...]  # sex, ages, population's and drawn share
    moments: tuple[Moments, ...]
    correlation: tuple[str, float, float]  # the farthest pair: its names, stated, drawn

    @property
    def worst_share(self) -> float:
        """Return the largest difference of a share of age and sex."""
        return max(abs(drawn - wanted) for *_, wanted, drawn in self.shares)


def compare(name: str, records: Sequence[Record], *, seed: int = 0) -> Comparison:
    """Compare people drawn of a population with its model."""
    plain = stated(name, PLAIN, load_priors(), np.random.default_rng(seed))
    drawn = columns(records, plain)
    moments = [
        Moments(quantity, sex, _moments(plain, quantity, i), _moments(drawn, quantity, i))
        for quantity in plain
        if quantity not in ("sex", "heart_attack", "apoe_e4")
        for i, sex in enumerate(SEXES)
    ]
    return Comparison(
        len(records), tuple(_shares(name, drawn)), tuple(moments), _correlation(plain, drawn)
    )


def columns(records: Sequence[Record], names: Columns) -> Columns:
    """Return the values of records as ``stated`` returns its own."""
    number = {"female": 0.0, "male": 1.0, "no": 0.0, "yes": 1.0}
    found = {}
    for name in names:
        if name == "apoe_e4":
            values = [record.cells["apoe"].value.count("e4") for record in records]
        else:
            cells = [record.cells[name].value for record in records]
            values = [number.get(value, value) for value in cells]
        found[name] = np.array(values, dtype=float)
    return found


def _moments(people: Columns, quantity: str, sex: int) -> tuple[float, float]:
    mine = people[quantity][people["sex"] == sex]
    return float(mine.mean()), float(mine.std())


def _shares(name: str, drawn: Columns) -> list[tuple[str, str, float, float]]:
    shares, rows = population.statistics(name)["age_sex"], []
    total = sum(sum(shares[sex]) for sex in SEXES)
    for i, sex in enumerate(SEXES):
        ages = shares["first"] + np.arange(len(shares[sex]))
        for low, high in zip(BANDS, BANDS[1:], strict=False):
            wanted = np.array(shares[sex])[(ages >= low) & (ages < high)].sum() / total
            age = drawn["age"]
            mine = (drawn["sex"] == i) & (age >= low) & (age < high)
            label = f"{low} and more" if high == BANDS[-1] else f"{low}–{high - 1}"
            rows.append((sex, label, float(wanted), float(mine.mean())))
    return rows


def _correlation(plain: Columns, drawn: Columns) -> tuple[str, float, float]:
    """Return the pair of quantities whose correlation is farthest from the stated one."""
    names = list(plain)
    R, ours = (np.corrcoef([people[name] for name in names]) for people in (plain, drawn))
    i, j = np.unravel_index(np.abs(ours - R).argmax(), R.shape)
    return f"{names[i]} with {names[j]}", float(R[i, j]), float(ours[i, j])


def table(found: Comparison) -> str:
    """Return a comparison as Markdown."""
    rows = ["| age [year] | women | drawn | men | drawn |", "|---|---|---|---|---|"]
    half = len(found.shares) // 2
    for women, men in zip(found.shares[:half], found.shares[half:], strict=True):
        cells = (women[1], *(f"{share:.2%}" for share in (*women[2:], *men[2:])))
        rows.append(f"| {' | '.join(cells)} |")
    rows += ["", "| quantity | women | drawn | men | drawn | largest error |"]
    rows += ["|---|---|---|---|---|---|"]
    for women, men in zip(found.moments[::2], found.moments[1::2], strict=True):
        cells = (_pair(m) for one in (women, men) for m in (one.stated, one.drawn))
        worst = max((*women.errors, *men.errors), key=abs)
        rows.append(f"| `{women.quantity}` | {' | '.join(cells)} | {worst:+.1%} |")
    pair, wanted, drawn = found.correlation
    rows += ["", f"Farthest correlation: {pair}, stated {wanted:.3f}, drawn {drawn:.3f}."]
    return "\n".join(rows) + "\n"


def _pair(moments: tuple[float, float]) -> str:
    return f"{moments[0]:.4g} ± {moments[1]:.3g}"


if __name__ == "__main__":
    name, people, seed = (*sys.argv[1:], *("france", "10000", "1")[len(sys.argv) - 1 :])
    records = virtual_records(name, population.ids(name, int(people)), load_priors(), int(seed))
    sys.stdout.write(table(compare(name, records)))
