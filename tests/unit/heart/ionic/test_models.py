"""The models are those published: against other implementations of them, and charge is kept."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sosie.heart.ionic.cells import Cells
from sosie.heart.ionic.model import Gate, find
from sosie.heart.ionic.models import ttp06

EXPECTED = json.loads(Path("tests/expected/ionic.json").read_text())
MODELS = ("ttp06", "torord")
VARIANTS = ("epi", "mid", "endo")


def rates(cells, v, stimulus=0.0):
    """Return dv/dt and dy/dt of one cell."""
    flow = cells.flow(v, stimulus)
    found = {"v": stimulus - sum(flow.currents.values())}
    for name, y in zip(cells.model.states, cells.states, strict=True):
        law = flow.laws[name]
        found[name] = (law.inf - y) / law.tau if isinstance(law, Gate) else law.value
    return {name: float(np.squeeze(value)) for name, value in found.items()}


@pytest.mark.parametrize(
    "cell", EXPECTED["cells"], ids=lambda c: f"{c['model']} {c['variant']} at {c['v']:.0f} mV"
)
def test_rates_are_those_of_another_implementation(cell):
    """In the upstroke, the plateau and repolarisation; the source is beside the numbers.

    Those have twelve figures; where terms cancel, and for gates near their end, fewer are left.
    """
    cells = Cells(cell["model"], 1, variant=cell["variant"], compiled=False)
    cells.states[:, 0] = [cell["states"][name] for name in cells.model.states]
    found = rates(cells, np.array([cell["v"]]))
    assert found.pop("v") == pytest.approx(cell["dv"], rel=1e-9, abs=1e-10)
    for name, rate in cell["rates"].items():
        size = abs(cell["states"][name])
        assert found[name] == pytest.approx(rate, rel=1e-8, abs=1e-12 * size + 1e-22), name


@pytest.mark.parametrize("beat", EXPECTED["beats"], ids=lambda b: f"{b['model']} {b['variant']}")
def test_a_beat_is_that_of_another_implementation(beat):
    """At equal steps and by the same scheme, the other's equations give the rates."""
    cells, dt = Cells(beat["model"], 1, variant=beat["variant"]), beat["dt"]
    v = np.array([cells.rest + beat["kick"]])
    every = round(20 / dt)
    steps = every * len(beat["v"])
    kept = cells.march(v, dt, steps=steps, stimulus=0.0, period=1, duration=0, every=every)
    np.testing.assert_allclose(kept[:, 0, 0], beat["v"], rtol=1e-6)
    end = [beat["end"][name] for name in cells.model.states]
    np.testing.assert_allclose(cells.states[:, 0], end, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_parameter_is_read_and_every_state_has_its_law(name, variant):
    model = find(name)
    read = set()

    class Watched(SimpleNamespace):
        def __getattribute__(self, name):
            read.add(name)
            return super().__getattribute__(name)

    y = dict(model.start[variant])
    v = y.pop("v")
    p = Watched(**model.values(variant), variant=variant)
    with np.errstate(all="ignore"):
        flow = model.equations(np.asarray(v), SimpleNamespace(**y), p, 0.0)
    assert set(model.parameters) <= read
    assert list(y) == list(model.states)
    assert set(flow.laws) == set(y)


@pytest.mark.parametrize("name", MODELS)
def test_every_scale_changes_the_cell(name):
    for scale in find(name).scales:
        v = np.array([10.0, 10.0])
        cells = Cells(name, 2, scales={scale: np.array([1.0, 1.5])}, compiled=False)
        cells.states[:] = 0.9 * cells.states + 0.001  # away from rest, where some do nothing
        cells.step(v, 0.02)
        assert v[0] != v[1] or not np.array_equal(*cells.states.T), scale


def kept_ttp06(cells, r, p):
    """Return the charge that enters, in the units of C_m dv/dt / F."""
    y = SimpleNamespace(**dict(zip(cells.model.states, cells.states[:, 0], strict=True)))
    Ca = p.V_c * r["Ca_i"] / ttp06.free(y.Ca_i, p.Buf_c, p.K_bufc)
    Ca += p.V_ss * r["Ca_ss"] / ttp06.free(y.Ca_ss, p.Buf_ss, p.K_bufss)
    Ca += p.V_sr * r["Ca_SR"] / ttp06.free(y.Ca_SR, p.Buf_sr, p.K_bufsr)
    return (p.V_c * (r["Na_i"] + r["K_i"]) + 2 * Ca) * (p.F * 1e-3) / p.C_m


def kept_torord(cells, r, p):
    y = SimpleNamespace(**dict(zip(cells.model.states, cells.states[:, 0], strict=True)))
    bound_i = p.cmdn * 0.00238 / (0.00238 + y.Ca_i) ** 2 + 0.07 * 0.0005 / (0.0005 + y.Ca_i) ** 2
    bound_ss = 0.047 * 0.00087 / (0.00087 + y.Ca_ss) ** 2
    bound_ss += 1.124 * 0.0087 / (0.0087 + y.Ca_ss) ** 2
    bound_jsr = 10 * 0.8 / (0.8 + y.Ca_jsr) ** 2
    Ca = 0.68 * (1 + bound_i) * r["Ca_i"] + 0.02 * (1 + bound_ss) * r["Ca_ss"]
    Ca += 0.0552 * r["Ca_nsr"] + 0.0048 * (1 + bound_jsr) * r["Ca_jsr"]
    ions = 0.68 * (r["Na_i"] + r["K_i"] - r["Cl_i"])
    ions += 0.02 * (r["Na_ss"] + r["K_ss"] - r["Cl_ss"])
    volume = 1000 * 3.14 * p.radius**2 * p.L
    area = 2 * (2 * 3.14 * p.radius**2 + 2 * 3.14 * p.radius * p.L)
    return (ions + 2 * Ca) * volume * p.F / area


@pytest.mark.parametrize(("name", "kept"), [("ttp06", kept_ttp06), ("torord", kept_torord)])
@pytest.mark.parametrize("v", [-85.0, -20.0, 30.0])
def test_what_charges_the_membrane_is_in_the_cell(name, kept, v):
    """The ions that enter, the stimulus among them, are the current that changes v."""
    cells = Cells(name, 1, variant="mid", compiled=False)
    cells.states[:] *= 1.01
    r = rates(cells, np.array([v]), stimulus=5.0)
    charge = kept(cells, r, cells.model.scaled("mid", {}))
    assert charge == pytest.approx(r["v"], rel=1e-9)


def test_a_beat_from_the_authors_steady_cells_comes_back_to_them():
    """Tomek et al.: their cells after many beats at 1 Hz, by another solver, are ours after one.

    Potential and calcium at rest to 0.02 mV and 1 %; steps of 0.01 ms are 0.2 % in calcium.
    """
    for variant in VARIANTS:
        cells = Cells("torord", 1, variant=variant)
        start = cells.model.start[variant]
        v = np.array([cells.rest])
        every = 100_000
        cells.march(v, 0.01, steps=every, stimulus=53.0, period=every, duration=100, every=every)
        end = dict(zip(cells.model.states, cells.states[:, 0], strict=True))
        assert v[0] == pytest.approx(start["v"], abs=0.02)
        assert end["Ca_i"] == pytest.approx(start["Ca_i"], rel=0.01)
        assert end["Ca_nsr"] == pytest.approx(start["Ca_nsr"], rel=0.01)
        assert end["Na_i"] == pytest.approx(start["Na_i"], rel=1e-3)
