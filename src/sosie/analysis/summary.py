"""The report's first paragraph: what was done, what came out, and how much of it was measured."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from sosie.analysis.flow import Step
from sosie.store import layout


def summary(
    steps: Sequence[Step],
    counts: Mapping[str, int],
    people: pd.DataFrame,
    origin: Mapping[str, float],
    assumed: Sequence[str],
) -> list[str]:
    """Return the sentences of the summary.

    ``steps`` are those of the selection, ``counts`` the heart's, ``origin`` that of its values.
    """
    out = []
    if steps:
        first, last = steps[0].patients, steps[-1].patients
        out.append(f"Of {first:,} people in the table {last:,} were selected.")
    out.append(
        f"The left ventricle of {counts['done']:,} of {counts['patients']:,} patients was built and"
        f" its electrical activation simulated; {counts['rejected']:,} were rejected and"
        f" {counts['failed']:,} failed."
    )
    total = people["total_activation_time"]
    if len(total) > 1:
        out.append(
            f"From the first to the last activation it took {total.mean():.0f} ±"
            f" {total.std():.0f} ms (mean ± SD; {total.min():.0f} to {total.max():.0f} ms)."
        )
    elif len(total):
        out.append(f"From the first to the last activation it took {total.iloc[0]:.0f} ms.")
    if origin:
        shares = ", ".join(f"{percent(share)} were {word}" for word, share in origin.items())
        out.append(f"Of the values that define these hearts, {shares}.")
    if {"sampled", "imputed"} & set(origin):
        out.append(
            "These are hearts that people of this age, sex and size might have, not anybody’s own:"
            " what the figures show is what priors and model imply."
        )
    if assumed:
        out.append(
            "Numbers that are assumed, with no data behind them, enter"
            f" {len(assumed)} of the cohort’s quantities; these are marked in Table 1."
        )
    return out


def origin_of_hearts(patients: xr.Dataset) -> dict[str, float]:
    """Return which percentage of the values of organ and tissue has each origin."""
    inner = [
        patients[str(name)].attrs["scale"] in ("organ", "tissue")
        for name in patients["column"].values
    ]
    origin = patients["origin"].values[:, inner]
    known = origin[origin > 0]
    shares = {
        word: 100 * float(np.sum(known == i)) / max(len(known), 1)
        for i, word in enumerate(layout.ORIGIN)
    }
    return {word: share for word, share in shares.items() if share > 0}


def percent(share: float) -> str:
    """Write a share so that what is there never reads 0 % and what is not all never 100 %."""
    if 0 < share < 1:
        return "< 1 %"
    if 99 < share < 100:
        return "> 99 %"
    return f"{share:.0f} %"
