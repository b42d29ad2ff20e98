"""Which visit simulates: the baseline of the table, a person's first or last, or one by its name.

Visits are known by labels, which must say their order: dates, or one word and a number ("01" and
"02", "M00" and "M06"), and one of them may be called baseline (or bl), which comes first. Without
word from the mapping it is the *baseline*, the earliest label of the whole table: who was not seen
then has missing cells. Of dates, which people have of their own, it is each person's first.
"""

import re
from datetime import datetime

from sosie.cohort.mapping import MISSING, plain
from sosie.cohort.text import Cells, label, word
from sosie.errors import SosieError

BASELINE = frozenset({"baseline", "bl"})
NUMBERED = re.compile(r"([^0-9.]*)([0-9]+(?:\.[0-9]+)?)")

Rows = dict[str, dict[str, int]]
"""By person and label, the row of each visit."""


def rows_of(ids: Cells, labels: Cells) -> Rows:
    """Return where each person's visits stand; refuse a visit without a label, or told twice."""
    rows: Rows = {}
    for row, cell in enumerate(labels.values):
        visit = bare(cell)
        if visit in MISSING:
            raise SosieError(
                f"{labels.where(row)}: {cell!r} tells no visit from another: give every row the "
                f"label of its visit"
            )
        person = label(ids.values[row])
        visits = rows.setdefault(person, {})
        if visit in visits:
            raise SosieError(
                f"{ids.where(row)}: participant '{person}' is already on {word(ids.path)} "
                f"{ids.line[visits[visit]]} at visit '{visit}': keep one row a person and visit, "
                f"or tell the visits apart in column '{labels.name}'"
            )
        visits[visit] = row
    return rows


def bare(visit: str) -> str:
    """Return a visit's label without the "ses-" of BIDS and the ".0" of a float."""
    return plain(visit.removeprefix("ses-"))


def choose(rows: Rows, labels: Cells, named: str | None) -> dict[str, int | None]:
    """Return the row of each person that simulates, None where that visit was not made."""
    known = list(dict.fromkeys(visit for visits in rows.values() for visit in visits))
    if named in ("first", "last"):
        return _of_each(rows, _ranks(known, labels), last=named == "last")
    if named not in (None, "baseline"):
        visit = bare(named)
        if visit not in known:
            raise SosieError(
                f"{labels.path}, column '{labels.name}': there is no session '{named}' that the "
                f"mapping names, only {_list(known)}: correct 'session' in the mapping"
            )
        return {person: visits.get(visit) for person, visits in rows.items()}
    called = [visit for visit in known if visit.lower() in BASELINE]
    if len(called) != 1 and len(known) > 1:
        ranks = _ranks(known, labels)
        if all(map(_date, known)):
            return _of_each(rows, ranks, last=False)
        called = [min(known, key=ranks.__getitem__)]
    first = (called or known or [""])[0]
    return {person: visits.get(first) for person, visits in rows.items()}


def _of_each(rows: Rows, ranks: dict[str, float], *, last: bool) -> dict[str, int | None]:
    """Return the row of each person's own first or last visit."""
    pick = max if last else min
    return {
        person: pick((ranks[visit], row) for visit, row in visits.items())[1]
        for person, visits in rows.items()
    }


def _ranks(known: list[str], labels: Cells) -> dict[str, float]:
    """Return numbers in the order of the visits; refuse to guess it."""
    ranks = {visit: float("-inf") for visit in known if visit.lower() in BASELINE}
    others = [visit for visit in known if visit not in ranks]
    dates = [_date(visit) for visit in others]
    numbered = [NUMBERED.fullmatch(visit) for visit in others]
    if all(dates):
        values = [moment.timestamp() for moment in dates]
    elif all(numbered) and len({match[1] for match in numbered}) == 1:
        values = [float(match[2]) for match in numbered]
    else:
        values = []
    if len(set(values)) != len(others) or len(known) - len(others) > 1:
        raise SosieError(
            f"{labels.path}, column '{labels.name}': which of {_list(known)} is the baseline "
            f"cannot be told: name it under 'session' in the mapping"
        )
    return ranks | dict(zip(others, values, strict=True))


def _date(visit: str) -> datetime | None:
    try:
        return datetime.fromisoformat(visit) if "-" in visit else None
    except ValueError:
        return None


def _list(visits: list[str]) -> str:
    """Return the first of the labels, for a sentence."""
    return ", ".join(map(repr, visits[:8])) + (", ..." if len(visits) > 8 else "")
