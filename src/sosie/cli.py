"""The commands the workflow runs. Each reads files, calls one function, writes files.

Solver modules are imported inside the commands: ``sosie --help`` must not start MPI.
"""

import json
import os
import subprocess
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from sosie import __version__, log
from sosie.errors import SosieError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)

Paths = Annotated[list[Path], typer.Option()]
Manifests = Annotated[list[Path] | None, typer.Option()]
Bits = Annotated[Path | None, typer.Option(help='file of mantissa bits kept: {"brain/tau": 12}')]


class Organ(StrEnum):
    """What can be simulated."""

    heart = "heart"
    brain = "brain"


@app.command()
def records(
    output: Path,
    members: list[str],
    *,
    table: Annotated[Path | None, typer.Option()] = None,
    mapping: Annotated[str | None, typer.Option()] = None,
    population: Annotated[str | None, typer.Option(help="in place of both: virtual people")] = None,
    seed: Annotated[int, typer.Option()],
    digest: Annotated[str, typer.Option()],
) -> None:
    """Build the canonical records of the MEMBERS of one batch."""
    from sosie.cohort.mapping import load_mapping
    from sosie.cohort.population import population_digest
    from sosie.cohort.priors import load_priors
    from sosie.cohort.record import build_record
    from sosie.cohort.records import members_digest, write_batch
    from sosie.cohort.table import read_table
    from sosie.cohort.virtual import virtual_records

    priors = load_priors()
    if population is not None:
        if population_digest(population, members, seed) != digest:
            raise SosieError(f"{population} changed since the study was planned: run it again")
        write_batch(output, virtual_records(population, members, priors, seed))
        return
    mapped = load_mapping(mapping)
    rows = {row.id: row for row in read_table(table, mapped).rows}
    if not set(members) <= set(rows):
        raise SosieError(f"{table} changed since the study was planned: run it again")
    chosen = [rows[member] for member in members]
    if members_digest(chosen, mapped, seed) != digest:
        raise SosieError(f"{table} changed since the study was planned: run it again")
    write_batch(output, [build_record(row, mapped, priors, seed) for row in chosen])


@app.command()
def participants(folder: Path, records: Paths) -> None:
    """Write the cohort as a BIDS data set."""
    from sosie.cohort.bids import write_participants
    from sosie.cohort.records import read_batch

    write_participants(folder, [record for path in records for record in read_batch(path)])


@app.command()
def simulate(
    organ: Organ,
    records: Path,
    output: Path,
    *,
    folder: Annotated[Path, typer.Option()],
    parameters: Annotated[str, typer.Option()] = "{}",
    model: Annotated[str, typer.Option()] = "",
    ranks: Annotated[int, typer.Option()] = 1,
    ranks_per_patient: Annotated[int, typer.Option()] = 1,
) -> None:
    """Simulate one organ of a batch: ``mpiexec -n N python -m mpi4py -m sosie simulate ...``."""
    from mpi4py import MPI

    from sosie.batch.digest import model_digest
    from sosie.batch.manifest import write_manifest
    from sosie.batch.run import run
    from sosie.cohort.records import read_batch
    from sosie.config import as_json, brain_parameters, heart_parameters
    from sosie.store.layout import optional

    if organ == Organ.heart:
        from sosie.heart.simulate import INPUTS
        from sosie.heart.simulate import Heart as Simulated

        chosen = heart_parameters(parameters)
    else:
        from sosie.brain.simulate import INPUTS
        from sosie.brain.simulate import Brain as Simulated

        chosen = brain_parameters(parameters)

    comm = MPI.COMM_WORLD
    log.start(leader=comm.rank % ranks_per_patient == 0)
    if comm.size != ranks:
        raise SosieError(f"asked for {ranks} ranks, MPI started {comm.size}: check the launcher")
    entries = run(
        read_batch(records),
        folder,
        comm,
        organ=lambda team: Simulated(team, chosen),
        inputs=INPUTS,
        parameters=as_json(chosen),
        model=model or model_digest(organ),
        ranks_per_patient=ranks_per_patient,
        optional=optional(organ),
    )
    if comm.rank == 0:
        write_manifest(output, entries)


