"""Is what lies at the store's path a store of this layout? Asked while planning: reads one file."""

import json
from pathlib import Path

from sosie.errors import SosieError
from sosie.store.layout import VERSION


def refuse_absent(path: Path) -> None:
    """Refuse a ``path`` where no store of this layout is."""
    if not path.exists():
        raise SosieError(f"{path}: there is no store; run the study first")
    check_layout(path)


def check_layout(path: Path) -> None:
    """Refuse a folder at ``path`` that is not a store of this layout; nothing there is fine."""
    if not path.exists():
        return
    try:
        found = json.loads((path / "zarr.json").read_text())["attributes"]["layout_version"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SosieError(f"{path} is not a store of sosie: move it away or delete it") from error
    if found != VERSION:
        raise SosieError(
            f"{path} has layout {found}, this sosie writes layout {VERSION}:"
            " move it away, or open it with the version that wrote it"
        )
