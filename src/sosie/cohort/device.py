"""Reduce the readings of connected devices to one value a person.

A file of readings has a row a reading: whose it is, when it was taken (ISO 8601, local time) and
its value. A rule makes the value that the record holds:

    home        mean of all readings after the first day; of 4 days or more, 12 readings or more
    ambulatory  (14 x mean of 8 to 22 h + 10 x mean of 22 to 8 h) / 24; of 20 and 7 readings or more
    resting     median of the readings from 3 to 7 h, at least one

Sources: home: Stergiou (2018), doi:10.1111/jch.13284, table 3. Hours of day and night, numbers of
readings and the share that must have succeeded: Leung (2017), doi:10.1016/j.cjca.2017.03.005, table
on ambulatory monitoring. Hours of rest: Speed (2023), doi:10.1371/journal.pdig.0000236, where heart
rate at rest is lowest and best measured between 3 and 7 h.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean, median

from sosie.cohort.mapping import MISSING, Device, Mapping, scale_of
from sosie.cohort.schema import COLUMN, Column
from sosie.cohort.text import NUMBER, label, named_rows, word
from sosie.errors import SosieError

SUCCEEDED = 0.7
"""Share of the readings that must be within the column's bounds: Leung (2017)."""

DAY = range(8, 22)
REST = range(3, 7)
HOME_DAYS, HOME_READINGS = 4, 12
DAY_READINGS, NIGHT_READINGS = 20, 7


@dataclass(slots=True)
class _Series:
    """A person's readings in the canonical unit, and how many there were in all."""

    good: list[tuple[datetime, float]]
    count: int = 0


def read_devices(table: Path, mapping: Mapping, ids: list[str]) -> dict[str, dict[int, float]]:
    """Return, for each column of a device, the values by row of the table.

    Files lie beside the table, or in it where it is a folder. Who has no reading has no value.
    """
    folder = table if table.is_dir() else table.parent
    place = {person: row for row, person in enumerate(ids)}
    found = {}
    for name, device in mapping.devices.items():
        path = folder / device.file
        series = _read(path, device, COLUMN[name], mapping, known=place)
        values = _reduce(path, device, name, series)
        found[name] = {place[person]: value for person, value in values.items()}
    return found


def _read(
    path: Path, device: Device, column: Column, mapping: Mapping, *, known: dict[str, int]
) -> dict[str, _Series]:
    """Return the readings of the people of the table; those of others are left out."""
    scale = scale_of(device.unit, column)
    missing = MISSING.union(device.missing)
    series: dict[str, _Series] = defaultdict(lambda: _Series([]))
    names = [device.id, device.time, device.value]
    for line, row in named_rows(path, list(dict.fromkeys(names))):
        person, time, cell = (mapping.replace.get(row[name], row[name]) for name in names)
        person = label(person)
        if person not in known:
            continue
        series[person].count += 1
        if cell in missing:
            continue
        if not NUMBER.fullmatch(cell):
            raise SosieError(
                f"{path}, {word(path)} {line}, column '{device.value}': {column.name} is {cell!r}, "
                f"which is not a number: write it like 72.5, or list it under 'missing' in devices"
            )
        try:
            # The hour on the person's clock counts, whatever the zone.
            moment = datetime.fromisoformat(time).replace(tzinfo=None)
        except ValueError as error:
            raise SosieError(
                f"{path}, {word(path)} {line}, column '{device.time}': {time!r} is not a time: "
                f"write it like 2024-01-31 07:15"
            ) from error
        value = float(cell) * scale
        if column.low <= value <= column.high:
            series[person].good.append((moment, value))
    if not series:
        raise SosieError(
            f"{path}: there is no reading of {column.name} of anybody in the table: "
            f"check column '{device.id}', or take {column.name} out of 'devices'"
        )
    return series


def _reduce(path: Path, device: Device, name: str, series: dict[str, _Series]) -> dict[str, float]:
    """Return the values of those whose series satisfy the rule; refuse or leave out the others."""
    values, short = {}, {}
    for person, one in series.items():
        share = len(one.good) / one.count
        if share < SUCCEEDED:
            reason = (
                f"only {share:.0%} of {one.count} readings lie between {COLUMN[name].low:g} and "
                f"{COLUMN[name].high:g} {COLUMN[name].unit}, not {SUCCEEDED:.0%}"
            )
            value = None
        else:
            value, reason = RULES[device.rule](one.good)
        if value is None:
            short[person] = reason
        else:
            values[person] = value
    if short and device.short == "refuse":
        person, reason = next(iter(short.items()))
        raise SosieError(
            f"{path}, column '{device.value}': the rule '{device.rule}' makes no {name} of "
            f"{len(short)} of {len(series)} people, first '{person}': {reason}: take their "
            f"readings out, or write 'short: missing' in devices"
        )
    return values


Outcome = tuple[float | None, str]
"""The value, or None and why there is none."""


def _home(readings: list[tuple[datetime, float]]) -> Outcome:
    days = {moment.date() for moment, _ in readings}
    later = [value for moment, value in readings if moment.date() != min(days)]
    if len(days) < HOME_DAYS or len(later) < HOME_READINGS:
        return None, (
            f"{len(days)} days and {len(later)} readings after the first, not {HOME_DAYS} and "
            f"{HOME_READINGS}"
        )
    return fmean(later), ""


def _ambulatory(readings: list[tuple[datetime, float]]) -> Outcome:
    day = [value for moment, value in readings if moment.hour in DAY]
    night = [value for moment, value in readings if moment.hour not in DAY]
    if len(day) < DAY_READINGS or len(night) < NIGHT_READINGS:
        return None, (
            f"{len(day)} readings by day and {len(night)} by night, not {DAY_READINGS} and "
            f"{NIGHT_READINGS}"
        )
    # Weighted by hours: readings are taken less often at night.
    return (len(DAY) * fmean(day) + (24 - len(DAY)) * fmean(night)) / 24, ""


def _resting(readings: list[tuple[datetime, float]]) -> Outcome:
    # ASSUME: without a record of movement, the median of those hours is the rate at rest.
    rest = [value for moment, value in readings if moment.hour in REST]
    if not rest:
        return None, f"no reading from {REST.start} to {REST.stop} h"
    return median(rest), ""


RULES: dict[str, Callable[[list[tuple[datetime, float]]], Outcome]] = {
    "home": _home,
    "ambulatory": _ambulatory,
    "resting": _resting,
}
