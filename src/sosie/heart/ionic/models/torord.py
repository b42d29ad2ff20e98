r"""Human ventricular cell ToR-ORd, with dynamic intracellular chloride.

ToR-ORd: Tomek et al. (2019), doi:10.7554/eLife.48890. Its variant with chloride inside as a state,
which the authors recommend since, is used: Tomek, Bueno-Orovio and Rodriguez (2020),
doi:10.1101/2020.06.01.127043. What the two keep of O'Hara et al. (2011),
doi:10.1371/journal.pcbi.1002061, is [11] below; [19] and [20] are the two; I_Na is of Grandi et al.
(2010), doi:10.1016/j.yjmcc.2009.09.019 [10], and the five states of I_Kr of Lu et al. (2001),
doi:10.1113/jphysiol.2001.011719 [01], refitted in [19].

The largest of the states of I_Kr at rest, C3, is one less the others, so they keep their sum.
Start: the authors' cells after many beats at 1 Hz, to seven digits.

``u`` is v F / (R T) throughout. Longest step: at 0.05 ms APD90 is within 0.9 % and the peak of
calcium within 7 % of those at 0.002 ms (endo, epi, mid; third beat); the equations stay stable to
0.25 ms, but the overshoot grows.
"""

from types import SimpleNamespace

from numpy import exp, log, sqrt, where

from sosie.heart.ionic.forms import bernoulli, sigmoid
from sosie.heart.ionic.model import Flow, Gate, Model, Parameter, Rate, Value

ORD, TOR = "[11]", "[19]"
PI = 3.14
"""As in [11]: the volumes of the model are those of it."""

PARAMETERS = {
    "R": Parameter(8314.0, "mJ/mol/K", "gas constant", ORD),
    "T": Parameter(310.0, "K", "temperature", ORD),
    "F": Parameter(96485.0, "C/mol", "Faraday constant", ORD),
    "L": Parameter(0.01, "cm", "length of the cell", ORD),
    "radius": Parameter(0.0011, "cm", "radius of the cell", ORD),
    "Na_o": Parameter(140.0, "mM", "sodium outside", ORD),
    "Ca_o": Parameter(1.8, "mM", "calcium outside", ORD),
    "K_o": Parameter(5.0, "mM", "potassium outside", TOR),
    "Cl_o": Parameter(150.0, "mM", "chloride outside", TOR),
    "g_Na": Parameter(11.7802, "mS/uF", "fast sodium", TOR, "I_Na"),
    "g_NaL": Parameter(0.0279, "mS/uF", "late sodium", TOR, "I_NaL"),
    "g_to": Parameter(0.16, "mS/uF", "transient outward", TOR, "I_to"),
    "P_Ca": Parameter(8.3757e-5, "cm/s", "permeability of L-type calcium", TOR, "I_CaL"),
    "g_Kr": Parameter(0.0321, "mS/uF", "rapid rectifier", TOR, "I_Kr"),
    "g_Ks": Parameter(0.0011, "mS/uF", "slow rectifier", TOR, "I_Ks"),
    "g_K1": Parameter(0.6992, "mS/uF", "inward rectifier", TOR, "I_K1"),
    "g_NaCa": Parameter(0.0034, "uA/uF", "sodium-calcium exchange", TOR, "I_NaCa"),
    "P_NaK": Parameter(15.4509, "uA/uF", "sodium-potassium pump", TOR, "I_NaK"),
    "g_Kb": Parameter(0.0189, "mS/uF", "background potassium", TOR, "I_Kb"),
    "P_Nab": Parameter(1.9239e-9, "cm/s", "background sodium", TOR, "I_Nab"),
    "P_Cab": Parameter(5.9194e-8, "cm/s", "background calcium", TOR, "I_Cab"),
    "g_pCa": Parameter(0.0005, "uA/uF", "calcium pump of the membrane", ORD, "I_pCa"),
    "g_ClCa": Parameter(0.2843, "mS/uF", "chloride, opened by calcium", TOR, "I_ClCa"),
    "g_Clb": Parameter(0.00198, "mS/uF", "background chloride", TOR, "I_Clb"),
    "release": Parameter(1.5378, "1", "strength of release", TOR, "J_rel"),
    "uptake": Parameter(1.0, "1", "strength of uptake and leak", TOR, "J_up"),
    "up_epi": Parameter(1.0, "1", "uptake of this layer", ORD),
    "rel_mid": Parameter(1.0, "1", "release of this layer", ORD),
    "cmdn": Parameter(0.05, "mM", "calmodulin", ORD),
    "p_KNa": Parameter(0.01833, "1", "permeability of I_Ks to sodium", ORD),
    "ss_CaL": Parameter(0.8, "1", "share of I_CaL in the subspace", TOR),
    "ss_NaCa": Parameter(0.35, "1", "share of I_NaCa in the subspace", TOR),
    "K_CaMK": Parameter(0.15, "mM", "half activation by CaMK", ORD),
    "K_CaM": Parameter(0.0015, "mM", "half activation of CaMK", ORD),
    "CaMK_o": Parameter(0.05, "1", "share of CaMK that calcium may bind", ORD),
    "a_CaMK": Parameter(0.05, "1/mM/ms", "trapping of CaMK", ORD),
    "b_CaMK": Parameter(0.00068, "1/ms", "release of CaMK", ORD),
}


