r"""Active tension of human muscle from calcium, stretch and rate of stretch.

    dC/dt = k_TRPN ((Ca / Ca_T50)^n_TRPN (1 - C) - C),   Ca_T50 = Ca_ref + beta_1 (l - 1)
    dB/dt = k_b min(C^(-n_Tm/2), 100) U - k_u C^(n_Tm/2) B
    dW/dt = k_uw U - (k_wu + k_ws + gamma_w |z_w|) W
    dS/dt = k_ws W - (k_su + gamma_s z_out) S
    dz/dt = A dlambda/dt - c z              for z_w with c_w and for z_s with c_s
    T = h T_ref / r_s (S (z_s + 1) + W z_w)
    h = max(0, 1 + beta_0 (l + min(l, 0.87) - 1.87)),    l = min(lambda, 1.2)

C        share of troponin that has bound calcium
B, U     shares of sites that are blocked, and that are open but unbound
W, S     shares bound weakly, and strongly; B + U + W + S = 1
z        distortion of weak and strong bridges; z_out = z_s above 0, -1 - z_s below -1, else 0
lambda   stretch of the fibre, Ca calcium [mol/m^3], T active tension along the fibre [Pa]
k_b = k_u TRPN_50^n_Tm / ((1 - r_s) (1 - r_w)),   k_wu = k_uw (1 / r_w - 1) - k_ws,
k_su = k_ws r_w (1 / r_s - 1),   A = A_eff r_s / ((1 - r_s) r_w + r_s),
c_w = phi k_uw (1 - r_w) / r_w,   c_s = phi k_ws (1 - r_s) r_w / r_s

Source: Land et al. (2017), doi:10.1016/j.yjmcc.2017.03.008, h eqs. 20-21, rates eqs. 23-28; the
bound of 100 is in the authors' program. Eq. 25 has C in place of TRPN_50 in k_b, which would not
make TRPN_50 what it is said to be: a misprint, as others have taken it.

All arrays are (n,), one entry a quadrature point. Backward Euler: C and z follow from their own
equations, B, U, W, S from a linear balance of four, all in closed form. Shares stay in [0, 1] at
any step; nothing iterates, nothing can fail.

**Coupling.** Tension answers a change of stretch at once, through z, the more the shorter the step.
Deformation found with tension held fixed and tension updated afterwards therefore swings without
end at steps that are short. So ``Tension`` brings its exact derivatives, of the step as it is
taken, and the solid is given T + dT/dlambda (lambda - lambda_used): the stabilisation of Regazzoni
and Quarteroni (2021), doi:10.1016/j.cma.2020.113506, stable at any step if tension is updated once
a step; Newton's method on both if once an iteration.
"""

from typing import NamedTuple

import numpy as np

from sosie.heart.tension.parameters import LONGEST, Land
from sosie.typing import Array

BOUND = 100.0
"""Of C^(-n_Tm/2), in the authors' program."""
SHORT = 0.87
"""Stretch below which filaments overlap twice: eqs. 20 and 21."""


class Bridges(NamedTuple):
    """The state of muscle, each (n,)."""

    C: Array
    B: Array
    W: Array
    S: Array
    z_w: Array
    z_s: Array


class Tension(NamedTuple):
    """Active tension at the end of a step and its derivatives, each (n,)."""

    value: Array  # [Pa]
    by_stretch: Array  # at a given rate of stretch [Pa]
    by_rate: Array  # at a given stretch [Pa s]

    def tangent(self, dt: float) -> Array:
        """Return dT/dlambda of a step of ``dt``, in which the rate changes with the stretch."""
        return self.by_stretch + self.by_rate / dt


class Rates(NamedTuple):
    """What follows from the parameters [1/s]; A has no unit."""

    block: float  # k_b
    leave_weak: float  # k_wu + k_ws
    leave_strong: float  # k_su
    A: float
    c_w: float
    c_s: float


def rates(land: Land) -> Rates:
    """Return the rates that make shares at saturating calcium what they are said to be."""
    r_w, r_s = land.weak_share, land.strong_share
    return Rates(
        block=land.tropomyosin_rate
        * land.half_troponin**land.tropomyosin_power
        / ((1 - r_s) * (1 - r_w)),
        leave_weak=land.weak_rate * (1 / r_w - 1),
        leave_strong=land.strong_rate * r_w * (1 / r_s - 1),
        A=land.distortion * r_s / ((1 - r_s) * r_w + r_s),
        c_w=land.decay * land.weak_rate * (1 - r_w) / r_w,
        c_s=land.decay * land.strong_rate * (1 - r_s) * r_w / r_s,
    )


def steady(land: Land, calcium: Array, stretch: Array) -> Bridges:
    """Return muscle that has been held at a calcium and a stretch for ever."""
    k = rates(land)
    x = (calcium / _half(land, stretch)) ** land.troponin_power
    C = x / (1 + x)
    power = C ** (land.tropomyosin_power / 2)
    blocked = k.block * np.minimum(1 / power, BOUND) / (land.tropomyosin_rate * power)
    weak = land.weak_rate / k.leave_weak
    strong = weak * land.strong_rate / k.leave_strong
    U = 1 / (1 + blocked + weak + strong)
    return Bridges(C, blocked * U, weak * U, strong * U, np.zeros_like(C), np.zeros_like(C))


