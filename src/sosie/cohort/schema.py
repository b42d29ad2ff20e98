"""The canonical columns: what sosie may know of a person, from genome to environment.

One row of ``COLUMNS`` is one thing, in the unit that people write in clinical tables. ``low`` and
``high`` refuse what is impossible in a living person; they say nothing of what is healthy. What no
simulation reads is measured or missing: it is never drawn.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from sosie.units import ureg

SCHEMA_VERSION = "2"

FLAG = ("no", "yes")
APOE = ("e2e2", "e2e3", "e2e4", "e3e3", "e3e4", "e4e4")
LONG_QT = ("none", "kcnq1", "kcnh2_haploinsufficient", "kcnh2_dominant_negative", "scn5a", "other")
REGIONS = (
    *("fr_auvergne_rhone_alpes", "fr_bourgogne_franche_comte", "fr_bretagne", "fr_corse"),
    *("fr_centre_val_de_loire", "fr_grand_est", "fr_hauts_de_france", "fr_ile_de_france"),
    *("fr_normandie", "fr_nouvelle_aquitaine", "fr_occitanie", "fr_pays_de_la_loire"),
    *("fr_provence_alpes_cote_d_azur", "fr_overseas"),
    *("uk_east", "uk_east_midlands", "uk_london", "uk_north_east", "uk_north_west"),
    *("uk_northern_ireland", "uk_scotland", "uk_south_east", "uk_south_west", "uk_wales"),
    *("uk_west_midlands", "uk_yorkshire"),
    *("us_midwest", "us_northeast", "us_south", "us_west"),
)
"""Regions of France (INSEE 2016), of the United Kingdom (ITL 1) and of the US census."""

Scale = Literal[
    "genome", "cell", "tissue", "organ", "body", "behaviour", "environment", "population"
]
SCALES: tuple[str, ...] = get_args(Scale)
"""The scales of a person, from the smallest to those that the person is one of."""

# Amounts of one substance, which only its molar mass or its custom turns into grams: tables write
# "mmol_cholesterol/L" and "us_drink/week" (14 g of alcohol).
ureg.define("mol_cholesterol = 386.65 * gram")
ureg.define("mol_creatinine = 113.12 * gram")
ureg.define("us_drink = 14 * gram")


@dataclass(frozen=True, slots=True)
class Column:
    """One canonical column: a number within bounds, or one of some levels."""

    name: str
    scale: Scale
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
    _levels("long_qt", "genome", *LONG_QT, long_name="class of long-QT variant"),
    _number("ikr_density", "cell", "1", 0, 5, long_name="density of I_Kr, 1 in the wild type"),
    _number("cv_fibre", "tissue", "m/s", 0.1, 2, long_name="conduction velocity along the fibre"),
    _number("cv_transverse", "tissue", "m/s", 0.02, 2, long_name="conduction velocity across it"),
    _number(
        "cv_endocardial",
        "tissue",
        "m/s",
        0.5,
        5,
        long_name="velocity of the fast fibres under the endocardium",
    ),
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
    *(
        _number(
            f"conductivity_{tissue}",
            "tissue",
            "S/m",
            low,
            high,
            long_name=f"electric conductivity of {words}",
        )
        for tissue, low, high, words in (
            ("white", 0.01, 3, "white matter"),
            ("grey", 0.01, 3, "grey matter"),
            ("csf", 0.1, 5, "cerebrospinal fluid"),
            ("skull", 0.0005, 0.5, "the skull"),
            ("scalp", 0.01, 3, "the scalp"),
        )
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
    _number("lv_esv", "organ", "mL", 2, 550, long_name="left-ventricular end-systolic volume"),
    _number(
        "lv_ejection_fraction", "organ", "%", 2, 95, long_name="left-ventricular ejection fraction"
    ),
    _number("pr_interval", "organ", "ms", 40, 600, long_name="electrocardiographic PR interval"),
    _number("qrs_duration", "organ", "ms", 30, 400, long_name="electrocardiographic QRS duration"),
    _number("qt_interval", "organ", "ms", 150, 900, long_name="electrocardiographic QT interval"),
    _number("icv", "organ", "mL", 500, 2500, long_name="intracranial volume"),
    _number("brain_volume", "organ", "mL", 300, 2300, long_name="volume of grey and white matter"),
    _number(
        "brain_fraction",
        "organ",
        "1",
        0.3,
        1,
        long_name="share of grey and white matter in the skull",
    ),
    _number(
        "brain_ventricle_volume",
        "organ",
        "mL",
        1,
        500,
        long_name="volume of the brain's lateral ventricles",
    ),
    _number(
        "skull_thickness",
        "organ",
        "mm",
        1,
        25,
        long_name="thickness of the skull, median of its vault",
    ),
    _number("atrophy_score", "organ", "1", 0, 100, long_name="atrophy of the brain, read from MRI"),
    _number(
        "white_matter_grade", "organ", "1", 0, 9, long_name="white-matter grade, read from MRI"
    ),
    _number(
        "white_matter_lesion_volume",
        "organ",
        "mL",
        0,
        500,
        long_name="volume of white-matter hyperintensities",
    ),
    _number("brain_infarcts", "organ", "1", 0, 100, long_name="number of infarcts in the brain"),
    _number(
        "brain_infarct_volume", "organ", "mL", 0, 1000, long_name="volume of infarcts in the brain"
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
    _number("ldl_cholesterol", "body", "mg/dL", 1, 1000, long_name="LDL cholesterol"),
    _number("hba1c", "body", "%", 2, 25, long_name="glycated haemoglobin"),
    _number("creatinine", "body", "mg/dL", 0.05, 40, long_name="creatinine in serum"),
    _number("albumin", "body", "g/dL", 0.3, 8, long_name="albumin in serum"),
    _number("platelets", "body", "1/nL", 1, 3000, long_name="platelets in blood"),
    _number(
        "ankle_arm_index", "body", "1", 0, 4, long_name="ratio of ankle to arm systolic pressure"
    ),
    _number("fev1", "body", "L", 0.1, 10, long_name="volume breathed out in one second"),
    _levels("diabetes", "body", *FLAG, long_name="told by a doctor to have diabetes"),
    _levels("heart_attack", "body", *FLAG, long_name="told to have had a heart attack"),
    _levels("heart_failure", "body", *FLAG, long_name="told to have heart failure"),
    _levels("hypertension", "body", *FLAG, long_name="told to have high blood pressure"),
    _levels("stroke", "body", *FLAG, long_name="told to have had a stroke"),
    _levels("memory_problems", "body", *FLAG, long_name="limited by confusion or poor memory"),
    _number("mmse", "body", "1", 0, 30, long_name="mini-mental state examination"),
    _number("dsst", "body", "1", 0, 135, long_name="digit symbols right in a test"),
    _levels(
        "dementia_rating",
        "body",
        "none",
        "very_mild",
        "mild",
        "moderate",
        "severe",
        long_name="clinical dementia rating",
    ),
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
    _number(
        "pack_years", "behaviour", "1", 0, 500, long_name="packs of cigarettes a day, times years"
    ),
    _number("cigarettes", "behaviour", "1/day", 0, 200, long_name="cigarettes smoked"),
    _number("sleep_hours", "behaviour", "hour", 0, 24, long_name="sleep on a working day"),
    _levels("vigorous_activity", "behaviour", *FLAG, long_name="vigorous work or recreation"),
    _levels("active_leisure", "behaviour", *FLAG, long_name="moderate or vigorous recreation"),
    _number(
        "activity_energy", "behaviour", "kcal/week", 0, 100000, long_name="energy spent in activity"
    ),
    _number("sedentary_time", "behaviour", "min/day", 0, 1440, long_name="time sitting"),
    _number("alcohol", "behaviour", "g/day", 0, 1500, long_name="alcohol drunk"),
    _number(
        "drinking_days",
        "behaviour",
        "day/year",
        0,
        366,
        long_name="days on which alcohol was drunk",
    ),
    _number("blood_lead", "environment", "ug/dL", 0, 300, long_name="lead in blood"),
    _number(
        "pm25", "environment", "ug/m^3", 0, 2000, long_name="fine particles in air, yearly mean"
    ),
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
    _number(
        "deprivation", "environment", "1", -15, 20, long_name="Townsend index, higher where poorer"
    ),
    _levels("region", "population", *REGIONS, long_name="region of residence or of the centre"),
    _number(
        "survey_weight",
        "population",
        "1",
        0,
        10000000,
        long_name="people of the population stood for",
    ),
    _number(
        "visit_delay",
        "population",
        "day",
        0,
        40000,
        long_name="time since the person's first visit",
    ),
    _number("follow_up", "population", "day", 0, 50000, long_name="time observed after the visit"),
    _levels("died", "population", *FLAG, long_name="died while observed"),
)
COLUMN: dict[str, Column] = {column.name: column for column in COLUMNS}

SMALLER: tuple[tuple[str, str], ...] = (
    ("dbp", "sbp"),
    ("cv_transverse", "cv_fibre"),
    ("cv_fibre", "cv_endocardial"),
    ("lv_esv", "lv_edv"),
    ("brain_volume", "icv"),
    ("brain_ventricle_volume", "icv"),
)
"""Pairs whose first is smaller than its second in every living person."""

CONDUCTIVITIES: tuple[str, ...] = tuple(
    column.name for column in COLUMNS if column.name.startswith("conductivity_")
)
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
