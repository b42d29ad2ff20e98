"""The layout of ``cohort.zarr``, defined once: names, dimensions, units, chunks.

    /            committed (attribute), study, versions, seeds
    /patients    record columns (patient), origin and source of each cell (patient, column)
    /heart       results (patient, ...), status and reason (patient), mesh topology
    /brain       likewise, with the years since seeding and the regions of its atlas

Beside an organ's results lie ``MARKS``, which tell whether they are what was written.

SI inside sosie; here the units people read. ``scale`` is the one conversion.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from sosie.units import factor

VERSION = 5
"""Raised with every change of the layout; a store of another version is refused."""
SHARD = 50
"""Patients to a shard: fixed, and written by one job. Batches may be of any size."""
CHUNK_PATIENTS, CHUNK_VERTICES = 10, 2500
"""Inner chunks: a population's percentile at some vertices and one patient both read fast."""
STATUS = ("pending", "done", "rejected", "failed")
DONE = STATUS.index("done")
ORIGIN = ("missing", "measured", "imputed", "sampled")
EVIDENCE = ("none", "measured", "published", "computed", "assumed")


@dataclass(frozen=True, slots=True)
class Variable:
    """One array of an organ's group."""

    name: str
    dims: tuple[str, ...]  # after patient
    si: str  # unit of the results
    unit: str  # unit of the store (CF)
    long_name: str
    dtype: Literal["float32", "float64"] = "float32"
    optional: bool = False  # may be NaN of a patient that is done, whose reason says why

    @property
    def scale(self) -> float:
        """What SI values are multiplied with."""
        return factor(self.si, self.unit)


