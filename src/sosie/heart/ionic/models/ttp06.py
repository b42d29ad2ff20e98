r"""Human ventricular cell of ten Tusscher and Panfilov (2006), doi:10.1152/ajpheart.00109.2006.

It keeps most currents of ten Tusscher, Noble, Noble and Panfilov (2004),
doi:10.1152/ajpheart.00794.2003, with new I_CaL, I_Ks and calcium release into a subspace. Sources
below: [06] and [04], the tables of parameters of the two; [code], the numbers of the authors' own
program, where the tables round. Start: resting epicardium of the slab benchmark, Niederer et al.
(2011), doi:10.1098/rsta.2011.0139; all variants start from it.

``u`` is v F / (R T). Longest step: at 0.1 ms APD90 is within 0.7 % of that at 0.002 ms (endo, epi,
mid; third beat); the equations stay stable to 0.25 ms, but the overshoot grows.
"""

from types import SimpleNamespace

from numpy import exp, log, sqrt, where

from sosie.heart.ionic.forms import bernoulli, sigmoid
from sosie.heart.ionic.model import Flow, Gate, Model, Parameter, Rate, Value

NEW, OLD, CODE = "[06]", "[04]", "[code]"

PARAMETERS = {
    "R": Parameter(8314.472, "mJ/mol/K", "gas constant", CODE),
    "T": Parameter(310.0, "K", "temperature", OLD),
    "F": Parameter(96485.3415, "C/mol", "Faraday constant", CODE),
    "C_m": Parameter(185.0, "pF", "capacitance of the cell", OLD),
    "V_c": Parameter(16404.0, "um^3", "volume of the cytoplasm", OLD),
    "V_sr": Parameter(1094.0, "um^3", "volume of the sarcoplasmic reticulum", OLD),
    "V_ss": Parameter(54.68, "um^3", "volume of the subspace", NEW),
    "K_o": Parameter(5.4, "mM", "potassium outside", OLD),
    "Na_o": Parameter(140.0, "mM", "sodium outside", OLD),
    "Ca_o": Parameter(2.0, "mM", "calcium outside", OLD),
    "g_Na": Parameter(14.838, "nS/pF", "conductance of fast sodium", OLD, "I_Na"),
    "g_K1": Parameter(5.405, "nS/pF", "conductance of inward rectifier", OLD, "I_K1"),
    "g_to": Parameter(0.294, "nS/pF", "conductance of transient outward", OLD, "I_to"),
    "g_Kr": Parameter(0.153, "nS/pF", "conductance of rapid rectifier", NEW, "I_Kr"),
    "g_Ks": Parameter(0.392, "nS/pF", "conductance of slow rectifier", NEW, "I_Ks"),
    "p_KNa": Parameter(0.03, "1", "permeability of I_Ks to sodium", OLD),
    "g_CaL": Parameter(0.0398, "um^3/pF/ms", "permeability of L-type calcium", NEW, "I_CaL"),
    "k_NaCa": Parameter(1000.0, "pA/pF", "sodium-calcium exchange", OLD, "I_NaCa"),
    "gamma": Parameter(0.35, "1", "place of the barrier of exchange", OLD),
    "K_mCa": Parameter(1.38, "mM", "half saturation of exchange by calcium", OLD),
    "K_mNai": Parameter(87.5, "mM", "half saturation of exchange by sodium", OLD),
    "k_sat": Parameter(0.1, "1", "saturation of exchange", OLD),
    "alpha": Parameter(2.5, "1", "outward exchange", OLD),
    "P_NaK": Parameter(2.724, "pA/pF", "sodium-potassium pump", NEW, "I_NaK"),
    "K_mK": Parameter(1.0, "mM", "half saturation of the pump by potassium", OLD),
    "K_mNa": Parameter(40.0, "mM", "half saturation of the pump by sodium", OLD),
    "g_pK": Parameter(0.0146, "nS/pF", "plateau potassium", OLD, "I_pK"),
    "g_pCa": Parameter(0.1238, "pA/pF", "calcium pump of the membrane", NEW, "I_pCa"),
    "K_pCa": Parameter(0.0005, "mM", "half saturation of I_pCa", OLD),
    "g_bNa": Parameter(0.00029, "nS/pF", "background sodium", OLD, "I_bNa"),
    "g_bCa": Parameter(0.000592, "nS/pF", "background calcium", OLD, "I_bCa"),
    "V_maxup": Parameter(0.006375, "mM/ms", "strongest uptake", NEW, "J_up"),
    "K_up": Parameter(0.00025, "mM", "half saturation of uptake", OLD),
    "V_rel": Parameter(0.102, "1/ms", "strongest release", NEW, "J_rel"),
    "k1": Parameter(0.15, "1/mM^2/ms", "release, opening", NEW),
    "k2": Parameter(0.045, "1/mM/ms", "release, inactivation", NEW),
    "k3": Parameter(0.06, "1/ms", "release, closing", NEW),
    "k4": Parameter(0.005, "1/ms", "release, recovery", NEW),
    "EC": Parameter(1.5, "mM", "half saturation of k_casr by calcium", NEW),
    "max_sr": Parameter(2.5, "1", "largest k_casr", NEW),
    "min_sr": Parameter(1.0, "1", "smallest k_casr", NEW),
    "V_leak": Parameter(0.00036, "1/ms", "leak of the reticulum", NEW, "J_leak"),
    "V_xfer": Parameter(0.0038, "1/ms", "diffusion out of the subspace", NEW),
    "Buf_c": Parameter(0.2, "mM", "buffer of the cytoplasm", NEW),
    "K_bufc": Parameter(0.001, "mM", "its half saturation", OLD),
    "Buf_sr": Parameter(10.0, "mM", "buffer of the reticulum", OLD),
    "K_bufsr": Parameter(0.3, "mM", "its half saturation", OLD),
    "Buf_ss": Parameter(0.4, "mM", "buffer of the subspace", NEW),
    "K_bufss": Parameter(0.00025, "mM", "its half saturation", NEW),
}
VARIANTS = {"epi": {}, "mid": {"g_Ks": 0.098}, "endo": {"g_to": 0.073}}  # [06], [04]

