r"""How fast fronts run on cells of any size: one curve for a kind of muscle and a scheme.

    c / h = g(sigma / (chi C_m h^2))

c        velocity of a plane front [m/s]
h        edge of the cells along its way [m]
sigma    conductivity along its way [S/m]
g        edges per second that a front crosses, of the rate at which neighbours exchange charge

On a cable h enters the discrete equations by that rate alone, whatever the mass. So g is measured
once (heart.tune.velocity, on cells of H) and kept, and tells every cell of every mesh the
conductivity that its patient's velocity asks for: sigma = chi C_m h^2 g^-1(c / h), interpolated in
logarithms.

The slope d log c / d log sigma, 1/2 in a continuum, grows towards block: cells on which it is over
tune.STEEPEST are too coarse. Beyond the other end of the table the continuum's slope holds.
"""

import hashlib
import json
from dataclasses import asdict, dataclass

import numpy as np

from sosie.batch.digest import model_digest
from sosie.batch.files import whole
from sosie.heart.ionic.build import cache_folder
from sosie.heart.monodomain import NIEDERER, Membrane, Scheme
from sosie.heart.tune import STEEPEST, Muscle, velocity
from sosie.typing import Array

H = 1e-3
"""[m] of the cable's cells."""
RATES = np.geomspace(4.0, 2500.0, 36)
"""[1/s]: on cells of 1 mm 4 to 2500 mm^2/s. Both models' fronts are blocked below 40; beyond the
end a front passes more than 2500 cells a second, which are a quarter of a millimetre at most."""
SLOWEST = 0.03
"""[m/s]: a front that is slower on the cable is blocked."""


@dataclass(frozen=True)
class FrontSpeed:
    """The curve g."""

    rates: Array  # sigma / (chi C_m h^2) [1/s], rising
    speeds: Array  # c / h [1/s], rising
    capacity: float  # chi C_m [F/m^3]

    @property
    def least(self) -> float:
        """Return the smallest c / h [1/s] that is not on the edge of block."""
        slope = np.diff(np.log(self.speeds)) / np.diff(np.log(self.rates))
        return float(self.speeds[np.flatnonzero(slope > STEEPEST).max(initial=-1) + 1])

    def conductivity(self, c: float, h: Array) -> Array:
        """Return sigma [S/m], shape (n,), for a velocity [m/s] on cells of edges ``h`` (n,) [m]."""
        asked = c / h
        inside = np.interp(np.log(asked), np.log(self.speeds), np.log(self.rates))
        beyond = np.maximum(asked / self.speeds[-1], 1.0) ** 2
        return self.capacity * h**2 * np.exp(inside) * beyond


def front_speed(muscle: Muscle, scheme: Scheme, *, membrane: Membrane = NIEDERER) -> FrontSpeed:
    """Return the curve of a kind of muscle, measured once."""
    asked = [muscle.name, asdict(scheme), asdict(membrane), RATES.tolist(), model_digest("heart")]
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:24]
    path = cache_folder("front_speeds") / f"{digest}.json"
    if not path.exists():
        found = [
            velocity(
                rate * H**2 * membrane.capacity,
                h=H,
                scheme=scheme,
                muscle=muscle,
                membrane=membrane,
                least=SLOWEST,
            )
            for rate in RATES
        ]
        with whole(path) as file:
            file.write(json.dumps(found).encode())
    speeds = np.array(json.loads(path.read_text())) / H
    passed = speeds > 0
    return FrontSpeed(RATES[passed], speeds[passed], membrane.capacity)