BEAT = (
    ("lv_volume", ("phase",), "m^3", "mL", "left ventricular volume over the beat"),
    ("lv_pressure", ("phase",), "Pa", "mmHg", "left ventricular pressure over the beat"),
    ("aortic_pressure", ("phase",), "Pa", "mmHg", "pressure of the systemic arteries"),
    ("la_pressure", ("phase",), "Pa", "mmHg", "left atrial pressure over the beat"),
    ("lv_edv", (), "m^3", "mL", "end-diastolic volume of the beat"),
    ("lv_esv", (), "m^3", "mL", "end-systolic volume of the beat"),
    ("ejection_fraction", (), "1", "percent", "ejection fraction of the beat"),
    ("stroke_volume", (), "m^3", "mL", "stroke volume of the beat"),
    ("cardiac_output", (), "m^3/s", "L/min", "cardiac output"),
    ("systolic_pressure", (), "Pa", "mmHg", "systolic pressure of the beat"),
    ("diastolic_pressure", (), "Pa", "mmHg", "diastolic pressure of the beat"),
    ("lv_peak_pressure", (), "Pa", "mmHg", "highest left ventricular pressure"),
    ("filling_pressure", (), "Pa", "mmHg", "mean left atrial pressure"),
    ("dp_dt_max", (), "Pa/s", "mmHg/s", "fastest rise of left ventricular pressure"),
    ("dp_dt_min", (), "Pa/s", "mmHg/s", "fastest fall of left ventricular pressure"),
    ("stroke_work", (), "J", "J", "area of the pressure-volume loop"),
    ("global_longitudinal_strain", (), "1", "percent", "end-systolic longitudinal strain"),
    ("global_circumferential_strain", (), "1", "percent", "end-systolic circumferential strain"),
    ("global_radial_strain", (), "1", "percent", "end-systolic radial strain"),
    ("segment_longitudinal_strain", ("segment",), "1", "percent", "the same of each segment"),
    ("segment_circumferential_strain", ("segment",), "1", "percent", "the same of each segment"),
    ("segment_radial_strain", ("segment",), "1", "percent", "the same of each segment"),
    ("segment_fibre_strain", ("segment",), "1", "percent", "along the fibre, of each segment"),
    ("wall_thickening", (), "1", "percent", "end-systolic thickening of the wall"),
    ("mechanics_points", ("mechanics_vertex", "xyz"), "m", "mm", "as seen at end diastole"),
    ("displacement", ("instant", "mechanics_vertex", "xyz"), "m", "mm", "from mechanics_points"),
    ("fibre_strain", ("instant", "mechanics_vertex"), "1", "percent", "since end diastole"),
    ("contractility", (), "1", "1", "tension found over that of Land et al. (2017)"),
    ("stiffness", (), "Pa", "kPa", "stiffness of passive muscle found (Guccione's C)"),
    ("unloaded_volume", (), "m^3", "mL", "cavity volume without pressure"),
    ("systemic_resistance", (), "Pa*s/m^3", "mmHg*s/mL", "systemic resistance found"),
    ("arterial_compliance", (), "m^3/Pa", "mL/mmHg", "compliance of the arteries found"),
    ("ejection_fraction_error", (), "1", "percent", "ejection fraction minus the record's"),
    ("lv_edv_error", (), "m^3", "mL", "end-diastolic volume minus the record's"),
    ("lv_esv_error", (), "m^3", "mL", "end-systolic volume minus the record's"),
    ("systolic_pressure_error", (), "Pa", "mmHg", "systolic pressure minus the record's"),
    ("diastolic_pressure_error", (), "Pa", "mmHg", "diastolic pressure minus the record's"),
    ("periodicity_volume", (), "m^3", "mL", "largest change of a volume over the beat"),
    ("periodicity_pressure", (), "Pa", "mmHg", "largest change of a pressure over the beat"),
    ("beats", (), "1", "1", "beats of the wall that were simulated"),
    ("newton_iterations", (), "1", "1", "nonlinear iterations of the beats"),
    ("halved_steps", (), "1", "1", "steps that were halved"),
    ("volume_mismatch", (), "m^3", "mL", "largest difference of wall and circulation"),
)
"""Of the beat in the circulation; absent where hearts do not beat."""
HEART = (
    Variable("points", ("vertex", "xyz"), "m", "mm", "position: apexward, septal, inferior"),
    Variable("activation_time", ("vertex",), "s", "ms", "local activation time"),
    Variable("repolarisation_time", ("vertex",), "s", "ms", "local time of 90 % repolarisation"),
    Variable("apd90", ("vertex",), "s", "ms", "repolarisation minus activation time"),
    Variable("total_activation_time", (), "s", "ms", "last minus first activation"),
    Variable("ecg", ("lead", "time"), "V", "mV", "electrocardiogram", optional=True),
    Variable("qrs_duration", (), "s", "ms", "duration of the QRS complex", optional=True),
    Variable("qt", (), "s", "ms", "QT interval", optional=True),
    Variable("t_peak", (), "s", "ms", "from the QRS onset to the peak of T", optional=True),
    Variable("t_peak_end", (), "s", "ms", "from the peak to the end of T", optional=True),
    Variable("r_amplitude", ("lead",), "V", "mV", "R amplitude of each lead", optional=True),
    Variable("axis", (), "rad", "degree", "frontal QRS axis, downwards from left", optional=True),
    Variable("cavity_volume", (), "m^3", "mL", "left ventricular end-diastolic cavity volume"),
    Variable("cavity_volume_error", (), "m^3", "mL", "cavity volume met minus asked"),
    Variable("mass", (), "kg", "g", "left ventricular muscle mass"),
    Variable("wall_thickness", (), "m", "mm", "mean end-diastolic wall thickness"),
    Variable("det_min", (), "1", "1", "smallest over mean Jacobian determinant of the mesh"),
    Variable("mean_ratio_min", (), "1", "1", "worst mean-ratio quality of a cell (1 regular)"),
    Variable("iterations", (), "1", "1", "nonlinear iterations of the activation solve"),
    *(Variable(*row, optional=True) for row in BEAT),
)
HEAD = (
    ("electrode_points", ("electrode", "xyz"), "m", "mm", "position on the scalp"),
    ("source_points", ("source", "xyz"), "m", "mm", "position of the dipole"),
    ("source_normals", ("source", "xyz"), "1", "1", "direction of the dipole, out of the cortex"),
    (
        "lead_field",
        ("electrode", "source"),
        "V/(A*m)",
        "uV/(nA*m)",
        "potential of a dipole along its normal, average reference",
    ),
    ("stimulation_field", ("source", "xyz"), "V/m", "V/m", "field of the study's montage"),
    ("field_peak", (), "V/m", "V/m", "99.9th percentile of the field in grey matter"),
    ("field_mean", (), "V/m", "V/m", "mean field in grey matter"),
    ("field_focality", (), "m^3", "mL", "grey matter that has at least half the peak field"),
    ("field_at_target", (), "V/m", "V/m", "mean field in the study's target"),
    ("dose", (), "A", "mA", "current that would give the target the field that is wanted"),
    (
        "eeg_power",
        ("shape_year", "electrode", "frequency"),
        "1/Hz",
        "1/Hz",
        "power of the EEG over that of the first year, mean electrode",
    ),
    ("alpha_peak", ("shape_year",), "Hz", "Hz", "frequency of the EEG's most power, 3 to 13 Hz"),
    ("theta_alpha_ratio", ("shape_year",), "1", "1", "power of 4 to 8 Hz over that of 8 to 13 Hz"),
)
"""Of the head round the brain; absent where it cannot be built."""
BRAIN = (
    Variable("points", ("vertex", "xyz"), "m", "mm", "position: rightward, anterior, superior"),
    Variable("tau", ("year", "vertex"), "1", "1", "misfolded tau over that of a full brain"),
    Variable("regional_tau", ("year", "region"), "1", "1", "mean misfolded tau of a region"),
    Variable("tau_now", ("region",), "1", "1", "mean misfolded tau at the patient's age"),
    Variable("years_since_onset", (), "s", "year", "age minus age at amyloid positivity"),
    Variable("brain_volume", (), "m^3", "mL", "volume of grey and white matter"),
    Variable("ventricular_volume", (), "m^3", "mL", "volume of the brain's ventricles"),
    Variable("brain_fraction", (), "1", "1", "brain volume over intracranial volume"),
    Variable("det_min", (), "1", "1", "smallest over mean Jacobian determinant of the mesh"),
    Variable("dihedral_min", (), "rad", "degree", "smallest dihedral angle of the mesh"),
    Variable("iterations", (), "1", "1", "linear iterations over all steps"),
    *(
        Variable(name, ("shape_year", *more), si, unit, meaning, optional=True)
        for name, more, si, unit, meaning in (
            ("displacement", ("vertex", "xyz"), "m", "mm", "from `points`, by atrophy"),
            ("brain_volume_course", (), "m^3", "mL", "grey and white matter"),
            ("grey_volume_course", (), "m^3", "mL", "grey matter"),
            ("hippocampal_volume_course", (), "m^3", "mL", "both hippocampi"),
            ("ventricular_volume_course", (), "m^3", "mL", "ventricles"),
        )
    ),
    *(Variable(*row, optional=True) for row in HEAD),
)
ORGANS = {"heart": HEART, "brain": BRAIN}


