"""Brain volumes by age stand beside those of people who were not fitted to."""

import numpy as np
import pytest

from sosie.analysis import brain_volumes


def test_the_healthy_are_as_predicted_and_the_demented_have_less_brain():
    """Level and slope of OASIS-1's even subjects; the fit saw the odd ones alone."""
    groups = {group["group"]: group for group in brain_volumes.judged()}
    old = groups["CDR 0, from 60 years"]
    assert abs(old["difference"]) < 2 * old["difference_error"]
    assert abs(old["slope"] - old["slope_predicted"]) < 2 * old["slope_error"]
    missing = [groups[name]["difference"] for name in list(groups)[1:]]
    assert missing == sorted(missing, reverse=True)
    assert missing[-1] < -0.03


def test_the_table_has_a_row_for_each_group():
    rows = brain_volumes.rows()
    assert [row[0] for row in rows] == [group["group"] for group in brain_volumes.judged()]
    assert rows[1][1:4] == ("52", "0.752", "0.755")


def test_people_are_drawn_at_their_age_and_over_their_years(store, person):
    tree, _ = store([person(f"p{i}", age=60.0 + i) for i in range(3)], organs=("brain",))
    brain, patients = tree["brain"].to_dataset(), tree["patients"].to_dataset().load()
    left, right = brain_volumes.by_age(brain, patients).axes
    dots = np.vstack([c.get_offsets() for c in left.collections])
    assert sorted(dots[:, 0]) == [60.0, 61.0, 62.0]
    first = right.lines[0].get_xdata()
    onset = float(patients["amyloid_onset_age"][0])
    np.testing.assert_allclose(first, onset + brain["shape_year"].values)
    skull = float(brain["brain_volume"][0] / brain["brain_fraction"][0])
    assert right.lines[0].get_ydata()[0] == pytest.approx(1000 / skull)


def test_courses_are_medians_over_people(store, person):
    tree, _ = store([person("a"), person("b")], organs=("brain",))
    figure = brain_volumes.courses(tree["brain"].to_dataset())
    assert len(figure.axes) == len(brain_volumes.COURSES)
    assert figure.axes[0].lines[0].get_ydata()[0] == pytest.approx(1000.0)
