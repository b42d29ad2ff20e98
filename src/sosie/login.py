"""What the workflow needs of the machine it is planned on."""

import os
import sys
from pathlib import Path
from typing import NoReturn

from sosie.errors import SosieError


def use_this_environment() -> None:
    """Put the commands of this very environment on PATH, whether or not it was activated."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def refuse(error: SosieError) -> NoReturn:
    """End planning with one sentence and exit 2: Snakemake would put a traceback around it."""
    sys.stderr.write(f"sosie: {error}\n")
    sys.stderr.flush()
    os._exit(2)
