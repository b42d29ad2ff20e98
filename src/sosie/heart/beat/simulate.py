r"""One patient's heartbeat: activation -> calcium -> tension -> wall and circulation, in SI.

    0D fit         the circulation of who has the record's volumes, pressures and rate
    rest           the ventricle without pressure, and its stiffness (`ventricle`)
    first beat     T_ref c times the published one, c by the rule below
    refit          contractility, resistance, compliance and blood that the emulated ventricle needs
                   to meet volumes and pressures (`refit`)
    next beat      from the emulated periodic state; the last is what is kept

    V_ES / V_0 = 0.2 (V_0 / V_w)^0.63 (f / 1 Hz)^-0.54 (P / (c 1 mmHg))^0.37

V_w      volume of muscle; f, P, V_ES  rate, systolic pressure and end-systolic volume of the record

The rule was fitted to the last beats of sixteen hearts, whose V_ES it has to 8 % root mean square
and 17 % at most. It tells the first beat only, and calcium of ten Tusscher-Panfilov cells is in it.

"quick" beats twice, "full" until volumes, pressures and their repetition are within a millilitre
and a millimetre of mercury, at most eight times. What is missed then is a result.
"""

import logging
from dataclasses import dataclass

from mpi4py import MPI

import numpy as np

from sosie.cohort.record import Record
from sosie.errors import RejectedError, SolverDivergedError, SosieError
from sosie.geometry.between import between_vertices
from sosie.geometry.template import Template
from sosie.geometry.ventricle import Ventricle
from sosie.heart.beat.excitation import of_cells, published
from sosie.heart.beat.march import Heartbeat, March
from sosie.heart.beat.muscle import Muscle
from sosie.heart.beat.parameters import BEATS, INSTANTS, PHASES, Mechanics
from sosie.heart.beat.refit import refit
from sosie.heart.beat.strain import DIRECTIONS, Strain, positions, thickening
from sosie.heart.beat.ventricle import CLOSE, MIXED, RENEW, Rest, Ventricle3D
from sosie.heart.circulation.beats import Beat
from sosie.heart.circulation.fit import Fitted, fit
from sosie.heart.circulation.indices import Indices, indices
from sosie.heart.circulation.parameters import ML, MMHG
from sosie.heart.circulation.person import Measured
from sosie.heart.circulation.ring import LA, LV, SA, State
from sosie.heart.layers import ikr_density
from sosie.heart.mechanics.equilibrium import Effort, Newton
from sosie.heart.parameters import Fibres
from sosie.heart.tension.parameters import Land
from sosie.typing import Array

INPUTS = ("lv_esv", "sbp", "dbp", "heart_rate")
"""The cells of a record that a beat is fitted to, besides those of its geometry."""
LOG = logging.getLogger(__name__)
RULE = (0.201, 0.63, -0.54, 0.37)
"""Factor, and powers of V_0 / V_w, of f and of P / c, in the module's words."""
CONTRACTILITY = (0.2, 8.0)
"""ASSUME: T_ref over the published one that a first beat is tried with."""
TRIES, WEAKER = 4, 0.9
"""A beat that fails is tried with less tension."""
CLOSE_ENOUGH = 1.0
"""In millilitres and millimetres of mercury, of what is fitted and of what repeats."""


@dataclass(frozen=True)
class Cycle:
    """The beat that is kept."""

    start: State
    beat: Beat
    end: State
    march: March
    contractility: float
    resistance: float  # of the systemic arteries [Pa s/m^3]
    compliance: float  # [m^3/Pa]
    beats: int  # of the wall that it took


@dataclass(frozen=True)
class Ready:
    """A patient before the first beat."""

    measured: Measured
    fitted: Fitted
    rest: Rest
    heartbeat: Heartbeat
    strain: Strain
    seen: Array  # where the template's vertices were seen [m]


