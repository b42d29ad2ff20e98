"""Strain energies are those of the papers, written out component by component."""

import numpy as np
import pytest
import ufl

from sosie.errors import SosieError
from sosie.heart.mechanics import parameters
from sosie.heart.mechanics.material import guccione, holzapfel_ogden

AXES = np.linalg.qr(np.array([[1.0, 0.3, 0.2], [0.4, 1.0, -0.5], [-0.2, 0.6, 1.0]]))[0].T
STRETCHED = np.eye(3) + np.array([[0.20, 0.10, -0.05], [0.03, -0.10, 0.08], [0.06, -0.02, 0.04]])
SHORTENED = 0.8 * np.eye(3)
TRANSVERSE = {"stiffness": 2.0, "fibre": 8.0, "transverse": 2.0, "shear": 4.0}
ORTHOTROPIC = {
    name: getattr(parameters.HolzapfelOgden(), name)
    for name in ("a", "b", "a_f", "b_f", "a_s", "b_s", "a_fs", "b_fs")
}


def evaluated(energy, F, *directions, **numbers):
    as_ufl = [ufl.as_vector(list(map(float, direction))) for direction in directions]
    return float(energy(ufl.as_matrix(F.tolist()), *as_ufl, **numbers)(()))


@pytest.mark.parametrize("F", [STRETCHED, SHORTENED])
def test_guccione_without_sheets_is_guccione_with_them(F):
    f, s, n = AXES
    E = (F.T @ F - np.eye(3)) / 2
    e = {
        a + b: x @ E @ y
        for a, x in zip("fsn", AXES, strict=True)
        for b, y in zip("fsn", AXES, strict=True)
    }
    Q = 8 * e["ff"] ** 2 + 2 * (e["ss"] ** 2 + e["nn"] ** 2 + 2 * e["sn"] ** 2)
    Q += 4 * 2 * (e["fs"] ** 2 + e["fn"] ** 2)
    ours = evaluated(guccione, F, f, **TRANSVERSE)
    assert ours == pytest.approx(2 / 2 * (np.exp(Q) - 1), rel=1e-12)


@pytest.mark.parametrize("F", [STRETCHED, SHORTENED], ids=["stretched", "shortened"])
def test_holzapfel_ogden_has_four_exponentials_and_fibres_that_do_not_push(F):
    f, s, _ = AXES
    C, m = F.T @ F, parameters.HolzapfelOgden()
    expected = m.a / (2 * m.b) * (np.exp(m.b * (np.trace(C) - 3)) - 1) - m.a * np.log(
        np.linalg.det(F)
    )
    for a, b, x in ((m.a_f, m.b_f, f), (m.a_s, m.b_s, s)):
        expected += a / (2 * b) * (np.exp(b * max(x @ C @ x - 1, 0) ** 2) - 1)
    expected += m.a_fs / (2 * m.b_fs) * (np.exp(m.b_fs * (f @ C @ s) ** 2) - 1)
    assert evaluated(holzapfel_ogden, F, f, s, **ORTHOTROPIC) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("energy", "directions", "numbers"),
    [(guccione, AXES[:1], TRANSVERSE), (holzapfel_ogden, AXES[:2], ORTHOTROPIC)],
    ids=["Guccione", "Holzapfel-Ogden"],
)
def test_rest_has_no_stress(energy, directions, numbers):
    for direction in np.eye(9).reshape(9, 3, 3):
        up, down = (
            evaluated(energy, np.eye(3) + sign * 1e-5 * direction, *directions, **numbers)
            for sign in (1, -1)
        )
        assert abs(up - down) / 2e-5 < 1e-5 * max(numbers.values())


def test_isotropic_guccione_does_not_know_its_fibre():
    alike = {"stiffness": 10.0, "fibre": 1.0, "transverse": 1.0, "shear": 1.0}
    ours = [evaluated(guccione, STRETCHED, f, **alike) for f in AXES]
    assert ours == pytest.approx([ours[0]] * 3, rel=1e-12)


@pytest.mark.parametrize(
    ("make", "name", "value", "cure"),
    [
        (parameters.Guccione, "stiffness", -1.0, "give zero or a positive number"),
        (parameters.HolzapfelOgden, "a_f", float("nan"), "give zero or a positive number"),
        (parameters.HolzapfelOgden, "b", 0.0, "give a positive number"),
    ],
)
def test_what_is_no_muscle_is_refused(make, name, value, cure):
    with pytest.raises(SosieError, match=f"{name} is .*{cure}"):
        make(**{name: value})


def test_springs_that_push_are_refused():
    with pytest.raises(SosieError, match="springs: tangential is -1"):
        parameters.Springs(1.0, tangential=-1.0)
