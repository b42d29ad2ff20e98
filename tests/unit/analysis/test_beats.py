"""Beats as the report draws them: where the heart is between the instants that are stored."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from sosie.analysis.beats import FRAMES, STRAINS, Motion, animation, cohort, strains
from sosie.analysis.hearts import Shape
from sosie.geometry.template import build
from sosie.geometry.ventricle import from_scores


def motion(n=3):
    """Return a beat of 100 phases whose displacement is 0, 1, 2 and 1.5 mm at its instants."""
    phase = np.arange(100)
    volume = np.interp(phase, [0, 5, 35, 45, 60, 99], [119, 120, 50, 50, 100, 118])
    pressure = np.interp(phase, [0, 5, 10, 20, 35, 45, 99], [10, 11, 90, 130, 110, 6, 9])
    displacement = np.ones((4, n, 3)) * np.array([0.0, 1.0, 2.0, 1.5])[:, None, None]
    return Motion(volume, pressure, displacement, -10 * displacement[..., 0])


def test_a_heart_is_where_it_was_stored_at_each_instant():
    beat = motion()
    assert beat.instants()[:3] == [5, 20, 35]
    for k, phase in enumerate(beat.instants()):
        moved, strain = beat.at(phase)
        assert moved == pytest.approx(beat.displacement[k])
        assert strain == pytest.approx(beat.fibre_strain[k])


def test_a_heart_moves_as_its_cavity_does():
    """Half of what is ejected after the pressure's peak: half the way to end systole."""
    beat = motion()
    half = (beat.volume[20] + beat.volume[35]) / 2
    phase = 20 + int(np.abs(beat.volume[20:36] - half).argmin())
    share = (beat.volume[20] - beat.volume[phase]) / (beat.volume[20] - beat.volume[35])
    assert beat.at(phase)[0] == pytest.approx(np.full((3, 3), 1 + share))


def test_a_heart_whose_valves_are_shut_rests():
    beat = motion()
    assert beat.at(40)[0] == pytest.approx(beat.displacement[2])


def test_a_heart_fills_across_the_end_of_the_beat():
    beat = motion()
    moved = [beat.at(phase)[0].max() for phase in (70, 90, 99, 0, 2, 5)]
    assert moved == sorted(moved, reverse=True)
    assert moved[-1] == 0


def test_all_loops_are_drawn_closed():
    beat = motion()
    figure = cohort(
        np.stack([beat.volume] * 3), np.stack([beat.pressure] * 3), np.array([50.0, 55.0, 60.0])
    )
    lines = figure.axes[0].collections[0].get_segments()
    assert len(lines) == 3
    assert lines[0][0] == pytest.approx(lines[0][-1])


def test_every_segment_says_its_strain():
    values = np.arange(17) - 30.0
    figure = strains(dict.fromkeys(STRAINS, values))
    assert len(figure.axes) == 2 * len(STRAINS)
    words = [text.get_text() for text in figure.axes[0].texts]
    assert words == [f"{value:.0f}".replace("-", "−") for value in values]
    first = figure.axes[0].texts[0].get_position()
    assert first == pytest.approx((0, first[1]), abs=1e-9)  # basal anterior: on top
    assert first[1] > 0.8


def test_the_animation_plays_for_a_second_and_is_small():
    template = build(1, 5, 12)
    n = template.n_vertices
    points = 1e3 * from_scores(np.zeros(6)).at(template.nodes[:n])
    shape = Shape(
        template.cells[:, :4],
        template.facets,
        template.facet_tags,
        template.nodes[:n, 1],
        template.nodes[:n, 2],
    )
    content = animation(shape, points, motion(n))
    image = Image.open(BytesIO(content))
    assert image.n_frames == FRAMES
    assert image.info["duration"] * FRAMES == 1000
    assert len(content) < 500_000
