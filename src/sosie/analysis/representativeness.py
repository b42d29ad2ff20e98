"""Whom a study stands for, and what it gives away: the figures of the report, and as JSON.

The JSON holds no single person and, but for the patient flow and the reasons to be left out, no
group of fewer than 11 real people.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from sosie.analysis.balance import Compared, balance
from sosie.analysis.calibration import Calibration, calibrate
from sosie.analysis.disclosure import LEAST
from sosie.analysis.extrapolation import ASSUMED, Extrapolated, extrapolated
from sosie.analysis.flow import Step, selection, simulated
from sosie.analysis.inputs import Input, inputs
from sosie.analysis.population import frame
from sosie.analysis.privacy import People, Privacy, privacy
from sosie.analysis.strata import Grouping, by, by_age, by_sex, wealth
from sosie.analysis.subgroups import Loss, Outcome, cross, losses, outcomes
from sosie.analysis.target import load_target
from sosie.store import layout
from sosie.typing import Array

SINGLE = ("ethnicity", "education", "region")
"""Groupings that people are cut by one at a time, beside age with sex and wealth."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the values of a column are from: percentages of the patients."""

    column: str
    measured: float
    imputed: float
    sampled: float
    missing: float
    assumed: float  # drawn from a prior that rests on an assumption


@dataclass(frozen=True, slots=True)
class Groups:
    """Losses and results of the people cut by some groupings."""

    by: dict[str, str]  # groupings, and what each is
    losses: dict[str, tuple[Loss, ...]]  # by organ
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Representativeness:
    """All figures."""

    study: str
    patients: int
    least: int  # people that a group needs to be shown; 1 of virtual people
    selection: tuple[Step, ...]
    simulated: tuple[Step, ...]
    target: str | None  # its name
    stands_for: str | None  # its title
    calibration: Calibration | None
    balance: tuple[Compared, ...]
    groups: tuple[Groups, ...]
    origins: tuple[Origin, ...]
    extrapolation: tuple[Extrapolated, ...]
    assumed: tuple[str, ...]
    privacy: Privacy
    inputs: tuple[Input, ...]


def representativeness(
    tree: xr.DataTree,
    status: Mapping[str, Mapping[str, int]],
    flow: Sequence[tuple[str, int]],
    source: People | str,
    *,
    target: str | None,
) -> Representativeness:
    """Return the figures of a finished store; ``status`` and ``flow`` as for the report."""
    patients = tree["patients"].to_dataset().load()
    organs = {name: tree[name].to_dataset() for name in layout.ORGANS if name in status}
    people = {name: frame(organ, patients, layout.ORGANS[name]) for name, organ in organs.items()}
    protected = isinstance(source, People)
    stands_for = None if target is None else load_target(target)
    found = calibrate(patients, stands_for)
    weights, calibration = (None, None) if found is None else found
    tables = [cross(one, protected=protected) for one in _groupings(patients)]
    return Representativeness(
        study=str(tree.attrs["study"]),
        patients=patients.sizes["patient"],
        least=LEAST if protected else 1,
        selection=tuple(selection(flow)),
        simulated=tuple(simulated(name, status[name]) for name in organs),
        target=target,
        stands_for=None if stands_for is None else stands_for.title,
        calibration=calibration,
        balance=tuple(balance(patients, tables[0], weights, stands_for, protected=protected)),
        groups=tuple(
            Groups(
                {one.name: one.label for one in table.groupings},
                {name: losses(organ, table) for name, organ in organs.items()},
                outcomes(organs, people, table, weights, protected=protected),
            )
            for table in tables
        ),
        origins=tuple(_origins(patients)),
        extrapolation=tuple(extrapolated(patients, protected=protected)),
        assumed=ASSUMED,
        privacy=privacy(patients, source, seed=int(tree.attrs["seed"])),
        inputs=tuple(inputs(source, stands_for)),
    )


def write_json(found: Representativeness, path: Path) -> None:
    """Write the figures, to six digits."""
    content = asdict(found)
    for line, compared in zip(content["balance"], found.balance, strict=True):
        line["raw_difference"] = compared.raw_difference
        line["weighted_difference"] = compared.weighted_difference
    text = json.dumps(content, allow_nan=False)
    short = json.loads(text, parse_float=lambda digits: float(f"{float(digits):.6g}"))
    path.write_text(json.dumps(short, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _groupings(patients: xr.Dataset) -> list[tuple[Grouping, ...]]:
    """Return age with sex and wealth, and the others that are known, one by one."""
    rich = wealth(patients)
    first = [by_age(patients), by_sex(patients), rich]
    used = None if rich is None else rich.name
    others = [by(patients, name) for name in SINGLE if name != used]
    return [
        tuple(one for one in first if one is not None),
        *((one,) for one in others if one is not None),
    ]


def _origins(patients: xr.Dataset) -> list[Origin]:
    origin, evidence = patients["origin"].values, patients["evidence"].values
    weak = (origin > 1) & (evidence == layout.EVIDENCE.index("assumed"))
    place = {word: i for i, word in enumerate(layout.ORIGIN)}
    return [
        Origin(
            str(name),
            *(
                _percentage(origin[:, j] == place[word])
                for word in ("measured", "imputed", "sampled", "missing")
            ),
            _percentage(weak[:, j]),
        )
        for j, name in enumerate(patients["column"].values)
    ]


def _percentage(mask: Array) -> float:
    return round(100 * float(np.mean(mask)), 3)
