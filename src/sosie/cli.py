"""The commands of people; those that rules call are in ``sosie.steps``.

Solver modules are imported inside the commands: ``sosie --help`` must not start MPI.
"""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from sosie import log
from sosie.errors import SosieError
from sosie.steps import Organ, steps

HELP = "Virtual patients: look at studies and their stores. snakemake runs a study's steps."
app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=HELP)
for step in steps:
    app.command(rich_help_panel="Steps of the workflow")(step)


@app.command()
def compare(a: Path, b: Path, *, rtol: Annotated[float, typer.Option()] = 0.0) -> None:
    """Compare two stores field by field; exit 1 where a field differs by more than RTOL."""
    from sosie.store.compare import compare

    rows = compare(a, b)
    for row in rows:
        mark = "=" if row.equal else "ok" if row.worst <= rtol else "DIFFERENT"
        typer.echo(f"{mark:10} {row.worst:9.2e}  {row.field}  (worst: patient {row.patient})")
    raise typer.Exit(int(any(row.worst > rtol for row in rows)))


@app.command()
def check(store: Path) -> None:
    """Check every value of a store; exit 1 where something is wrong, and say what makes it anew."""
    from sosie.store.check import check

    checked = check(store)
    for problem in checked.problems:
        typer.echo(str(problem))
    if checked.problems:
        raise typer.Exit(1)
    typer.echo(f"{checked.patients} patients, {' and '.join(checked.organs)}: whole")


@app.command()
def export(
    store: Path,
    output: Path,
    *,
    organ: Organ = Organ.heart,
    patient: Annotated[str, typer.Option(help="an id, or mean")] = "mean",
) -> None:
    """Write a patient or the population's mean for ParaView (VTKHDF)."""
    from sosie.store.export import export

    export(store, organ, patient, output)


@app.command()
def cell(
    model: Annotated[str, typer.Argument(help="ttp06 or torord")],
    folder: Path,
    *,
    variant: Annotated[str, typer.Option(help="epi, mid or endo")] = "epi",
    scale: Annotated[
        list[str] | None, typer.Option(help="factor of a current: I_Kr=0.5; may come again")
    ] = None,
    beats: Annotated[int, typer.Option(help="paced before the last is looked at")] = 100,
    cycle_length: Annotated[str, typer.Option(help="from beat to beat")] = "1 s",
    drugs: Annotated[
        Path | None,
        typer.Option(help="table of drugs: columns drug, cmax [nM], I_Kr IC50 [nM], I_Kr Hill ..."),
    ] = None,
) -> None:
    """Pace a single cell: action potential, calcium, restitution, drugs; numbers and a figure."""
    from sosie.heart.ionic.pace import Pacing
    from sosie.heart.ionic.report import report
    from sosie.units import SI

    scales = {}
    for text in scale or []:
        name, _, factor = text.partition("=")
        try:
            scales[name] = float(factor)
        except ValueError as error:
            raise SosieError(
                f"--scale is '{text}': give a current and a factor, I_Kr=0.5"
            ) from error
    try:
        pacing = Pacing(cycle_length=SI("s").parse(cycle_length), beats=beats)
    except ValueError as error:
        raise SosieError(f"--cycle-length: {error}") from error
    report(model, folder, variant=variant, scales=scales, pacing=pacing, drugs=drugs)
    typer.echo(f"{folder}/cell.json, cell.png{', drugs.csv' if drugs else ''}")


@app.command()
def plan(
    study: Path,
    *,
    cores: Annotated[int | None, typer.Option(help="as given to snakemake; else all here")] = None,
    results: Annotated[Path, typer.Option(help="where earlier runs are")] = Path("results"),
) -> None:
    """Say what a STUDY file will take, from what earlier runs measured."""
    from sosie.planning import forecast

    here = len(os.sched_getaffinity(0))
    for line in forecast(study, results, cores=here if cores is None else cores).lines:
        typer.echo(line)


@app.command()
def schema() -> None:
    """Print the JSON schema of a study file."""
    from sosie.config import study_schema

    typer.echo(json.dumps(study_schema(), indent=1))


@app.command()
def record_schema(
    *, page: Annotated[bool, typer.Option("--page", help="as Markdown")] = False
) -> None:
    """Print the JSON schema of a person's record, or the page that shows it."""
    from sosie.cohort.publish import record_page, record_schema

    typer.echo(record_page() if page else json.dumps(record_schema(), indent=1), nl=not page)


@app.command()
def verify(
    folder: Path,
    *,
    slow: Annotated[bool, typer.Option(help="the slab on its finest cells too: 5 GB")] = False,
) -> None:
    """Run every check; write verification.json and .html, which say what is not met."""
    from mpi4py import MPI

    from sosie.verification.table import verify

    log.start(leader=MPI.COMM_WORLD.rank == 0)
    verify(folder, MPI.COMM_WORLD, slow=slow)
