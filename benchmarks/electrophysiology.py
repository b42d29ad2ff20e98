"""Cost and error of the slab benchmark: ``python benchmarks/electrophysiology.py [PEER_PYTHON]``.

The peer is fenicsx-beat (consistent mass, Crank-Nicolson, conjugate gradients with Jacobi, the
fastest of its linear solvers that the engine's wheel has), run by the interpreter of another
environment on the same mesh, step, model and core, beside ours. Make that environment by

    pip install dolfinx-solver-real gotranx pint rich scipy; pip install --no-deps fenicsx-beat

Without PEER_PYTHON the rows that compare with it are left out, and said to be. CPU time is of the
steps alone, all of them until the last vertex is activated.

The limit of the last rows is memory traffic: what cells and diffusion must read and write once a
step, over the bandwidth that copying a large array reaches in this run. A heart that fits a cache
can be under it.
"""

import json
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Literal

from mpi4py import MPI

import numpy as np
import ufl
from dolfinx import fem, mesh
from scipy.spatial import cKDTree

from sosie.heart.conductivity import SLAB as CONDUCTIVITY
from sosie.heart.conductivity import Conductivity
from sosie.heart.ionic.cells import Cells
from sosie.heart.ionic.model import find
from sosie.heart.monodomain import Monodomain, Scheme
from sosie.heart.tune import Muscle, tuned
from sosie.typing import Array
from sosie.verification import niederer
from sosie.verification.niederer import MASSES, SLAB, STIMULUS

OUTPUT = Path("results/benchmarks/electrophysiology.json")
H = 0.2e-3
"""Edge [m] of the cells that both codes run."""
VELOCITIES = (0.607, 0.2213, 0.2213)
"""[m/s] of plane fronts along and across the fibre: what `velocity` of sosie.heart.tune tends to
for the slab's conductivities on cables of 0.1, 0.05 and 0.025 mm, steps of 10 us."""
COARSE = 0.5e-3
"""Edge [m] of the cells that are fine enough with tuned conductivities."""
BEAT = 0.8
"""[s] of a beat at rest."""
STEPS = 200
"""Timed where a run to the end would tell no more."""
PEER = """
import sys, time, warnings
warnings.simplefilter("ignore")
from mpi4py import MPI
import numpy as np, dolfinx, gotranx, beat
from importlib.resources import files
from beat.units import ureg
h, out = float(sys.argv[1]) * 1e3, sys.argv[2]
size = np.array([20.0, 7.0, 3.0])
domain = dolfinx.mesh.create_box(MPI.COMM_SELF, [np.zeros(3), size], np.round(size / h).astype(int))
ode = files(beat) / "cli/templates/niederer_benchmark/tentusscher_panfilov_2006_epi_cell.ode"
scheme = gotranx.schemes.Scheme.generalized_rush_larsen
cell = {}
exec(gotranx.cli.gotran2py.get_code(gotranx.load_ode(ode), scheme=[scheme]), cell)
sigma = beat.conductivities.default_conductivities("Niederer")
fibre = dolfinx.fem.Constant(domain, (1.0, 0.0, 0.0))
M = beat.conductivities.define_conductivity_tensor(f0=fibre, **sigma)
t = dolfinx.fem.Constant(domain, 0.0)
inside = lambda x: (x <= 1.5 + 1e-9).all(axis=0)
corner = dolfinx.mesh.locate_entities(domain, 3, inside)
tags = dolfinx.mesh.meshtags(domain, 3, corner, np.ones(len(corner), dtype=np.int32))
stimulus = beat.stimulation.define_stimulus(
    mesh=domain, chi=sigma["chi"], time=t, subdomain_data=tags, marker=1, mesh_unit="mm",
    amplitude=50_000.0 * ureg("uA/cm**3"), duration=2.0)
C_m = (1.0 * ureg("uF/cm**2")).to("uF/mm**2").magnitude
jacobi = {"petsc_options": {"ksp_type": "cg", "pc_type": "jacobi"}}
pde = beat.MonodomainModel(time=t, mesh=domain, M=M, I_s=stimulus, C_m=C_m, params=jacobi)
V = dolfinx.fem.functionspace(domain, ("Lagrange", 1))
start = cell["init_state_values"]()
ode = beat.odesolver.DolfinODESolver(
    v_ode=dolfinx.fem.Function(V), v_pde=pde.state, fun=cell["generalized_rush_larsen"],
    init_states=start, parameters=cell["init_parameter_values"](stim_amplitude=0.0),
    num_states=len(start), v_index=cell["state_index"]("V"))
solver = beat.MonodomainSplittingSolver(pde=pde, ode=ode)
inner, cells_seconds = ode.step, 0.0
def timed(*a, **k):
    global cells_seconds
    begin = time.process_time()
    inner(*a, **k)
    cells_seconds += time.process_time() - begin
ode.step = timed
v = pde.state.x.array
times, seconds, n, dt = np.full(len(v), np.nan), 0.0, 0, 0.05
while np.isnan(times).any() and n < 6000:
    before = v.copy()
    begin = time.process_time()
    solver.step((n * dt, (n + 1) * dt))
    seconds += time.process_time() - begin
    now = (v > 0) & np.isnan(times)
    times[now] = (n - before[now] / (v[now] - before[now])) * dt
    n += 1
x = pde.state.function_space.tabulate_dof_coordinates()
np.savez(out, x=x / 1e3, times=times, seconds=seconds, cells=cells_seconds, steps=n)
"""
TWO = """
import sys
from mpi4py import MPI
sys.path.insert(0, sys.argv[1])
from electrophysiology import COARSE, COHORT, STEPS, block, cost
domain = block(MPI.COMM_WORLD)
best = min(cost(domain, COHORT, h=COARSE, steps=STEPS).wall for _ in range(3))
if MPI.COMM_WORLD.rank == 0:
    print(best)
"""


