"""Which patients the report shows, and its figures: name -> base64 of a PNG."""

from base64 import b64encode
from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from sosie.analysis import beats, brain_volumes, brains, canvas, ecg, hearts, pairs, scalp, tau
from sosie.analysis.brain_population import (
    copies_of_e4,
    instants,
    mean_brain,
    regional_curves,
    tau_at,
)
from sosie.analysis.population import done, mean_heart, moments, spread_over
from sosie.geometry.between import between_vertices
from sosie.geometry.template import build
from sosie.typing import Array, Integers

SHOWN = 4
"""Patients that are drawn."""
HEADS = 2
"""Patients whose heads are drawn: the extremes."""


def pictures(tree: xr.DataTree, people: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return the figures of a store; ``people`` are the frames of its organs that are done."""
    patients = tree["patients"].to_dataset()
    organs = {organ: tree[organ].to_dataset() for organ in people}
    drawn: dict[str, Figure] = {}
    with mpl.rc_context(canvas.STYLE):
        if "heart" in organs:
            drawn |= _hearts(organs["heart"], people["heart"])
        if "brain" in organs:
            drawn |= _brains(organs["brain"], people["brain"], patients)
        if len(organs) == 2:
            both = people["heart"].index.intersection(people["brain"].index)
            if len(both):
                drawn["pairs"] = _pairs(**organs, people=people["brain"].loc[both])
        images = {name: canvas.png(figure) for name, figure in drawn.items()}
        if "heart" in organs and len(_beating(people["heart"])):
            images["animation"] = _animation(organs["heart"], people["heart"])
        return {name: b64encode(image).decode() for name, image in images.items()}


def _hearts(heart: xr.Dataset, people: pd.DataFrame) -> dict[str, Figure]:
    shape, mean = hearts.Shape.of(heart), mean_heart(heart)
    columns = []
    for place in spread_over(people["total_activation_time"].to_numpy(), SHOWN):
        person = people.iloc[place]
        title = (
            f"{_who(person)}\n"
            f"{person['total_activation_time']:.0f} ms, {person['cavity_volume']:.0f} mL"
        )
        one = heart.isel(patient=done(heart)[place])
        columns.append(hearts.Column(title, _read(one, "points"), _read(one, "activation_time")))
    _, end, spread = moments(heart[["points", "repolarisation_time"]].isel(patient=done(heart)))
    least = float(end.min())
    found = {
        "hearts": hearts.hearts(shape, columns),
        "mean": hearts.mean_hearts(shape, mean),
        "maps": hearts.maps(shape, hearts.mean_maps("activation", mean.time, mean.spread)),
        "repolarisation": hearts.maps(
            shape, hearts.mean_maps("repolarisation", end, spread, least=least)
        ),
        "associations": hearts.associations(people),
    }
    beating = _beating(people)
    if len(beating):
        ours = heart.sel(patient=beating.index)
        loop = [_read(ours, name) for name in ("lv_volume", "lv_pressure", "ejection_fraction")]
        found["loops"] = beats.cohort(*loop)
        found["strains"] = beats.strains(
            {name: _read(ours, f"segment_{name}_strain").mean(axis=0) for name in beats.STRAINS}
        )
    recorded = people[people["qrs_duration"].notna()]
    if len(recorded):
        found["ecg"] = _leads(heart, recorded)
    return found


def _beating(people: pd.DataFrame) -> pd.DataFrame:
    """Return those whose hearts beat."""
    return people[people["ejection_fraction"].notna()]


def _animation(heart: xr.Dataset, people: pd.DataFrame) -> bytes:
    """Draw the beat of who has the middle ejection fraction, on the mesh of activation."""
    beating = _beating(people)
    middle = np.argsort(beating["ejection_fraction"].to_numpy())[len(beating) // 2]
    one = heart.sel(patient=beating.index[middle])
    depth, height = one["mechanics_transmural"].values, one["mechanics_apicobasal"].values
    rings = len(np.unique(height)) - 1
    around = int(((depth == 0) & (height == 1)).sum())
    coarse = build(len(np.unique(depth)) - 1, rings, around)
    names = ("transmural", "apicobasal", "rotational")
    between = between_vertices(coarse, np.stack([one[name].values for name in names], axis=-1))
    motion = beats.Motion(
        _read(one, "lv_volume"),
        _read(one, "lv_pressure"),
        np.stack([between @ moved for moved in _read(one, "displacement")]),
        np.stack([between @ strain for strain in _read(one, "fibre_strain")]),
    )
    return beats.animation(hearts.Shape.of(heart), _read(one, "points"), motion)


def _leads(heart: xr.Dataset, people: pd.DataFrame) -> Figure:
    """Draw the twelve leads of some people, from the narrowest to the widest QRS."""
    recordings = []
    for place in spread_over(people["qrs_duration"].to_numpy(), SHOWN):
        person = people.iloc[place]
        leads = dict(
            zip(
                heart["lead"].values,
                _read(heart.sel(patient=person.name), "ecg"),
                strict=True,
            )
        )
        title = f"{_who(person)}; QRS {person['qrs_duration']:.0f}, QT {person['qt']:.0f} ms"
        recordings.append(ecg.Recording(title, heart["time"].values.astype(float), leads))
    return ecg.twelve_leads(recordings)


def _brains(brain: xr.Dataset, people: pd.DataFrame, patients: xr.Dataset) -> dict[str, Figure]:
    shape, years, curves = brains.Shape.of(brain), brain["year"].values, regional_curves(brain)
    last = next(iter(curves.values()))[:, -1]
    middle_and_last = np.unique(instants(years)[[1, -1]])
    shown = instants(brain["shape_year"].values)
    then = brain["shape_year"].values[shown]
    rows = []
    for place in spread_over(last, SHOWN):
        one = brain.isel(patient=done(brain)[place])
        mean = f"mean of grey matter at year {years[-1]:g}: {last[place]:.2g}"
        title = f"{_who(people.iloc[place])}; {mean}"
        moved = _read(one, "displacement")[shown]  # unknown where atrophy does not reach
        shapes = _read(one, "points") + np.nan_to_num(moved)
        rows.append(brains.Row(title, shapes, _read(one.sel(year=then), "tau")))
    found = {
        "ageing": brains.ageing(shape, then, rows),
        "mean_tau": brains.mean_brains(shape, mean_brain(brain, middle_and_last)),
        "curves": tau.curves(years, curves),
        "volumes": brain_volumes.courses(brain),
        "volumes_by_age": brain_volumes.by_age(brain, patients),
    }
    known = patients.isel(patient=done(brain))
    if "apoe" in known and (known["apoe"].values != "").any():
        copies = copies_of_e4(known["apoe"].values)
        found["tau_now"] = tau.now(people.assign(copies=copies, sbp=known["sbp"].values))
    electric = people[people["dose"].notna()]
    return found | _heads(brain, electric, patients) if len(electric) else found


def _heads(brain: xr.Dataset, people: pd.DataFrame, patients: xr.Dataset) -> dict[str, Figure]:
    """Draw EEG and stimulation of those who have them, some from the least dose to the largest."""
    shape, drawn = brains.Shape.of(brain), []
    for place in spread_over(people["dose"].to_numpy(), HEADS):
        person = people.iloc[place]
        one = brain.sel(patient=person.name)
        title = f"{_who(person)}; dose {person['dose']:.1f} mA"
        drawn.append(
            scalp.Cortex(
                title,
                _read(one, "points"),
                _read(one, "source_points"),
                1e3 * np.sqrt((_read(one, "lead_field") ** 2).mean(axis=0)),
                np.linalg.norm(_read(one, "stimulation_field"), axis=1),
            )
        )
    seen, field = scalp.cortices(shape, drawn)
    everybody = people.index.to_numpy()
    waves = scalp.eeg(brain.sel(patient=everybody))
    found = {"eeg_seen": seen, "stimulation": field, "eeg": waves}
    known = patients.sel(patient=everybody)
    columns = {name: known[name].values for name, _ in scalp.AGAINST}
    if all(np.isfinite(values).any() for values in columns.values()):
        found["doses"] = scalp.doses(people.assign(**columns))
    return found


def _pairs(heart: xr.Dataset, brain: xr.Dataset, people: pd.DataFrame) -> Figure:
    """Draw some people, in the order of their years since amyloid onset."""
    drawn = []
    for place in either_side(people["years_since_onset"].to_numpy()):
        person = people.iloc[place]
        ventricle, head = (organ.sel(patient=person.name) for organ in (heart, brain))
        since, years = float(person["years_since_onset"]), brain["year"].values
        drawn.append(
            pairs.Person(
                _who(person),
                _read(ventricle, "points"),
                _read(ventricle, "activation_time"),
                _read(head, "points"),
                tau_at(years, _read(head, "tau"), since),
                when(since, years),
            )
        )
    return pairs.pairs(hearts.Shape.of(heart), brains.Shape.of(brain), drawn)


def either_side(since: Array) -> Integers:
    """Return the places of people past the onset, all but one at most, and of others before it."""
    past, before = np.flatnonzero(since >= 0), np.flatnonzero(since < 0)
    shown = past[spread_over(since[past], SHOWN - 1 if len(before) else SHOWN)]
    others = before[spread_over(since[before], SHOWN - len(shown))]
    return np.concatenate([others, shown])


def _read(one: xr.Dataset, name: str) -> Array:
    return np.asarray(one[name].values, dtype=float)


def _who(person: pd.Series) -> str:
    word = {"female": "woman", "male": "man"}[person["sex"]]
    return f"{person.name}: {word}, {person['age']:.0f} y"


def when(since: float, years: Array) -> str:
    """Return when a brain is shown, ``years`` being those that were simulated."""
    if since < 0:
        return "before amyloid onset"
    beyond = f", shown at {years[-1]:g}" if since > years[-1] else ""
    return f"{since:.0f} y after amyloid onset{beyond}"
