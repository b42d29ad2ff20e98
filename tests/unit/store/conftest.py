"""Stores of hearts on a template of a few cells."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sosie.geometry.template import Template, build
from sosie.store import layout
from sosie.store.writer import finalise, init, pack


@pytest.fixture(scope="session")
def template() -> Template:
    return build(1, 2, 6)


@pytest.fixture(scope="session")
def heart(template) -> Callable[[float], dict[str, np.ndarray]]:
    """Make results [SI] whose every value says which patient they are of."""
    lengths = {"vertex": template.n_vertices, "xyz": 3}

    def make(number: float) -> dict[str, np.ndarray]:
        return {
            variable.name: np.full([lengths[dim] for dim in variable.dims], number)
            for variable in layout.HEART
        }

    return make


@pytest.fixture
def written(tmp_path, template, patient, heart) -> Callable[..., Path]:
    """Write a store of ``n`` patients; those in ``failed`` have no results."""

    def make(
        n: int, *, failed: tuple[int, ...] = (), name: str = "cohort.zarr", scale: float = 1.0
    ) -> Path:
        path = tmp_path / name
        init(path, "heart", layout.heart_arrays(template), size=n, study="made-up")
        digests = [f"{i:024x}".replace("0", "a") for i in range(n)]
        results = [
            (digest, {} if i in failed else heart(scale * (i + 1)))
            for i, digest in enumerate(digests)
        ]
        for first in range(0, n, layout.SHARD):
            pack(path, "heart", first=first, results=results[first : first + layout.SHARD])
        columns = {
            "status": ["failed" if i in failed else "done" for i in range(n)],
            "reason": ["eikonal diverged" if i in failed else "" for i in range(n)],
            "digest": digests,
            "seconds": [1.5] * n,
        }
        people = [patient(f"p{i}", age=20.0 + i) for i in range(n)]
        finalise(path, people, {"heart": columns}, attributes={"seed": 1})
        return path

    return make
