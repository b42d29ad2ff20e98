"""Figures by group as tables of words: losses of each group, and results by age, sex, wealth."""

from dataclasses import dataclass
from math import floor, log10

from sosie.analysis.intervals import Estimate
from sosie.analysis.representativeness import Groups, Representativeness
from sosie.analysis.subgroups import ALL, GroupMean, Loss, Outcome

HEADLINES = ("total_activation_time", "tau_now")
"""Results that are shown by group in the report; the JSON file has all."""

HIDDEN = "few"
"""Stands where a group is too small to be shown."""


Words = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A result by age and sex (rows) and by wealth (columns): mean, and interval with people."""

    label: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[Words, ...]], ...]  # age, sex, cells
    left_out: int  # rows of which nothing can be shown


def loss_rows(found: Representativeness, organ: str) -> list[tuple[str, str, Loss]]:
    """Return grouping, level and losses of everybody and of each group by itself."""
    rows = []
    for groups in found.groups:
        for cell in groups.losses[organ]:
            cut = [name for name, level in cell.group.items() if level != ALL]
            if len(cut) == 1:
                rows.append((groups.by[cut[0]], cell.group[cut[0]], cell))
    everybody = next(one for one in found.groups[0].losses[organ] if _is_all(one.group))
    return [("", "everybody", everybody), *rows]


def _is_all(group: dict[str, str]) -> bool:
    return all(level == ALL for level in group.values())


def outcome_tables(found: Representativeness) -> list[Table]:
    """Return the tables of the headlines that the study has."""
    groups = found.groups[0]
    return [_table(one, groups) for one in groups.outcomes if one.name in HEADLINES and one.groups]


def _table(outcome: Outcome, groups: Groups) -> Table:
    wealth = next(iter(list(groups.by)[2:]), None)
    cells: dict[tuple[str, str], dict[str, GroupMean]] = {}
    for cell in outcome.groups:
        row = cells.setdefault((cell.group["age"], cell.group["sex"]), {})
        row[cell.group[wealth] if wealth else ALL] = cell
    columns = sorted(cells[ALL, ALL], key=lambda level: level != ALL)
    shown = {
        place: tuple(_words(row.get(level)) for level in columns) for place, row in cells.items()
    }
    kept = [(*place, row) for place, row in shown.items() if any(words[1] for words in row)]
    # Whole groups before their parts.
    kept.sort(key=lambda row: (row[0] != ALL, row[1] != ALL))
    unit = "" if outcome.unit == "1" else f" [{outcome.unit}]"
    names = tuple("everybody" if level == ALL else level for level in columns)
    return Table(outcome.label + unit, names, tuple(kept), len(shown) - len(kept))


def _words(cell: GroupMean | None) -> Words:
    """Return the weighted mean where there is one, else the raw; its interval and people."""
    if cell is None:
        return "", ""
    mean = cell.weighted or cell.raw
    if mean is None:
        return HIDDEN, ""
    value, *bounds = _digits(mean)
    between = f"{' to '.join(bounds)}; " if bounds else ""
    return value, f"{between}n {cell.patients:,}"


def _digits(one: Estimate) -> list[str]:
    """Return a number and its bounds, where it has any, to the digits that these allow."""
    if one.low is None or one.high is None or one.high == one.low:
        return [f"{one.value:.3g}".replace("-", "−")]
    digits = min(max(-floor(log10((one.high - one.low) / 6)), 0), 5)
    return [
        f"{round(x, digits) + 0.0:.{digits}f}".replace("-", "−")
        for x in (one.value, one.low, one.high)
    ]
