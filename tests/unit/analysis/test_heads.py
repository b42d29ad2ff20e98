"""The figure of a head: sections show every tissue where it is, electrodes are on the side seen."""

import numpy as np
import pytest

from sosie.analysis import heads
from sosie.geometry.brain.quality import volumes
from sosie.geometry.head.template import TISSUES, load


@pytest.fixture(scope="module")
def template():
    return load("coarse")


def area(polygon):
    x, y = polygon.T
    return abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2


def test_sections_add_up_to_the_volume(template):
    """Cavalieri: areas of a tissue in planes 8 mm apart, times 8 mm, are its volume."""
    points, skull = 1e3 * template.points, template.cells[template.tissue == TISSUES["skull"]]
    total = 0.0
    for z in np.arange(-100, 120, 8.0):
        polygons, _ = heads.section(points, skull, axis=2, at=z)
        total += 8.0 * sum(map(area, polygons))
    assert total == pytest.approx(volumes(points, skull).sum(), rel=0.02)


def test_a_section_names_the_cell_of_each_polygon(template):
    points = 1e3 * template.points
    polygons, own = heads.section(points, template.cells, axis=0, at=8.0)
    for polygon, cell in zip(polygons[::50], template.cells[own[::50]], strict=True):
        corners = points[cell][:, 1:]
        assert (polygon.min(axis=0) >= corners.min(axis=0) - 1e-9).all()
        assert (polygon.max(axis=0) <= corners.max(axis=0) + 1e-9).all()


def test_the_figure_has_three_sections_the_scalp_and_the_names_of_electrodes_in_sight(template):
    own = template.montage(20)
    x = np.einsum(
        "ek,ekj->ej",
        template.electrode_weights[own],
        template.points[template.electrode_facet[own]],
    )
    figure = heads.head(
        1e3 * template.points,
        template.cells,
        template.tissue,
        labels=TISSUES,
        scalp=template.surface("scalp"),
        electrodes=1e3 * x,
        names=[template.electrodes[k] for k in own],
    )
    titles = [ax.get_title() for ax in figure.axes]
    assert titles[0].startswith("sagittal")
    assert titles[3] == "scalp, 21 electrodes"
    written = {text.get_text() for text in figure.axes[3].texts}
    assert {"F7", "T7", "C3", "Cz"} <= written  # from the left and in front
    assert not {"T8", "O2", "P8"} & written
