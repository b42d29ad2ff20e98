"""The report of a study: one HTML file that needs nothing beside it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from jinja2 import Environment, PackageLoader, StrictUndefined

from sosie.analysis import atlas_beats, brain_volumes
from sosie.analysis.canvas import SEXES
from sosie.analysis.disclosure import LEAST
from sosie.analysis.flow import lost_patients, selection, simulated
from sosie.analysis.group_pictures import drawings
from sosie.analysis.group_tables import loss_rows, outcome_tables
from sosie.analysis.origins import origin_of, shares
from sosie.analysis.pictures import pictures
from sosie.analysis.population import PERSON, frame
from sosie.analysis.reference_ranges import reference_ranges, reference_table
from sosie.analysis.representativeness import Representativeness
from sosie.analysis.summary import percent, summary
from sosie.analysis.table_one import decimals, mean_sd, table_one
from sosie.store import layout

LISTED = 50
"""Reasons that are listed; the store has all."""


def write_report(
    tree: xr.DataTree,
    status: Mapping[str, Mapping[str, int]],
    flow: Sequence[tuple[str, int]],
    priors: Sequence[str],
    path: Path,
    *,
    found: Representativeness | None = None,
) -> None:
    """Write the report of a finished store.

    ``status`` holds the counts of each organ of the study, ``flow`` the steps of the selection,
    ``priors`` are Markdown tables; ``found``, whom the study stands for, is left out where the
    people's table is not at hand.
    """
    patients = tree["patients"].to_dataset().load()
    organs = {name: tree[name].to_dataset() for name in layout.ORGANS if name in status}
    people = {name: frame(organ, patients, layout.ORGANS[name]) for name, organ in organs.items()}
    table, steps, lost = table_one(patients), selection(flow), lost_patients(organs)
    content = {
        "attributes": tree.attrs,
        "summary": summary(steps, status, people, origin_of(patients, organs), table.assumed),
        "selection": steps,
        "organs": [simulated(name, status[name]) for name in organs],
        "simulated": {name: len(one) for name, one in people.items()},
        "lost": lost[:LISTED],
        "unlisted": len(lost[LISTED:]),
        "shares": shares(patients),
        "table": table,
        "results": [
            (name.capitalize(), _results(organs[name], one))
            for name, one in people.items()
            if len(one)
        ],
        "sexes": [name for name, _, _ in SEXES.values()],
        "priors": [(rows[0], rows[1:]) for rows in map(_rows, priors)],
        "reference": reference_table(lines) if (lines := reference_ranges(patients)) else "",
        "judged": brain_volumes.rows(),
        "atlas": atlas_beats.rows(),
        "found": found,
        "drawings": drawings(found) if found else {},
        "loss_rows": loss_rows,
        "outcome_tables": outcome_tables,
        "least": LEAST,
        "figures": pictures(tree, {name: one for name, one in people.items() if len(one)}),
    }
    environment = Environment(
        loader=PackageLoader("sosie.analysis", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent, "short": _short, "counted": _counted}
    page = environment.get_template("report.html").render(content)
    path.write_text(page, encoding="utf-8")


def _results(organ: xr.Dataset, people: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return name, mean ± SD by sex, and percentiles of each scalar of an organ."""
    rows = []
    for name in people.columns.drop(list(PERSON)):
        attributes, known = organ[name].attrs, people[people[name].notna()]
        values = known[name].to_numpy(dtype=float)
        if not len(values):
            continue
        unit = "" if attributes["units"] == "1" else f" [{attributes['units']}]"
        digits = decimals(values)
        groups = (values[(known["sex"] == sex).to_numpy()] for sex in SEXES)
        by_sex = (mean_sd(group, digits) for group in groups)
        percentiles = (_short(value) for value in np.percentile(values, [0, 5, 50, 95, 100]))
        rows.append((attributes["long_name"] + unit, *by_sex, *percentiles))
    return rows


def _short(value: float) -> str:
    form = ",.0f" if 1000 <= abs(value) < 1e6 else ".3g"
    return format(value, form).replace("-", "−")


def _counted(value: int | str) -> str:
    return f"{value:,}" if isinstance(value, int) else value


def _rows(markdown: str) -> list[list[str]]:
    """Return the cells of a Markdown table, heading first."""
    lines = [line.strip().strip("|") for line in markdown.splitlines() if line.startswith("|")]
    cells = [[cell.strip().strip("`") for cell in line.split("|")] for line in lines]
    return [row for row in cells if set("".join(row)) != {"-"}]
