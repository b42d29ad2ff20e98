"""Equations run on symbols give the graph that the kernel is written from."""

from types import SimpleNamespace

import numpy as np
import pytest

from sosie.heart.ionic.forms import bernoulli
from sosie.heart.ionic.model import find
from sosie.heart.ionic.trace import CELL, POTENTIAL, UNIFORM, Graph, columns, evaluate, record


@pytest.fixture
def graph():
    return Graph()


def test_an_expression_written_twice_is_computed_once(graph):
    v, y = graph.leaf("v", POTENTIAL), graph.leaf("y", CELL)
    assert np.exp(v / 7) * y is np.exp(v / 7) * y


@pytest.mark.parametrize("power", [2, 3, 4, 7, 8, 1.4, -1.5])
def test_powers_of_symbols_are_numpys(graph, power):
    x = np.array([0.3, 1.0, 2.5])
    node = graph.leaf("x", CELL) ** power
    np.testing.assert_allclose(evaluate([node], {"x": x})[0], x**power, rtol=1e-14)


def test_x_over_exp_x_less_one_is_smooth_through_zero():
    x = np.concatenate([[0.0, 1e-12, -1e-6], np.linspace(-3, 3, 601)])
    exact = np.where(x == 0, 1.0, np.where(x == 0, 1.0, x) / np.where(x == 0, 1.0, np.expm1(x)))
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(bernoulli(x), exact, rtol=2e-15)


def test_a_branch_on_a_state_is_refused(graph):
    y = graph.leaf("y", CELL)
    with pytest.raises(TypeError, match=r"where\(\)"):
        _ = 1.0 if y > 0 else 2.0


def test_a_function_that_no_kernel_has_is_refused(graph):
    with pytest.raises(TypeError, match="cannot use numpy's tanh"):
        np.tanh(graph.leaf("y", CELL))


def test_changing_a_value_in_place_is_refused(graph):
    y = graph.leaf("y", CELL)
    with pytest.raises(TypeError):
        y += 1.0


@pytest.mark.parametrize("name", ["ttp06", "torord"])
def test_a_table_holds_what_hangs_on_potential_alone(name):
    step = record(find(name), "epi")
    held = columns(step)
    assert len(held) > 20
    assert {node.kind for node in held} == {POTENTIAL}
    left = [n for n in step.order if n.kind == CELL and any(a in held for a in n.args)]
    assert left, "nothing uses the table"


@pytest.mark.parametrize("name", ["ttp06", "torord"])
def test_the_graph_computes_what_the_equations_do(name):
    model = find(name)
    step = record(model, "mid")
    y = dict(model.start["mid"])
    v, stimulus = y.pop("v") + 40, 3.0
    p = model.scaled("mid", {})
    with np.errstate(all="ignore"):
        flow = model.equations(np.asarray(v), SimpleNamespace(**y), p, stimulus)
    leaves = {**y, **dict.fromkeys(step.uniform, 1.0), "v": v, "stimulus": stimulus, "dt": 0.02}
    expected = 0.02 * (stimulus - sum(flow.currents.values()))
    assert float(evaluate([step.dv], leaves)[0]) == pytest.approx(float(expected), rel=1e-12)


def test_a_scale_is_uniform_unless_every_cell_has_its_own():
    step = record(find("ttp06"), "epi", each=["I_Kr"])
    kinds = {n.name: n.kind for n in step.order if n.op == "leaf"}
    assert kinds["I_Kr"] == CELL
    assert kinds["I_Ks"] == UNIFORM
    assert "I_Kr" not in step.uniform
