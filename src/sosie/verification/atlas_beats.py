r"""Beat hearts of the Cardiac Atlas, and judge them by what was seen of these people.

    python -m sosie.verification.atlas_beats FOLDER [ROWS [KIND]]

FOLDER   holds the atlas's clinical index and shape scores (`geometry.fit_atlas`); evenly spaced
         people of either group of it, asymptomatic and infarct, are beaten twice
ROWS     a line a person and fit, results/atlas_beats.jsonl by default: what is there is not done
         again

blind    one beat of CONTRACTILITY, the same for all, in a circulation fitted to an ejection
         fraction of ASSUMED whatever the record's: the record's is what the beat is judged by
fitted   the quick fit to the record's ejection fraction; judged by what was held out, the shape at
         end systole and the shortening of the heart's axis

The heart is the atlas's of the person's six scores, drawn to size: end-diastolic volume is the
record's index times AREA. Its end-systolic shape, drawn like it, is laid over the simulated one by
the best turn and shift; distances are of vertices of endocardium and epicardium, weighted by area,
to that surface. Shortening is of the distance from the epicardial apex to the middle of the
epicardial rim, which is what the atlas's "LS" is of (r = 0.98 over 230 rebuilt hearts).

The scores describe both shapes at once, and one of them is ejection fraction's: the end-diastolic
shape of six scores is not quite blind to the rest. ``thickness`` says what the wall alone tells: r
of the record's ejection fraction with muscle volume over cavity volume.

# ASSUME: muscle is the same everywhere, infarct or not: the atlas does not say where a scar is.
"""

import csv
import json
import logging
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from mpi4py import MPI

import numpy as np
from scipy.spatial import cKDTree

from sosie.cohort.cell import Cell
from sosie.cohort.record import Record
from sosie.errors import PatientError
from sosie.geometry import quality
from sosie.geometry.template import Template
from sosie.geometry.ventricle import (
    DENSITY,
    Anatomy,
    Ventricle,
    cavity_volume,
    from_scores,
    muscle_volume,
    personalise,
)
from sosie.heart.beat.parameters import INSTANTS, Mechanics
from sosie.heart.beat.simulate import Beating
from sosie.heart.parameters import HeartParameters, Mesh
from sosie.heart.simulate import Heart
from sosie.typing import Array
from sosie.verification.hearts import shared

LOG = logging.getLogger(__name__)
ROWS = Path("results/atlas_beats.jsonl")
PEOPLE = {"ASYMP": 75, "MI": 25}
"""Of either group."""
CONTRACTILITY = 2.4
"""Times the published tension: median of the demo study's sixteen fitted adults."""
ASSUMED = 0.60
"""Ejection fraction of the blind beats' circulation: UK Biobank's mean, both sexes; Petersen et al.
(2017), doi:10.1186/s12968-017-0327-9."""
AREA = 1.91
"""[m^2] of body surface: rebuilt asymptomatic hearts hold that many times their indexed volume."""
ACTIVATED = Mesh(layers=3, rings=18, around=30)
"""Twice as coarse as a study's: activation times are 0.4 ms later in the mean, at an eighth of the
cost. Where its cells are inverted, the study's is taken."""
CIRCULATION = {"sbp": (120.0, "mmHg"), "dbp": (76.0, "mmHg"), "heart_rate": (70.0, "1/min")}
"""ASSUME: the atlas's tables have neither pressure nor rate; these are an adult's at rest."""
VELOCITIES = {"cv_fibre": (0.6, "m/s"), "cv_transverse": (0.3, "m/s")}
"""Means of the priors."""
MOST_TURNS = 50
"""Of iterations in which surfaces are laid over each other."""
GRID = (200, 360)
"""Points of a surface from apex to base and around: half a millimetre apart at most."""
SURFACES = {"endocardium": 0.0, "epicardium": 1.0}
KINDS = ("blind", "fitted")
Row = dict[str, float | str]


@dataclass(frozen=True)
class Person:
    """Who is in the atlas."""

    id: str
    group: str
    index: float  # end-diastolic volume over body surface [mL/m^2]
    ejection_fraction: float
    shortening: float  # of the axis, share
    scores: Array  # (6,) centred


