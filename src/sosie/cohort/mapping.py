"""A mapping: where each canonical column is found in somebody's table, in which unit and words.

A mapping is a YAML file of a few lines; the ones that ship lie in ``mappings/``. Several source
columns may feed one canonical column: of numbers the mean of those present is taken, of flags
"yes" if any says yes, of categories the first one present. A mapping that ``extends`` another
says only what differs.

Of a table with several visits a person ``visit`` names the column that tells them apart and
``session`` the one that simulates; ``visits`` lists later visits that are columns of the same row.
``devices`` names files of readings that a rule makes one value a person (``device``).
"""

import re
from collections.abc import Iterable
from collections.abc import Mapping as Map
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal, Self

import pint
import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from sosie.cohort.schema import COLUMN, COLUMNS, FLAG, Column
from sosie.errors import SosieError
from sosie.units import factor, ureg

SHIPPED = Path(__file__).parent / "mappings"
MISSING = frozenset({"", "n/a", "NA", "NaN", "nan"})
"""Cells that say nothing, in any table."""

CONCEPT = re.compile(r"(measurement|condition|observation) ([0-9]+)")
"""A source in an OMOP folder: which of its tables, and the concept."""

RULED = {
    "home": ("sbp", "dbp"),
    "ambulatory": ("sbp", "dbp"),
    "resting": ("heart_rate",),
}
"""The columns that each rule on a device's readings makes."""

FLAG_WORDS = {"0": "no", "1": "yes", "False": "no", "True": "yes", "false": "no", "true": "yes"}


def plain(text: str) -> str:
    """Return "7" for "7.0": tables that went through a float still mean the integer."""
    head, dot, zeros = text.partition(".")
    return head if dot and not zeros.strip("0") and head.isdigit() else text


def _as_text(value: object) -> object:
    """Undo YAML's reading of a bare no, yes, 0 or 7.5: mappings compare words."""
    if isinstance(value, bool):
        return FLAG[value]
    return plain(str(value)) if isinstance(value, int | float) else value


