"""Table 1: what is known of the cohort, by sex, and where each number is from."""

from dataclasses import dataclass
from math import floor, log10

import numpy as np
import xarray as xr

from sosie.analysis.groups import HEADINGS, group
from sosie.cohort.schema import COLUMN
from sosie.store import layout
from sosie.typing import Array


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    label: str
    cells: tuple[str, ...]  # one for each column of the table
    indented: bool = False


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity: its lines, where its values are from, and what they rest on."""

    name: str
    lines: tuple[Line, ...]
    origin: tuple[tuple[str, float], ...]  # (word, percentage of the patients), none that is 0
    evidence: tuple[str, ...]  # of the values that were not measured


@dataclass(frozen=True, slots=True)
class TableOne:
    """The table, in groups."""

    columns: tuple[tuple[str, int], ...]  # (heading, patients)
    groups: tuple[tuple[str, tuple[Quantity, ...]], ...]
    unknown: tuple[str, ...]  # quantities that no patient has

    @property
    def assumed(self) -> tuple[str, ...]:
        """Names of the quantities of which a value rests on an assumption."""
        found = (quantity for _, quantities in self.groups for quantity in quantities)
        return tuple(quantity.name for quantity in found if "assumed" in quantity.evidence)


def table_one(patients: xr.Dataset) -> TableOne:
    """Return table 1 of the group ``patients`` of a store."""
    sex = patients["sex"].values.astype(str)
    present = [level for level in ("female", "male") if (sex == level).any()]
    columns = {{"female": "Women", "male": "Men"}[level]: sex == level for level in present}
    if len(columns) != 1 or (sex == "").any():
        columns = {"All": np.ones(len(sex), dtype=bool)} | columns
    groups: dict[str, list[Quantity]] = {name: [] for name in HEADINGS}
    unknown = []
    for j, name in enumerate(patients["column"].values.astype(str)):
        variable = patients[name]
        label = variable.attrs["long_name"]
        origin = patients["origin"].values[:, j]
        if not origin.any():
            unknown.append(label)
        elif name != "sex":
            lines = _lines(variable, list(columns.values()))
            evidence = patients["evidence"].values[origin > 1, j]
            weak = tuple(word for i, word in enumerate(layout.EVIDENCE) if (evidence == i).any())
            quantity = Quantity(label, lines, _shares(origin), weak)
            groups[group(str(name), variable.attrs["scale"])].append(quantity)
    return TableOne(
        tuple((heading, int(mine.sum())) for heading, mine in columns.items()),
        tuple((HEADINGS[name], tuple(found)) for name, found in groups.items() if found),
        tuple(unknown),
    )


def decimals(values: Array) -> int:
    """Return the decimals that show two digits of the spread, or three of values all alike."""
    if len(values) == 0:
        return 0
    if values.std() > 0:
        return max(0, 1 - floor(log10(values.std())))
    return max(0, 2 - floor(log10(abs(values[0])))) if values[0] else 0


def mean_sd(values: Array, digits: int) -> str:
    """Return mean ± SD; the value alone where there is one."""
    if len(values) == 0:
        return "–"
    form = f".{digits}f" if digits < 5 else ".1e"
    text = format(values.mean(), form)
    if len(values) > 1:
        text += f" ± {values.std(ddof=1):{form}}"
    return text.replace("-", "−")


def _lines(variable: xr.DataArray, columns: list[Array]) -> tuple[Line, ...]:
    values, label = variable.values, variable.attrs["long_name"]
    if "units" in variable.attrs:
        unit = variable.attrs["units"]
        digits, cells = decimals(values[np.isfinite(values)]), []
        for mine in columns:
            known = values[mine][np.isfinite(values[mine])]
            cells.append(_counted(mean_sd(known, digits), len(known), int(mine.sum())))
        return (Line(label if unit == "1" else f"{label} [{unit}]", tuple(cells)),)
    words = values.astype(str)
    column = COLUMN[str(variable.name)]
    if column.kind == "flag":
        return (Line(label, _having("yes", words, columns)),)
    shares = [
        Line(level.replace("_", " "), _having(level, words, columns), indented=True)
        for level in column.levels
        if level in words
    ]
    return (Line(label, ("",) * len(columns)), *shares)


def _having(level: str, words: Array, columns: list[Array]) -> tuple[str, ...]:
    """Return number and share of the patients of each column that have a level."""
    cells = []
    for mine in columns:
        known = words[mine & (words != "")]
        n = int((known == level).sum())
        text = f"{n:,} ({100 * n / len(known):.0f} %)" if len(known) else "–"
        cells.append(_counted(text, len(known), int(mine.sum())))
    return tuple(cells)


def _counted(text: str, known: int, patients: int) -> str:
    """Add how many patients it is of, where that is not all."""
    return text if known in (0, patients) else f"{text} [{known:,}]"


def _shares(origin: Array) -> tuple[tuple[str, float], ...]:
    words = [*enumerate(layout.ORIGIN)]
    shares = [(word, 100 * float((origin == i).mean())) for i, word in words[1:] + words[:1]]
    return tuple((word, share) for word, share in shares if share > 0)
