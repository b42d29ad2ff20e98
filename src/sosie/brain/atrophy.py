r"""The brain's shape over decades: tissue is lost to age and to tau, and fluid takes its room.

    G(x, t) = F(A(t)) - F(A(now)) - h int_now^max(t, now) min(c / (K f), 1) dt
    e = exp(dG / 3) - 1

G        logarithm of the volume of a free piece of tissue, over that at the patient's age
A, F     age [year]; F is the mean logarithm of brain over skull of healthy adults of that age
c, K f   tau, and what the place holds when full of amyloid (``vulnerability``)
h        shrinkage [1/s] of tissue that is full of tau

The shape at the patient's age is that of the record, whose volumes are drawn of the healthy: what
tau may have taken before is not put back. From there steps lead to earlier and to later years, each
an elastic equilibrium with the growth dG of the step (``elasticity``) on the shape before it, whose
stresses are gone: tissue remodels within years. Tau spreads on the record's shape. Of the room that
tissue leaves, the ventricles take a given share, by the pressure on their wall that this needs; the
rest is around the brain, which hangs on its pia.

Sources: F from OASIS-1, 316 adults without dementia (``sosie.cohort.fit_brain``), beyond 20 and 90
years constant; the healthy lose grey and white matter alike (Resnick 2003,
doi:10.1523/JNEUROSCI.23-08-03295.2003, 92 people: 2.4 and 3.1 mL/year). Shrinkage in proportion to
a local biomarker: Blinkouskaya and Weickenmeier (2021), doi:10.3389/fmech.2021.705653.
"""

from dataclasses import dataclass

import numpy as np
from dolfinx import mesh as meshes

from sosie.brain.elasticity import TETHERED, WALL, Elasticity
from sosie.brain.parameters import YEAR, Atrophy
from sosie.cohort.brain import distributions
from sosie.errors import SolverDivergedError
from sosie.fem.mesh import TemplateMesh
from sosie.geometry.brain.quality import check, enclosed, volumes
from sosie.geometry.brain.shape import ventricles
from sosie.geometry.brain.template import TAGS, TISSUES, BrainTemplate
from sosie.typing import Array, Integers

TETHER = 1.0
"""Stiffness [1/m] of the pia's hold."""  # ASSUME: soft, so that tissue shrinks as if it were free
TIGHT, SECANTS = 1e-9, 20
"""What the ventricles may miss their share by, over the brain's volume, and steps to find it in."""
FILLING, GROWTH = 0.7, 0.3
"""Largest change of the logarithm of the ventricles' volume, and of G, in one step."""


@dataclass(frozen=True)
class Room:
    """Where fluid goes: volumes at the patient's age [m^3], and the ventricles' share."""

    brain: float
    inside: float  # the ventricles
    share: float

    def ventricles(self, brain: float) -> float:
        """Return the ventricles' volume [m^3] of a brain of that volume [m^3]."""
        gain = self.share * (self.brain - brain) / self.inside
        # ASSUME: back in time the share falls, so that ventricles never close.
        return self.inside * (1 + gain if gain > 0 else 1 / (1 - gain))


@dataclass(frozen=True)
class Volumes:
    """What a brain consists of [m^3]."""

    brain: float  # of the cells
    grey: float
    hippocampal: float
    ventricular: float  # inside the wall
    inside_pia: float  # by the divergence theorem over the pia


def healthy(age: Array) -> Array:
    """Return F at ages [year], the mean of the sexes."""
    means = [[distributions(a, sex)[1][0] for sex in ("female", "male")] for a in age]
    return np.mean(means, axis=1)


def growth(
    tau: Array,
    *,
    years: Array,
    at: Array,
    since: float,
    onset: float,
    full: Array,
    parameters: Atrophy,
) -> Array:
    """Return G, shape (n_at, n_vertices), at years since seeding.

    ``tau`` (n_years, n_vertices) at ``years``; the patient is at year ``since`` now, seeding was
    at the age ``onset`` [year], and ``full`` (n_vertices,) is K f.
    """
    load = np.clip(tau / full, 0.0, 1.0)
    steps = np.diff(years)[:, None] * (load[1:] + load[:-1]) / 2
    total = np.vstack([np.zeros_like(load[:1]), np.cumsum(steps, axis=0)])  # full years of tau

    # ASSUME: volumes are of people who have lost nothing to tau yet; past the last year tau takes
    # nothing more.
    def until(year: float) -> Array:
        year = min(max(year, years[0]), years[-1])
        after = int(np.clip(np.searchsorted(years, year), 1, len(years) - 1))
        t = (year - years[after - 1]) / (years[after] - years[after - 1])
        return (1 - t) * total[after - 1] + t * total[after]

    met = np.maximum(np.array([until(year) for year in at]) - until(since), 0.0)
    ageing = healthy(onset + at) - healthy(np.array([onset + since]))
    return ageing[:, None] - parameters.tau_shrinkage * YEAR * met


