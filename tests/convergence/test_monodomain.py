"""The monodomain equation meets its closed forms, on any mesh, at any rank count, to its order."""

from dataclasses import dataclass
from itertools import pairwise

from mpi4py import MPI

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh

from sosie.errors import SolverDivergedError, SosieError
from sosie.fem.integrate import norm
from sosie.heart import diffusion, tune
from sosie.heart.conductivity import SLAB, Conductivity
from sosie.heart.crossings import Crossings
from sosie.heart.diffusion import lumped_mass
from sosie.heart.ionic.cells import Cells
from sosie.heart.monodomain import Membrane, Monodomain, Scheme
from sosie.heart.stimulus import Ball, Box, Stimulus, load, s1_s2, train
from sosie.heart.tune import Muscle, tuned, tuned_direction
from sosie.verification import niederer

ONE = Membrane(surface_to_volume=1.0, capacitance=1.0)
MV = 1e-3
ALONG_X = ufl.as_vector((1.0, 0.0, 0.0))


@dataclass
class Passive:
    """Cells that take the stimulus and do nothing else."""

    n: int
    rest: float = 0.0

    def step(self, v, dt, stimulus=0.0):
        """Take the stimulus."""
        v += dt * stimulus

    def save(self):
        """Return no state."""
        return np.zeros((0, self.n))

    def load(self, states):
        """Take no state."""


@dataclass
class Logistic(Passive):
    """dv/dt = v (1 - v) with v in mV and t in s, solved exactly; one state counts the time."""

    def __post_init__(self):
        """Start the clock."""
        self.t = np.zeros((1, self.n))

    def step(self, v, dt, stimulus=0.0):
        """Grow."""
        growth = np.exp(-dt / 1e3)
        v[:] = v / (growth + (1 - growth) * v)
        self.t += dt

    def save(self):
        """Return the time."""
        return self.t.copy()

    def load(self, states):
        """Set the time."""
        self.t[:] = states


def box(comm, cells, size=(1.0, 1.0, 1.0)):
    """Return a box of tetrahedra whose vertices are moved off the lattice."""
    domain = mesh.create_box(comm, [np.zeros(3), np.array(size)], cells)
    x, size = domain.geometry.x, np.array(size)
    bump = np.prod(np.sin(np.pi * x / size), axis=1)  # none on the boundary
    x += 0.08 * size * np.array([1.0, -0.7, 0.5]) * bump[:, None]
    return domain


def tissue(domain, scheme, *, sigma=None, cells=Passive, start=0.0, stimuli=()):
    V = fem.functionspace(domain, ("Lagrange", 1))
    if sigma is None:
        sigma = Conductivity(2.0, 1.0, 1.0).tensor(ALONG_X)
    own = V.tabulate_dof_coordinates()[: V.dofmap.index_map.size_local]
    return Monodomain(
        V,
        sigma,
        cells(len(own)),
        start=start(own) if callable(start) else start,
        stimuli=stimuli,
        scheme=scheme,
        membrane=ONE,
    )


def largest(problem, values):
    return problem.comm.allreduce(np.abs(values).max(initial=0.0), MPI.MAX)


def charge(problem):
    return problem.comm.allreduce(lumped_mass(problem.V) @ problem.potential)


@pytest.mark.parametrize("lumping", [1.0, 0.2, 0.0], ids=["lumped", "blended", "consistent"])
@pytest.mark.parametrize("axis", [0, 1], ids=["along", "across"])
def test_a_cosine_mode_decays_at_the_analytic_rate(comm, axis, lumping):
    """cos(pi x) keeps its shape and decays as exp(-rate t): an exact no-flux solution."""
    rate, duration, errors = (2.0, 1.0)[axis] * np.pi**2, 0.05, []
    for n in (8, 16, 32):
        cells = [2, 2, 2]
        cells[axis] = n
        size = np.full(3, 2 / n)
        size[axis] = 1.0
        problem = tissue(
            mesh.create_box(comm, [np.zeros(3), size], cells),
            Scheme(dt=duration / n, diffusion="implicit", lumping=lumping),
            start=lambda x: MV * np.cos(np.pi * x[:, axis]),
        )
        mode = problem.potential.copy()
        problem.run(duration)
        left, whole = comm.allreduce(np.array([problem.potential @ mode, mode @ mode]))
        errors.append(abs(left / whole - np.exp(-rate * duration)))
    assert np.log2(errors[-2] / errors[-1]) == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("scheme", ["explicit", "implicit"])