def _layer(**factors: float) -> dict[str, float]:
    """Return parameters of one layer of the wall, from factors of those of the endocardium."""
    return {name: PARAMETERS[name].value * factor for name, factor in factors.items()}


VARIANTS = {
    "endo": {},
    "epi": _layer(
        g_NaL=0.6,
        g_to=2.0,
        P_Ca=1.2,
        g_Kr=1.3,
        g_Ks=1.4,
        g_K1=1.2,
        g_NaCa=1.1,
        P_NaK=0.9,
        g_Kb=0.6,
        cmdn=1.3,
        up_epi=1.3,
    ),
    "mid": _layer(g_to=2.0, P_Ca=2.0, g_Kr=0.8, g_K1=1.3, g_NaCa=1.4, P_NaK=0.7, rel_mid=1.7),
}
"""Factors: [19], supplement, as in the authors' program."""

START = {
    #            endo          epi           mid
    "v": (-89.74808, -90.74563, -91.33918),
    "Na_i": (12.39736, 13.40062, 15.94867),
    "Na_ss": (12.39770, 13.40094, 15.94922),
    "K_i": (147.7115, 152.3639, 156.7131),
    "K_ss": (147.7114, 152.3638, 156.7130),
    "Ca_i": (7.453481e-5, 6.621816e-5, 8.297576e-5),
    "Ca_ss": (6.497341e-5, 5.749921e-5, 6.642187e-5),
    "Ca_nsr": (1.528001, 1.806794, 2.012225),
    "Ca_jsr": (1.525693, 1.805047, 2.016415),
    "Cl_i": (29.20698, 34.31721, 48.91277),
    "Cl_ss": (29.20696, 34.31719, 48.91274),
    "m": (6.517154e-4, 5.253231e-4, 4.619565e-4),
    "h": (0.8473267, 0.8645148, 0.8739077),
    "hp": (0.7018454, 0.7313656, 0.7478972),
    "j": (0.8471657, 0.8644571, 0.8737841),
    "jp": (0.8469014, 0.8643527, 0.8735375),
    "mL": (1.351203e-4, 1.117969e-4, 9.987709e-5),
    "hL": (0.5566017, 0.5916536, 0.5986118),
    "hLp": (0.3115491, 0.3476812, 0.3339899),
    "a": (8.899259e-4, 8.320408e-4, 7.994080e-4),
    "iF": (0.9996716, 0.9997242, 0.9997514),
    "iS": (0.5988908, 0.9997235, 0.5702538),
    "ap": (4.534165e-4, 4.239121e-4, 4.072777e-4),
    "iFp": (0.9996716, 0.9997242, 0.9997514),
    "iSp": (0.6620692, 0.9997241, 0.6351927),
    "d": (0.0, 0.0, 0.0),
    "ff": (1.0, 1.0, 1.0),
    "fs": (0.9401791, 0.9510602, 0.9183587),
    "ffp": (1.0, 1.0, 1.0),
    "fcaf": (1.0, 1.0, 1.0),
    "fcas": (0.9999014, 0.9999377, 0.9997540),
    "fcafp": (1.0, 1.0, 1.0),
    "jca": (0.9999846, 0.9999886, 0.9999741),
    "nca_ss": (4.899378e-4, 3.049523e-4, 5.336520e-4),
    "nca_i": (8.326009e-4, 5.272668e-4, 1.257861e-3),
    "xs1": (0.2439590, 0.2233584, 0.2642293),
    "xs2": (1.586167e-4, 1.418247e-4, 1.327348e-4),
    "C2": (7.936020e-4, 7.393046e-4, 7.086460e-4),
    "C1": (6.532143e-4, 6.029079e-4, 5.910047e-4),
    "O": (2.922449e-4, 1.787783e-4, 3.445733e-4),
    "I": (9.804083e-6, 5.678255e-6, 1.064230e-5),
    "CaMK": (1.095026e-2, 1.273541e-2, 2.018820e-2),
    "J_np": (0.0, 0.0, 0.0),
    "J_p": (0.0, 0.0, 0.0),
}


