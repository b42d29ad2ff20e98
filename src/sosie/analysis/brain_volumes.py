"""Brain volumes of the cohort by age beside those of OASIS-1, and their courses over decades.

Of OASIS-1 only figures of groups ship (``sosie.cohort.judge_brain``): the people of even number,
whom the virtual people's distribution was not fitted to, by their clinical dementia rating.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sosie.analysis.canvas import SEXES, dot_size
from sosie.analysis.population import done
from sosie.cohort.body import DATA
from sosie.typing import Array

COURSES = {
    "brain_volume_course": "brain",
    "grey_volume_course": "grey matter",
    "hippocampal_volume_course": "hippocampi",
    "ventricular_volume_course": "ventricles",
}
"""Variables of the store, and words."""
BLUE = "#0072B2"
GROUPS = ("#009E73", "#009E73", "#E69F00", "#000000")
"""Colours of Okabe and Ito of OASIS-1's groups, in their order."""
HALF = {"healthy, 18 to 59 years": 15.0}
"""Years that a group's line reaches on either side of its mean age, where not OTHERS."""
OTHERS = 10.0
SHOWN = 40
"""Courses of single people that are drawn at most."""


@cache
def judged() -> Sequence[Mapping[str, float | str]]:
    """Return level and slope of brain over skull of OASIS-1's groups, observed and predicted."""
    return json.loads((DATA / "brain_judged.json").read_text(encoding="utf-8"))["groups"]


def rows() -> list[tuple[str, ...]]:
    """Return a table of the groups: n, level and slope as observed and as predicted."""
    return [
        (
            str(group["group"]),
            str(group["n"]),
            f"{group['observed']:.3f}",
            f"{group['predicted']:.3f}",
            f"{group['difference']:+.3f} ± {group['difference_error']:.3f}",
            f"{1e3 * group['slope']:+.2f} ± {1e3 * group['slope_error']:.2f}",
            f"{1e3 * group['slope_predicted']:+.2f}",
        )
        for group in judged()
    ]


def by_age(brain: xr.Dataset, patients: xr.Dataset) -> Figure:
    """Draw brain over skull against age: people now, their courses, and OASIS-1's groups."""
    known = patients.isel(patient=done(brain))
    fraction = brain["brain_fraction"].isel(patient=done(brain)).values
    figure = Figure(figsize=(7.2, 3.2))
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    figure.subplots_adjust(0.08, 0.14, 0.99, 0.93, wspace=0.06)
    for sex, (name, colour, marker) in SEXES.items():
        mine = (known["sex"] == sex).values
        look = {"s": dot_size(len(fraction)), "color": colour, "marker": marker, "linewidths": 0}
        left.scatter(known["age"].values[mine], fraction[mine], label=name, alpha=0.8, **look)
    left.legend(loc="lower left")
    _courses(right, brain, known)
    for ax, title in ((left, "virtual people at their age"), (right, "the same over the years")):
        _groups(ax)
        ax.set_title(title, loc="left", pad=3)
        ax.set_xlabel("age [year]")
    right.legend(loc="lower left")
    left.set(ylabel="brain over intracranial volume", xlim=(15, 105), ylim=(0.5, 0.92))
    return figure


def _courses(ax: Axes, brain: xr.Dataset, known: xr.Dataset) -> None:
    """Draw brain over skull of people of all ages, at the ages of their shapes."""
    order = np.argsort(known["age"].values, kind="stable")
    chosen = order[np.unique(np.linspace(0, len(order) - 1, min(SHOWN, len(order))).astype(int))]
    of_done = brain.isel(patient=done(brain))
    volume = of_done["brain_volume_course"].values[chosen]
    skull = (of_done["brain_volume"] / of_done["brain_fraction"]).values[chosen]
    ages = known["amyloid_onset_age"].values[chosen, None] + brain["shape_year"].values
    for age, course in zip(ages, volume / skull[:, None], strict=True):
        ax.plot(age, course, color=BLUE, linewidth=0.5, alpha=0.6)


def _groups(ax: Axes) -> None:
    for group, colour in zip(judged(), GROUPS, strict=True):
        reach = HALF.get(group["group"], OTHERS)
        x = np.array([-reach, reach])
        y = group["observed"] + group["slope"] * x
        name = f"OASIS-1, {group['group']}, n = {group['n']}"
        ax.plot(group["age"] + x, y, color=colour, linewidth=2, label=name)


def courses(brain: xr.Dataset) -> Figure:
    """Draw volumes over those of year 0, median and quartiles over people; ventricles apart."""
    years = brain["shape_year"].values
    figure = Figure(figsize=(7.2, 2.2))
    axes = figure.subplots(1, len(COURSES), sharex=True)
    figure.subplots_adjust(0.07, 0.21, 0.99, 0.88, wspace=0.35)
    for ax, (name, word) in zip(axes, COURSES.items(), strict=True):
        volumes: Array = brain[name].isel(patient=done(brain)).values
        low, middle, high = np.nanpercentile(volumes, [25, 50, 75], axis=0)
        ax.fill_between(years, low, high, color=BLUE, alpha=0.25, linewidth=0)
        ax.plot(years, middle, color=BLUE, linewidth=1.4)
        ax.set_title(f"{word} [mL]", loc="left", pad=3)
        ax.set_xlabel("years since seeding")
        ax.set_ylim(0, None)
    axes[0].set_xlim(years[0], years[-1])
    return figure