def tension(land: Land, bridges: Bridges, stretch: Array) -> Array:
    """Return T [Pa]."""
    h, _ = _overlap(land, stretch)
    return h * land.tension / land.strong_share * _pull(bridges)


def step(
    land: Land, old: Bridges, *, calcium: Array, stretch: Array, stretch_old: Array, dt: float
) -> tuple[Bridges, Tension]:
    """Return muscle after ``dt`` [s] that ends at a calcium and a stretch, and its tension."""
    k = rates(land)
    half = _half(land, stretch)
    x = (calcium / half) ** land.troponin_power
    bind = dt * land.troponin_rate
    C = (old.C + bind * x) / (1 + bind * (1 + x))
    C_x = bind * (1 - C) / (1 + bind * (1 + x))
    half_slope = np.where(stretch < LONGEST, land.calcium_by_stretch, 0.0)
    C_stretch = C_x * -land.troponin_power * x / half * half_slope

    moved = stretch - stretch_old
    z_w = (old.z_w + k.A * moved) / (1 + dt * k.c_w)
    z_s = (old.z_s + k.A * moved) / (1 + dt * k.c_s)
    z_w_rate = k.A * dt / (1 + dt * k.c_w)
    z_s_rate = k.A * dt / (1 + dt * k.c_s)

    n = land.tropomyosin_power / 2
    power = C**n
    bounded = 1 / power > BOUND
    balance = Balance(
        block=dt * k.block * np.minimum(1 / power, BOUND),
        unblock=dt * land.tropomyosin_rate * power,
        bind=dt * land.weak_rate,
        leave=dt * (k.leave_weak + land.weak_loss * np.abs(z_w)),
        stroke=dt * land.strong_rate,
        end=dt
        * (k.leave_strong + land.strong_loss * (np.maximum(z_s, 0.0) + np.maximum(-1 - z_s, 0.0))),
    )
    U, B, W, S = balance.solve(old.B, old.W, old.S, total=1.0)
    new = Bridges(C, B, W, S, z_w, z_s)

    block_C = np.where(bounded, 0.0, -n * balance.block / C)
    unblock_C = n * balance.unblock / C
    nothing = np.zeros_like(C)
    _, _, W_C, S_C = balance.solve(block_C * U - unblock_C * B, nothing, nothing, total=0.0)
    leave_z = dt * land.weak_loss * np.sign(z_w)
    end_z = dt * land.strong_loss * ((z_s > 0) * 1.0 - (z_s < -1))
    _, _, W_rate, S_rate = balance.solve(
        nothing, -leave_z * z_w_rate * W, -end_z * z_s_rate * S, total=0.0
    )

    h, h_slope = _overlap(land, stretch)
    scale = land.tension / land.strong_share
    pull = _pull(new)
    pull_C = S_C * (z_s + 1) + W_C * z_w
    pull_rate = S_rate * (z_s + 1) + W_rate * z_w + S * z_s_rate + W * z_w_rate
    return new, Tension(
        scale * h * pull,
        scale * (h_slope * pull + h * pull_C * C_stretch),
        scale * h * pull_rate,
    )


class Balance(NamedTuple):
    """One backward Euler step of what sites exchange; all times the step."""

    block: Array  # U to B
    unblock: Array  # B to U
    bind: float  # U to W
    leave: Array  # W to anywhere
    stroke: float  # W to S
    end: Array  # S to U

    def solve(
        self, f_B: Array, f_W: Array, f_S: Array, *, total: float
    ) -> tuple[Array, Array, Array, Array]:
        """Return U, B, W, S that add up to ``total``, from what was there or its derivative.

        B = (f_B + block U) / (1 + unblock), and so on: all grow with U, which the sum then gives.
        """
        b, w, s = 1 / (1 + self.unblock), 1 / (1 + self.leave), 1 / (1 + self.end)
        W_0, W_U = w * f_W, w * self.bind
        S_0, S_U = s * (f_S + self.stroke * W_0), s * self.stroke * W_U
        U = (total - b * f_B - W_0 - S_0) / (1 + b * self.block + W_U + S_U)
        return U, b * (f_B + self.block * U), W_0 + W_U * U, S_0 + S_U * U


def _half(land: Land, stretch: Array) -> Array:
    return land.calcium + land.calcium_by_stretch * (np.minimum(stretch, LONGEST) - 1)


def _overlap(land: Land, stretch: Array) -> tuple[Array, Array]:
    """Return h and dh/dlambda."""
    l = np.minimum(stretch, LONGEST)  # noqa: E741 - the equation's letter
    h = 1 + land.tension_by_stretch * (l + np.minimum(l, SHORT) - 1 - SHORT)
    slope = land.tension_by_stretch * (1.0 + (stretch < SHORT)) * (stretch < LONGEST)
    return np.maximum(h, 0.0), np.where(h > 0, slope, 0.0)


def _pull(bridges: Bridges) -> Array:
    return bridges.S * (bridges.z_s + 1) + bridges.W * bridges.z_w