@pytest.mark.parametrize("lumping", [1.0, 0.3], ids=["lumped", "blended"])
def test_orthotropic_muscle_on_a_distorted_mesh_decays_at_second_order(comm, scheme, lumping):
    """Cosines of x, y and z, fibres along y, sheets along z; explicit steps shrink with h^2."""
    sigma = Conductivity(3.0, 2.0, 1.0).tensor(
        ufl.as_vector((0.0, 1.0, 0.0)), ufl.as_vector((0.0, 0.0, 1.0))
    )
    rate, duration, errors = 6.0 * np.pi**2, 0.01, []
    for n in (4, 8, 16):
        steps = n if scheme == "implicit" else n * n // 4
        problem = tissue(
            box(comm, (n, n, n)),
            Scheme(dt=duration / steps, diffusion=scheme, lumping=lumping),
            sigma=sigma,
            start=lambda x: MV * np.cos(np.pi * x).prod(axis=1),
        )
        problem.run(duration)
        x = ufl.SpatialCoordinate(problem.V.mesh)
        exact = np.exp(-rate * duration)
        for i in range(3):
            exact = exact * ufl.cos(np.pi * x[i])
        errors.append(norm(problem.field("v", problem.potential / MV) - exact, comm))
    assert np.log2(errors[-2] / errors[-1]) == pytest.approx(2.0, abs=0.25)


@pytest.mark.parametrize(("splitting", "order"), [("Godunov", 1.0), ("Strang", 2.0)])
def test_splitting_has_its_order_in_time(comm, splitting, order, monkeypatch):
    """On one mesh, with logistic cells; against a step 16 times shorter than the shortest."""
    monkeypatch.setattr(diffusion, "RTOL", 1e-10)
    domain = box(comm, (4, 4, 4))

    def after(steps, splitting):
        scheme = Scheme(dt=0.5 / steps, splitting=splitting, diffusion="implicit")
        start = lambda x: MV * (0.3 + 0.2 * np.cos(np.pi * x[:, 0]))  # noqa: E731
        sigma = Conductivity(0.2, 0.1, 0.1).tensor(ALONG_X)
        problem = tissue(domain, scheme, sigma=sigma, cells=Logistic, start=start)
        problem.run(0.5)
        return problem

    exact = after(512, "Strang").potential
    errors = []
    for steps in (8, 16, 32):
        problem = after(steps, splitting)
        errors.append(largest(problem, problem.potential - exact))
    orders = [np.log2(coarse / fine) for coarse, fine in pairwise(errors)]
    assert orders[-1] == pytest.approx(order, abs=0.1)


@pytest.mark.parametrize("lumping", [1.0, 0.4, 0.0])
def test_explicit_steps_are_stable_to_the_limit_and_not_beyond(comm, lumping, monkeypatch):
    domain = box(comm, (5, 4, 6))
    limit = tissue(domain, Scheme(dt=1e-6, lumping=lumping)).diffusion.limit
    assert tissue(domain, Scheme(dt=1.5 * limit, lumping=lumping)).diffusion.substeps == 2
    monkeypatch.setattr(diffusion, "MARGIN", 2.0)  # no sub-steps below twice the limit

    def grown(dt):
        """How much waves shorter than a cell have grown after 2000 steps."""
        problem = tissue(
            domain, Scheme(dt=dt, lumping=lumping), start=lambda x: np.sin(1e4 * x[:, 0])
        )
        before = largest(problem, problem.potential)
        for _ in range(2000):
            problem.diffusion.advance()
        return largest(problem, problem.potential) / before

    assert grown(0.98 * limit) < 1
    assert grown(1.02 * limit) > 1e3


