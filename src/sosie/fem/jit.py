"""Forms that are compiled while others compile them, or were, and were killed.

FFCx marks a form that is being compiled by its C file, waits ten seconds for another process to end
it, and then gives up. On a busy node a compiler takes longer; one that was killed never ends.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path

WAITED = r"JIT compilation timed out.* remove (\S+\.c)\b"
"""FFCx's words, and the file."""
STALE = 180.0
"""Age [s] of a C file that nobody compiles any more: compilers take a minute at most."""
PATIENCE = 900.0
"""[s] after which it is given up."""


def compiled[T](build: Callable[[], T]) -> T:
    """Return what ``build`` makes, again and again where it waits for a compiler in vain.

    On several ranks all of them see the same error, and try again together.
    """
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return build()
        except (TimeoutError, RuntimeError) as error:
            waited = re.search(WAITED, str(error), re.DOTALL)
            if waited is None or time.monotonic() > end:
                raise
            _forget_stale(Path(waited[1]))


def _forget_stale(source: Path) -> None:
    try:
        if time.time() - source.stat().st_mtime > STALE:
            source.unlink()
    except FileNotFoundError:  # its compiler has ended, or another process was here
        return