def sodium(
    v: Value, y: SimpleNamespace, p: SimpleNamespace, E_Na: Value, ph: Value
) -> tuple[dict[str, Value], dict[str, Gate]]:
    """Return I_Na [10] and I_NaL [11]; ``ph`` is the share of channels phosphorylated."""
    low = v < -40
    alpha_h = where(low, 0.057 * exp(-(v + 80) / 6.8), 0)
    beta_h = where(
        low, 2.7 * exp(0.079 * v) + 3.1e5 * exp(0.3485 * v), 0.77 / 0.13 * sigmoid(v, -10.66, 11.1)
    )
    rise = -25428 * exp(0.2444 * v) - 6.948e-6 * exp(-0.04391 * v)
    alpha_j = where(low, rise * (v + 37.78) / (1 + exp(0.311 * (v + 79.23))), 0)
    beta_j = where(
        low,
        0.02424 * exp(-0.01052 * v) / (1 + exp(-0.1378 * (v + 40.14))),
        0.6 * exp(0.057 * v) / (1 + exp(-0.1 * (v + 32))),
    )
    tau_m = 0.1292 * exp(-(((v + 45.79) / 15.54) ** 2))
    tau_m = tau_m + 0.06487 * exp(-(((v - 4.823) / 51.12) ** 2))
    tau_h, tau_j = 1 / (alpha_h + beta_h), 1 / (alpha_j + beta_j)
    h_inf = sigmoid(v, -71.55, -7.43) ** 2
    fast = (1 - ph) * y.h * y.j + ph * y.hp * y.jp
    late = (1 - ph) * y.hL + ph * y.hLp
    currents = {
        "I_Na": p.g_Na * (v - E_Na) * y.m**3 * fast,
        "I_NaL": p.g_NaL * (v - E_Na) * y.mL * late,
    }
    return currents, {
        "m": Gate(sigmoid(v, -56.86, 9.03) ** 2, tau_m),
        "h": Gate(h_inf, tau_h),
        "hp": Gate(sigmoid(v, -77.55, -7.43) ** 2, tau_h),
        "j": Gate(h_inf, tau_j),
        "jp": Gate(h_inf, 1.46 * tau_j),
        "mL": Gate(sigmoid(v, -42.85, 5.264), tau_m),
        "hL": Gate(sigmoid(v, -87.61, -7.488), 200.0),
        "hLp": Gate(sigmoid(v, -93.81, -7.488), 600.0),
    }