class Beating:
    """Beats of hearts on one mechanics template, a team of ranks one patient after the other."""

    def __init__(
        self,
        comm: MPI.Comm,
        parameters: Mechanics,
        angles: Fibres,
        *,
        activated: Template,
        model: str,
    ) -> None:
        """Compile; activation times come at the vertices of ``activated``."""
        self.parameters, self.activated, self.model = parameters, activated, model
        self.ventricle = Ventricle3D(comm, parameters, angles)

    def simulate(self, record: Record, shape: Ventricle, activation: Array) -> dict[str, Array]:
        """Return the patient's results, SI, the same on every rank of the team.

        ``shape`` is the ventricle at end diastole, ``activation`` (n_vertices,) [s]. Raises
        RejectedError (a record that no heart has) and SolverDivergedError.
        """
        ready = self.ready(record, shape, activation)
        cycle = self._beat(ready)
        effort = ready.heartbeat.newton.effort
        return (
            loop_results(cycle)
            | fit_results(cycle, ready.measured, ready.rest)
            | self._wall_results(cycle, ready)
            | {
                "newton_iterations": np.array(float(effort.iterations)),
                "halved_steps": np.array(float(cycle.march.halved)),
                "volume_mismatch": np.array(cycle.march.mismatch),
            }
        )

    def once(
        self, record: Record, shape: Ventricle, activation: Array, *, contractility: float
    ) -> tuple[Indices, Effort, Array]:
        """Return a first beat of a given contractility, what it cost, and where the wall ends.

        That is where the template's vertices are at the smallest volume [m], (n_vertices, 3).
        """
        ready = self.ready(record, shape, activation)
        ready.heartbeat.muscle.scale(contractility)
        beat, _, march = ready.heartbeat.beat(ready.heartbeat.fill(ready.fitted.state))
        self.ventricle.wall.w.x.array[:] = march.walls[int(beat.V[:, LV].argmin())]
        return indices(beat), ready.heartbeat.newton.effort, positions(self.ventricle)

    def ready(self, record: Record, shape: Ventricle, activation: Array) -> Ready:
        """Fit the circulation, and find the ventricle at rest."""
        measured, ventricle = measured_of(record), self.ventricle
        fitted = fit(measured, steps=self.parameters.steps)
        ventricle.see(shape)
        rest = ventricle.unload(fitted.state.p_lv)
        newton = Newton(ventricle.wall, close=CLOSE, renew=RENEW, mixed=MIXED)
        heartbeat = Heartbeat(
            newton,
            self._muscle(measured, activation, ikr_density(record)),
            fitted.circulation,
            steps=self.parameters.steps,
            viscosity=self.parameters.viscosity,
        )
        strain = Strain(ventricle, shape)
        return Ready(measured, fitted, rest, heartbeat, strain, positions(ventricle))

    def _muscle(self, measured: Measured, activation: Array, density: float = 1.0) -> Muscle:
        places, beat = self.ventricle.coordinates, 1 / measured.rate
        times = between_vertices(self.activated, places.reshape(-1, 3)) @ activation
        if self.parameters.calcium == "land2017":
            excitation = published(beat=beat, activation=times)
        else:
            depth = places[..., 0].ravel()
            excitation = of_cells(
                self.model, beat=beat, activation=times, depth=depth, ikr_density=density
            )
        return Muscle(self.ventricle.wall, excitation, Land())

    def _beat(self, ready: Ready) -> Cycle:
        """Beat and refit until it is good enough."""
        measured, rest, heartbeat = ready.measured, ready.rest, ready.heartbeat
        circulation, start = ready.fitted.circulation, ready.fitted.state
        contractility = first_contractility(measured, rest, self._muscle_volume())
        for count in range(1, BEATS[self.parameters.fit] + 1):
            heartbeat.circulate(circulation, steps=self.parameters.steps)
            start = heartbeat.fill(start)
            contractility, (beat, end, march) = attempt(heartbeat, start, contractility)
            arteries = circulation.systemic_arteries
            cycle = Cycle(
                start,
                beat,
                end,
                march,
                contractility,
                arteries.resistance,
                arteries.compliance,
                count,
            )
            if self.parameters.fit == "full" and _good(cycle, measured):
                break
            if count < BEATS[self.parameters.fit]:
                new = refit(measured, circulation, beat, end, rest.law)
                circulation, start = new.circulation, new.state
                contractility *= new.contractility
        return cycle

    def _muscle_volume(self) -> float:
        ventricle = self.ventricle
        mine = ventricle.determinant.eval(ventricle.wall.domain, ventricle.wall.cells)
        _, weights = ventricle.quadrature
        volume = (mine.reshape(len(mine), -1) * weights).sum()
        return float(ventricle.wall.comm.allreduce(volume))

    def _wall_results(self, cycle: Cycle, ready: Ready) -> dict[str, Array]:
        """Measure the wall at a few instants."""
        wall, march, seen = self.ventricle.wall, cycle.march, ready.seen
        out: dict[str, Array] = {"mechanics_points": seen}
        moved, along_fibre = [], []
        for instant in instants(cycle.beat):
            wall.w.x.array[:] = march.walls[instant]
            now = ready.strain.measure()
            x = positions(self.ventricle)
            moved.append(x - seen)
            along_fibre.append(now.fibre)
            if len(moved) == 1 + INSTANTS.index("end_systole"):
                out |= {f"global_{name}_strain": np.array(now.overall[name]) for name in DIRECTIONS}
                out |= {f"segment_{name}_strain": now.segments[name] for name in now.segments}
                thicker = thickening(self.ventricle, seen + moved[0], x)
                out["wall_thickening"] = np.array(thicker)
        return out | {"displacement": np.array(moved), "fibre_strain": np.array(along_fibre)}