@app.command()
def init(
    store: Path,
    output: Path,
    *,
    size: Annotated[int, typer.Option()],
    study: Annotated[str, typer.Option()],
    heart: Annotated[str | None, typer.Option()] = None,
    brain: Annotated[str | None, typer.Option()] = None,
    bits: Bits = None,
) -> None:
    """Create the store, or resize it for a grown cohort, for the organs whose parameters come."""
    from sosie.brain.axes import head_axes
    from sosie.config import brain_parameters, heart_parameters
    from sosie.geometry.brain.template import load
    from sosie.geometry.template import build
    from sosie.heart.axes import heart_axes
    from sosie.store.layout import brain_arrays, heart_arrays
    from sosie.store.rounding import of_organ
    from sosie.store.writer import init

    shared = {}
    if heart is not None:
        of_heart = heart_parameters(heart)
        mesh, axes = of_heart.mesh, heart_axes(of_heart.mechanics)
        shared["heart"] = heart_arrays(build(mesh.layers, mesh.rings, mesh.around), axes)
    if brain is not None:
        chosen = brain_parameters(brain)
        times = chosen.times
        shared["brain"] = brain_arrays(
            load(chosen.template), times.years, times.shapes, head_axes(chosen)
        )
    kept = json.loads(bits.read_text()) if bits else {}
    digests = {
        organ: init(store, organ, arrays, size=size, study=study, bits=of_organ(kept, organ))
        for organ, arrays in shared.items()
    }
    output.write_text(json.dumps({"size": size, **digests}) + "\n")


@app.command()
def pack(
    store: Path,
    organ: str,
    output: Path,
    *,
    shard: Annotated[int, typer.Option()],
    first: Annotated[int, typer.Option(help="index of the first manifest's first patient")],
    folder: Annotated[Path, typer.Option()],
    manifests: Paths,
    bits: Bits = None,
) -> None:
    """Write one shard of an organ from patient files."""
    from sosie.batch.files import read_result
    from sosie.batch.manifest import read_manifest
    from sosie.store.layout import SHARD
    from sosie.store.rounding import of_organ
    from sosie.store.writer import pack

    entries = [entry for path in manifests for entry in read_manifest(path)]
    start = shard * SHARD
    kept = json.loads(bits.read_text()) if bits else {}
    mine = entries[start - first : start - first + SHARD]
    results = [
        (e.digest, read_result(folder, e.digest)[0] if e.status == "done" else {}) for e in mine
    ]
    pack(store, organ, first=start, results=results, bits=of_organ(kept, organ))
    output.write_text(json.dumps({"first": start, "digests": [d for d, _ in results]}) + "\n")


@app.command()
def finalise(
    store: Path,
    status: Path,
    *,
    records: Paths,
    heart: Manifests = None,
    brain: Manifests = None,
    flow: Annotated[str, typer.Option()] = "[]",
    seed: Annotated[int, typer.Option()] = 0,
) -> None:
    """Check and commit the store; write status.json."""
    from sosie.batch.manifest import read_manifest
    from sosie.cohort.records import read_batch
    from sosie.store.status import columns, summary
    from sosie.store.writer import finalise

    people = [record for path in records for record in read_batch(path)]
    manifests = {"heart": heart, "brain": brain}
    entries = {
        organ: [entry for path in paths for entry in read_manifest(path)]
        for organ, paths in manifests.items()
        if paths
    }
    finalise(
        store,
        people,
        {organ: columns(rows) for organ, rows in entries.items()},
        attributes={"seed": seed, "versions": _versions(), "git_commit": _commit()},
    )
    content = summary(entries) | {"flow": json.loads(flow)}
    status.write_text(json.dumps(content, indent=1) + "\n")


@app.command()
def report(
    store: Path,
    status: Path,
    output: Path,
    figures: Path,
    *,
    table: Annotated[Path | None, typer.Option()] = None,
    mapping: Annotated[str | None, typer.Option()] = None,
    population: Annotated[str | None, typer.Option(help="in place of both: virtual people")] = None,
    target: Annotated[str, typer.Option(help="whom they stand for: none, france ...")] = "none",
) -> None:
    """Write the report of a finished store, and FIGURES: whom it stands for, as JSON.

    Table and mapping, or the population, are those that the records were made of.
    """
    from sosie.analysis.privacy import People
    from sosie.analysis.report import write_report
    from sosie.analysis.representativeness import representativeness, write_json
    from sosie.cohort.mapping import load_mapping
    from sosie.cohort.population import population_table
    from sosie.cohort.priors import prior_table
    from sosie.store.reader import open_cohort

    if population is None and (table is None or mapping is None):
        raise SosieError("a report needs --table and --mapping, or --population: give them")
    source = People(table, load_mapping(mapping)) if population is None else population
    content = json.loads(status.read_text())
    flow = [(str(reason), int(count)) for reason, count in content["flow"]]
    tree = open_cohort(store)
    found = representativeness(
        tree, content, flow, source, target=None if target == "none" else target
    )
    write_json(found, figures)
    priors = (
        [prior_table()] if population is None else [population_table(population), prior_table()]
    )
    write_report(tree, content, flow, priors, output, found=found)


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


def _versions() -> dict[str, str]:
    names = ("dolfinx-solver-real", "mpi4py", "numpy", "snakemake", "xarray", "zarr")
    return {"sosie": __version__} | {name: version(name) for name in names}


def _commit() -> str:
    """Return the commit that this code is of, or say that it is of none."""
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    found = subprocess.run(git, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "not a git checkout"