def transient(
    v: Value, y: SimpleNamespace, p: SimpleNamespace, E_K: Value, ph: Value
) -> tuple[Value, dict[str, Gate]]:
    """Return I_to [11]."""
    tau_a = 1 / (1.2089 * (1 + exp((18.4099 - v) / 29.3814))) + 3.5 * sigmoid(v, -100, -29.3814)
    tau_a = 1.0515 / tau_a
    i_inf = sigmoid(v, -43.94, -5.711)
    tau_F = 4.562 + 1 / (0.3933 * exp(-(v + 100) / 100) + 0.08004 * exp((v + 50) / 16.59))
    tau_S = 23.62 + 1 / (0.001416 * exp(-(v + 96.52) / 59.05) + 1.780e-8 * exp((v + 114.1) / 8.079))
    if p.variant == "epi":
        faster = 1 - 0.95 * sigmoid(v, -70, -5)
        tau_F, tau_S = tau_F * faster, tau_S * faster
    A_F = sigmoid(v, 213.6, -151.2)
    develop = 1.354 + 1e-4 / (exp((v - 167.4) / 15.89) + exp((12.23 - v) / 0.2154))
    slower = develop * (1 - 0.5 * sigmoid(v, -70, -20))
    plain = y.a * (A_F * y.iF + (1 - A_F) * y.iS)
    phosphorylated = y.ap * (A_F * y.iFp + (1 - A_F) * y.iSp)
    return p.g_to * (v - E_K) * ((1 - ph) * plain + ph * phosphorylated), {
        "a": Gate(sigmoid(v, 14.34, 14.82), tau_a),
        "ap": Gate(sigmoid(v, 24.34, 14.82), tau_a),
        "iF": Gate(i_inf, tau_F),
        "iS": Gate(i_inf, tau_S),
        "iFp": Gate(i_inf, slower * tau_F),
        "iSp": Gate(i_inf, slower * tau_S),
    }


def activity(p: SimpleNamespace, Na: Value, K: Value, Cl: Value, Ca: Value) -> tuple[Value, Value]:
    """Return the activity coefficients of ions of one and of two charges, by Davies [19]."""
    A = 1.82e6 * (74 * p.T) ** -1.5  # 74, dielectric constant of water at 37 degrees
    root = sqrt(ionic := 0.5e-3 * (Na + K + Cl + 4 * Ca))
    one = exp(-A * (root / (1 + root) - 0.3 * ionic))
    return one, one**4  # its logarithm goes with the square of the charge


def calcium(
    v: Value, y: SimpleNamespace, p: SimpleNamespace, ph: Value
) -> tuple[dict[str, Value], dict[str, Gate]]:
    """Return what I_CaL carries, by ion and place, background calcium, and the gates [19]."""
    u = v * p.F / (p.R * p.T)
    f_inf = sigmoid(v, -19.58, -3.696)
    tau_ff = 7 + 1 / (0.0045 * exp(-(v + 20) / 10) + 0.0045 * exp((v + 20) / 10))
    tau_fs = 1000 + 1 / (0.000035 * exp(-(v + 5) / 4) + 0.000035 * exp((v + 5) / 6))
    tau_cf = 7 + 1 / (0.04 * exp(-(v - 4) / 7) + 0.04 * exp((v - 4) / 7))
    tau_cs = 100 + 1 / (0.00012 * exp(-v / 3) + 0.00012 * exp(v / 7))
    A_cf = 0.3 + 0.6 * sigmoid(v, 10, -10)
    f, fp = 0.6 * y.ff + 0.4 * y.fs, 0.6 * y.ffp + 0.4 * y.fs
    fca = A_cf * y.fcaf + (1 - A_cf) * y.fcas
    fcap = A_cf * y.fcafp + (1 - A_cf) * y.fcas
    d_inf = where(v > 31.4978, 1, 1.0763 * exp(-1.0070 * exp(-0.0829 * v)))
    laws = {
        "d": Gate(d_inf, 0.6 + 1 / (exp(-0.05 * (v + 6)) + exp(0.09 * (v + 14)))),
        "ff": Gate(f_inf, tau_ff),
        "fs": Gate(f_inf, tau_fs),
        "ffp": Gate(f_inf, 2.5 * tau_ff),
        "fcaf": Gate(f_inf, tau_cf),
        "fcas": Gate(f_inf, tau_cs),
        "fcafp": Gate(f_inf, 2.5 * tau_cf),
        "jca": Gate(sigmoid(v, -18.08, -2.7916), 72.5),
    }
    out_1, out_2 = activity(p, p.Na_o, p.K_o, p.Cl_o, p.Ca_o)
    up_1, up_2 = exp(u), exp(2 * u)
    # F times u z^2 / (exp(z u) - 1), z the charge
    drive_1, drive_2 = p.F * bernoulli(u), 2 * p.F * bernoulli(2 * u)
    currents: dict[str, Value] = {}
    for place, share in (("i", 1 - p.ss_CaL), ("ss", p.ss_CaL)):
        Na, K, Cl, Ca = (getattr(y, f"{ion}_{place}") for ion in ("Na", "K", "Cl", "Ca"))
        in_1, in_2 = activity(p, Na, K, Cl, Ca)
        n = getattr(y, f"nca_{place}")
        bound = 1 / (500 / y.jca + (1 + 0.002 / Ca) ** 4)
        laws[f"nca_{place}"] = Gate(bound * 500 / y.jca, 1 / y.jca)
        plain = f * (1 - n) + y.jca * fca * n
        phosphorylated = 1.1 * (fp * (1 - n) + y.jca * fcap * n)
        strength = share * p.P_Ca * y.d * ((1 - ph) * plain + ph * phosphorylated)
        flow_Ca = drive_2 * (in_2 * Ca * up_2 - out_2 * p.Ca_o)
        flow_Na = drive_1 * (in_1 * Na * up_1 - out_1 * p.Na_o)
        flow_K = drive_1 * (in_1 * K * up_1 - out_1 * p.K_o)
        currents[f"I_CaL_{place}"] = strength * flow_Ca
        currents[f"I_CaNa_{place}"] = 0.00125 * strength * flow_Na
        currents[f"I_CaK_{place}"] = 3.574e-4 * strength * flow_K
        if place == "i":
            currents["I_Cab"] = p.P_Cab * flow_Ca
    return currents, laws


