"""The canonical columns: what sosie may know of a person, from genome to environment.

One row of ``COLUMNS`` is one thing, in the unit that people write in clinical tables. ``low`` and
``high`` refuse what is impossible in a living person; they say nothing of what is healthy.
"""

from dataclasses import dataclass
from typing import Literal

SCHEMA_VERSION = "1"

FLAG = ("no", "yes")
APOE = ("e2e2", "e2e3", "e2e4", "e3e3", "e3e4", "e4e4")


@dataclass(frozen=True, slots=True)
class Column:
    """One canonical column: a number within bounds, or one of some levels."""

    name: str
    scale: Literal["genome", "tissue", "organ", "body", "behaviour", "environment"]
    long_name: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    levels: tuple[str, ...] = ()

    @property
    def kind(self) -> Literal["number", "category", "flag"]:
        """Return what its cells hold."""
        if not self.levels:
            return "number"
        return "flag" if self.levels == FLAG else "category"


def _number(name: str, scale: str, unit: str, low: float, high: float, *, long_name: str) -> Column:
    return Column(name, scale, long_name, unit=unit, low=low, high=high)  # type: ignore[arg-type]


def _levels(name: str, scale: str, *levels: str, long_name: str) -> Column:
    return Column(name, scale, long_name, levels=levels)  # type: ignore[arg-type]


COLUMNS: tuple[Column, ...] = (
    _levels("apoe", "genome", *APOE, long_name="genotype of apolipoprotein E"),
    _number("cv_fibre", "tissue", "m/s", 0.1, 2, long_name="conduction velocity along the fibre"),
    _number("cv_transverse", "tissue", "m/s", 0.02, 2, long_name="conduction velocity across it"),
    _number("tau_growth_rate", "tissue", "1/year", -1, 2, long_name="logistic growth rate of tau"),
    _number("tau_capacity", "tissue", "1", 0.05, 5, long_name="carrying capacity of tau, mean 1"),
    _number(
        "tau_diffusivity",
        "tissue",
        "mm^2/year",
        0.1,
        500,
        long_name="diffusivity of tau, grey matter",
    ),
    _number("lv_edv", "organ", "mL", 20, 600, long_name="left-ventricular end-diastolic volume"),
    _number("lv_mass", "organ", "g", 20, 600, long_name="left-ventricular mass"),
    _number(
        "lv_wall_thickness", "organ", "mm", 2, 40, long_name="mean end-diastolic wall thickness"
    ),
    *(
        _number(
            f"lv_score_{mode}",
            "organ",
            "1",
            -600,
            600,
            long_name=f"cardiac atlas mode {mode}, from the asymptomatic mean",
        )
        for mode in range(1, 7)
    ),
    _number("icv", "organ", "mL", 500, 2500, long_name="intracranial volume"),
    _number("brain_volume", "organ", "mL", 300, 2300, long_name="volume of grey and white matter"),
    _number(
        "brain_ventricle_volume",
        "organ",
        "mL",
        1,
        500,
        long_name="volume of the brain's lateral ventricles",
    ),
    _number(
        "amyloid_onset_age",
        "organ",
        "year",
        0,
        1000,
        long_name="age at which amyloid turns positive",
    ),
    _number("age", "body", "year", 0, 120, long_name="age"),
    _levels("sex", "body", "female", "male", long_name="sex"),
    _levels(
        "ethnicity",
        "body",
        "asian",
        "black",
        "hispanic",
        "white",
        "other",
        long_name="self-reported ethnicity",
    ),
    _number("height", "body", "cm", 30, 260, long_name="standing height"),
    _number("weight", "body", "kg", 1, 500, long_name="weight"),
    _number("sbp", "body", "mmHg", 40, 320, long_name="systolic blood pressure"),
    _number("dbp", "body", "mmHg", 1, 220, long_name="diastolic blood pressure"),
    _number("heart_rate", "body", "1/min", 20, 250, long_name="resting heart rate"),
    _number("total_cholesterol", "body", "mg/dL", 20, 1500, long_name="total cholesterol"),
    _number("hdl_cholesterol", "body", "mg/dL", 2, 300, long_name="HDL cholesterol"),
    _number("hba1c", "body", "%", 2, 25, long_name="glycated haemoglobin"),
    _levels("diabetes", "body", *FLAG, long_name="told by a doctor to have diabetes"),
    _levels("heart_attack", "body", *FLAG, long_name="told to have had a heart attack"),
    _levels("stroke", "body", *FLAG, long_name="told to have had a stroke"),
    _levels("memory_problems", "body", *FLAG, long_name="limited by confusion or poor memory"),
    _levels(
        "low_mood",
        "body",
        "never",
        "several_days",
        "most_days",
        "daily",
        long_name="felt down, depressed or hopeless in the last two weeks",
    ),
    _levels(
        "general_health",
        "body",
        "excellent",
        "very_good",
        "good",
        "fair",
        "poor",
        long_name="self-rated health",
    ),
    _levels("smoking", "behaviour", "never", "former", "current", long_name="smoking"),
    _number("sleep_hours", "behaviour", "hour", 0, 24, long_name="sleep on a working day"),
    _levels("vigorous_activity", "behaviour", *FLAG, long_name="vigorous work or recreation"),
    _number("sedentary_time", "behaviour", "min/day", 0, 1440, long_name="time sitting"),
    _number("alcohol", "behaviour", "g/day", 0, 1500, long_name="alcohol drunk"),
    _number("blood_lead", "environment", "ug/dL", 0, 300, long_name="lead in blood"),
    _levels(
        "education",
        "environment",
        "primary",
        "lower_secondary",
        "upper_secondary",
        "post_secondary",
        "tertiary",
        long_name="highest schooling, in ISCED-like groups",
    ),
    _number(
        "income_ratio", "environment", "1", 0, 100, long_name="family income over poverty line"
    ),
)
COLUMN: dict[str, Column] = {column.name: column for column in COLUMNS}

SMALLER: tuple[tuple[str, str], ...] = (
    ("dbp", "sbp"),
    ("cv_transverse", "cv_fibre"),
    ("brain_volume", "icv"),
    ("brain_ventricle_volume", "icv"),
)
"""Pairs whose first is smaller than its second in every living person."""

SCORES: tuple[str, ...] = tuple(f"lv_score_{mode}" for mode in range(1, 7))


def column_table() -> str:
    """Return the columns as the Markdown table of the documentation."""
    rows = [
        "| column | scale | unit or levels | refused outside | meaning |",
        "|---|---|---|---|---|",
    ]
    for c in COLUMNS:
        what = ", ".join(c.levels) if c.levels else c.unit
        bounds = "" if c.levels else f"{c.low:g} to {c.high:g}"
        rows.append(f"| `{c.name}` | {c.scale} | {what} | {bounds} | {c.long_name} |")
    return "\n".join(rows) + "\n"