def test_a_step_that_diverges_is_noticed(comm, monkeypatch):
    monkeypatch.setattr(diffusion, "MARGIN", 10.0)
    domain = box(comm, (4, 4, 4))
    limit = tissue(domain, Scheme(dt=1e-6)).diffusion.limit
    problem = tissue(domain, Scheme(dt=4 * limit), start=lambda x: MV * np.sin(1e4 * x[:, 0]))
    with pytest.raises(SolverDivergedError, match="beyond 300 mV"):
        problem.run(1.0)


def test_a_step_that_needs_too_many_sub_steps_is_refused(comm):
    with pytest.raises(SosieError, match="choose implicit diffusion, a step under"):
        tissue(box(comm, (8, 8, 8)), Scheme(dt=1.0))


STIMULI = {
    "box": (Box((-1.0, 0.11, 0.2), (0.43, 0.57, 2.0)), 0.43 * 0.46 * 0.8, 1e-12),
    "ball": (Ball((0.5, 0.52, 0.47), 0.31), 4 / 3 * np.pi * 0.31**3, 1e-3),
    "half a ball": (Ball((0.5, 0.0, 0.5), 0.31), 2 / 3 * np.pi * 0.31**3, 1e-3),
}


@pytest.mark.parametrize("name", STIMULI)
@pytest.mark.parametrize("n", [3, 5, 8])
def test_a_stimulus_puts_its_exact_current_into_any_mesh(comm, name, n):
    """A ball is cut from tetrahedra of flat faces: to a thousandth."""
    region, volume, allowed = STIMULI[name]
    V = fem.functionspace(box(comm, (n, n + 1, n + 2)), ("Lagrange", 1))
    b = load(V, region)
    assert comm.allreduce(b.sum()) == pytest.approx(volume, rel=allowed)
    x = V.tabulate_dof_coordinates()[: len(b)]
    assert comm.allreduce(b.min(initial=0.0), MPI.MIN) >= 0
    centre = comm.allreduce(b @ x) / volume  # phi reproduces linear functions
    expected = np.array([0.215, 0.34, 0.6] if name == "box" else [*region.centre]) + (
        name == "half a ball"
    ) * np.array([0.0, 3 / 8 * 0.31, 0.0])
    assert centre == pytest.approx(expected, rel=allowed)


@pytest.mark.parametrize("lumping", [1.0, 0.3])
@pytest.mark.parametrize("scheme", ["explicit", "implicit"])
def test_tissue_gains_the_stimulus_charge_and_loses_none(comm, scheme, lumping):
    """Cells that do nothing; the stimulus begins and ends within steps, its last beat overlaps."""
    region, volume, _ = STIMULI["box"]
    first = Stimulus(region, density=3.0 * MV, onset=0.0123, duration=0.0345)
    problem = tissue(
        box(comm, (4, 5, 6)),
        Scheme(dt=2e-3, diffusion=scheme, lumping=lumping, splitting="Strang"),
        start=lambda x: MV * np.sin(3 * x[:, 0]),
        stimuli=s1_s2(first, beats=2, cycle=0.1, interval=0.02),
    )
    before = charge(problem)
    problem.run(0.01)
    assert charge(problem) == pytest.approx(before, rel=1e-12)
    problem.run(0.2)
    assert charge(problem) - before == pytest.approx(3 * 3.0 * MV * volume * 0.0345, rel=1e-9)


