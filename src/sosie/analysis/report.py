"""The report of a study: one HTML file that needs nothing beside it."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import xarray as xr
from jinja2 import Environment, StrictUndefined

from sosie.analysis import figures
from sosie.analysis.flow import lost_patients, selection, simulated
from sosie.analysis.population import done, frame, mean_heart, spread_over
from sosie.analysis.summary import origin_of_hearts, percent, summary
from sosie.analysis.table_one import decimals, mean_sd, table_one
from sosie.store import layout

SHOWN = 4
"""Patients whose hearts are drawn."""
LISTED = 50
"""Reasons that are listed; the store has all."""


def write_report(
    tree: xr.DataTree,
    status: Mapping[str, Mapping[str, int]],
    flow: Sequence[tuple[str, int]],
    priors: str,
    path: Path,
) -> None:
    """Write the report of a finished store.

    ``status`` holds each organ's counts, ``flow`` the steps of the selection, ``priors`` is a
    Markdown table.
    """
    heart, patients = tree["heart"].to_dataset(), tree["patients"].to_dataset().load()
    people, table, steps = frame(heart, patients), table_one(patients), selection(flow)
    origin, lost = origin_of_hearts(patients), lost_patients(tree)
    heading, *rows = _rows(priors)
    content = {
        "attributes": tree.attrs,
        "summary": summary(steps, status["heart"], people, origin, table.assumed),
        "selection": steps,
        "organs": [simulated(organ, status[organ]) for organ in layout.ORGANS],
        "lost": lost[:LISTED],
        "unlisted": len(lost[LISTED:]),
        "table": table,
        "results": _results(heart, people),
        "sexes": [name for name, _, _ in figures.SEXES.values()],
        "priors": {"heading": heading, "rows": rows},
        "figures": _figures(heart, people) if len(people) else {},
    }
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["percent"] = percent
    template = (files("sosie.analysis") / "report.html").read_text(encoding="utf-8")
    path.write_text(environment.from_string(template).render(content), encoding="utf-8")


def _results(heart: xr.Dataset, people: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return name, mean ± SD by sex, and percentiles of each scalar of the simulated hearts."""
    rows = []
    for name in people.columns.drop(["age", "sex"]) if len(people) else ():
        attributes, values = heart[name].attrs, people[name].to_numpy(dtype=float)
        unit = "" if attributes["units"] == "1" else f" [{attributes['units']}]"
        digits = decimals(values)
        groups = (values[(people["sex"] == sex).to_numpy()] for sex in figures.SEXES)
        by_sex = (mean_sd(group, digits) for group in groups)
        percentiles = (
            f"{value:.3g}".replace("-", "−") for value in np.percentile(values, [0, 5, 50, 95, 100])
        )
        rows.append((attributes["long_name"] + unit, *by_sex, *percentiles))
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
        one = heart.isel(patient=done(heart)[place])
        fields = (one[name].values.astype(float) for name in ("points", "activation_time"))
        columns.append(figures.Column(_title(people.iloc[place]), *fields))
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