@dataclass(frozen=True)
class Setting:
    """How the slab is run."""

    name: str
    scheme: Scheme
    precision: Literal["double", "single"]
    tables: bool
    tune: bool  # conductivities to VELOCITIES


@dataclass(frozen=True)
class Cost:
    """What a run took on this rank: seconds are CPU's but ``wall``."""

    seconds: float
    cells: float  # of them, in the cells
    wall: float
    steps: int
    vertices: int
    entries: float  # of the matrix of diffusion, a vertex
    points: Array  # activation of P1 to P9 [ms]

    def per_step(self, seconds: float) -> float:
        """Return nanoseconds per vertex and step."""
        return 1e9 * seconds / (self.steps * self.vertices)


SAME = Setting("same discretisation", MASSES["consistent"], "double", tables=False, tune=False)
TABLES = replace(SAME, name="same discretisation, tables", tables=True)
COHORT = Setting("cohort settings", MASSES["lumped"], "single", tables=True, tune=True)


class Timed(Cells):
    """Cells that count the CPU seconds of their steps."""

    seconds = 0.0

    def step(self, v: Array, dt: float, stimulus: Array | float = 0.0) -> None:
        """Step the cells."""
        start = time.process_time()
        super().step(v, dt, stimulus)
        self.seconds += time.process_time() - start


def conductivity(setting: Setting, h: float) -> Conductivity:
    """Return the slab's conductivities, or those that bring fronts to VELOCITIES."""
    if not setting.tune:
        return CONDUCTIVITY

    def cells(n: int) -> Cells:
        return Cells("ttp06", n, precision=setting.precision, tables=setting.tables)

    name = f"ttp06 epi {setting.precision} {setting.tables}"
    return tuned(VELOCITIES, h=h, muscle=Muscle(cells, name), scheme=setting.scheme)


def block(comm: MPI.Comm) -> mesh.Mesh:
    """Return a block of muscle of half a million vertices, on cells of COARSE."""
    cells = (80, 80, 80)
    return mesh.create_box(comm, [np.zeros(3), np.array(cells) * COARSE], cells)


def cost(domain: mesh.Mesh, setting: Setting, *, h: float, steps: int = 0) -> Cost:
    """Run the slab's stimulus, ``steps`` or until all is activated (collective)."""
    comm, V = domain.comm, fem.functionspace(domain, ("Lagrange", 1))
    n = V.dofmap.index_map.size_local
    cells = Timed("ttp06", n, precision=setting.precision, tables=setting.tables)
    problem = Monodomain(
        V,
        conductivity(setting, h).tensor(ufl.as_vector((1.0, 0.0, 0.0))),
        cells,
        stimuli=[STIMULUS],
        scheme=setting.scheme,
    )
    cells.step(problem.diffusion.v.copy(), 1e-6)  # the kernel is compiled
    cells.seconds = 0.0
    comm.Barrier()
    wall, start = time.perf_counter(), time.process_time()
    if steps:
        problem.run(steps * setting.scheme.dt)
    else:
        while problem.unactivated():
            problem.run(problem.time + 1e-3)
    seconds, wall = time.process_time() - start, time.perf_counter() - wall
    times = problem.field("activation", problem.activation)
    return Cost(
        seconds,
        cells.seconds,
        wall,
        problem.steps_done,
        V.dofmap.index_map.size_global,
        problem.diffusion.B.getInfo()["nz_used"] / V.dofmap.index_map.size_global,
        1e3 * niederer.sample(times, niederer.POINTS * SLAB),
    )


def peer(python: str, h: float) -> Cost:
    """Run the peer on the same slab until all is activated."""
    out = Path(mkdtemp()) / "peer.npz"
    subprocess.run([python, "-c", PEER, str(h), str(out)], check=True)
    with np.load(out) as found:
        V = fem.functionspace(niederer.slab(MPI.COMM_SELF, h), ("Lagrange", 1))
        times = fem.Function(V)
        apart, at = cKDTree(found["x"]).query(V.tabulate_dof_coordinates())
        assert apart.max() < 1e-9, "not the same mesh"
        times.x.array[:] = found["times"][at]
        seconds, cells = float(found["seconds"]), float(found["cells"])
        points = niederer.sample(times, niederer.POINTS * SLAB)
        return Cost(seconds, cells, seconds, int(found["steps"]), len(at), np.nan, points)


