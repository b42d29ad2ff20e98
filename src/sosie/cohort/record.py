"""One person's canonical record: every cell with its value, unit, origin and source.

A measured cell is never changed. What heart and brain need and the table lacks is imputed (body
values a clinic would have measured) or sampled (genotype, organs and their tissue), from streams
that belong to the person alone: the record is a function of row, mapping, priors and seed. What was
seen at other visits than the one that simulates is kept beside it; nothing is drawn for those.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache, partial

from sosie.cohort.amyloid import draw_onset
from sosie.cohort.body import VARIABLES, impute_body, impute_heart_attack
from sosie.cohort.brain import VOLUMES, draw_volumes
from sosie.cohort.cell import Cell, Origin, Visit
from sosie.cohort.draw import Stream, generator, truncated_normal
from sosie.cohort.genome import alleles_of, draw_apoe
from sosie.cohort.mapping import Mapping
from sosie.cohort.priors import COUNTED, Evidence, Priors, together
from sosie.cohort.schema import COLUMN, COLUMNS, CONDUCTIVITIES
from sosie.cohort.table import Row, source_of
from sosie.cohort.ventricle import (
    EDVI,
    WALL,
    distribution,
    draw_ejection_fraction,
    draw_mass,
    draw_scores,
    draw_volume,
    evidence,
    group_of,
    standardised,
)
from sosie.units import ureg

RECORD_VERSION = "3"
"""Raised whenever the same row, mapping, priors and seed give another record."""

ADULT = 18.0
"""Age [year] from which the priors, which are of adults, hold."""


@dataclass(frozen=True, slots=True)
class Record:
    """A person; ``rejected`` says why the person cannot be simulated, if so."""

    id: str
    cells: dict[str, Cell]
    rejected: str | None = None
    visits: tuple[Visit, ...] = ()

    def si(self, name: str) -> float:
        """Return a number in SI base units."""
        cell = self.cells[name]
        return cell.value * _to_si(cell.unit)

    def to_json(self) -> dict[str, object]:
        """Return what JSON can hold; who was seen once has no visits there."""
        content = asdict(self) | {"visits": [asdict(visit) for visit in self.visits]}
        if not self.visits:
            del content["visits"]
        return content

    @classmethod
    def from_json(cls, content: dict) -> "Record":
        """Return the record that ``to_json`` wrote, the same to the last bit."""
        visits = [Visit(item["name"], _cells(item)) for item in content.get("visits", ())]
        return cls(content["id"], _cells(content), content["rejected"], tuple(visits))


def _cells(content: dict) -> dict[str, Cell]:
    return {name: Cell(**cell) for name, cell in content["cells"].items()}


@cache
def _to_si(unit: str) -> float:
    return float(ureg.Quantity(1.0, unit).to_base_units().magnitude)


def build_record(row: Row, mapping: Mapping, priors: Priors, seed: int) -> Record:
    """Return the record of one row of a table."""
    cells = {
        name: row.told.get(name) or _measured(name, value, mapping)
        for name, value in row.cells.items()
    }
    rejected = _unusable(row)
    if rejected is None:
        cells = complete(cells, priors, partial(generator, seed, row.id))
    return Record(row.id, _ordered(cells), rejected, row.visits)


def complete(
    known: dict[str, Cell], priors: Priors, stream: Callable[[str], Stream]
) -> dict[str, Cell]:
    """Return the cells of an adult of known age and sex, the absent ones drawn given the others.

    ``stream`` gives the person's numbers for a quantity.
    """
    return _ordered(known | _Filling(known, priors, stream).fill())


def _ordered(cells: dict[str, Cell]) -> dict[str, Cell]:
    return {column.name: cells[column.name] for column in COLUMNS if column.name in cells}


def _measured(name: str, value: float | str, mapping: Mapping) -> Cell:
    device = mapping.devices.get(name)
    if device is not None:
        source = f"{mapping.title}: {device.file}, {device.value}, by the rule '{device.rule}'"
    else:
        source = source_of(mapping.title, mapping.columns[name])
    return Cell(value, COLUMN[name].unit, "measured", source, None)


def _unusable(row: Row) -> str | None:
    for name in ("age", "sex"):
        if name not in row.cells:
            return f"{name} is missing: nothing can be drawn without it"
    if row.cells["age"] < ADULT:
        return f"age is {row.cells['age']:g} year: the priors are of adults of {ADULT:g} and more"
    return None


class _Filling:
    """The values of one person as they are completed, in the order of their dependence."""

    def __init__(
        self, known: dict[str, Cell], priors: Priors, stream: Callable[[str], Stream]
    ) -> None:
        self.priors, self._stream = priors, stream
        self.values: dict[str, float | str] = {name: cell.value for name, cell in known.items()}
        self.new: dict[str, Cell] = {}

    def fill(self) -> dict[str, Cell]:
        """Return the cells that the row lacks."""
        self._body()
        self._ventricle()
        self._velocities()
        self._brain()
        self._tau()
        self._head()
        return self.new

    def _add(self, name: str, value: float | str, origin: Origin, parts: list[Evidence]) -> None:
        self.values[name] = value
        self.new[name] = Cell(value, COLUMN[name].unit, origin, *together(parts))

    def _body(self) -> None:
        age, sex = self.values["age"], self.values["sex"]
        known = {name: self.values[name] for name in VARIABLES if name in self.values}
        for name, value in impute_body(known, self._stream("body"), age=age, sex=sex).items():
            self._add(name, value, "imputed", [self.priors.body.evidence])
        if "heart_attack" not in self.values:
            word = impute_heart_attack(self._stream("heart_attack"), age=age, sex=sex)
            self._add("heart_attack", word, "imputed", [self.priors.heart_attack.evidence])

    def _ventricle(self) -> None:
        values, group = self.values, group_of(self.values["heart_attack"])
        person = {name: values[name] for name in ("sex", "height", "weight", "sbp")}
        median, sigma = distribution(self.priors.lv_edv, EDVI, **person, group=group)
        if "lv_edv" not in values:
            volume = draw_volume(self._stream("lv_edv"), median, sigma, group=group)
            self._sampled("lv_edv", volume, group)
        z = standardised(values["lv_edv"], median, sigma, group=group)
        if "lv_mass" not in values:
            median, sigma = distribution(self.priors.lv_mass, WALL, **person, group=group)
            stream = self._stream("lv_mass")
            mass = draw_mass(stream, median, sigma, z_volume=z, group=group)
            self._sampled("lv_mass", mass, group)
        self._ejection(infarct=group == "infarct")
        scores = draw_scores(self._stream("lv_scores"), values, z_volume=z, group=group)
        for name, value in scores.items():
            self._sampled(name, value, group)

    def _ejection(self, *, infarct: bool) -> None:
        """Draw the ejection fraction where neither it nor the volume it leaves is known."""
        if "lv_esv" in self.values:
            return
        name = "lv_ejection_fraction"
        normal, word = self.priors.lv_ejection_fraction.of(self.values["sex"], infarct=infarct)
        if name not in self.values:
            value = draw_ejection_fraction(self._stream(name), normal)
            infarct_word = [self.priors.infarct.evidence] if infarct else []
            self._add(name, value, "sampled", [word, *infarct_word])
            left = self.values["lv_edv"] * (1 - value / 100)
            self._add("lv_esv", left, "sampled", [word, *infarct_word])

    def _sampled(self, name: str, value: float, group: str) -> None:
        self._add(name, value, "sampled", evidence(self.priors, name, group=group))

    def _velocities(self) -> None:
        priors = {"cv_fibre": self.priors.cv_fibre, "cv_transverse": self.priors.cv_transverse}
        known = [name for name in priors if name in self.values]
        # ASSUME: where one velocity is measured, the other's prior scales with it: the fibre stays
        # the faster direction.
        scale = self.values[known[0]] / priors[known[0]].mean if len(known) == 1 else 1.0
        for name, prior in priors.items():
            if name not in known:
                value = scale * truncated_normal(
                    self._stream(name), prior.mean, prior.sd, low=prior.low, high=prior.high
                )
                self._add(name, value, "sampled", [prior.evidence])

    def _brain(self) -> None:
        self._brain_of_fraction()
        known = {name: self.values[name] for name in VOLUMES if name in self.values}
        link = self.priors.brain_with_ventricle
        drawn = draw_volumes(
            known,
            self._stream,
            age=self.values["age"],
            sex=self.values["sex"],
            brain_with_ventricle=link.value,
        )
        for name, value in drawn.items():
            parts = [getattr(self.priors, name).evidence]
            # Of the two, the one that is drawn after the other rests on their correlation.
            if name == "brain_ventricle_volume" or (
                name == "brain_volume" and "brain_ventricle_volume" in known
            ):
                parts.append(link.evidence)
            self._add(name, value, "sampled", parts)

    def _brain_of_fraction(self) -> None:
        """Multiply out a brain that was measured as a share of the measured skull."""
        parts = [self.values.get(name) for name in ("brain_fraction", "icv")]
        if "brain_volume" not in self.values and None not in parts:
            volume = parts[0] * parts[1]
            source = "product of the measured brain_fraction and icv"
            self.values["brain_volume"] = volume
            self.new["brain_volume"] = Cell(volume, "mL", "measured", source, None)

    def _tau(self) -> None:
        """Draw genotype, amyloid onset, from which tau is seeded, and how tau then grows."""
        priors, ethnicity = self.priors, self.values.get("ethnicity")
        if "apoe" not in self.values:
            genotype = draw_apoe(self._stream("apoe"), alleles_of(priors.apoe, ethnicity))
            reference = [] if ethnicity in COUNTED else [priors.apoe_reference.evidence]
            self._add("apoe", genotype, "sampled", [priors.apoe.evidence, *reference])
        if "amyloid_onset_age" not in self.values:
            prior = priors.amyloid_onset_age
            onset = draw_onset(self._stream("amyloid_onset_age"), prior, apoe=self.values["apoe"])
            self._add("amyloid_onset_age", onset, "sampled", [prior.evidence, prior.slope.evidence])
        for name in ("tau_growth_rate", "tau_capacity", "tau_diffusivity"):
            self._normal(name)

    def _normal(self, name: str) -> None:
        """Draw a number of its truncated normal prior, where it is not known."""
        if name not in self.values:
            prior = getattr(self.priors, name)
            value = truncated_normal(
                self._stream(name), prior.mean, prior.sd, low=prior.low, high=prior.high
            )
            self._add(name, value, "sampled", [prior.evidence])

    def _head(self) -> None:
        """Draw the skull and how well tissues conduct."""
        self._normal("skull_thickness")
        for name in CONDUCTIVITIES:
            if name not in self.values:
                prior = getattr(self.priors, name)
                value = float(prior.at(self._stream(name).uniform(0.0, 1.0)))
                self._add(name, value, "sampled", [prior.evidence])
