r"""Drugs that block currents: what is left of each, and what that does to the action potential.

    factor = 1 / (1 + (C / IC50)^h)

C        concentration, free in plasma [mol/m^3]
IC50     that blocks half of the current [mol/m^3]
h        Hill coefficient

The factor scales the current's conductance whatever the state of the channel (pore block), as in
Mirams et al. (2011), doi:10.1093/cvr/cvr044.

A table of drugs is a CSV with the columns ``drug``, ``cmax [unit]`` (the largest free concentration
in therapy) and, for any current of the model, ``I_x IC50 [unit]`` and ``I_x Hill``. An empty cell
or a zero for IC50: the current is not blocked.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import pint

from sosie.errors import SosieError
from sosie.heart.ionic.biomarkers import biomarkers
from sosie.heart.ionic.pace import STANDARD, Pacing, pace
from sosie.typing import Array
from sosie.units import SI, factor

AMOUNT = "mol/m^3"


@dataclass(frozen=True, slots=True)
class Block:
    """How one drug blocks one current."""

    ic50: Annotated[float, SI(AMOUNT)]  # blocks half
    hill: float = 1.0  # steepness

    def __post_init__(self) -> None:
        """Refuse what is no block."""
        if not (self.ic50 > 0 and self.hill > 0):
            raise SosieError(
                f"block with IC50 {self.ic50:g} {AMOUNT} and Hill coefficient {self.hill:g};"
                " give positive numbers"
            )

    def left(self, concentration: Array | float) -> Array | float:
        """Return the share of the current that is left at ``concentration`` [mol/m^3]."""
        if np.any(~(np.asarray(concentration) >= 0)):
            raise SosieError(
                f"concentration of {concentration} {AMOUNT}; give a number from 0 upwards"
            )
        return 1 / (1 + (concentration / self.ic50) ** self.hill)


@dataclass(frozen=True, slots=True)
class Drug:
    """A drug and the currents it blocks."""

    name: str
    cmax: Annotated[float, SI(AMOUNT)]  # largest free concentration in therapy
    blocks: Mapping[str, Block]  # by current

    def scales(self, concentration: float) -> dict[str, float]:
        """Return the factors of the currents at ``concentration`` [mol/m^3]."""
        return {name: float(block.left(concentration)) for name, block in self.blocks.items()}


def read_drugs(path: Path) -> list[Drug]:
    """Return the drugs of a table."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        raise SosieError(f"{path} has no drugs; give a header and one line a drug")
    names = list(rows[0])
    cmax, to_cmax = _column(path, names, "cmax")
    currents = [n.split(" IC50")[0] for n in names if " IC50" in n]
    ic50 = {current: _column(path, names, f"{current} IC50") for current in currents}
    drugs = []
    for row in rows:
        blocks = {}
        for current, (column, to_si) in ic50.items():
            value = _number(path, row, column)
            if value != 0:
                blocks[current] = Block(value * to_si, _number(path, row, f"{current} Hill"))
        drugs.append(Drug(row["drug"], _number(path, row, cmax) * to_cmax, blocks))
    return drugs


def prolongation(
    drugs: Sequence[Drug],
    model: str,
    *,
    variant: str = "endo",
    multiples: Sequence[float] = (1.0,),
    pacing: Pacing = STANDARD,
) -> pd.DataFrame:
    """Return APD90 of every drug at multiples of its cmax, all cells beating together.

    Columns: drug, multiple, concentration [mol/m^3], apd90 [s], control [s] and prolongation [%];
    NaN where the cell does not repolarise.
    """
    doses = [(drug, multiple) for drug in drugs for multiple in multiples]
    blocked = sorted({current for drug in drugs for current in drug.blocks})
    scales = {current: np.ones(len(doses) + 1) for current in blocked}  # the last is control
    for k, (drug, multiple) in enumerate(doses):
        for current, left in drug.scales(multiple * drug.cmax).items():
            scales[current][k] = left
    _, _, beats = pace(model, variant=variant, scales=scales, pacing=pacing)
    apd90 = biomarkers(beats[-1]).apd90
    return pd.DataFrame(
        {
            "drug": [drug.name for drug, _ in doses],
            "multiple": [multiple for _, multiple in doses],
            "concentration": [multiple * drug.cmax for drug, multiple in doses],
            "apd90": apd90[:-1],
            "control": apd90[-1],
            "prolongation": 100 * (apd90[:-1] / apd90[-1] - 1),
        }
    )


def _column(path: Path, names: Sequence[str], quantity: str) -> tuple[str, float]:
    """Return the column of a quantity and the factor that turns its numbers into mol/m^3."""
    for name in names:
        if name.startswith(f"{quantity} [") and name.endswith("]"):
            unit = name[len(quantity) + 2 : -1]
            try:
                return name, factor(unit, AMOUNT)
            except (pint.PintError, ValueError) as error:
                raise SosieError(
                    f"{path}: '{unit}' of column '{name}' is no unit of concentration; write"
                    " e.g. nmol/L"
                ) from error
    raise SosieError(f"{path} has no column '{quantity} [unit]'; add it, e.g. '{quantity} [nM]'")


def _number(path: Path, row: Mapping[str, str], column: str) -> float:
    text = row.get(column) or "0"
    try:
        return float(text)
    except ValueError as error:
        raise SosieError(
            f"{path}, drug {row.get('drug')}: '{text}' in column '{column}' is no number; mend it"
        ) from error
