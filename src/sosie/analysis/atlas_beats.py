"""The report's table of real hearts that were beaten: what was seen of them, and what came out.

The figures are computed by `verification.atlas_beats` on the Cardiac Atlas and ship as JSON.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

GROUPS = ("asymptomatic", "infarct", "both")


@cache
def judged() -> Mapping[str, Mapping]:
    """Return the figures that ship."""
    path = files("sosie.analysis") / "data" / "atlas_beats.json"
    return json.loads(path.read_text(encoding="utf-8"))


def rows() -> list[tuple[str, ...]]:
    """Return a table of the groups.

    Blind ejection fraction: n, r, r of the wall alone, bias, RMSE; of hearts fitted to it: n, bias
    of shortening, median distances [mm], simulated and unmoved.
    """
    blind, fitted = (judged()[kind]["groups"] for kind in ("blind", "fitted"))
    out = []
    for name in GROUPS:
        if name in blind and name in fitted:
            seen, held, apart = blind[name], fitted[name]["shortening"], fitted[name]["apart_mm"]
            out.append(
                (
                    name,
                    f"{seen['n']}",
                    f"{seen['r']:.2f}",
                    f"{seen['r_thickness']:.2f}",
                    f"{seen['bias']:+.1f}",
                    f"{seen['rmse']:.1f}",
                    f"{held['n']}",
                    f"{held['bias']:+.1f}",
                    *(_both(apart[what]) for what in ("simulated", "unmoved")),
                )
            )
    return out


def _both(distances: Mapping[str, list[float]]) -> str:
    return " / ".join(f"{distances[name][1]:.1f}" for name in ("endocardium", "epicardium"))
