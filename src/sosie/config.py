"""The study file and what is planned from it. Starts no MPI and loads no solver."""

import json
import re
from dataclasses import dataclass
from inspect import getsource
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, field_validator

from sosie.brain.parameters import Atrophy, BrainParameters, Head, Seed, Times, Treatment
from sosie.brain.resolution import refuse_coarse
from sosie.cohort.mapping import Mapping, load_mapping
from sosie.cohort.population import file_of, ids, load_population, population_digest
from sosie.cohort.priors import load_priors
from sosie.cohort.records import members_digest
from sosie.cohort.select import Selection, select
from sosie.cohort.table import Row, read_table
from sosie.errors import SosieError
from sosie.heart.beat.parameters import Mechanics
from sosie.heart.parameters import (
    Activation,
    Electrophysiology,
    Fibres,
    HeartParameters,
    Mesh,
    Purkinje,
    Site,
)
from sosie.store.layout import ORGANS, fields

Organ = Literal["heart", "brain"]
SECTIONS = {"heart": HeartParameters, "brain": BrainParameters}
OF_HEART = (
    HeartParameters,
    Mesh,
    Fibres,
    Activation,
    Purkinje,
    Site,
    Electrophysiology,
    Mechanics,
)
"""The sections of the heart's parameters."""


class Section(BaseModel):
    """A part of the study file: unknown keys are refused, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Cohort(Section):
    """Who is simulated."""

    mapping: str | None = Field(
        default=None, description="name of a shipped mapping, or path of a mapping file"
    )
    table: Path | None = Field(default=None, description="the table, where the mapping ships none")
    population: str | None = Field(
        default=None, description="name of a shipped population of virtual people, in place of both"
    )
    patients: Annotated[int, Field(ge=1)] | Literal["all"] = Field(
        description="how many eligible people, or all; of a population, how many are drawn"
    )


class Run(Section):
    """How the work is cut into jobs; changes no number."""

    batch_size: int = Field(default=50, ge=1, description="patients a job")
    ranks: int = Field(default=2, ge=2, description="MPI ranks a job, at least 2")
    ranks_per_patient: int = Field(default=1, ge=1, description="MPI ranks that share one patient")


class Store(Section):
    """How results are kept."""

    keep_bits: dict[str, Annotated[int, Field(ge=1, le=22)]] = Field(
        default={},
        description="mantissa bits kept of a field, such as brain/tau: 12 (relative error 2^-13)",
    )

    @field_validator("keep_bits")
    @classmethod
    def _fields(cls, bits: dict[str, int]) -> dict[str, int]:
        """Refuse what is no field of a mesh."""
        known = [f"{organ}/{field.name}" for organ in ORGANS for field in fields(organ)]
        for name in bits:
            if name not in known:
                raise ValueError(f"{name} is no field: give one of {', '.join(known)}")
        return bits


class Report(Section):
    """What the report compares the patients with."""

    target: Literal["none", "france", "united_states"] = Field(
        default="none", description="adults that the patients are weighted to in age and sex"
    )


class Study(Section):
    """A study file."""

    study: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="names results/{study}")
    seed: int = Field(default=1, ge=0, description="of every random draw")
    cohort: Cohort = Field(description="who is simulated")
    organs: tuple[Organ, ...] = Field(default=("heart", "brain"), description="what is simulated")
    heart: HeartParameters = Field(default=HeartParameters(), description="the heart model")
    brain: BrainParameters = Field(default=BrainParameters(), description="the brain model")
    store: Store = Field(default=Store(), description="how results are kept")
    report: Report = Field(default=Report(), description="what the patients are compared with")
    run: Run = Field(default=Run(), description="batches and ranks")


@dataclass(frozen=True)
class Plan:
    """A study and the people it is about, in batches."""

    study: Study
    mapping: Mapping | None  # None: virtual people
    table: Path  # what the records are made of: a table, or the population's file
    selection: Selection

    @property
    def size(self) -> int:
        """Number of patients."""
        return len(self.selection.rows)

    @property
    def batches(self) -> list[str]:
        """Names of the batches, in order."""
        return [f"{i:05d}" for i in range(-(-self.size // self.study.run.batch_size))]

    def members(self, batch: str) -> list[str]:
        """Ids of the people of a batch."""
        return [row.id for row in self._rows(batch)]

    def digest(self, batch: str) -> str:
        """Digest of everything that a batch's records are made of."""
        if self.mapping is None:
            name = self.study.cohort.population
            return population_digest(name, self.members(batch), self.study.seed)
        return members_digest(self._rows(batch), self.mapping, self.study.seed)

    @property
    def source(self) -> list[str]:
        """Options of ``sosie records`` that say whose records are made."""
        if self.mapping is None:
            return ["--population", self.study.cohort.population]
        return ["--table", str(self.table), "--mapping", self.study.cohort.mapping]

    def parameters(self, organ: Organ) -> str:
        """Return an organ's section as JSON with units."""
        return as_json(getattr(self.study, organ))

    def batches_of(self, first: int, last: int) -> list[str]:
        """Batches that hold patients ``first`` up to, not including, ``last``."""
        size = self.study.run.batch_size
        return self.batches[first // size : -(-min(last, self.size) // size)]

    def _rows(self, batch: str) -> list:
        size = self.study.run.batch_size
        start = int(batch) * size
        return list(self.selection.rows[start : start + size])


def as_json(section: object) -> str:
    """Return one section of the study as JSON with units."""
    return TypeAdapter(type(section)).dump_json(section).decode()


def parameters_of(organ: Organ, text: str) -> HeartParameters | BrainParameters:
    """Read what ``as_json`` wrote of an organ's section."""
    return TypeAdapter(SECTIONS[organ]).validate_json(text)


def read_study(content: dict[str, Any]) -> Study:
    """Return the study of a configuration; raise SosieError with the first thing wrong."""
    try:
        study = Study.model_validate(content)
    except ValidationError as error:
        raise SosieError(_sentence(error, content)) from error
    run = study.run
    if run.ranks % run.ranks_per_patient:
        raise SosieError(
            f"run.ranks_per_patient is {run.ranks_per_patient}, which does not divide run.ranks"
            f" {run.ranks}: make ranks a multiple of it"
        )
    _check_cohort(study.cohort)
    return study


def _check_cohort(cohort: Cohort) -> None:
    """Refuse people from nowhere, from two places, or without end."""
    if cohort.population is None:
        if cohort.mapping is None:
            raise SosieError(
                "study: cohort.mapping is missing: give it, or cohort.population for virtual people"
            )
        return
    for name in ("mapping", "table"):
        if getattr(cohort, name) is not None:
            raise SosieError(f"study: cohort has both population and {name}: take one of them out")
    if cohort.patients == "all":
        raise SosieError(
            f"study: cohort.patients is all, but the population {cohort.population} has no end: "
            f"give a number"
        )


def study_schema() -> dict[str, Any]:
    """Return the JSON schema of a study file; parameters are described by their own comments."""
    schema = Study.model_json_schema()
    for section in (*OF_HEART, BrainParameters, Seed, Times, Treatment, Atrophy, Head):
        for name, field in schema["$defs"][section.__name__]["properties"].items():
            line = re.search(rf"^    {name}: .*?  # (.*)$", getsource(section), re.MULTILINE)
            field["description"] = line.group(1) if line else ""
    return schema


def _sentence(error: ValidationError, content: dict[str, Any]) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"] if part not in {"int", "literal['all']"})
    kind, value = first["type"], first["input"]
    if kind in {"extra_forbidden", "unexpected_keyword_argument"}:
        known = ", ".join(_known_keys(first["loc"]))
        return f"study: unknown key {where}: take it out, or write one of {known}"
    if kind == "missing":
        return f"study: {where} is missing: give it"
    message = first["msg"].removeprefix("Value error, ")
    return f"study: {where} is {json.dumps(value, default=str)}: {message[0].lower()}{message[1:]}"


def _known_keys(loc: tuple) -> list[str]:
    """Return the keys that the section at ``loc`` knows."""
    schema = Study.model_json_schema()
    node = schema
    for part in loc[:-1]:
        if isinstance(part, int):
            node = node.get("items", node)
        else:
            node = node.get("properties", {}).get(part, {})
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return sorted(node.get("properties", {}))


def plan(study: Study) -> Plan:
    """Read the table, choose the people; raise SosieError for anything a user can mend."""
    if "brain" in study.organs:
        refuse_coarse(study.brain, load_priors())
    cohort = study.cohort
    if cohort.population is not None:
        load_population(cohort.population)
        rows = tuple(Row(name, {}) for name in ids(cohort.population, cohort.patients))
        flow = (("virtual people drawn", len(rows)),)
        return Plan(study, None, file_of(cohort.population), Selection(rows, flow))
    mapping = load_mapping(cohort.mapping)
    table = mapping.table_path() if cohort.table is None else cohort.table
    selection = select(read_table(table, mapping), cohort.patients)
    return Plan(study, mapping, table, selection)