def _all_text(value: object) -> object:
    if isinstance(value, Map):
        return {_as_text(key): _as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return value


Word = Annotated[str, BeforeValidator(_as_text)]
Words = Annotated[dict[str, str], BeforeValidator(_all_text)]
WordList = Annotated[tuple[str, ...], BeforeValidator(_all_text)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Shipped(_Strict):
    """A table inside an installed Python package, found without importing it."""

    package: str
    file: str

    def path(self) -> Path:
        """Return where the table lies."""
        spec = find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise SosieError(
                f"the table needs the Python package '{self.package}', which is not installed: "
                f"install it, or name a table of your own"
            )
        return Path(spec.submodule_search_locations[0]) / self.file


class Source(_Strict):
    """Where one canonical column comes from."""

    columns: Annotated[tuple[str, ...], Field(alias="from", min_length=1)]
    unit: str | None = None
    units: Words = {}
    levels: Words = {}
    missing: WordList = ()
    absent: Word | None = None

    @field_validator("columns", mode="before")
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value

    @property
    def of_concepts(self) -> bool:
        """Say whether this is found by OMOP concepts."""
        return any(CONCEPT.fullmatch(name) for name in self.columns)


class Device(_Strict):
    """A file of one person's many readings, and the rule that makes one value of them."""

    file: str
    id: str
    time: str
    value: str
    unit: str
    rule: Literal["home", "ambulatory", "resting"]
    missing: WordList = ()
    short: Literal["refuse", "missing"] = "refuse"


class Rule(_Strict):
    """Who is left out: those whose column is below or above a value, or at a level."""

    column: str
    below: str | None = None
    above: str | None = None
    level: str | None = None
    reason: str

    @field_validator("below", "above", "level", mode="before")
    @classmethod
    def _word(cls, value: object) -> object:
        return _as_text(value)

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        column = _column(self.column)
        given = [name for name in ("below", "above", "level") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"the rule on '{self.column}' needs one of below, above, level")
        if (given[0] == "level") != bool(column.levels):
            kinds = "level" if column.levels else "below or above"
            raise ValueError(f"the rule on '{self.column}' needs {kinds}, not {given[0]}")
        if column.levels and self.level not in column.levels:
            raise ValueError(
                f"'{self.level}' is no level of '{self.column}': use {_or(column.levels)}"
            )
        if not column.levels:
            self.bound()
        return self

    def bound(self) -> float:
        """Return the value of a rule on a number, in the column's unit."""
        unit = _column(self.column).unit
        text = self.below if self.below is not None else self.above
        try:
            quantity = ureg.Quantity(text)
            if quantity.unitless and unit != "1":
                raise ValueError(f"give the unit of '{self.column}', e.g. '{text} {unit}'")
            return float(quantity.to(unit).magnitude)
        except (pint.PintError, AssertionError, AttributeError, TypeError) as error:
            raise ValueError(f"'{text}' of '{self.column}' is not in units of {unit}") from error


class Mapping(_Strict):
    """How to read one table."""

    title: str
    source: str
    licence: str
    table: Shipped | None = None
    id: str
    replace: Words = {}
    columns: dict[str, Source]
    visits: dict[Word, dict[str, Source]] = {}
    devices: dict[str, Device] = {}
    optional: bool = False
    visit: str | None = None
    session: str | None = None
    reference_date: date | None = None
    exclude: tuple[Rule, ...] = ()
    order: Literal["table", "spread"] = "table"

    @field_validator("columns", mode="before")
    @classmethod
    def _own(cls, value: object) -> object:
        """Spell out "canonical": each column under its own name, in its own unit."""
        if value != "canonical":
            return value
        return {c.name: {"from": c.name} | ({} if c.levels else {"unit": c.unit}) for c in COLUMNS}

    @field_validator("columns")
    @classmethod
    def _readable(cls, columns: dict[str, Source]) -> dict[str, Source]:
        for name, source in columns.items():
            _check(_column(name), source)
        return columns

    @field_validator("session", mode="before")
    @classmethod
    def _session(cls, value: object) -> object:
        return _as_text(value)

    @field_validator("visits")
    @classmethod
    def _readable_visits(cls, visits: dict[str, dict[str, Source]]) -> dict[str, dict[str, Source]]:
        for columns in visits.values():
            cls._readable(columns)
        return visits

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        """Refuse visits in two ways, and a column both in the table and of a device."""
        if self.visits and (self.visit is not None or self.of_concepts):
            raise ValueError("visits are columns of a row a person: leave out visits, or visit")
        for name, device in self.devices.items():
            column = _column(name)
            if column.name not in RULED[device.rule]:
                raise ValueError(
                    f"the rule '{device.rule}' of '{name}' makes {_or(RULED[device.rule])}"
                )
            if name in self.columns:
                raise ValueError(f"'{name}' is both of the table and of a device: keep one")
            scale_of(device.unit, column)
        return self

    @property
    def of_concepts(self) -> bool:
        """Say whether this reads an OMOP folder."""
        return any(source.of_concepts for source in self.columns.values())

    def table_path(self) -> Path:
        """Return the table that this mapping names."""
        if self.table is None:
            raise SosieError(f"the mapping '{self.title}' names no table: give the table's path")
        return self.table.path()


def _column(name: str) -> Column:
    if name not in COLUMN:
        near = get_close_matches(name, COLUMN, n=3, cutoff=0)
        raise ValueError(f"'{name}' is no canonical column; near it: {', '.join(near)}")
    return COLUMN[name]


def _or(words: Iterable[str]) -> str:
    return " or ".join(f"'{word}'" for word in words)


def _check(column: Column, source: Source) -> None:
    """Refuse a unit or levels that do not fit the column."""
    _check_concepts(column, source)
    if column.levels:
        strange = [word for word in source.levels.values() if word not in column.levels]
        if strange:
            raise ValueError(
                f"'{strange[0]}' is no level of '{column.name}': use {_or(column.levels)}"
            )
        if source.unit is not None or source.units:
            raise ValueError(f"'{column.name}' has levels and takes no unit")
        return
    if source.levels:
        raise ValueError(f"'{column.name}' is a number and takes no levels")
    if source.units:
        for unit in source.units.values():
            scale_of(unit, column)
        return
    if source.unit is None and column.unit != "1":
        raise ValueError(f"'{column.name}' needs the unit of its source, e.g. {column.unit}")
    to_canonical(column, source)


def _check_concepts(column: Column, source: Source) -> None:
    """Refuse what only OMOP concepts have elsewhere, and concepts without it."""
    if not source.of_concepts:
        if source.units or source.absent is not None:
            raise ValueError(
                f"'{column.name}' is found by no OMOP concept and takes neither units nor absent"
            )
        return
    plain_names = [name for name in source.columns if not CONCEPT.fullmatch(name)]
    if plain_names:
        raise ValueError(
            f"'{plain_names[0]}' of '{column.name}' is no concept like 'measurement 3036277', "
            f"as the others are: use one kind"
        )
    if source.absent is not None and source.absent not in column.levels:
        raise ValueError(f"absent is '{source.absent}', which is no level of '{column.name}'")
    if not column.levels and (source.unit is not None or not source.units):
        raise ValueError(
            f"'{column.name}' needs units, which say what each unit_concept_id is, "
            f"e.g. {{8582: cm}}"
        )


def scale_of(text: str, column: Column) -> float:
    """Return in the canonical unit what one of ``text`` is: "cm", or "38.67 mg/dL"."""
    return _scale(text, column.unit, column.name)


@cache
def _scale(text: str, unit: str, name: str) -> float:
    try:
        return float(ureg.Quantity(text).to(unit).magnitude)
    except (pint.PintError, ValueError, AssertionError, AttributeError, TypeError) as error:
        raise ValueError(f"'{text}' of '{name}' is not in units of {unit}") from error


def to_canonical(column: Column, source: Source) -> float:
    """Return the number that turns a source value into the canonical unit."""
    try:
        return factor(source.unit or "1", column.unit)
    except (pint.PintError, ValueError, AssertionError, TypeError) as error:
        raise ValueError(
            f"'{source.unit}' of '{column.name}' is not in units of {column.unit}"
        ) from error


def load_mapping(name_or_path: str | Path) -> Mapping:
    """Read a shipped mapping by name ("nhanes") or anyone's by path."""
    path, content = _read(name_or_path)
    if isinstance(content, dict) and "extends" in content:
        content = _extend(path, content)
    try:
        return Mapping.model_validate(content)
    except ValidationError as error:
        raise SosieError(f"{path}: {_explain(error)}") from error


def _extend(path: Path, content: dict) -> dict:
    """Lay what a mapping says over the one it extends, column by column."""
    name = content["extends"]
    _, base = _read(str(name))
    own = content.get("columns", {})
    if not isinstance(base, dict) or "extends" in base:
        raise SosieError(f"{path}: extends: '{name}' extends another itself: name that one")
    columns = base.get("columns", {})
    if own:
        if not isinstance(own, dict) or not isinstance(columns, dict):
            raise SosieError(
                f"{path}: columns: those of '{name}' are not a list of names that others can be "
                f"added to: leave out extends, or columns"
            )
        columns = {**columns, **own}
    merged = {**base, **content, "columns": columns}
    del merged["extends"]
    return merged


def _read(name_or_path: str | Path) -> tuple[Path, object]:
    path = SHIPPED / f"{name_or_path}.yaml"
    if not path.exists():
        path = Path(name_or_path)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        known = ", ".join(sorted(item.stem for item in SHIPPED.glob("*.yaml")))
        raise SosieError(
            f"there is no mapping '{name_or_path}': give the path of a YAML file or one of: {known}"
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise SosieError(f"{path}: cannot be read as a mapping in YAML: {reason}") from error
    return path, content


WORDS = {
    "extra_forbidden": "this is not a key of a mapping: correct the spelling or remove it",
    "missing": "this is missing: add it",
    "model_type": "a mapping is a YAML file with keys such as title, id and columns",
}


def _explain(error: ValidationError) -> str:
    """Return what is wrong first, misspelt keys before those missed because of them."""
    first = min(error.errors(), key=lambda item: item["type"] != "extra_forbidden")
    place = ".".join(str(part) for part in first["loc"]) or "the file"
    words = WORDS.get(first["type"], first["msg"].removeprefix("Value error, "))
    return f"{place}: {words}"
