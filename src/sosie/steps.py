"""The steps that rules call: each reads files, calls one function, writes files.

Solver modules are imported inside the commands: ``sosie --help`` must not start MPI.
"""

import json
import subprocess
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from sosie import __version__, log
from sosie.errors import SosieError

Paths = Annotated[list[Path], typer.Option()]
Manifests = Annotated[list[Path] | None, typer.Option()]
Bits = Annotated[Path | None, typer.Option(help='file of mantissa bits kept: {"brain/tau": 12}')]


class Organ(StrEnum):
    """What can be simulated."""

    heart = "heart"
    brain = "brain"


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


def participants(folder: Path, records: Paths) -> None:
    """Write the cohort as a BIDS data set."""
    from sosie.cohort.bids import write_participants
    from sosie.cohort.records import read_batch

    write_participants(folder, [record for path in records for record in read_batch(path)])


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
    from sosie.config import as_json, parameters_of
    from sosie.fem.jit import compiled
    from sosie.store.layout import optional

    if organ == Organ.heart:
        from sosie.heart.simulate import INPUTS
        from sosie.heart.simulate import Heart as Simulated
    else:
        from sosie.brain.simulate import INPUTS
        from sosie.brain.simulate import Brain as Simulated

    chosen = parameters_of(organ.value, parameters)
    comm = MPI.COMM_WORLD
    log.start(leader=comm.rank % ranks_per_patient == 0)
    if comm.size != ranks:
        raise SosieError(f"asked for {ranks} ranks, MPI started {comm.size}: check the launcher")
    entries = run(
        read_batch(records),
        folder,
        comm,
        organ=lambda team: compiled(lambda: Simulated(team, chosen)),
        inputs=INPUTS,
        parameters=as_json(chosen),
        model=model or model_digest(organ),
        ranks_per_patient=ranks_per_patient,
        optional=optional(organ),
    )
    if comm.rank == 0:
        write_manifest(output, entries)


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
    from sosie.config import parameters_of
    from sosie.planning import shared_arrays
    from sosie.store.rounding import of_organ
    from sosie.store.writer import init

    given = {"heart": heart, "brain": brain}
    shared = {
        organ: shared_arrays(parameters_of(organ, text)) for organ, text in given.items() if text
    }
    kept = json.loads(bits.read_text()) if bits else {}
    digests = {
        organ: init(store, organ, arrays, size=size, study=study, bits=of_organ(kept, organ))
        for organ, arrays in shared.items()
    }
    output.write_text(json.dumps({"size": size, **digests}) + "\n")


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


def _versions() -> dict[str, str]:
    names = ("dolfinx-solver-real", "mpi4py", "numpy", "snakemake", "xarray", "zarr")
    return {"sosie": __version__} | {name: version(name) for name in names}


def _commit() -> str:
    """Return the commit that this code is of, or say that it is of none."""
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    found = subprocess.run(git, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "not a git checkout"


steps = (records, participants, simulate, init, pack, finalise, report)
"""The commands, in the order in which rules call them."""
