"""``python -m sosie`` and the console script ``sosie``."""

import sys

from sosie.cli import app
from sosie.errors import SosieError


def main() -> None:
    """Run a command; what a user can mend ends in one sentence and exit 2."""
    try:
        app()
    except SosieError as error:
        sys.stderr.write(f"sosie: {error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
