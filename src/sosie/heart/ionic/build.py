"""Compile a kernel once for this machine and load it.

A library is named by a digest of its source, the flags and the processor, so it is built at first
use and never again, and a folder shared by unlike machines holds one for each. It is written under
another name and then renamed: many ranks may build the same one at the same time.

The compiler is the one that FFCx needs for the finite elements: $CC, or gcc. Without one, ``load``
finds only what was built before.
"""

import ctypes
import hashlib
import logging
import os
import platform
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from sosie.errors import SosieError

log = logging.getLogger(__name__)

FLAGS = (
    "-std=gnu11",
    "-O3",
    "-march=native",
    "-fopenmp-simd",
    "-fno-math-errno",  # sqrt in vectors
    "-fno-trapping-math",  # both sides of a choice may be computed
    "-ffp-contract=fast",
    "-fPIC",
    "-shared",
)
WIDE = "-mprefer-vector-width=512"
"""On x86, where compilers else use half of the widest registers."""


def cache_folder(kind: str) -> Path:
    """Return the user's folder for what can be made again, made if need be."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = root / "sosie" / kind
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SosieError(
            f"cannot make the folder {folder} ({error.strerror}); set XDG_CACHE_HOME to one that"
            " can be written"
        ) from error
    return folder


@cache
def processor() -> str:
    """Return what tells the instructions of this machine from another's."""
    info = Path("/proc/cpuinfo")
    if not info.exists():
        return f"{platform.machine()} {platform.processor()}"
    kept = ("model name", "flags", "Features", "CPU part")
    lines = [line for line in info.read_text().splitlines() if line.startswith(kept)]
    return "\n".join(dict.fromkeys(lines))


@cache
def load(source: str) -> ctypes.CDLL | None:
    """Return the library of one C source; None where there is no compiler to make it."""
    flags = [*FLAGS, WIDE] if platform.machine() in ("x86_64", "AMD64") else [*FLAGS]
    key = "\n".join([source, *flags, processor()])
    path = cache_folder("kernels") / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.so"
    if not path.exists():
        compiler = shutil.which(os.environ.get("CC", "gcc").split()[0])
        if compiler is None:
            log.warning("no C compiler: cells run in numpy, some thirty times slower; install gcc")
            return None
        _build(compiler, flags, source, path)
    return ctypes.CDLL(str(path))


def _build(compiler: str, flags: list[str], source: str, path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        text, library = Path(folder) / "kernel.c", Path(folder) / "kernel.so"
        text.write_text(source)
        command = [compiler, *flags, str(text), "-o", str(library)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[:2000]}")
        library.replace(path)