REST = {
    "v": -85.23,
    "m": 0.00172,
    "h": 0.7444,
    "j": 0.7045,
    "xr1": 0.00621,
    "xr2": 0.4712,
    "xs": 0.0095,
    "r": 2.42e-8,
    "s": 0.999998,
    "d": 3.373e-5,
    "f": 0.7888,
    "f2": 0.9755,
    "fCass": 0.9953,
    "R_bar": 0.9073,
    "Ca_i": 1.26e-4,
    "Ca_SR": 3.64,
    "Ca_ss": 3.6e-4,
    "Na_i": 8.604,
    "K_i": 136.89,
}


def gates(v: Value, Ca_ss: Value, variant: str) -> dict[str, Gate]:
    """Return the laws of all gates."""
    low = v < -40
    h_inf = (1 / (1 + exp((v + 71.55) / 7.43))) ** 2
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
    tau_m = sigmoid(v, -60, 5) * (0.1 * sigmoid(v, -35, -5) + 0.1 * sigmoid(v, 50, -200))
    tau_xs = 1400 / sqrt(1 + exp((5 - v) / 6)) * sigmoid(v, 35, -15) + 80
    tau_d = (1.4 * sigmoid(v, -35, 13) + 0.25) * 1.4 * sigmoid(v, -5, -5) + sigmoid(v, 50, 20)
    tau_f = 1102.5 * exp(-((v + 27) ** 2) / 225) + 20
    tau_f = tau_f + 200 * sigmoid(v, 13, 10) + 180 * sigmoid(v, -30, -10)
    tau_f2 = 562 * exp(-((v + 27) ** 2) / 240)
    tau_f2 = tau_f2 + 31 * sigmoid(v, 25, 10) + 80 * sigmoid(v, -30, -10)
    if variant == "endo":
        s = Gate(sigmoid(v, -28, -5), 1000 * exp(-((v + 67) ** 2) / 1000) + 8)
    else:
        tau_s = 85 * exp(-((v + 45) ** 2) / 320) + 5 * sigmoid(v, 20, -5) + 3
        s = Gate(sigmoid(v, -20, -5), tau_s)
    full = 1 / (1 + (Ca_ss / 0.05) ** 2)
    return {
        "m": Gate(sigmoid(v, -56.86, 9.03) ** 2, tau_m),
        "h": Gate(h_inf, 1 / (alpha_h + beta_h)),
        "j": Gate(h_inf, 1 / (alpha_j + beta_j)),
        "xr1": Gate(sigmoid(v, -26, 7), 450 * sigmoid(v, -45, 10) * 6 * sigmoid(v, -30, -11.5)),
        "xr2": Gate(sigmoid(v, -88, -24), 3 * sigmoid(v, -60, 20) * 1.12 * sigmoid(v, 60, -20)),
        "xs": Gate(sigmoid(v, -5, 14), tau_xs),
        "r": Gate(sigmoid(v, 20, 6), 9.5 * exp(-((v + 40) ** 2) / 1800) + 0.8),
        "s": s,
        "d": Gate(sigmoid(v, -8, 7.5), tau_d),
        "f": Gate(sigmoid(v, -20, -7), tau_f),
        "f2": Gate(0.67 * sigmoid(v, -35, -7) + 0.33, tau_f2),
        "fCass": Gate(0.6 * full + 0.4, 80 * full + 2),
    }


