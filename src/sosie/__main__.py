"""``python -m sosie`` and the console script ``sosie``."""

import signal
import sys

from sosie.cli import app
from sosie.errors import SosieError

LAST_WORDS = 10
"""[s] that a rank may take to abort the others before it is ended, and they with it."""


def main() -> None:
    """Run a command; what a user can mend ends in one sentence and exit 2.

    A rank that fails must not leave the others waiting. MPI_Abort does that, but where memory has
    run out it may wait for ever itself: so an alarm ends the process, whatever it is doing, and the
    launcher ends the job.
    """
    try:
        app()
    except SosieError as error:
        sys.stderr.write(f"sosie: {error}\n")
        sys.exit(2)
    except Exception:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(LAST_WORDS)
        raise


if __name__ == "__main__":
    main()
