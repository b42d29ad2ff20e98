"""The report of a study: one HTML file that needs nothing beside it."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import xarray as xr
from jinja2 import Environment, StrictUndefined

from sosie.analysis import figures
from sosie.analysis.population import done, frame, mean_heart, spread_over
from sosie.analysis.table_one import mean_sd, table_one
from sosie.store import layout

Counts = Sequence[tuple[str, int]]
SHOWN = 4
"""Patients whose hearts are drawn."""
REASONS = 50
"""Lost patients that are listed; status.json has all."""


@dataclass(frozen=True, slots=True)
class Step:
    """A box of the patient flow, and those that leave the study there."""

    name: str
    patients: int
    lost: tuple[tuple[str, int], ...]


def write_report(
    tree: xr.DataTree, status: Mapping, flow: Counts, priors: str, path: Path
) -> None:
    """Write the report of a finished store.

    ``status`` is the content of status.json, ``flow`` the steps of the selection and ``priors`` a
    Markdown table.
    """
    heart = tree["heart"].to_dataset()
    people = frame(tree)
    content = {
        "attributes": tree.attrs,
        "template": heart.attrs["template"],
        "steps": [*selection(flow), *(_organ(organ, status[organ]) for organ in layout.ORGANS)],
        "organs": {organ: status[organ] for organ in layout.ORGANS},
        "lost": _lost(tree),
        "table_one": table_one(tree["patients"].to_dataset()),
        "origin": _origin_of_hearts(tree["patients"].to_dataset()),
        "people": people,
        "results": _results(heart, people),
        "priors": _rows(priors),
        "figures": _figures(heart, people) if len(people) else {},
        "number": _number,
    }
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = (files("sosie.analysis") / "report.html").read_text(encoding="utf-8")
    path.write_text(environment.from_string(template).render(content), encoding="utf-8")


def selection(flow: Counts) -> list[Step]:
    """Return the boxes of a selection: exclusions beside them, and who was left over."""
    steps: list[Step] = []
    lost: list[tuple[str, int]] = []
    for name, count in reversed(flow):
        if name.startswith("excluded: "):
            lost.insert(0, (name.removeprefix("excluded: "), count))
            continue
        if steps:
            left = count - steps[0].patients - sum(n for _, n in lost)
            if left:
                lost.append(("not asked for by the study", left))
        steps.insert(0, Step(name, count, tuple(lost)))
        lost = []
    return steps


def _organ(organ: str, counts: Mapping[str, int]) -> Step:
    lost = [(word, counts[word]) for word in layout.STATUS if word != "done" and counts[word]]
    return Step(f"{organ} simulated", counts["done"], tuple(lost))


def _lost(tree: xr.DataTree) -> list[tuple[str, str, str, str]]:
    """Return organ, patient, status and reason of everyone that is not done."""
    out = []
    for organ in layout.ORGANS:
        group = tree[organ].to_dataset()
        for i in np.flatnonzero(group["status"].values != layout.STATUS.index("done")):
            word = layout.STATUS[int(group["status"].values[i])]
            out.append((organ, str(group["patient"].values[i]), word, str(group["reason"].values[i])))
    return out


def _origin_of_hearts(patients: xr.Dataset) -> dict[str, float]:
    """Return which percentage of the values that hearts are made of has each origin."""
    inner = [
        patients[str(name)].attrs["scale"] in ("organ", "tissue")
        for name in patients["column"].values
    ]
    origin = patients["origin"].values[:, inner]
    known = origin[origin > 0]
    return {
        word: 100 * float((known == i).mean())
        for i, word in enumerate(layout.ORIGIN)
        if i and (known == i).any()
    }


def _results(heart: xr.Dataset, people: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return name, mean and SD by sex, and the range of each scalar of the simulated hearts."""
    rows = []
    for name in people.columns.drop(["age", "sex"]) if len(people) else []:
        attributes, values = heart[name].attrs, people[name].to_numpy(dtype=float)
        unit = "" if attributes["units"] == "1" else f" [{attributes['units']}]"
        by_sex = (mean_sd(values[(people["sex"] == sex).to_numpy()]) for sex in figures.SEXES)
        range_ = (f"{q:.3g}" for q in np.percentile(values, [0, 5, 50, 95, 100]))
        rows.append((attributes["long_name"] + unit, *by_sex, *range_))
    return rows


def _rows(markdown: str) -> list[list[str]]:
    """Return the cells of a Markdown table, heading first."""
    lines = [line.strip().strip("|") for line in markdown.splitlines() if line.startswith("|")]
    cells = [[cell.strip().strip("`") for cell in line.split("|")] for line in lines]
    return [row for row in cells if set("".join(row)) != {"-"}]


def _figures(heart: xr.Dataset, people: pd.DataFrame) -> dict[str, str]:
    """Return the figures of at least one simulated heart, each as base64 of a PNG."""
    shape, mean = figures.Shape.of(heart), mean_heart(heart)
    columns = []
    for place in spread_over(people["total_activation_time"].to_numpy(), SHOWN):
        one = heart[["points", "activation_time"]].isel(patient=done(heart)[place]).astype("f8")
        columns.append(
            figures.Column(_title(people.iloc[place]), *(one[name].values for name in one))
        )
    with mpl.rc_context(figures.STYLE):
        drawn = {
            "hearts": figures.hearts(shape, columns),
            "mean": figures.mean_hearts(shape, mean),
            "maps": figures.maps(shape, mean),
            "associations": figures.associations(people),
        }
        return {name: b64encode(figures.png(figure)).decode() for name, figure in drawn.items()}


def _title(person: pd.Series) -> str:
    word = {"female": "woman", "male": "man"}[person["sex"]]
    return (
        f"{person.name}: {word}, {person['age']:.0f} y\n"
        f"{person['total_activation_time']:.0f} ms, {person['cavity_volume']:.0f} mL"
    )


def _number(percentage: float) -> str:
    """Write a percentage so that what is there never reads 0 and what is not all never 100."""
    if percentage in (0, 100):
        return f"{percentage:.0f} %"
    if percentage < 1 or percentage > 99:
        return "< 1 %" if percentage < 1 else "> 99 %"
    return f"{percentage:.0f} %"