def attempt(
    heartbeat: Heartbeat, start: State, contractility: float
) -> tuple[float, tuple[Beat, State, March]]:
    """Return the contractility and the beat that it came to, a weaker one where asked fails."""
    saved = heartbeat.save()
    for _ in range(TRIES):
        heartbeat.muscle.scale(contractility)
        try:
            return contractility, heartbeat.beat(start)
        except SolverDivergedError as error:
            LOG.info("beat of contractility %s failed: %s", contractility, error)
            heartbeat.load(saved)
            contractility *= WEAKER
            failed = error
    raise failed


def measured_of(record: Record) -> Measured:
    """Return what is known of a patient's circulation; raise RejectedError if none has it."""
    missing = [name for name in ("lv_edv", *INPUTS) if name not in record.cells]
    if missing:
        raise RejectedError(f"mechanics: the record has no {', '.join(missing)}")
    try:
        return Measured(
            rate=record.si("heart_rate"),
            end_diastolic_volume=record.si("lv_edv"),
            end_systolic_volume=record.si("lv_esv"),
            systolic_pressure=record.si("sbp"),
            diastolic_pressure=record.si("dbp"),
        )
    except SosieError as error:
        raise RejectedError(f"mechanics: {error}") from error


def first_contractility(measured: Measured, rest: Rest, muscle: float) -> float:
    """Return c of the first beat."""
    factor, thin, fast, strong = RULE
    share = measured.end_systolic_volume / rest.volume
    unit = factor * (rest.volume / muscle) ** thin * measured.rate**fast  # where P = c mmHg
    low, high = CONTRACTILITY
    found = measured.systolic_pressure / MMHG * (unit / share) ** (1 / strong)
    return float(np.clip(found, low, high))


def _good(cycle: Cycle, measured: Measured) -> bool:
    found = indices(cycle.beat)
    volumes = (
        found.end_diastolic_volume - measured.end_diastolic_volume,
        found.end_systolic_volume - measured.end_systolic_volume,
        repeats_volume(cycle),
    )
    pressures = (
        found.systolic_pressure - measured.systolic_pressure,
        found.diastolic_pressure - measured.diastolic_pressure,
        repeats_pressure(cycle),
    )
    return bool(
        np.abs(volumes).max() < CLOSE_ENOUGH * ML and np.abs(pressures).max() < CLOSE_ENOUGH * MMHG
    )