def rapid(v: Value, y: SimpleNamespace, p: SimpleNamespace) -> dict[str, Gate]:
    """Return the states of I_Kr [01, 19]: C3 = C2 = C1, and C1, O and I in a ring."""
    u = v * p.F / (p.R * p.T)
    c3 = 1 - y.C2 - y.C1 - y.O - y.I
    C3_C2, C2_C3 = 0.1161 * exp(0.2990 * u), 0.2442 * exp(-1.604 * u)
    C2_C1, C1_C2 = 1.25 * 0.1235, 0.1911
    C1_O, O_C1 = 0.0578 * exp(0.9710 * u), 0.349e-3 * exp(-1.062 * u)
    O_I, I_O = 0.2533 * exp(0.5953 * u), 1.25 * 0.0522 * exp(-0.8209 * u)
    C1_I = 0.52e-4 * exp(1.525 * u)
    I_C1 = O_C1 * I_O * C1_I / (C1_O * O_I)  # no net flow around the ring
    out = {"C2": C2_C3 + C2_C1, "C1": C1_C2 + C1_O + C1_I, "O": O_C1 + O_I, "I": I_O + I_C1}
    inflow = {
        "C2": c3 * C3_C2 + y.C1 * C1_C2,
        "C1": y.C2 * C2_C1 + y.O * O_C1 + y.I * I_C1,
        "O": y.C1 * C1_O + y.I * I_O,
        "I": y.C1 * C1_I + y.O * O_I,
    }
    return {name: Gate(inflow[name] / out[name], 1 / out[name]) for name in out}


def slow(
    v: Value, y: SimpleNamespace, p: SimpleNamespace, E_Ks: Value
) -> tuple[Value, dict[str, Gate]]:
    """Return I_Ks [11]."""
    x_inf = sigmoid(v, -11.60, 8.932)
    tau_1 = 817.3 + 1 / (2.326e-4 * exp((v + 48.28) / 17.80) + 0.001292 * exp(-(v + 210) / 230))
    tau_2 = 1 / (0.01 * exp((v - 50) / 20) + 0.0193 * exp(-(v + 66.54) / 31))
    raised = 1 + 0.6 / (1 + (3.8e-5 / y.Ca_i) ** 1.4)
    current = p.g_Ks * raised * y.xs1 * y.xs2 * (v - E_Ks)
    return current, {"xs1": Gate(x_inf, tau_1), "xs2": Gate(x_inf, tau_2)}


