"""Fit the shape model to the Cardiac Atlas: ``python -m sosie.geometry.fit_atlas FOLDER``.

FOLDER holds the atlas's tables (mean shape, faces, six orthonormal remodelling modes, scores and
clinical index of 2,291 people; Zhang et al. 2014, doi:10.1371/journal.pone.0110243). A heart is
``mean + modes (s - mean(s of the asymptomatic))``. Each of a sample of people is rebuilt, its four
surfaces are projected on the surface harmonics, and the coefficients are regressed on the scores.
What ships is that regression and its error, not the atlas.
"""

import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from sosie.geometry import spheroid
from sosie.typing import Array, Integers

FOCAL = 0.040
"""Focal length [m]: below the shortest cavity's half length, so that lambda > 0 everywhere."""
EVERY = 3
"""One person in three is projected: 764 people for seven unknowns a coefficient."""
SURFACES = ("ed_endocardium", "ed_epicardium", "es_endocardium", "es_epicardium")
SOURCE = (
    "Cardiac Atlas Project, github.com/CardiacAtlasProject/lv-ortho-modes; "
    "Zhang et al. (2014), doi:10.1371/journal.pone.0110243"
)


def rim_of(faces: Integers, mean: Array) -> Integers:
    """Return the vertices on the open edge of the surface (duplicated points merged)."""
    _, first, merged = np.unique(mean.round(4), axis=0, return_index=True, return_inverse=True)
    triangles = merged.ravel()[faces]
    edges = Counter(
        tuple(sorted((int(t[i]), int(t[j]))))
        for t in triangles
        if len(set(t.tolist())) == 3
        for i, j in ((0, 1), (1, 2), (2, 0))
    )
    return first[sorted({v for edge, n in edges.items() if n == 1 for v in edge})]


def project(points: Array, rim: Integers) -> tuple[Array, Array]:
    """Return the coefficients of mu_base and of lambda for one surface, shape (n, 3) [m]."""
    lam, mu, theta = spheroid.prolate(FOCAL, points)
    base = np.linalg.lstsq(spheroid.fourier(theta[rim]), mu[rim], rcond=None)[0]
    s = mu / (spheroid.fourier(theta) @ base)
    return base, np.linalg.lstsq(spheroid.harmonics(s, theta), lam, rcond=None)[0]


def fitted(points: Array, base: Array, wall: Array) -> Array:
    """Return where the fitted surface has each point, moved along lambda [m]."""
    _, mu, theta = spheroid.prolate(FOCAL, points)
    s = mu / (spheroid.fourier(theta) @ base)
    return spheroid.cartesian(FOCAL, spheroid.harmonics(s, theta) @ wall, mu, theta)


def volume(points: Array, faces: Integers, rim: Integers) -> float:
    """Return the volume [m^3] that a surface of triangles holds, closed by a cone at its rim."""
    a, b, c = np.moveaxis((points - points[rim].mean(axis=0))[faces], 1, 0)
    return abs(float(np.einsum("ij,ij->", np.cross(a, b), c))) / 6


def spread(values: Array) -> dict[str, float]:
    """Return the median, 95th percentile and maximum of an error over people."""
    found = {"median": np.median(values), "p95": np.quantile(values, 0.95), "max": values.max()}
    return {name: round(float(value), 3) for name, value in found.items()}


def fit(folder: Path) -> dict[str, object]:
    """Return the shape model as it ships."""
    mean = np.loadtxt(folder / "cap_mean_shape.csv")
    faces = np.loadtxt(folder / "cap_surface_face.csv", delimiter=",").astype(int) - 1
    modes = np.loadtxt(folder / "cap_ortho_components_nlatent10.csv", delimiter=",")
    scores = np.loadtxt(folder / "cap_ortho_scores_nlatent10.csv", delimiter=",")
    group = (folder / "cap_lv_clinical_index.csv").read_text().splitlines()[1:]
    asymptomatic = np.array([line.startswith("ASYMP") for line in group])
    centred = scores - scores[asymptomatic].mean(axis=0)
    rim = rim_of(faces, mean.reshape(4, 841, 3)[0])
    people = centred[::EVERY]
    shapes = ((mean + people @ modes.T) * 1e-3).reshape(len(people), 4, 841, 3)
    design = np.column_stack([np.ones(len(people)), people])
    surfaces: dict[str, object] = {}
    for k, name in enumerate(SURFACES):
        parts = [project(shape[k], rim) for shape in shapes]
        base = np.linalg.lstsq(design, np.array([p[0] for p in parts]), rcond=None)[0]
        wall = np.linalg.lstsq(design, np.array([p[1] for p in parts]), rcond=None)[0]
        apart, volumes = [], []
        for row, shape in zip(design, shapes, strict=True):
            points = fitted(shape[k], row @ base, row @ wall)
            apart.append(np.linalg.norm(points - shape[k], axis=-1))
            volumes.append(volume(points, faces, rim) - volume(shape[k], faces, rim))
        surfaces[name] = {
            "base": base.round(9).tolist(),
            "wall": wall.round(9).tolist(),
            "rms_mm": spread(1e3 * np.sqrt(np.mean(np.square(apart), axis=1))),
            "farthest_mm": spread(1e3 * np.max(apart, axis=1)),
            "volume_mL": spread(1e6 * np.abs(volumes)),
        }
    return {
        "source": SOURCE,
        "terms": "computed from files under the GNU General Public License, version 2",
        "people": len(group),
        "fitted_to": len(people),
        "focal_length_m": FOCAL,
        "degree": spheroid.DEGREE,
        "harmonics": spheroid.HARMONICS,
        "rows": ["mean of the asymptomatic", *(f"lv_score_{i}" for i in range(1, 7))],
        "surfaces": surfaces,
    }


if __name__ == "__main__":
    target = Path(__file__).parent / "data" / "lv_atlas.json"
    target.write_text(json.dumps(fit(Path(sys.argv[1])), indent=1) + "\n")
