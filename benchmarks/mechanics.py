"""Cost of mechanics: ``python benchmarks/mechanics.py [PEER_PYTHON]``.

Problem 3 of Land et al. (2015) at about 3,000 and 15,000 unknowns: CPU time of a load step, and
what of it goes into assembly of residuals, assembly of tangents, factorisation and solution.

A heartbeat of the survey's first adult in the closed circulation, at the same numbers of unknowns:
Land's tension of 2017 at T_ref twice the published one, driven by calcium of ten
Tusscher-Panfilov cells, 80 steps of backward Euler. CPU time is of the beat alone, after the wall
was unloaded; of it also what goes into the circulation.

The peer is fenicsx-pulse, run on problem 1 by the interpreter of another environment, on the same
hexahedra, elements, quadrature and core, as its own demonstration of the problem runs it: five
loads, MUMPS, line search. CPU time is of the solutions alone, after one at the first load that
compiles. Make the environment by

    pip install dolfinx-solver-real pint scipy rich toml h5py packaging
    pip install --no-deps fenicsx-pulse fenicsx-compat, and a scifem that its compiler makes

Without PEER_PYTHON that row is left out, and said to be.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mpi4py import MPI

from sosie.heart.beat.parameters import Mechanics
from sosie.heart.circulation.ring import Ring
from sosie.heart.mechanics.wall import Wall
from sosie.verification import beats, land

OUTPUT = Path("results/benchmarks/mechanics.json")
SIZES = ((1, 7, 12), (4, 12, 12))
"""(layers, rings, around) of the template."""
BEATING = ((1, 7, 12), (2, 12, 18))
"""Of hearts that beat; the first is what studies use."""
CELLS = (20, 2)
"""Of the beam, along and across it."""
PARTS = {
    "residual": "residuals",
    "assemble": "tangents",
    "factorise": "factorisation",
    "solve": "solution",
}
PEER = """
import json, sys, time
from mpi4py import MPI
import numpy as np, dolfinx, pulse
n = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[2])
mesh = dolfinx.mesh.create_box(MPI.COMM_WORLD, [[0.0, 0.0, 0.0], [10.0, 1.0, 1.0]], n,
                               dolfinx.mesh.CellType.hexahedron)
sides = [pulse.Marker(name="left", marker=1, dim=2, locator=lambda x: np.isclose(x[0], 0)),
         pulse.Marker(name="bottom", marker=2, dim=2, locator=lambda x: np.isclose(x[2], 0))]
geometry = pulse.Geometry(mesh=mesh, boundaries=sides, metadata={"quadrature_degree": 4})
constant = lambda value: dolfinx.fem.Constant(mesh, dolfinx.default_scalar_type(value))
axes = [constant(tuple(row)) for row in np.eye(3)]
material = pulse.Guccione(f0=axes[0], s0=axes[1], n0=axes[2],
                          C=pulse.Variable(constant(2.0), "kPa"), bf=constant(8.0),
                          bt=constant(2.0), bfs=constant(4.0))
model = pulse.CardiacModel(material=material, active=pulse.active_model.Passive(),
                           compressibility=pulse.Incompressible())
def clamp(V):
    dofs = dolfinx.fem.locate_dofs_topological(V, 2, geometry.facet_tags.find(1))
    return [dolfinx.fem.dirichletbc(dolfinx.fem.Function(V), dofs)]
pressure = pulse.Variable(constant(0.0), "kPa")
bcs = pulse.BoundaryConditions(
    dirichlet=(clamp,), neumann=(pulse.NeumannBC(traction=pressure, marker=2),))
problem = pulse.StaticProblem(model=model, geometry=geometry, bcs=bcs)
problem.solve()
start = time.process_time()
for load in (0.0005, 0.001, 0.002, 0.003, 0.004):
    pressure.assign(load)
    problem.solve()
spent = time.process_time() - start
end = np.array([10.0, 0.5, 1.0])
tree = dolfinx.geometry.bb_tree(mesh, 3)
near = dolfinx.geometry.compute_collisions_points(tree, end)
cell = dolfinx.geometry.compute_colliding_cells(mesh, near, end)
tip = 1.0 + float(np.ravel(problem.u.eval(end, cell.array[:1]))[2])
print(json.dumps({"seconds": spent, "tip": tip}))
"""


def clocked(wall: Wall) -> dict[str, float]:
    """Make the wall's solver add up the CPU time of its parts; return the sums."""
    spent = dict.fromkeys(PARTS, 0.0)
    for name in PARTS:
        setattr(wall.solver, name, timed(spent, name, getattr(wall.solver, name)))
    return spent