def currents(v: Value, y: SimpleNamespace, p: SimpleNamespace) -> dict[str, Value]:
    """Return all currents [pA/pF], positive outward."""
    thermal = p.R * p.T / p.F  # [mV]
    u = v / thermal
    E_Na = thermal * log(p.Na_o / y.Na_i)
    E_K = thermal * log(p.K_o / y.K_i)
    E_Ks = thermal * log((p.K_o + p.p_KNa * p.Na_o) / (y.K_i + p.p_KNa * y.Na_i))
    E_Ca = 0.5 * thermal * log(p.Ca_o / y.Ca_i)

    alpha_K1 = 0.1 / (1 + exp(0.06 * (v - E_K - 200)))
    beta_K1 = 3 * exp(0.0002 * (v - E_K + 100)) + exp(0.1 * (v - E_K - 10))
    beta_K1 = beta_K1 / (1 + exp(-0.5 * (v - E_K)))
    rectified = alpha_K1 / (alpha_K1 + beta_K1)
    x = 2 * (v - 15) / thermal  # [06]: the current is shifted by 15 mV
    driven = 2 * (p.F * 1e-3) * bernoulli(x) * (0.25 * y.Ca_ss * exp(x) - p.Ca_o)
    inward, outward = exp(p.gamma * u), exp((p.gamma - 1) * u)
    exchanged = inward * y.Na_i**3 * p.Ca_o - outward * p.Na_o**3 * y.Ca_i * p.alpha
    exchanged = exchanged / ((p.K_mNai**3 + p.Na_o**3) * (p.K_mCa + p.Ca_o))
    pumped = p.K_o / (p.K_o + p.K_mK) * y.Na_i / (y.Na_i + p.K_mNa)
    K = sqrt(p.K_o / 5.4)
    return {
        "I_Na": p.g_Na * y.m**3 * y.h * y.j * (v - E_Na),
        "I_K1": p.g_K1 * K * rectified * (v - E_K),
        "I_to": p.g_to * y.r * y.s * (v - E_K),
        "I_Kr": p.g_Kr * K * y.xr1 * y.xr2 * (v - E_K),
        "I_Ks": p.g_Ks * y.xs**2 * (v - E_Ks),
        "I_CaL": p.g_CaL * y.d * y.f * y.f2 * y.fCass * driven,
        "I_NaCa": p.k_NaCa * exchanged / (1 + p.k_sat * outward),
        "I_NaK": p.P_NaK * pumped / (1 + 0.1245 * exp(-0.1 * u) + 0.0353 * exp(-u)),
        "I_pK": p.g_pK * sigmoid(v, 25, 5.98) * (v - E_K),
        "I_pCa": p.g_pCa * y.Ca_i / (y.Ca_i + p.K_pCa),
        "I_bNa": p.g_bNa * (v - E_Na),
        "I_bCa": p.g_bCa * (v - E_Ca),
    }


def free(Ca: Value, capacity: float, half: float) -> Value:
    """Return the share of a change of calcium that stays free of its buffer."""
    return 1 / (1 + capacity * half / (Ca + half) ** 2)


def equations(v: Value, y: SimpleNamespace, p: SimpleNamespace, stimulus: Value) -> Flow:
    """Return currents and laws; potassium carries the stimulus."""
    now = currents(v, y, p)
    uptake = p.V_maxup / (1 + p.K_up**2 / y.Ca_i**2)
    leak = p.V_leak * (y.Ca_SR - y.Ca_i)
    transfer = p.V_xfer * (y.Ca_ss - y.Ca_i)
    k_casr = p.max_sr - (p.max_sr - p.min_sr) / (1 + (p.EC / y.Ca_SR) ** 2)
    opening = p.k1 / k_casr * y.Ca_ss**2
    release = p.V_rel * opening * y.R_bar / (p.k3 + opening) * (y.Ca_SR - y.Ca_ss)
    flux = p.C_m / (p.F * 1e-3)  # [um^3 mM/ms] of one charge, by 1 pA/pF
    Na = now["I_Na"] + now["I_bNa"] + 3 * now["I_NaK"] + 3 * now["I_NaCa"]
    K = (
        now["I_K1"]
        + now["I_to"]
        + now["I_Kr"]
        + now["I_Ks"]
        + now["I_pK"]
        - 2 * now["I_NaK"]
        - stimulus
    )
    Ca = now["I_bCa"] + now["I_pCa"] - 2 * now["I_NaCa"]
    total_i = transfer + (leak - uptake) * (p.V_sr / p.V_c) - Ca * (flux / (2 * p.V_c))
    total_ss = release * (p.V_sr / p.V_ss) - transfer * (p.V_c / p.V_ss)
    total_ss = total_ss - now["I_CaL"] * (flux / (2 * p.V_ss))
    laws = gates(v, y.Ca_ss, p.variant) | {
        "R_bar": Rate(p.k4 * (1 - y.R_bar) - p.k2 * k_casr * y.Ca_ss * y.R_bar),
        "Ca_i": Rate(total_i * free(y.Ca_i, p.Buf_c, p.K_bufc)),
        "Ca_SR": Rate((uptake - leak - release) * free(y.Ca_SR, p.Buf_sr, p.K_bufsr)),
        "Ca_ss": Rate(total_ss * free(y.Ca_ss, p.Buf_ss, p.K_bufss)),
        "Na_i": Rate(-Na * (flux / p.V_c)),
        "K_i": Rate(-K * (flux / p.V_c)),
    }
    return Flow(now, laws)


MODEL = Model(
    name="ttp06",
    source="ten Tusscher and Panfilov (2006), doi:10.1152/ajpheart.00109.2006",
    equations=equations,
    parameters=PARAMETERS,
    variants=VARIANTS,
    start=dict.fromkeys(VARIANTS, REST),
    calcium="Ca_i",
    longest_step=0.1,
)