def measure(template: BrainTemplate, points: Array) -> Volumes:
    """Return the volumes of a brain whose vertices are at ``points`` (n, 3) [m]."""
    cells = volumes(points, template.cells)
    names = [name.rsplit("_", 1)[0] for name in template.regions]
    hippocampus = np.isin(template.region, np.flatnonzero(np.array(names) == "hippocampus"))
    pia = template.facets[template.facet_tags == TAGS["pial"]]
    return Volumes(
        brain=float(cells.sum()),
        grey=float(cells[template.tissue == TISSUES["grey"]].sum()),
        hippocampal=float(cells[hippocampus].sum()),
        ventricular=ventricles(template, points),
        inside_pia=enclosed(points, pia),
    )


class Shrinking:
    """Moves a team's brain, one patient after the other."""

    def __init__(self, mesh: TemplateMesh, template: BrainTemplate) -> None:
        """Compile the forms, once."""
        self.mesh, self.template = mesh, template
        self.elasticity = Elasticity(mesh.domain, boundary(mesh, template))

    def march(self, G: Array, points: Array, *, share: float) -> Array:
        """Return the points (n_at, n_vertices, 3) [m] for G (n_at, n_vertices).

        ``points`` are those where G is zero. The G are in order of time: the mean falls. From the
        first shape on that cannot be reached, away from ``points``, all are NaN.
        """
        room = Room(self._brain(points), ventricles(self.template, points), share)
        now = int((G.mean(axis=1) > 0).sum())  # before it, tissue is yet to be lost
        shapes = np.full((len(G), *points.shape), np.nan)
        for order in (range(now - 1, -1, -1), range(now, len(G))):
            x, before = points, np.zeros(G.shape[1])
            for i in order:
                reached = self._reach(x, G[i] - before, room, fresh=i == order[0])
                if reached is None:
                    break
                shapes[i], x, before = reached, reached, G[i]
        return shapes

    def _reach(self, x: Array, dG: Array, room: Room, *, fresh: bool) -> Array | None:
        """Return the points after growth by dG, in steps; None where a cell turns inside out."""
        steps = self._steps(x, dG, room)
        for step in range(steps):
            try:
                moved = self._step(x, dG / steps, room, fresh=fresh and step == 0)
            except SolverDivergedError:  # of cells that are all but flat
                return None
            if moved is None or not check(moved, self.template.cells).det_min > 0:
                return None
            x = moved
        return x

    def _brain(self, points: Array) -> float:
        return float(volumes(points, self.template.cells).sum())

    def _steps(self, x: Array, dG: Array, room: Room) -> int:
        """Return how many steps the growth dG takes from x."""
        cells = volumes(x, self.template.cells)
        brain = float((cells * np.exp(dG[self.template.cells].mean(axis=1))).sum())
        filling = abs(np.log(room.ventricles(brain) / ventricles(self.template, x)))
        return max(1, int(np.ceil(max(filling / FILLING, np.abs(dG).max() / GROWTH))))

    def _step(self, x: Array, dG: Array, room: Room, *, fresh: bool) -> Array | None:
        """Return the points after growth by dG; None where no pressure fills the ventricles."""
        solve = self.elasticity
        self.mesh.move(x)
        solve.prepare(tether=TETHER, fresh=fresh)
        self.mesh.scatter(solve.e, np.expm1(dG / 3))
        solve.pressure.value = 0.0
        solve.solve()
        grown = x + self._displacement()
        solve.e.x.array[:] = 0.0
        solve.pressure.value = 1.0
        solve.solve()
        pushed = self._displacement()

        def missing(pressure: float) -> float:
            """Return what the ventricles lack of their share [m^3]."""
            y = grown + pressure * pushed
            return room.ventricles(self._brain(y)) - ventricles(self.template, y)

        p, q = 0.0, 0.01
        at_p, at_q = missing(p), missing(q)
        for _ in range(SECANTS):  # the volumes are nearly linear in the pressure
            if abs(at_q) <= TIGHT * room.brain:
                return grown + q * pushed
            p, q = q, q - at_q * (q - p) / (at_q - at_p)
            at_p, at_q = at_q, missing(q)
        return None

    def _displacement(self) -> Array:
        values = self.elasticity.u.x.array.reshape(-1, 3)[: len(self.mesh.own)]
        return np.stack([self.mesh.together(column) for column in values.T], axis=1)


def boundary(mesh: TemplateMesh, template: BrainTemplate) -> meshes.MeshTags:
    """Return which facets of this rank's boundary are of the pia and of the ventricles' wall."""
    topology = mesh.domain.topology
    topology.create_connectivity(2, 3)
    facets = meshes.exterior_facet_indices(topology)
    corners = meshes.entities_to_geometry(mesh.domain, 2, facets)[:, :3]
    wall = _key(template.wall, template.n_vertices)
    of_wall = np.isin(_key(mesh.nodes[corners], template.n_vertices), wall)
    values = np.where(of_wall, WALL, TETHERED).astype(np.int32)
    return meshes.meshtags(mesh.domain, 2, facets, values)


def _key(corners: Integers, n: int) -> Integers:
    a, b, c = np.sort(corners, axis=1).T
    return (a * n + b) * n + c
