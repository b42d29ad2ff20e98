"""The verification table: every check run, written as JSON for scripts and HTML for people."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from types import MappingProxyType

from mpi4py import MPI

from matplotlib.figure import Figure

from sosie.errors import SolverDivergedError
from sosie.verification import (
    arostica,
    beats,
    brains,
    dipole,
    eikonal,
    elasticity,
    fisher_kpp,
    four_shell,
    heads,
    hearts,
    land,
    nested,
    niederer,
    stimulation,
    tiers,
)
from sosie.verification.check import Check

LOG = logging.getLogger(__name__)
NONE: Mapping[str, Figure] = MappingProxyType({})
MS = 1e3
EXACT = "closed form, stated in sosie.verification.eikonal"
H = 3e-3
"""Cell edge [m] of the slab for plane waves; a ball of 5 mm needs half or a quarter of it."""


def verify(folder: Path, comm: MPI.Comm, *, slow: bool = False) -> None:
    """Run all checks (collective); rank 0 writes the table, which says what is not met.

    ``slow`` runs the slab benchmark on its finest cells too, and draws its diagonal; refines the
    mesh of the monodomain tier, and four heads instead of one; moves a ventricle on its benchmark's
    mesh; and compares whole beats of the tiers: forty minutes and 5 GB more.
    """
    figures = {}
    checks = [
        *activation(comm),
        *niederer.coarse(comm),
        *dipole.checks(comm),
        *land.checks(comm),
        *arostica.checks(comm),
        *spreading(comm),
        *four_shell.checks(comm),
        *stimulation.checks(comm),
        *nested.checks(comm),
        *hearts.population(comm),
        *elasticity.checks(comm),
        *brains.shapes(),
        *heads.shapes(),
        *heads.refinement(comm, hearts.survey(heads.PATIENTS if slow else 1)),
        *brains.resolution(comm, hearts.survey(hearts.PATIENTS)),
        *brains.stages(comm, hearts.survey(1)[0]),
        *hearts.refinement(comm),
        *beats.checks(comm),
        *tiers.activation(comm),
    ]
    if slow:
        fine, figures["slab"] = niederer.fine(comm)
        checks += [*fine, *arostica.fine(comm), *tiers.refinement(comm), *tiers.beats(comm)]
    if comm.rank == 0:
        write(folder, checks, figures)
    missed = [check for check in checks if not check.passed]
    for check in missed:
        LOG.info("not met: %s: %s is %s", check.name, check.quantity, text(check.ours, check.unit))
    LOG.info("%s of %s checks are met", len(checks) - len(missed), len(checks))


def activation(comm: MPI.Comm) -> list[Check]:
    """Check the eikonal-diffusion equation against closed forms."""
    checks = []

    def check(
        quantity: str, ours: Callable[[], float], reference: float, unit: str, tolerance: float
    ) -> None:
        try:
            found = ours()
        except SolverDivergedError as error:
            found, quantity = None, f"{quantity}: {error}"
        LOG.info("eikonal: %s: %s", quantity, text(found, unit))
        checks.append(Check("eikonal", quantity, found, reference, unit, tolerance, EXACT))

    for axis, way in enumerate(("along", "across")):
        check(
            f"plane wave {way} the fibre, largest error before the outflow face, 3 mm",
            lambda axis=axis: MS * eikonal.plane_wave(comm, h=H, axis=axis),
            *(0.0, "ms", 0.1),
        )
    for h in (H / 2, H / 4):
        check(
            f"ball source, largest difference from the distance, cells of {MS * h:g} mm",
            lambda h=h: MS * eikonal.ball_error(comm, h=h),
            *(0.0, "ms", 3.0),
        )
    for epsilon, kind in ((2e-4, "front"), (2e-2, "diffusion")):
        check(
            f"order of the L2 error, manufactured solution, epsilon {MS * epsilon:g} ms ({kind})",
            lambda epsilon=epsilon: eikonal.manufactured_order(comm, cells=8, epsilon=epsilon),
            *(2.0, "1", 0.5),
        )
    both = "velocities halved, largest difference from twice the times"
    check(
        f"{both}, epsilon doubled",
        lambda: MS * eikonal.halved(comm, h=H / 2).doubled_diffusion,
        *(0.0, "ms", 1e-4),
    )
    check(
        f"{both}, epsilon unchanged; tolerance 2 epsilon (1 + 2 ln(r / R))",
        lambda: MS * eikonal.halved(comm, h=H / 2).same_diffusion,
        *(0.0, "ms", MS * eikonal.CORRECTION),
    )
    return checks


def spreading(comm: MPI.Comm) -> list[Check]:
    """Check the Fisher-KPP equation against closed forms."""
    checks = [
        Check(
            "Fisher-KPP",
            "order of the L2 error, travelling wave, space and time halved together",
            fisher_kpp.wave_order(comm, cells=320),
            *(2.0, "1", 0.1),
            "Ablowitz and Zeppenfeld (1979), doi:10.1007/BF02462380",
        ),
        Check(
            "Fisher-KPP",
            "order of the L2 error, cosine along axons that conduct threefold, turned cube",
            fisher_kpp.mode_order(comm, cells=6, along=True, ratio=3.0),
            *(2.0, "1", 0.15),
            "closed form, stated in sosie.verification.fisher_kpp",
        ),
        Check(
            "Fisher-KPP",
            "relative change of the mass over 40 years without growth",
            fisher_kpp.drift_of_mass(comm),
            *(0.0, "1", 1e-12),
            "no-flux boundary",
        ),
    ]
    for cells, allowed in ((2, 0.02), (1, 0.05), (0.5, 0.13)):
        checks.append(
            Check(
                "Fisher-KPP",
                f"speed of a front over Bramson's, cells of {1 / cells:g} front widths",
                fisher_kpp.front_speed(comm, cells_per_width=cells),
                *(1.0, "1", allowed),
                "Bramson (1983), doi:10.1090/memo/0285",
            )
        )
    return checks


def write(folder: Path, checks: Sequence[Check], figures: Mapping[str, Figure] = NONE) -> None:
    """Write ``verification.json`` and ``verification.html``, and a PNG for each figure."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [asdict(check) | {"passed": check.passed} for check in checks]
    (folder / "verification.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    for name, figure in figures.items():
        figure.savefig(folder / f"{name}.png", dpi=150)
    whole = page(checks, list(figures))
    (folder / "verification.html").write_text(whole, encoding="utf-8")


def text(value: float | None, unit: str) -> str:
    """Return a number with its unit, or what stands for one that could not be computed."""
    if value is None:
        return "none"
    return f"{value:.3g}" if unit == "1" else f"{value:.3g} {unit}"


def page(checks: Sequence[Check], figures: Sequence[str] = ()) -> str:
    """Return the table as HTML that needs nothing but its figures beside it."""
    met = sum(check.passed for check in checks)
    rows = []
    for check in checks:
        cells = [
            check.name,
            check.quantity,
            text(check.ours, check.unit),
            text(check.reference, check.unit),
            text(check.tolerance, check.unit),
            "met" if check.passed else "not met",
            check.source,
        ]
        mark = "" if check.passed else " class='missed'"
        rows.append(f"<tr{mark}>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    images = [f'<p><img src="{name}.png" alt="{name}" width="720">' for name in figures]
    return PAGE.format(met=met, all=len(checks), rows="\n".join(rows), images="\n".join(images))


PAGE = """<!doctype html>
<html lang="en-GB">
<meta charset="utf-8">
<title>Verification of sosie</title>
<style>
body {{ font: 15px/1.4 sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; }}
table {{ border-collapse: collapse; }}
th, td {{ text-align: left; vertical-align: top; padding: .3em .8em; }}
th, td {{ border-bottom: 1px solid #ccc; }}
.missed td {{ background: #fbe3d6; }}
</style>
<h1>Verification of sosie</h1>
<p>{met} of {all} checks are met: ours lies within the tolerance of the reference.</p>
<table>
<tr><th>check<th>quantity<th>ours<th>reference<th>tolerance<th>result<th>source</tr>
{rows}
</table>
{images}
</html>
"""
