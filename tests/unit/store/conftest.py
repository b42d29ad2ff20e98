"""Stores of hearts on a template of a few cells."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sosie.geometry.template import Template, build
from sosie.heart.axes import heart_axes
from sosie.heart.beat.parameters import Mechanics
from sosie.store import layout
from sosie.store.writer import finalise, init, pack

AXES = heart_axes(Mechanics(rings=3))


@pytest.fixture(scope="session")
def template() -> Template:
    return build(1, 2, 6)


@pytest.fixture(scope="session")
def heart(template) -> Callable[[float], dict[str, np.ndarray]]:
    """Make results [SI] whose every value says which patient they are of."""
    lengths = {"vertex": template.n_vertices, "xyz": 3}
    for dims, values, _ in AXES.values():
        lengths |= dict(zip(dims, values.shape, strict=True))

    def make(number: float) -> dict[str, np.ndarray]:
        return {
            variable.name: np.full([lengths[dim] for dim in variable.dims], number)
            for variable in layout.HEART
        }

    return make


@pytest.fixture(scope="session")
def write(template, patient, heart) -> Callable[..., Path]:
    """Write a store of ``n`` patients at a path; those in ``failed`` have no results."""

    def make(path: Path, n: int, *, failed: tuple[int, ...] = (), scale: float = 1.0) -> Path:
        init(
            path,
            "heart",
            layout.heart_arrays(template, AXES),
            size=n,
            study="made-up",
        )
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


@pytest.fixture
def written(tmp_path, write) -> Callable[..., Path]:
    """Write a store in the folder of the test."""

    def make(n: int, *, name: str = "cohort.zarr", **options) -> Path:
        return write(tmp_path / name, n, **options)

    return make
