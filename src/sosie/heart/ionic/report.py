"""All that is told of a single cell, written into a folder: numbers, figure, drugs."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

from sosie.heart.ionic.biomarkers import biomarkers
from sosie.heart.ionic.cells import NONE
from sosie.heart.ionic.drug import prolongation, read_drugs
from sosie.heart.ionic.figure import draw
from sosie.heart.ionic.model import find
from sosie.heart.ionic.pace import STANDARD, Pacing, pace
from sosie.heart.ionic.restitution import restitution
from sosie.typing import Array

COUPLINGS = np.array([0.25, 0.28, 0.31, 0.34, 0.37, 0.4, 0.45, 0.5, 0.6, 0.7, 0.85, 1.0])
"""S1-S2 intervals, as shares of the cycle length: closer where the curve is steep."""
UNITS = {
    "apd50": "s",
    "apd90": "s",
    "rest": "V",
    "peak": "V",
    "upstroke": "V/s",
    "calcium_rest": "mol/m^3",
    "calcium_amplitude": "mol/m^3",
}


def report(
    model: str,
    output: Path,
    *,
    variant: str = "epi",
    scales: Mapping[str, float] = NONE,
    pacing: Pacing = STANDARD,
    drugs: Path | None = None,
) -> None:
    """Write ``cell.json`` and ``cell.png`` and, given a table of drugs, ``drugs.csv``.

    ``scales`` are factors of currents. Numbers are SI with their units beside; null is a cell that
    does not fire or not repolarise.
    """
    curve = restitution(
        model,
        COUPLINGS * pacing.cycle_length,
        variant=variant,
        scales=scales,
        pacing=pacing,
    )
    _, _, beats = pace(model, variant=variant, scales=scales, pacing=pacing)
    last, before = biomarkers(beats[1]), biomarkers(beats[0])
    told = {
        "model": model,
        "source": find(model).source,
        "variant": variant,
        "scales": dict(scales),
        "pacing": asdict(pacing),
        "biomarkers": {
            name: {"value": _known(value)[0], "unit": UNITS[name]}
            for name, value in asdict(last).items()
        },
        "apd90_of_the_beat_before": {"value": _known(before.apd90)[0], "unit": "s"},
        "restitution": {name: _known(values) for name, values in asdict(curve).items()},
    }
    output.mkdir(parents=True, exist_ok=True)
    (output / "cell.json").write_text(json.dumps(told, indent=1) + "\n")
    figure = draw(model, curve, variant=variant, scales=scales, pacing=pacing)
    figure.savefig(output / "cell.png", dpi=200)
    if drugs is not None:
        table = prolongation(read_drugs(drugs), model, variant=variant, pacing=pacing)
        table.to_csv(output / "drugs.csv", index=False)


def _known(values: Array) -> list[float | None]:
    return [float(x) if np.isfinite(x) else None for x in values]
