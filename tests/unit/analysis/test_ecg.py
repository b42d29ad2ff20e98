"""Leads are drawn on the paper's scale, in the standard places, without meeting."""

import numpy as np
import pytest

from sosie.analysis.ecg import LAYOUT, Recording, twelve_leads

TIME = np.arange(0.0, 500.0, 2.0)
NAMES = [name for row in LAYOUT for name in row]


def recording(name="a", height=1.0):
    """Return leads that are a single triangle of ``height`` [mV] at 200 ms."""
    wave = height * np.maximum(1 - np.abs(TIME - 200) / 40, 0)
    return Recording(name, TIME, {lead: (-1) ** i * wave for i, lead in enumerate(NAMES)})


def signals(figure):
    """Return the drawn leads: lines of as many points as were recorded."""
    return [line.get_xydata() for line in figure.axes[0].lines if len(line.get_xydata()) == 250]


def test_the_paper_has_25_mm_a_second_and_10_mm_a_millivolt():
    for line in signals(twelve_leads([recording()])):
        assert np.ptp(line[:, 0]) == pytest.approx(25 * 0.498)
        assert np.ptp(line[:, 1]) == pytest.approx(10.0)


def test_all_leads_are_named_in_three_rows_of_four():
    figure = twelve_leads([recording()])
    places = {t.get_text(): t.get_position() for t in figure.axes[0].texts}
    for row in LAYOUT:
        x = [places[name][0] for name in row]
        assert (np.diff(x) > 0).all()
    for column in zip(*LAYOUT, strict=True):
        assert len({places[name][0] for name in column}) == 1
        assert (np.diff([places[name][1] for name in column]) < 0).all()


@pytest.mark.parametrize("height", [0.2, 3.0])
def test_signals_stay_in_their_rows_and_on_the_paper(height):
    figure = twelve_leads([recording(height=height)])
    ax = figure.axes[0]
    spans = [(line[:, 1].min(), line[:, 1].max()) for line in signals(figure)]
    assert min(low for low, _ in spans) > 0
    assert max(high for _, high in spans) < ax.get_ylim()[1]
    rows = [spans[4 * i : 4 * i + 4] for i in range(3)]
    for above, below in zip(rows, rows[1:], strict=False):
        assert min(low for low, _ in above) > max(high for _, high in below)


def test_several_recordings_lie_over_each_other_in_colours_of_their_own():
    figure = twelve_leads([recording("before"), recording("after", 0.5)])
    assert len(signals(figure)) == 24
    labels = {t.get_text(): t.get_color() for t in figure.axes[0].texts}
    assert labels["before"] != labels["after"]
