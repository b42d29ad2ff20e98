"""The functions written into kernels, and what a kernel does with lanes and with nonsense."""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from numpy import exp, log, sqrt, where

from sosie.heart.ionic import build
from sosie.heart.ionic.cells import Cells
from sosie.heart.ionic.model import Flow, Gate, Model, Parameter, Rate, Value


def toy(constant: float = 1.0) -> Model:
    """Make a model whose states become functions of v in one step of 1 ms, from zero."""

    def equations(v: Value, y: SimpleNamespace, p: SimpleNamespace, stimulus: Value) -> Flow:
        return Flow(
            {"none": 0.0 * v},
            {
                "exp": Rate(exp(v)),
                "log": Rate(log(v)),
                "root": Rate(sqrt(v * v) * p.g),
                "sign": Rate(where(v < 0, -1.0, 1.0)),
                "gate": Gate(1.0, exp(-v)),
            },
        )

    return Model(
        name="toy",
        source="none",
        equations=equations,
        parameters={"g": Parameter(constant, "1", "a number", "none", "I_g")},
        variants={"epi": {}},
        start={"epi": dict.fromkeys(("v", "exp", "log", "root", "sign", "gate"), 0.0)},
        calcium="exp",
        longest_step=1.0,
    )


TOY = toy()


def run(v, precision="double"):
    cells = Cells(TOY, len(v), precision=precision)
    assert cells._kernel is not None, "no C compiler"
    cells.step(v.astype(np.float64), 1.0)
    return dict(zip(TOY.states, cells.states, strict=True))


@pytest.mark.parametrize(("precision", "type_"), [("double", np.float64), ("single", np.float32)])
def test_functions_are_right_to_a_few_units_in_the_last_place(precision, type_):
    v = np.concatenate([np.linspace(-80, 80, 4001), np.geomspace(1e-6, 1e6, 4001)]).astype(type_)
    got, few = run(v, precision), 4 * np.finfo(type_).eps
    wide = v.astype(np.float64)
    inside = wide < 80
    np.testing.assert_allclose(got["exp"][inside], np.exp(wide[inside]), rtol=few)
    above = wide > 0
    near = np.abs(np.log(wide[above])) * few + few
    assert np.all(np.abs(got["log"][above] - np.log(wide[above])) < near)
    np.testing.assert_allclose(got["root"], np.abs(wide), rtol=few)
    # 1 - exp(-dt/tau) keeps its figures where it is small: slow gates go on
    slow = (wide > -15) & (wide < 3)
    np.testing.assert_allclose(got["gate"][slow], -np.expm1(-np.exp(wide[slow])), rtol=2 * few)


def test_what_is_no_number_stays_none_and_nothing_overflows():
    got = run(np.array([np.nan, -1.0, 0.0, 800.0, -800.0]))
    assert np.isnan(got["exp"][0])
    assert np.isnan(got["log"][:3]).all()
    assert np.isfinite(got["exp"][1:]).all()
    assert got["exp"][4] < 1e-300


@pytest.mark.parametrize("tables", [False, True])
def test_a_lost_cell_is_seen_and_the_others_do_not_notice(tables):
    v, alone = np.linspace(-80, 20, 20), np.linspace(-80, 20, 20)
    v[7] = np.nan
    for potentials in (v, alone):
        cells = Cells("ttp06", 20, tables=tables)
        for _ in range(5):
            cells.step(potentials, 0.02)
    assert np.isnan(v[7])
    kept = np.arange(20) != 7
    assert np.array_equal(v[kept], alone[kept])


@pytest.mark.parametrize("precision", ["double", "single"])
@pytest.mark.parametrize("tables", [False, True])
def test_a_cell_does_not_hang_on_its_lane(precision, tables):
    """Two ranks that part the same cells differently get the same bits."""
    n, parts = 37, (slice(0, 5), slice(5, 37))
    whole, parted = np.linspace(-90, 30, n), np.linspace(-90, 30, n)
    options = {"precision": precision, "tables": tables}
    together = Cells("ttp06", n, **options)
    apart = [Cells("ttp06", part.stop - part.start, **options) for part in parts]
    for _ in range(20):
        together.step(whole, 0.02, 1.5)
        for part, cells in zip(parts, apart, strict=True):
            cells.step(parted[part], 0.02, 1.5)
    assert np.array_equal(whole, parted)
    assert np.array_equal(together.states, np.hstack([cells.states for cells in apart]))


def test_without_a_compiler_cells_run_in_numpy_and_say_so_once(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("CC", "no-such-compiler")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    model = toy(constant=2.0)  # not built yet
    v = np.array([-1.0])
    for _ in range(2):
        cells = Cells(model, 1)
        cells.step(v, 1.0)
    assert cells.states[2, 0] == 2.0
    assert caplog.text.count("no C compiler") == 1


def test_a_cache_that_cannot_be_written_is_said_in_one_sentence(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(Exception, match="set XDG_CACHE_HOME to one that can be written"):
        build.cache_folder("kernels")


def test_processes_may_build_the_same_kernel_at_the_same_time(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    code = (
        "from sosie.heart.ionic import build; print(build.load('int one(void) {return 1;}').one())"
    )
    command = [sys.executable, "-c", code]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate()[0] for process in started] == ["1\n"] * 3
    assert len(list((tmp_path / "sosie" / "kernels").iterdir())) == 1