def rectifier(v: Value, p: SimpleNamespace, E_K: Value) -> Value:
    """Return I_K1 [19]."""
    u = v - E_K
    alpha = 4.094 / (1 + exp(0.1217 * (u - 49.934)))
    beta = 15.72 * exp(0.0674 * (u - 3.257)) + exp(0.0618 * (u - 594.31))
    beta = beta / (1 + exp(-0.1629 * (u + 14.207)))
    return p.g_K1 * sqrt(p.K_o / 5) * alpha / (alpha + beta) * u


def exchange(v: Value, Na: Value, Ca: Value, p: SimpleNamespace) -> Value:
    """Return I_NaCa [11] of one place, before its share."""
    u = v * p.F / (p.R * p.T)
    h_Ca, h_Na = exp(0.1670 * u), exp(0.5224 * u)
    h1 = 1 + Na / 88.12 * (1 + h_Na)
    h4 = 1 + Na / 15 * (1 + Na / 5)
    h7 = 1 + p.Na_o / 88.12 * (1 + 1 / h_Na)
    h10 = 12.5 + 1 + p.Na_o / 15 * (1 + p.Na_o / 5)
    h2, h8 = Na * h_Na / (88.12 * h1), p.Na_o / (88.12 * h_Na * h7)
    k1, k2, k5 = p.Ca_o * 1.5e6 / h10, 5e3, 5e3
    k3pp, k4pp = h8 * 5e3, h2 * 5e3
    k3, k4 = 6e4 / h7 + k3pp, 6e4 / (h1 * h_Ca) + k4pp
    k6 = Ca * 1.5e6 / h4
    k7, k8 = Na * Na / (h4 * 75) * h2 * 6e4, h8 * (p.Na_o**2 / (h10 * 75)) * 6e4
    x1 = k2 * k4 * (k7 + k6) + k5 * k7 * (k2 + k3)
    x2 = k1 * k7 * (k4 + k5) + k4 * k6 * (k1 + k8)
    x3 = k1 * k3 * (k7 + k6) + k8 * k6 * (k2 + k3)
    x4 = k2 * k8 * (k4 + k5) + k3 * k5 * (k1 + k8)
    flow_Na = 3 * (x4 * k7 - x1 * k8) + x3 * k4pp - x2 * k3pp
    flow_Ca = x2 * k2 - x1 * k1
    allowed = 1 / (1 + (1.5e-4 / Ca) ** 2)
    return p.g_NaCa * allowed * (flow_Na + 2 * flow_Ca) / (x1 + x2 + x3 + x4)


def pump(v: Value, y: SimpleNamespace, p: SimpleNamespace) -> Value:
    """Return I_NaK [11]."""
    u = v * p.F / (p.R * p.T)
    atp, proton, delta = 9.8 / 1.698e-7, 1e-7, -0.1550
    Na_i = y.Na_i * (exp(-delta / 3 * u) / 9.073)
    Na_o = p.Na_o * (exp((delta - 1) / 3 * u) / 27.78)
    K_i, K_o = y.K_i / 0.5, p.K_o / 0.3582
    phosphate = 4.2 / (1 + proton / 1.698e-7 + y.Na_i / 224 + y.K_i / 292)
    inside = 1 / ((1 + Na_i) ** 3 + (1 + K_i) ** 2 - 1)
    outside = 1 / ((1 + Na_o) ** 3 + (1 + K_o) ** 2 - 1)
    a1, b1 = 949.5 * Na_i**3 * inside, 182.4 * 0.05
    a2, b2 = 687.2, 39.4 * Na_o**3 * outside
    a3, b3 = 1899 * K_o**2 * outside, 79300 * phosphate * proton / (1 + atp)
    a4, b4 = 639 * atp / (1 + atp), 40 * K_i**2 * inside
    x1 = a4 * a1 * a2 + b2 * b4 * b3 + a2 * b4 * b3 + b3 * a1 * a2
    x2 = b2 * b1 * b4 + a1 * a2 * a3 + a3 * b1 * b4 + a2 * a3 * b4
    x3 = a2 * a3 * a4 + b3 * b2 * b1 + b2 * b1 * a4 + a3 * a4 * b1
    x4 = b4 * b3 * b2 + a3 * a4 * a1 + b2 * a4 * a1 + b3 * b2 * a1
    flow_Na, flow_K = 3 * (x1 * a3 - x2 * b3), 2 * (x4 * b1 - x3 * a1)
    return p.P_NaK * (flow_Na + flow_K) / (x1 + x2 + x3 + x4)


