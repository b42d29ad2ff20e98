"""From manifests to the status of a cohort: columns for the store, counts for status.json."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from sosie.store.layout import STATUS


class Entry(Protocol):
    """What a manifest says of one patient."""

    id: str
    status: str
    reason: str
    digest: str
    seconds: float


def columns(entries: Sequence[Entry]) -> dict[str, list]:
    """Return one list per field of the entries."""
    names = ("status", "reason", "digest", "seconds")
    return {name: [getattr(entry, name) for entry in entries] for name in names}


def summary(organs: Mapping[str, Sequence[Entry]]) -> dict[str, object]:
    """Return patients by status and organ, the reasons, and the seconds."""
    out: dict[str, object] = {}
    for organ, entries in organs.items():
        counts = Counter(entry.status for entry in entries)
        out[organ] = {
            "patients": len(entries),
            **{status: counts[status] for status in STATUS},
            "seconds": round(sum(entry.seconds for entry in entries), 1),
            "reasons": {e.id: f"{e.status}: {e.reason}" for e in entries if e.status != "done"},
        }
    return out