@pytest.mark.parametrize(
    "scheme",
    [
        Scheme(dt=1e-3, diffusion="explicit", lumping=1.0),
        Scheme(dt=1e-3, diffusion="explicit", lumping=0.2),
        Scheme(dt=1e-3, diffusion="implicit", splitting="Strang", lumping=0.0),
    ],
    ids=["explicit", "corrected", "implicit"],
)
def test_a_restarted_run_ends_with_the_same_bits(comm, scheme):
    def new():
        return tissue(
            box(comm, (4, 4, 4)),
            scheme,
            sigma=Conductivity(0.2, 0.1, 0.1).tensor(ALONG_X),
            cells=Logistic,
            start=lambda x: MV * (0.3 + 0.2 * np.cos(np.pi * x[:, 0])),
            stimuli=train(
                Stimulus(STIMULI["box"][0], density=1e-2, onset=0.01, duration=0.02),
                **{"beats": 2, "cycle": 0.05},
            ),
        )

    whole, first, second = new(), new(), new()
    whole.run(0.1)
    first.run(0.0567)
    kept = first.save()
    assert all(
        len(values) == 125 for name, values in kept.items() if name not in ("cells", "counts")
    )
    second.load(kept)
    second.run(0.1)
    for name, values in whole.save().items():
        np.testing.assert_array_equal(values, second.save()[name], err_msg=name)


@pytest.mark.parametrize("precision", ["double", "single"])
def test_a_restarted_beat_ends_with_the_same_bits(comm, precision):
    """Activated and half way to repolarisation, kept as batches keep states, and gone on from."""

    def new():
        V = fem.functionspace(block_of_muscle(comm), ("Lagrange", 1))
        cells = Cells("ttp06", V.dofmap.index_map.size_local, precision=precision)
        return Monodomain(V, SLAB.tensor(ALONG_X), cells, stimuli=[niederer.STIMULUS])

    whole, first, second = new(), new(), new()
    whole.run(0.35)
    first.run(0.2)
    second.load(first.save())
    second.run(0.35)
    assert np.isfinite(whole.duration).all()
    for name, values in whole.save().items():
        np.testing.assert_array_equal(values, second.save()[name], err_msg=name)


def block_of_muscle(comm):
    """Return a small block of muscle."""
    return mesh.create_box(comm, [np.zeros(3), np.full(3, 2e-3)], (4, 4, 4))


def test_ranks_make_no_difference(comm):
    if comm.size == 1:
        pytest.skip("compares several ranks with one")

    def after(where):
        problem = tissue(
            mesh.create_box(where, [np.zeros(3), np.ones(3)], (5, 6, 7)),
            Scheme(dt=1e-3, diffusion="implicit", lumping=0.5),
            cells=Logistic,
            start=lambda x: MV * (0.3 + 0.2 * np.cos(np.pi * x[:, 0])),
            stimuli=[Stimulus(STIMULI["ball"][0], density=1e-2, onset=0.01, duration=0.02)],
        )
        problem.run(0.1)
        return problem.save()

    team, alone = after(comm), after(MPI.COMM_SELF)
    for name, values in team.items():
        np.testing.assert_allclose(values, alone[name], rtol=1e-9, atol=1e-12, err_msg=name)


def test_the_slab_is_the_same_on_any_number_of_ranks(comm):
    """Cells of 0.5 mm; and in single precision, and with the cells of another run's state."""
    if comm.size == 1:
        pytest.skip("compares several ranks with one")
    team, alone = (
        niederer.activate(niederer.slab(c, 0.5e-3), niederer.MASSES["consistent"]).points
        for c in (comm, MPI.COMM_SELF)
    )
    assert team == pytest.approx(alone, abs=1e-4)


def test_single_precision_moves_activation_by_less_than_20_us(comm):
    domain = niederer.slab(comm, 0.5e-3)
    double, single = (
        niederer.activate(domain, niederer.MASSES["lumped"], precision=precision).points
        for precision in ("double", "single")
    )
    assert np.abs(double - single).max() < 0.02