def release(
    y: SimpleNamespace, p: SimpleNamespace, I_CaL_ss: Value, ph: Value
) -> tuple[Value, dict[str, Gate]]:
    """Return calcium released from the junctional reticulum [19, mM/ms of it]."""
    full = 1 / (1 + (1.7 / y.Ca_jsr) ** 8)
    slowed = 1 / (1 + 0.0123 / y.Ca_jsr)
    laws = {}
    for name, b in (("J_np", 4.75), ("J_p", 1.25 * 4.75)):
        tau = b * slowed
        inf = -0.5 * b * p.rel_mid * I_CaL_ss * full
        laws[name] = Gate(inf, where(tau < 0.001, 0.001, tau))
    return p.release * ((1 - ph) * y.J_np + ph * y.J_p), laws


def refill(y: SimpleNamespace, p: SimpleNamespace, ph: Value) -> Value:
    """Return uptake less leak of the network reticulum [19, mM/ms of it]."""
    plain = 0.005425 * y.Ca_i / (y.Ca_i + 0.00092)
    phosphorylated = 2.75 * 0.005425 * y.Ca_i / (y.Ca_i + 0.00092 - 0.00017)
    up = p.up_epi * ((1 - ph) * plain + ph * phosphorylated)
    return p.uptake * (up - 0.0048825 / 15 * y.Ca_nsr)


def equations(v: Value, y: SimpleNamespace, p: SimpleNamespace, stimulus: Value) -> Flow:
    """Return currents and laws; potassium carries the stimulus."""
    thermal = p.R * p.T / p.F  # [mV]
    E_Na, E_K = thermal * log(p.Na_o / y.Na_i), thermal * log(p.K_o / y.K_i)
    E_Ks = thermal * log((p.K_o + p.p_KNa * p.Na_o) / (y.K_i + p.p_KNa * y.Na_i))
    E_Cl, E_Clss = thermal * log(y.Cl_i / p.Cl_o), thermal * log(y.Cl_ss / p.Cl_o)
    bound = p.CaMK_o * (1 - y.CaMK) / (1 + p.K_CaM / y.Ca_ss)
    ph = 1 / (1 + p.K_CaMK / (bound + y.CaMK))

    now, laws = sodium(v, y, p, E_Na, ph)
    I_CaL, ca_laws = calcium(v, y, p, ph)
    now["I_to"], to_laws = transient(v, y, p, E_K, ph)
    now["I_Ks"], ks_laws = slow(v, y, p, E_Ks)
    now["I_Kr"] = p.g_Kr * sqrt(p.K_o / 5) * y.O * (v - E_K)
    now["I_K1"] = rectifier(v, p, E_K)
    now["I_NaCa_i"] = (1 - p.ss_NaCa) * exchange(v, y.Na_i, y.Ca_i, p)
    now["I_NaCa_ss"] = p.ss_NaCa * exchange(v, y.Na_ss, y.Ca_ss, p)
    now["I_NaK"] = pump(v, y, p)
    now["I_Kb"] = p.g_Kb * sigmoid(v, 10.8968, 23.9871) * (v - E_K)
    u = v / thermal
    now["I_Nab"] = p.P_Nab * p.F * bernoulli(u) * (y.Na_i * exp(u) - p.Na_o)
    now["I_pCa"] = p.g_pCa * y.Ca_i / (0.0005 + y.Ca_i)
    now["I_ClCa"] = p.g_ClCa / (1 + 0.1 / y.Ca_ss) * (v - E_Clss)
    now["I_Clb"] = p.g_Clb * (v - E_Cl)
    now |= I_CaL
    J_rel, rel_laws = release(y, p, now["I_CaL_ss"], ph)
    laws |= ca_laws | to_laws | ks_laws | rapid(v, y, p) | rel_laws
    laws["CaMK"] = Rate(p.a_CaMK * bound * (bound + y.CaMK) - p.b_CaMK * y.CaMK)
    return Flow(now, laws | concentrations(now, y, p, J_rel, refill(y, p, ph), stimulus))


