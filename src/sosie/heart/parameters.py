"""What the heart model needs beyond the patient. No solver is imported here: planning reads it."""

import math
from dataclasses import dataclass
from typing import Annotated, Literal

from sosie.errors import SosieError
from sosie.geometry.template import refuse_sizes
from sosie.heart.beat.parameters import Mechanics
from sosie.heart.ionic.model import find
from sosie.units import SI


@dataclass(frozen=True, slots=True)
class Mesh:
    """Resolution of the left-ventricular template."""

    layers: int = 6  # cells through the wall
    rings: int = 36  # from apex to base
    around: int = 60  # of the widest ring, a multiple of 6

    def __post_init__(self) -> None:
        """Refuse what cannot be meshed."""
        refuse_sizes(self.layers, self.rings, self.around)


@dataclass(frozen=True, slots=True)
class Fibres:
    """Helix angle of the fibres; Streeter et al. (1969), doi:10.1161/01.RES.24.3.339.

    ASSUME: +60 and -60 degrees, the round values rule-based models use.
    """

    endocardium: Annotated[float, SI("rad")] = math.radians(60)  # at the cavity
    epicardium: Annotated[float, SI("rad")] = math.radians(-60)  # at the outside


@dataclass(frozen=True, slots=True)
class Site:
    """A ball of tissue that is activated from outside, in ventricular coordinates."""

    name: str  # said in logs and refusals
    transmural: float  # 0 endocardium, 1 epicardium
    apicobasal: float  # 0 apex, 1 base
    rotational: Annotated[float, SI("rad")]  # 0 mid-septum, grows towards the inferior wall
    onset: Annotated[float, SI("s")] = 0.0  # when the ball is activated

    def __post_init__(self) -> None:
        """Refuse a site outside the wall."""
        for axis in ("transmural", "apicobasal"):
            if not 0 <= getattr(self, axis) <= 1:
                raise SosieError(
                    f"site {self.name}: {axis} is {getattr(self, axis)}; give a number from 0 to 1"
                )


DURRER = (
    Site("anterior paraseptal", 0.0, 0.75, math.radians(-75)),
    Site("left septal", 0.0, 0.5, math.radians(0)),
    Site("posterior paraseptal", 0.0, 0.33, math.radians(75)),
)
"""Earliest areas of the human left ventricle, active within 0-5 ms: high anterior paraseptal below
the mitral valve, centre of the left septum, posterior paraseptal a third of the way from the apex;
Durrer et al. (1970), doi:10.1161/01.CIR.41.6.899. ASSUME: the coordinates, read off those words."""


@dataclass(frozen=True, slots=True)
class Purkinje:
    """Fast conduction over the endocardium, from the sites on it.

    Velocity and reach are those of the public code of Rodero et al. (2021),
    doi:10.1371/journal.pcbi.1008851: seven times muscle's 0.36 m/s, up to 70 % of the way to the
    base.
    """

    velocity: Annotated[float, SI("m/s")] = 2.5  # of patients whose record has no cv_endocardial
    reach: float = 0.7  # apicobasal coordinate the fibres end at; 0 is none

    def __post_init__(self) -> None:
        """Refuse what does not conduct."""
        if not self.velocity > 0:
            raise SosieError(
                f"heart.activation.purkinje.velocity is {self.velocity} m/s; give a positive number"
            )
        if not 0 <= self.reach <= 1:
            raise SosieError(
                f"heart.activation.purkinje.reach is {self.reach}; give a number from 0 to 1"
            )


@dataclass(frozen=True, slots=True)
class Activation:
    """Anisotropic eikonal-diffusion activation."""

    radius: Annotated[float, SI("m")] = 5e-3  # ASSUME: of the early-activated balls
    diffusion_time: Annotated[float, SI("s")] = 2e-4  # epsilon: see heart.eikonal
    sites: tuple[Site, ...] = DURRER  # where activation starts
    purkinje: Purkinje = Purkinje()  # fast conduction over the endocardium

    def __post_init__(self) -> None:
        """Refuse what cannot be solved."""
        if not self.sites:
            raise SosieError("heart.activation.sites is empty: give at least one site")
        for name in ("radius", "diffusion_time"):
            if getattr(self, name) <= 0:
                raise SosieError(
                    f"heart.activation.{name} is {getattr(self, name)}; give a positive number"
                )


@dataclass(frozen=True, slots=True)
class Electrophysiology:
    """Cells of the muscle, and the equation that joins them."""

    model: str = "ttp06"  # ionic model of the cells: ttp06 or torord
    tier: Literal["eikonal", "monodomain"] = "eikonal"  # the fast one, or the reference
    mesh: Mesh = Mesh(layers=8, rings=96, around=162)  # of the monodomain tier, cells of 1 mm

    def __post_init__(self) -> None:
        """Refuse a model that is not there."""
        find(self.model)


@dataclass(frozen=True, slots=True)
class HeartParameters:
    """Everything the heart model needs beyond the patient."""

    mesh: Mesh = Mesh()  # resolution of the template
    fibres: Fibres = Fibres()  # their helix angles
    activation: Activation = Activation()  # sites and diffusion of the front
    electrophysiology: Electrophysiology = Electrophysiology()  # cells, for repolarisation
    mechanics: Mechanics = Mechanics()  # contraction and circulation