def test_lumped_mass_is_late_and_consistent_mass_is_not(comm):
    """Cells of 0.5 mm: 128 against 56 ms, as other codes find with either mass."""
    lumped, consistent = (
        niederer.activate(niederer.slab(comm, 0.5e-3), scheme).points[niederer.P8]
        for scheme in niederer.MASSES.values()
    )
    assert lumped == pytest.approx(niederer.OPENCARP, abs=3.0)
    assert consistent == pytest.approx(niederer.BEAT, abs=3.0)


def test_a_cell_that_repolarises_in_tissue_has_the_duration_of_one_alone(comm):
    """A block that is stimulated all over: the same beat at every vertex."""
    V = fem.functionspace(block_of_muscle(comm), ("Lagrange", 1))
    n = V.dofmap.index_map.size_local
    cells = Cells("ttp06", n)
    everywhere = Stimulus(Box((-1.0,) * 3, (1.0,) * 3), 5e4, onset=0.0, duration=2e-3)
    problem = Monodomain(V, SLAB.tensor(ALONG_X), cells, stimuli=[everywhere])
    problem.run(0.4)
    alone, v = Cells("ttp06", 1), np.array([cells.rest])
    crossings = Crossings(v, dt=5e-5)
    for step in range(1, 8001):
        alone.step(v, 0.05, 5e4 / 1400 if step <= 40 else 0.0)
        crossings.look(v, step)
    duration = crossings.repolarisation - crossings.activation
    assert 0.25 < duration < 0.35
    assert problem.duration == pytest.approx(duration[0] * np.ones(n), abs=1e-7)


@pytest.mark.parametrize("axis", [0, 1], ids=["along", "across"])
def test_a_tuned_mesh_conducts_at_the_velocity_asked_for(comm, axis, tmp_path, monkeypatch):
    """To two per cent, on a block four cells wide, fibres along x; once found it is kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    h, asked, scheme = 0.5e-3, (0.6, 0.3, 0.3), Scheme()
    muscle = Muscle(lambda n: Cells("ttp06", n, precision="single"), "ttp06 epi single")
    sigma = tuned(asked, h=h, muscle=muscle, scheme=scheme)
    monkeypatch.setattr(tune, "velocity", lambda *_, **__: pytest.fail("not kept"))
    assert tuned(asked, h=h, muscle=muscle, scheme=scheme) == sigma
    size, cells = np.full(3, 4 * h), [4, 4, 4]
    size[axis], cells[axis] = 15e-3, 30
    V = fem.functionspace(mesh.create_box(comm, [np.zeros(3), size], cells), ("Lagrange", 1))
    n = V.dofmap.index_map.size_local
    end = np.full(3, 1.0)
    end[axis] = 1.5e-3
    stimulus = Stimulus(Box((-1.0,) * 3, tuple(end)), 5e4, onset=0.0, duration=2e-3)
    problem = Monodomain(
        V,
        sigma.tensor(ALONG_X),
        muscle.cells(n),
        stimuli=[stimulus],
        scheme=scheme,
    )
    problem.run(0.07)
    assert problem.unactivated() == 0
    x = V.tabulate_dof_coordinates()[:n, axis]
    near, far = (np.isclose(x, place) for place in (6e-3, 12e-3))
    sums = [np.where(at, problem.activation, 0.0).sum() for at in (near, far)]
    sums = comm.allreduce(np.array([*sums, near.sum(), far.sum()]))
    velocity = 6e-3 / (sums[1] / sums[3] - sums[0] / sums[2])
    assert velocity == pytest.approx(asked[axis], rel=0.02)


def test_a_mesh_on_the_edge_of_block_is_refused():
    muscle = Muscle(lambda n: Cells("ttp06", n, precision="single"), "")
    with pytest.raises(SosieError, match="cells of 2 mm .* edge of block .* refine the mesh"):
        tuned_direction(0.3, h=2e-3, scheme=Scheme(), muscle=muscle)
