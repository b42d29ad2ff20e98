"""The report's first paragraph: what was done, what came out, and how much of it was measured."""

from collections.abc import Mapping, Sequence

import pandas as pd

from sosie.analysis.flow import Step

BUILT = {
    "heart": "The left ventricle of {done:,} of {patients:,} patients was built and its electrical"
    " activation simulated",
    "brain": "The brain of {done:,} of {patients:,} patients was shaped after its volumes and the"
    " spread of misfolded tau in it simulated over decades",
}
PLURAL = {"heart": "hearts", "brain": "brains"}


def summary(
    steps: Sequence[Step],
    counts: Mapping[str, Mapping[str, int]],
    people: Mapping[str, pd.DataFrame],
    origin: Mapping[str, float],
    assumed: Sequence[str],
) -> list[str]:
    """Return the sentences of the summary.

    ``steps`` are those of the selection, ``counts`` and ``people`` each organ's, ``origin`` that of
    the organs' values.
    """
    out = []
    if steps:
        first, last = steps[0].patients, steps[-1].patients
        out.append(f"Of {first:,} people in the table {last:,} were selected.")
    results = {"heart": _activation, "brain": _tau}
    for organ, frame in people.items():
        built = BUILT[organ].format(**counts[organ])
        out.append(
            f"{built}; {counts[organ]['rejected']:,} were rejected and"
            f" {counts[organ]['failed']:,} failed."
        )
        if len(frame):
            out.append(results[organ](frame))
    organs = " and ".join(PLURAL[organ] for organ in people)
    if origin:
        parts = ", ".join(f"{percent(share)} were {word}" for word, share in origin.items())
        out.append(f"Of the values that define these {organs}, {parts}.")
    if {"sampled", "imputed"} & set(origin):
        out.append(
            f"These are {organs} that people of this age, sex and size might have, not anybody’s"
            " own: what the figures show is what priors and model imply."
        )
    if assumed:
        out.append(
            "Numbers that are assumed, with no data behind them, enter"
            f" {len(assumed)} of the cohort’s quantities; these are marked in Table 1."
        )
    return out


def percent(share: float) -> str:
    """Write a share so that what is there never reads 0 % and what is not all never 100 %."""
    if 0 < share < 1:
        return "< 1 %"
    if 99 < share < 100:
        return "> 99 %"
    return f"{share:.0f} %"


def _activation(people: pd.DataFrame) -> str:
    total = people["total_activation_time"]
    if len(total) == 1:
        return f"From the first to the last activation it took {total.iloc[0]:.0f} ms."
    return (
        f"From the first to the last activation it took {total.mean():.0f} ±"
        f" {total.std():.0f} ms (mean ± SD; {total.min():.0f} to {total.max():.0f} ms)."
    )


def _tau(people: pd.DataFrame) -> str:
    tau = people["tau_now"][people["years_since_onset"] >= 0]
    if len(tau) == 0:
        return "At their own age none of them is past the onset of amyloid, so none has tau yet."
    spread = f" (mean; {tau.min():.2g} to {tau.max():.2g})" if len(tau) > 1 else ""
    return (
        f"At their own age {len(tau):,} of {len(people):,} are past the onset of amyloid, with"
        f" which tau is seeded: the tau of their grey matter is {tau.mean():.2g}{spread} of that of"
        " a full brain."
    )
