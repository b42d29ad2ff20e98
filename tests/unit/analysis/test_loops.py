"""Loops are closed, say what they eject, and share their scales."""

import numpy as np
import pytest

from sosie.analysis.loops import Loop, loops


def circle(title, centre, radius):
    angle = np.linspace(0, 2 * np.pi, 41)[:-1]
    pressure = 60 + 55 * np.sin(angle)
    return Loop(
        title,
        np.linspace(0.02, 0.8, 40),
        centre + radius * np.cos(angle),
        pressure,
        np.full(40, 90.0),
        np.full(40, 8.0),
    )


@pytest.fixture
def figure():
    return loops([circle("one", 100, 40), circle("two", 200, 30)])


def test_a_loop_ends_where_it_starts(figure):
    (line,) = figure.axes[0].lines
    x, y = line.get_data()
    assert (x[0], y[0]) == (x[-1], y[-1])
    assert len(x) == 41


def test_it_says_what_is_ejected(figure):
    assert figure.axes[0].texts[0].get_text() == "80 mL\n57 %"


def test_all_have_the_scales_of_the_largest(figure):
    first, second, below, other = figure.axes
    assert first.get_xlim() == second.get_xlim() == pytest.approx((0, 1.05 * 230))
    assert first.get_ylim() == other.get_ylim()
    assert below.get_xlim() == pytest.approx((0, 800))


def test_pressures_are_named_once(figure):
    legends = [ax.get_legend() for ax in figure.axes]
    assert sum(legend is not None for legend in legends) == 1
    assert [text.get_text() for text in legends[2].get_texts()] == [
        "left ventricle",
        "arteries",
        "left atrium",
    ]