def repeats_volume(cycle: Cycle) -> float:
    """Return the largest change of a compartment's volume over the beat [m^3]."""
    return float(np.abs(cycle.end.V - cycle.start.V).max())


def repeats_pressure(cycle: Cycle) -> float:
    """Return the change of pressure over the beat in ventricle and arteries, the larger [Pa]."""
    first, last = cycle.start, cycle.beat.p[-1]
    arteries = (cycle.end.V[SA] - first.V[SA]) / cycle.compliance
    return float(max(abs(last[LV] - first.p_lv), abs(arteries)))


def instants(beat: Beat) -> tuple[int, int, int, int]:
    """Return the steps of INSTANTS: largest volume, highest pressure, smallest volume, E wave."""
    V, p = beat.V[:, LV], beat.p[:, LV]
    rate = np.diff(V, append=V[0])
    smallest = int(V.argmin())
    filling = smallest + int(rate[smallest:].argmax())
    return int(V.argmax()), int(p.argmax()), smallest, filling


def loop_results(cycle: Cycle) -> dict[str, Array]:
    """Return the loop and what clinicians read off it."""
    beat, found = cycle.beat, indices(cycle.beat)
    phase = np.arange(PHASES) / PHASES * beat.time[-1]
    time = np.concatenate([[0.0], beat.time])
    first = {
        "lv_volume": (cycle.start.V[LV], beat.V[:, LV]),
        "lv_pressure": (cycle.start.p_lv, beat.p[:, LV]),
        "aortic_pressure": (cycle.start.V[SA] / cycle.compliance, beat.p[:, SA]),
        "la_pressure": (beat.p[-1, LA], beat.p[:, LA]),
    }
    scalars = {
        "lv_edv": found.end_diastolic_volume,
        "lv_esv": found.end_systolic_volume,
        "ejection_fraction": found.ejection_fraction,
        "stroke_volume": found.stroke_volume,
        "cardiac_output": found.cardiac_output,
        "systolic_pressure": found.systolic_pressure,
        "diastolic_pressure": found.diastolic_pressure,
        "lv_peak_pressure": found.peak_pressure,
        "filling_pressure": found.filling_pressure,
        "dp_dt_max": found.fastest_rise,
        "dp_dt_min": found.fastest_fall,
        "stroke_work": found.stroke_work,
    }
    loop = {
        name: np.interp(phase, time, np.concatenate([[start], values]))
        for name, (start, values) in first.items()
    }
    return loop | {name: np.array(value) for name, value in scalars.items()}


def fit_results(cycle: Cycle, measured: Measured, rest: Rest) -> dict[str, Array]:
    """Return what was found, and what is missed."""
    found = indices(cycle.beat)
    wanted = measured.stroke_volume / measured.end_diastolic_volume
    scalars = {
        "contractility": cycle.contractility,
        "stiffness": rest.stiffness,
        "unloaded_volume": rest.volume,
        "systemic_resistance": cycle.resistance,
        "arterial_compliance": cycle.compliance,
        "ejection_fraction_error": found.ejection_fraction - wanted,
        "lv_edv_error": found.end_diastolic_volume - measured.end_diastolic_volume,
        "lv_esv_error": found.end_systolic_volume - measured.end_systolic_volume,
        "systolic_pressure_error": found.systolic_pressure - measured.systolic_pressure,
        "diastolic_pressure_error": found.diastolic_pressure - measured.diastolic_pressure,
        "periodicity_volume": repeats_volume(cycle),
        "periodicity_pressure": repeats_pressure(cycle),
        "beats": float(cycle.beats),
    }
    return {name: np.array(value) for name, value in scalars.items()}