def fields(organ: str) -> list[Variable]:
    """Return what has a value at every vertex of an organ's mesh, its position apart."""
    return [v for v in ORGANS[organ] if "vertex" in v.dims and "xyz" not in v.dims]


def optional(organ: str) -> set[str]:
    """Return the names of what may be NaN of a patient that is done."""
    return {v.name for v in ORGANS[organ] if v.optional}


MARKS = ("key", "checksum")
"""Arrays (patient,) of every organ, 0 where a patient is not done: what its results are of, and the
checksum of its values. Read by the checks; not shown to who opens the store."""
COMPARED = {organ: ("status", *(v.name for v in variables)) for organ, variables in ORGANS.items()}
"""What two stores are compared by: no timings, attempts or digests."""

Arrays = dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, object]]]
"""Arrays that all patients share: name -> (dims, values, attributes)."""


def words(names: Sequence[str]) -> np.ndarray:
    """Return names as a store keeps them."""
    return np.array(names, dtype=np.dtypes.StringDType())


class Mesh(Protocol):
    """What the store needs to know of any organ's template."""

    cells: np.ndarray
    facets: np.ndarray
    facet_tags: np.ndarray


class Ventricle(Mesh, Protocol):
    """A template with ventricular coordinates."""

    n_vertices: int
    nodes: np.ndarray


class Tissues(Mesh, Protocol):
    """A template with tissues and the regions of an atlas."""

    points: np.ndarray
    tissue: np.ndarray
    region: np.ndarray
    regions: tuple[str, ...]


def _mesh(template: Mesh, parts: str) -> Arrays:
    """Return the topology; ``parts`` are the meanings of the facets' tags, from 1 on."""
    tags = {
        "long_name": "part of the boundary",
        "flag_values": list(range(1, len(parts.split()) + 1)),
        "flag_meanings": parts,
    }
    return {
        "cells": (
            ("cell", "corner"),
            template.cells[:, :4].astype("int32"),
            {"long_name": "vertices of each tetrahedron"},
        ),
        "facets": (
            ("facet", "side"),
            template.facets.astype("int32"),
            {"long_name": "vertices of each boundary triangle, outward normal"},
        ),
        "facet_tag": (("facet",), template.facet_tags.astype("int8"), tags),
    }


def heart_arrays(template: Ventricle, axes: Arrays) -> Arrays:
    """Return what all hearts share: the mesh, its ventricular coordinates, and further axes."""
    t, s, theta = template.nodes[: template.n_vertices].T
    turn = "0 mid-septum, towards the inferior wall"
    coordinates: Arrays = {
        "transmural": (("vertex",), t, {"long_name": "0 endocardium, 1 epicardium", "units": "1"}),
        "apicobasal": (("vertex",), s, {"long_name": "0 apex, 1 base", "units": "1"}),
        "rotational": (("vertex",), theta, {"long_name": turn, "units": "radian"}),
    }
    return _mesh(template, "endocardium epicardium base") | coordinates | axes


def brain_arrays(
    template: Tissues, years: Sequence[float], shapes: Sequence[float], axes: Arrays
) -> Arrays:
    """Return what all brains share: the mesh, its tissues and regions, the years, further axes."""
    since = {"long_name": "years since seeding", "units": "year"}
    tissue = {
        "long_name": "tissue",
        "flag_values": [1, 2],
        "flag_meanings": "grey_matter white_matter",
    }
    names = words(["grey_matter", *template.regions[1:]])
    return _mesh(template, "pial ventricles") | {
        "tissue": (("cell",), template.tissue.astype("int8"), tissue),
        "cell_region": (
            ("cell",),
            template.region.astype("int16"),
            {"long_name": "place of the cell's region in `region`; 0 is none"},
        ),
        "year": (("year",), np.array(years), since),
        "shape_year": (("shape_year",), np.array(shapes), since),
        "region": (("region",), names, {"long_name": "all grey matter, and regions of the atlas"}),
        "mni": (
            ("vertex", "xyz"),
            1e3 * template.points,
            {"long_name": "position in the template, MNI152 2009a", "units": "mm"},
        ),
        **axes,
    }