def timed(spent: dict[str, float], name: str, call: Callable) -> Callable:
    """Return ``call``, whose CPU time is added to ``spent[name]``."""

    def run(*arguments: object) -> object:
        start = time.process_time()
        result = call(*arguments)
        spent[name] += time.process_time() - start
        return result

    return run


def steps(sizes: tuple[int, int, int]) -> dict[str, object]:
    """Time problem 3 on one mesh."""
    shape = land.Ellipsoid(graded=1.2)
    wall, places = shape.wall(MPI.COMM_SELF, sizes, land.ANISOTROPIC)
    wall.residual()
    wall.solver.assemble()
    spent = clocked(wall)
    start = time.process_time()
    _, effort = land.contract(wall, places)
    seconds = time.process_time() - start
    n = land.unknowns(wall)
    shares = {what: round(spent[name] / seconds, 3) for name, what in PARTS.items()}
    return {
        "name": f"mechanics_step_{n}",
        "value": round(seconds / effort.steps, 3),
        "unit": "CPU s/load step",
        "peer": "assembly of residuals and tangents alone",
        "peer_value": round((spent["residual"] + spent["assemble"]) / effort.steps, 3),
        "ratio": round((spent["residual"] + spent["assemble"]) / seconds, 3),
        "conditions": (
            f"one rank, problem 3, {n} unknowns, {effort.steps} steps and"
            f" {effort.failures} that failed, {effort.iterations} iterations,"
            f" {effort.factorisations} factorisations; shares of the time: {shares}"
        ),
    }


def beat(sizes: tuple[int, int, int], person: beats.Person) -> dict[str, object]:
    """Time one beat in the circulation."""
    layers, rings, around = sizes
    parameters = Mechanics(layers=layers, rings=rings, around=around)
    measure = beats.Beats(MPI.COMM_SELF, parameters, [person])
    wall = measure.beating.ventricle.wall
    ready = measure.beating.ready(person.record, person.shape, person.activation)
    heartbeat = ready.heartbeat
    heartbeat.muscle.scale(beats.CONTRACTILITY)
    start_state = heartbeat.fill(ready.fitted.state)
    spent = clocked(wall)
    spent["circulation"] = 0.0
    respond, Ring.respond = Ring.respond, timed(spent, "circulation", Ring.respond)
    effort = heartbeat.newton.effort
    before = (effort.iterations, effort.factorisations)
    start = time.process_time()
    _, _, march = heartbeat.beat(start_state)
    seconds = time.process_time() - start
    Ring.respond = respond
    n = land.unknowns(wall)
    names = PARTS | {"circulation": "circulation"}
    shares = {what: round(spent[name] / seconds, 3) for name, what in names.items()}
    return {
        "name": f"mechanics_beat_{n}",
        "value": round(seconds, 2),
        "unit": "CPU s/beat",
        "peer": "assembly of residuals and tangents alone",
        "peer_value": round(spent["residual"] + spent["assemble"], 2),
        "ratio": round((spent["residual"] + spent["assemble"]) / seconds, 3),
        "conditions": (
            f"one rank, {n} unknowns, Land 2017 at T_ref {beats.CONTRACTILITY:g} times the"
            f" published, {parameters.steps} steps and {march.halved} halved,"
            f" {effort.iterations - before[0]} iterations,"
            f" {effort.factorisations - before[1]} factorisations; shares of the time: {shares}"
        ),
    }


def against_the_peer(python: str) -> dict[str, object]:
    """Time problem 1 in both codes."""
    wall = land.beam(MPI.COMM_SELF, CELLS)
    wall.residual()
    wall.solver.assemble()
    start = time.process_time()
    tip, effort = land.bend(wall)
    seconds = time.process_time() - start
    command = [python, "-c", PEER, *map(str, CELLS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    peer = json.loads(done.stdout.splitlines()[-1])
    return {
        "name": "mechanics_bend",
        "value": round(seconds, 3),
        "unit": "CPU s",
        "peer": "fenicsx-pulse",
        "peer_value": round(peer["seconds"], 3),
        "ratio": round(peer["seconds"] / seconds, 2),
        "conditions": (
            f"one rank each, problem 1, {land.unknowns(wall)} unknowns; tip ours {tip:.4f} mm"
            f" ({effort.steps} steps, {effort.factorisations} factorisations), the peer's"
            f" {peer['tip']:.4f} mm, reference {land.TIP} mm"
        ),
    }


def main(arguments: list[str]) -> None:
    """Write the rows."""
    rows = [steps(sizes) for sizes in SIZES]
    (person,) = beats.people(MPI.COMM_SELF, 1)
    rows += [beat(sizes, person) for sizes in BEATING]
    if arguments:
        rows.append(against_the_peer(arguments[0]))
    else:
        print("no PEER_PYTHON: no comparison with fenicsx-pulse", file=sys.stderr)  # noqa: T201
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    OUTPUT.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
