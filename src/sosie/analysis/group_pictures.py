"""Two drawings of figures by group: ages against the target, and results by age, sex, wealth."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sosie.analysis import canvas
from sosie.analysis.group_tables import HEADLINES
from sosie.analysis.intervals import Estimate
from sosie.analysis.representativeness import Groups, Representativeness
from sosie.analysis.strata import band_names
from sosie.analysis.subgroups import ALL, Outcome
from sosie.analysis.target import SEXES, load_target
from sosie.typing import Array


def drawings(found: Representativeness) -> dict[str, str]:
    """Return the figures that have anything to show as base64 of PNG."""
    drawn, groups = {}, found.groups[0]
    means = [one for one in groups.outcomes if one.name in HEADLINES]
    means = [one for one in means if len(list(_points(one, groups.by))) > 1]
    people = _people(groups)
    with mpl.rc_context(canvas.STYLE):
        if found.target is not None and people:
            shares = {group: 100 * n / found.patients for group, n in people.items()}
            drawn["pyramid"] = _pyramid(shares, 100 * load_target(found.target).cells)
        if means:
            drawn["groups"] = _means(means, groups)
        return {name: b64encode(canvas.png(figure)).decode() for name, figure in drawn.items()}


def _people(groups: Groups) -> dict[tuple[str, str], int]:
    """Return how many people each band of age and sex has, of those that are shown."""
    cells = next(iter(groups.losses.values()))
    return {
        (cell.group["age"], cell.group["sex"]): cell.patients
        for cell in cells
        if cell.patients is not None
        and ALL not in (cell.group["age"], cell.group["sex"])
        and all(level == ALL for level in list(cell.group.values())[2:])
    }


def _pyramid(shares: Mapping[tuple[str, str], float], wanted: Array) -> Figure:
    """Draw the shares [%] of band of age and sex among the patients and in the target."""
    figure = Figure(figsize=(5.2, 2.7))
    ax = figure.subplots()
    figure.subplots_adjust(0.14, 0.17, 0.98, 0.90)
    bands, places = band_names(), np.arange(len(band_names()))
    for sex, side, of_target in zip(SEXES, (-1, 1), wanted.T, strict=True):
        name, colour, _ = canvas.SEXES[sex]
        bars = side * np.array([shares.get((band, sex), 0.0) for band in bands])
        ax.barh(places, bars, color=colour, alpha=0.6, height=0.8)
        ends = np.repeat(places, 2) + np.tile([-0.5, 0.5], len(places))
        ax.plot(np.repeat(side * of_target, 2), ends, "k-", linewidth=1.0)
        where, align = (0.02, "left") if side < 0 else (0.98, "right")
        ax.text(where, 0.96, name, color=colour, va="top", ha=align, transform=ax.transAxes)
    largest = max(abs(x) for x in ax.get_xlim())
    ax.set(xlim=(-largest, largest), ylabel="age [year]", xlabel="share of all people [%]")
    ax.set_yticks(places, bands)
    ax.xaxis.set_major_formatter(lambda x, _: f"{abs(x):g}")
    ax.set_title("bars: patients; line: target", loc="right")
    ax.axvline(0, color="white", linewidth=0.8)
    return figure


def _means(outcomes: Sequence[Outcome], groups: Groups) -> Figure:
    """Draw the means of each band of age by sex and, where wealth is known, of each level of it."""
    wealth = list(groups.by)[2:]
    n = len(outcomes)
    figure = Figure(figsize=(7.2 if wealth else 4.8, 2.2 * n))
    axes = figure.subplots(
        n, 1 + len(wealth), squeeze=False, sharey="row", width_ratios=(2, 1)[: 1 + len(wealth)]
    )
    figure.subplots_adjust(
        0.12, 0.58 / (2.2 * n), 0.99, 1 - 0.1 / (2.2 * n), wspace=0.05, hspace=0.46
    )
    for row, outcome in zip(axes, outcomes, strict=True):
        points = list(_points(outcome, groups.by))
        by_age = [point for point in points if point[0] == "age"]
        bands = [band for band in band_names() if any(point[1] == band for point in by_age)]
        for sex, shift in zip(canvas.SEXES, (-0.12, 0.12), strict=True):
            mine = [point for point in by_age if point[2] == sex]
            places = [bands.index(point[1]) + shift for point in mine]
            _bars(row[0], places, [point[3] for point in mine], *canvas.SEXES[sex])
        row[0].set_xticks(range(len(bands)), bands)
        row[0].set(xlabel="age [year]", ylabel=_axis(outcome))
        row[0].legend(loc="upper left", handletextpad=0.2, borderaxespad=0.1)
        for name, ax in zip(wealth, row[1:], strict=True):
            rich = [point for point in points if point[0] == name]
            _bars(ax, list(range(len(rich))), [point[3] for point in rich], "", "black", "s")
            ax.set_xticks(range(len(rich)), [point[1].replace(" ", "\n", 1) for point in rich])
            ax.set(xlabel=groups.by[name], xlim=(-0.5, max(len(rich), 1) - 0.5))
    return figure


def _points(outcome: Outcome, by: dict[str, str]) -> Iterator[tuple[str, str, str, Estimate]]:
    """Yield grouping, level, sex and mean of bands of age by sex, and of levels of wealth."""
    for cell in outcome.groups:
        mean = cell.weighted or cell.raw
        cut = {name: level for name, level in cell.group.items() if level != ALL}
        if mean is None:
            continue
        if set(cut) == {"age", "sex"}:
            yield "age", cut["age"], cut["sex"], mean
        elif len(cut) == 1 and not set(cut) & {"age", "sex"}:
            ((name, level),) = cut.items()
            yield name, level, "", mean


def _bars(
    ax: Axes,
    places: Sequence[float],
    means: Sequence[Estimate],
    name: str,
    colour: str,
    marker: str,
) -> None:
    low = [m.value - (m.value if m.low is None else m.low) for m in means]
    high = [(m.value if m.high is None else m.high) - m.value for m in means]
    ax.errorbar(
        places,
        [m.value for m in means],
        yerr=[low, high],
        fmt=marker,
        color=colour,
        markersize=3.5,
        elinewidth=0.8,
        label=name,
    )


def _axis(outcome: Outcome) -> str:
    words = outcome.name.replace("_", " ")
    return words if outcome.unit == "1" else f"{words} [{outcome.unit}]"