def people(folder: Path) -> list[Person]:
    """Return those who are beaten, evenly spaced over each group of the atlas's table."""
    with (folder / "cap_lv_clinical_index.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    scores = np.loadtxt(folder / "cap_ortho_scores_nlatent10.csv", delimiter=",")
    group = np.array([row["Group"] for row in rows])
    scores -= scores[group == "ASYMP"].mean(axis=0)
    out = []
    for name, n in PEOPLE.items():
        members = np.flatnonzero(group == name)
        for i in members[np.linspace(0, len(members) - 1, n).astype(int)]:
            known = [float(rows[i][key]) for key in ("EDVI", "EF", "LS")]
            out.append(
                Person(f"{name}-{i}", name, known[0], known[1] / 100, known[2] / 100, scores[i])
            )
    return out


def record_of(person: Person, ejection_fraction: float) -> Record:
    """Return the record of who has this ejection fraction, whatever the person's own."""
    volume = person.index * AREA
    known = {
        "lv_edv": (volume, "mL"),
        "lv_esv": (volume * (1 - ejection_fraction), "mL"),
        **CIRCULATION,
        **VELOCITIES,
    }
    source = "Cardiac Atlas Project and sosie.verification.atlas_beats"
    cells = {
        name: Cell(value, unit, "measured", source, None) for name, (value, unit) in known.items()
    }
    return Record(person.id, cells)


def drawn(person: Person, template: Template) -> tuple[Anatomy, Ventricle]:
    """Return the person's heart at end diastole, and its shape at end systole."""
    volume = person.index * AREA * 1e-6
    points = from_scores(person.scores).at(template.nodes)
    scale = volume / cavity_volume(template, points)
    mass = scale * DENSITY * muscle_volume(template, points)
    anatomy = personalise(template, person.scores, volume=volume, mass=mass)
    contracted = from_scores(person.scores, phase="es")
    return anatomy, replace(contracted, focal=contracted.focal * scale ** (1 / 3))


class Atlas:
    """Beats of the atlas's people on the meshes of a study."""

    def __init__(self, comm: MPI.Comm) -> None:
        """Compile."""
        usual = HeartParameters()
        electric = replace(usual, mechanics=Mechanics(enabled=False))
        self.fine = Heart(comm, electric)
        self.heart = Heart(comm, replace(electric, mesh=ACTIVATED))
        self.same = shared(self.heart.template, self.fine.template)
        self.beating = Beating(
            comm,
            usual.mechanics,
            usual.fibres,
            activated=self.heart.template,
            model=usual.electrophysiology.model,
        )
        self.template = self.beating.ventricle.template

    def row(self, person: Person, kind: str) -> Row:
        """Return what is known of a person and what the beats of a kind come to (collective)."""
        row: Row = {
            "id": person.id,
            "kind": kind,
            "group": person.group,
            "ejection_fraction": person.ejection_fraction,
            "shortening": person.shortening,
        }
        share = ASSUMED if kind == "blind" else person.ejection_fraction
        record = record_of(person, share)
        try:
            anatomy, contracted = drawn(person, self.fine.template)
            quality.check(self.fine.template, anatomy.points)
            row["thickness"] = anatomy.muscle_volume / anatomy.cavity_volume
            patient = record, anatomy.ventricle, self._activation(person, record)
            if kind == "blind":
                found, _, _ = self.beating.once(*patient, contractility=CONTRACTILITY)
                return row | {"found": found.ejection_fraction}
            return row | self._fitted(self.beating.simulate(*patient), contracted)
        except PatientError as error:
            return row | {"failed": str(error)}

    def _activation(self, person: Person, record: Record) -> Array:
        try:
            anatomy, _ = drawn(person, self.heart.template)
            quality.check(self.heart.template, anatomy.points)
            return self.heart.activate(record, anatomy)[0]
        except PatientError:
            anatomy, _ = drawn(person, self.fine.template)
            return self.fine.activate(record, anatomy)[0][self.same]

    def _fitted(self, found: dict[str, Array], contracted: Ventricle) -> Row:
        seen = found["mechanics_points"]
        moved = {
            name: seen + found["displacement"][INSTANTS.index(name)]
            for name in ("end_diastole", "end_systole")
        }
        row: Row = {
            name: float(found[name])
            for name in (
                "ejection_fraction_error",
                "contractility",
                "stiffness",
                "global_longitudinal_strain",
                "global_circumferential_strain",
                "halved_steps",
            )
        }
        before, after = (axis(self.template, x) for x in moved.values())
        row["fitted_shortening"] = 1 - after / before
        smallest = cavity_volume(self.template, contracted.at(self.template.nodes))
        mean = from_scores(np.zeros(6), phase="es")
        share = smallest / cavity_volume(self.template, mean.at(self.template.nodes))
        mean = replace(mean, focal=mean.focal * share ** (1 / 3))
        others = {
            "apart": moved["end_systole"],
            "unmoved_apart": seen,
            "mean_apart": mean.at(self.template.nodes[: self.template.n_vertices]),
        }
        for name, x in others.items():
            for surface, distance in apart(self.template, x, contracted).items():
                row[f"{name}_{surface}"] = 1e3 * distance
        return row


def axis(template: Template, points: Array) -> float:
    """Return the distance [m] from epicardial apex to the middle of the epicardial rim."""
    t, s, _ = template.nodes[: template.n_vertices].T
    rim, apex = points[(t == 1) & (s == 1)], points[(t == 1) & (s == 0)]
    return float(np.linalg.norm(rim.mean(axis=0) - apex.mean(axis=0)))


def apart(template: Template, points: Array, shape: Ventricle) -> dict[str, float]:
    """Return mean distances [m] of vertices to the surfaces of ``shape``, as they fit best."""
    s, theta = np.meshgrid(
        np.linspace(0, 1, GRID[0]), np.linspace(0, 2 * np.pi, GRID[1], endpoint=False)
    )
    grid = {
        name: shape.at(np.stack([np.full_like(s, t), s, theta], axis=-1)).reshape(-1, 3)
        for name, t in SURFACES.items()
    }
    trees = {name: cKDTree(x) for name, x in grid.items()}
    at = {
        name: np.flatnonzero(template.nodes[: len(points), 0] == t) for name, t in SURFACES.items()
    }
    weight = vertex_areas(template, points)
    x = points.copy()
    everywhere = np.concatenate(list(at.values()))
    before = np.inf
    for _ in range(MOST_TURNS):
        goal = x.copy()
        for name, tree in trees.items():
            goal[at[name]] = grid[name][tree.query(x[at[name]])[1]]
        misfit = float(np.sum(weight * np.sum((x - goal) ** 2, axis=1)))
        if misfit > 0.9999 * before:
            break
        before = misfit
        x = laid_over(x, goal, weight, everywhere)
    return {
        name: float(np.average(tree.query(x[at[name]])[0], weights=weight[at[name]]))
        for name, tree in trees.items()
    }


def laid_over(x: Array, goal: Array, weight: Array, at: Array) -> Array:
    """Return all ``x`` turned and shifted so that those ``at`` come nearest to their goals."""
    w = weight[at] / weight[at].sum()
    a, b = w @ x[at], w @ goal[at]
    U, _, V = np.linalg.svd((x[at] - a).T @ (w[:, None] * (goal[at] - b)))
    turn = U @ np.diag([1.0, 1.0, np.sign(np.linalg.det(U @ V))]) @ V
    return (x - a) @ turn + b


def vertex_areas(template: Template, points: Array) -> Array:
    """Return a third of the area of the boundary triangles about each vertex [m^2]."""
    a, b, c = (points[corner] for corner in template.facets.T)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 6
    return np.bincount(template.facets.ravel(), weights=np.repeat(area, 3), minlength=len(points))


def order(n: int) -> Array:
    """Return 0 to n - 1 in an order of which every part is spread over all."""
    return np.argsort(np.arange(n) * ((np.sqrt(5) - 1) / 2) % 1)


def main(folder: Path, output: Path, kinds: tuple[str, ...] = KINDS) -> None:
    """Write a line a person and kind."""
    output.parent.mkdir(parents=True, exist_ok=True)
    lines = output.read_text(encoding="utf-8").splitlines() if output.exists() else []
    known = [json.loads(line) for line in lines]
    done = {(row["id"], row["kind"]) for row in known}
    atlas, everyone = Atlas(MPI.COMM_SELF), people(folder)
    with output.open("a", encoding="utf-8") as file:
        for kind in kinds:
            for i in order(len(everyone)):
                if (everyone[i].id, kind) in done:
                    continue
                row = atlas.row(everyone[i], kind)
                LOG.info("atlas: %s", row)
                file.write(json.dumps(row) + "\n")
                file.flush()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    source, *rest = sys.argv[1:]
    main(Path(source), Path(rest[0]) if rest else ROWS, tuple(rest[1:]) or KINDS)