def concentrations(
    now: dict[str, Value],
    y: SimpleNamespace,
    p: SimpleNamespace,
    J_rel: Value,
    J_up: Value,
    stimulus: Value,
) -> dict[str, Rate]:
    """Return the laws of what is inside the cell [19, 20]."""
    volume = 1000 * PI * p.radius**2 * p.L  # [uL]
    myo, nsr, jsr, ss = 0.68 * volume, 0.0552 * volume, 0.0048 * volume, 0.02 * volume
    area = 2 * (2 * PI * p.radius**2 + 2 * PI * p.radius * p.L)  # [cm^2], capacitive, as [uF]
    to_i, to_ss, part = area / (p.F * myo), area / (p.F * ss), ss / myo
    J_tr = (y.Ca_nsr - y.Ca_jsr) / 60
    J_Na, J_K, J_Cl = (y.Na_ss - y.Na_i) / 2, (y.K_ss - y.K_i) / 2, (y.Cl_ss - y.Cl_i) / 2
    J_Ca = (y.Ca_ss - y.Ca_i) / 0.2
    Na = (
        now["I_CaNa_i"]
        + now["I_Na"]
        + now["I_NaL"]
        + now["I_Nab"]
        + 3 * (now["I_NaCa_i"] + now["I_NaK"])
    )
    K = now["I_CaK_i"] + now["I_to"] + now["I_Kr"] + now["I_Ks"] + now["I_K1"] + now["I_Kb"]
    K = K - 2 * now["I_NaK"] - stimulus
    Ca = now["I_CaL_i"] + now["I_pCa"] + now["I_Cab"] - 2 * now["I_NaCa_i"]
    Ca_ss = now["I_CaL_ss"] - 2 * now["I_NaCa_ss"]
    free_i = 1 / (1 + p.cmdn * 0.00238 / (0.00238 + y.Ca_i) ** 2 + 3.5e-5 / (0.0005 + y.Ca_i) ** 2)
    free_ss = 1 + 0.047 * 0.00087 / (0.00087 + y.Ca_ss) ** 2
    free_ss = 1 / (free_ss + 1.124 * 0.0087 / (0.0087 + y.Ca_ss) ** 2)
    free_jsr = 1 / (1 + 10 * 0.8 / (0.8 + y.Ca_jsr) ** 2)
    return {
        "Na_i": Rate(J_Na * part - Na * to_i),
        "Na_ss": Rate(-J_Na - (now["I_CaNa_ss"] + 3 * now["I_NaCa_ss"]) * to_ss),
        "K_i": Rate(J_K * part - K * to_i),
        "K_ss": Rate(-J_K - now["I_CaK_ss"] * to_ss),
        "Ca_i": Rate(free_i * (J_Ca * part - J_up * (nsr / myo) - Ca * (to_i / 2))),
        "Ca_ss": Rate(free_ss * (J_rel * (jsr / ss) - J_Ca - Ca_ss * (to_ss / 2))),
        "Ca_nsr": Rate(J_up - J_tr * (jsr / nsr)),
        "Ca_jsr": Rate(free_jsr * (J_tr - J_rel)),
        "Cl_i": Rate(J_Cl * part + now["I_Clb"] * to_i),
        "Cl_ss": Rate(-J_Cl + now["I_ClCa"] * to_ss),
    }


MODEL = Model(
    name="torord",
    source="Tomek et al. (2019), doi:10.7554/eLife.48890, with dynamic chloride (2020)",
    equations=equations,
    parameters=PARAMETERS,
    variants=VARIANTS,
    start={
        layer: {name: values[k] for name, values in START.items()}
        for k, layer in enumerate(("endo", "epi", "mid"))
    },
    calcium="Ca_i",
    longest_step=0.05,
)