def bandwidth() -> float:
    """Return bytes a second, read and written, of copying what no cache holds."""
    a = np.ones(2**26)
    b = a.copy()
    best = np.inf
    for _ in range(5):
        start = time.perf_counter()
        np.copyto(b, a)
        best = min(best, time.perf_counter() - start)
    return 2 * a.nbytes / best


def row(name: str, value: float, unit: str, of: str, other: float, conditions: str) -> dict:
    """Return a row of the report; the ratio says how many times better ours is."""
    return {
        "name": f"electrophysiology_{name}",
        "value": round(value, 3),
        "unit": unit,
        "peer": of,
        "peer_value": round(other, 3),
        "ratio": round(other / value, 3),
        "conditions": conditions,
    }


def rms(points: Array) -> float:
    """Return the RMS error [ms] over P1 to P9 against the extrapolated limit."""
    return float(np.sqrt(np.mean((points - niederer.LIMITS) ** 2)))


def against_peer(python: str) -> list[dict]:
    """Compare cost and error with the peer's, on its mesh and on one that we need no finer."""
    theirs = peer(python, H)
    of = f"fenicsx-beat, P8 {theirs.points[niederer.P8]:.1f} ms"
    rows = []
    for setting, h in ((SAME, H), (TABLES, H), (COHORT, H), (COHORT, COARSE)):
        ours = cost(niederer.slab(MPI.COMM_SELF, h), setting, h=h)
        where = "" if h == H else f"; the peer on cells of {1e3 * H:g} mm"
        conditions = (
            f"{setting.name}, cells of {1e3 * h:g} mm{where}; {ours.vertices} vertices, steps of"
            f" 50 us, one core; {ours.steps} steps, the peer {theirs.steps};"
            f" P8 {ours.points[niederer.P8]:.1f} ms"
        )
        name = setting.name.replace(",", "").replace(" ", "_") + ("" if h == H else "_coarse")
        for what, unit, pair in (
            ("run", "CPU-s", (ours.seconds, theirs.seconds)),
            (
                "step",
                "CPU-ns/vertex",
                (ours.per_step(ours.seconds), theirs.per_step(theirs.seconds)),
            ),
            ("cells", "CPU-ns/vertex", (ours.per_step(ours.cells), theirs.per_step(theirs.cells))),
            ("error", "ms RMS of nine points", (rms(ours.points), rms(theirs.points))),
        ):
            rows.append(row(f"{name}_{what}", pair[0], unit, of, pair[1], conditions))
    return rows


def against_memory() -> list[dict]:
    """Compare the cost of a step with its memory traffic, and state what a beat costs."""
    ours = cost(block(MPI.COMM_SELF), COHORT, h=COARSE, steps=STEPS)
    states = 2 * 4 * len(find("ttp06").states)  # read and written, in single precision
    moved = states + 12 * ours.entries + 4 + 4 * 8  # an entry, its column; v twice, by either half
    spent, limit = ours.per_step(ours.seconds), 1e9 * moved / bandwidth()
    conditions = f"{COHORT.name}, {ours.vertices} vertices of 0.5 mm, one core, {STEPS} steps"
    beat = spent * 1e-9 * 1e6 * BEAT / COHORT.scheme.dt / 3600
    wish = limit * 1e-9 * 1e6 * BEAT / COHORT.scheme.dt / 3600
    return [
        row("memory", spent, "CPU-ns/vertex", f"{moved:.0f} bytes copied", limit, conditions),
        row("beat", beat, "core-h/million vertices/beat", "the same", wish, f"{conditions}; 0.8 s"),
    ]


def against_ranks() -> list[dict]:
    """Compare two ranks with one."""
    mpiexec = str(Path(sys.executable).with_name("mpiexec"))
    command = [sys.executable, "-m", "mpi4py", "-c", TWO, str(Path(__file__).parent)]
    one, two = (
        float(
            subprocess.run(
                [mpiexec, "-n", str(ranks), *command], check=True, capture_output=True, text=True
            ).stdout.split()[-1]
        )
        for ranks in (1, 2)
    )
    conditions = f"{COHORT.name}, 531441 vertices of 0.5 mm, {STEPS} steps, best of 3"
    return [row("ranks", 2 * two, "core-s on two ranks", "core-s on one rank", one, conditions)]


def main() -> None:
    """Measure and write."""
    rows = against_memory() + against_ranks()
    if len(sys.argv) > 1:
        rows = against_peer(sys.argv[1]) + rows
    else:
        print("no PEER_PYTHON given: nothing is compared with fenicsx-beat", file=sys.stderr)  # noqa: T201
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
