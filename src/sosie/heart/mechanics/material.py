r"""Strain energy of passive muscle.

Guccione:
    psi = C / 2 (exp(Q) - 1),
    Q = b_f E_ff^2 + b_t (E_ss^2 + E_nn^2 + 2 E_sn^2) + 2 b_fs (E_fs^2 + E_fn^2)

Holzapfel-Ogden:
    psi = a / 2b (exp(b (I_1 - 3)) - 1) - a ln J
        + sum over f, s of a_i / 2b_i (exp(b_i <I_4i - 1>^2) - 1)
        + a_fs / 2b_fs (exp(b_fs I_8fs^2) - 1)

neo-Hookean, tissue that is no muscle:
    psi = mu / 2 (I_1 - 3 - 2 ln J)

E        (C - I) / 2, C = F^T F, the whole strain and not its isochoric part, shape (3, 3)
f, s, n  unit vectors along the fibre, along the sheet and across it, at rest, shape (3,)
I_1      tr C;  I_4i = i . C i;  I_8fs = f . C s;  <x> = max(x, 0): fibres do not push

What is not E_ff is written with |E f|^2 and E : E, so Guccione's muscle need not know s and n. As
J = 1 holds only on average over cells, ln J is there to make rest a state without stress.
Material numbers are constants of the forms, so that no patient compiles anew.

Source: Guccione et al. (1991), doi:10.1115/1.2894084; Holzapfel and Ogden (2009),
doi:10.1098/rsta.2009.0091, eq. 5.38.
"""

from dataclasses import fields

import ufl
from dolfinx import fem, mesh

from sosie.heart.mechanics.parameters import Guccione, Material

Expression = ufl.core.expr.Expr


AT_REST = 1e-9
"""Of squared stretch: fibres at rest are stiff, as if stretched, whichever way they were rounded; a
tangent at rest without them leads Newton's method astray."""


class Numbers:
    """A material's numbers, which forms hold and which may change between solutions."""

    def __init__(self, material: Material, domain: mesh.Mesh) -> None:
        """Make a constant on ``domain`` of each number."""
        self.kind = type(material)
        self.of = {field.name: fem.Constant(domain, 0.0) for field in fields(material)}
        self.set(material)

    def set(self, material: Material) -> None:
        """Take another material of the same kind."""
        assert isinstance(material, self.kind)
        for name, constant in self.of.items():
            constant.value = getattr(material, name)

    def energy(self, F: Expression, fibre: Expression, sheet: Expression | None) -> Expression:
        """Return psi [Pa], per volume at rest."""
        if self.kind is Guccione:
            return guccione(F, fibre, **self.of)
        assert sheet is not None, "Holzapfel-Ogden muscle has sheets"
        return holzapfel_ogden(F, fibre, sheet, **self.of)


def guccione(
    F: Expression,
    f: Expression,
    *,
    stiffness: Expression,
    fibre: Expression,
    transverse: Expression,
    shear: Expression,
) -> Expression:
    """Return psi of transversely isotropic muscle."""
    E = (F.T * F - ufl.Identity(3)) / 2
    Ef = E * f
    along = ufl.dot(f, Ef) ** 2
    beside = ufl.dot(Ef, Ef) - along  # E_fs^2 + E_fn^2
    across = ufl.inner(E, E) - 2 * beside - along
    Q = fibre * along + transverse * across + 2 * shear * beside
    return stiffness / 2 * (ufl.exp(Q) - 1)


def holzapfel_ogden(
    F: Expression,
    f: Expression,
    s: Expression,
    *,
    a: Expression,
    b: Expression,
    a_f: Expression,
    b_f: Expression,
    a_s: Expression,
    b_s: Expression,
    a_fs: Expression,
    b_fs: Expression,
) -> Expression:
    """Return psi of orthotropic muscle."""
    Ff, Fs = F * f, F * s

    def stiffening(a: Expression, b: Expression, x: Expression) -> Expression:
        return a / (2 * b) * (ufl.exp(b * x**2) - 1)

    def stretched(x: Expression) -> Expression:
        return ufl.conditional(ufl.gt(x, 1 - AT_REST), x - 1, 0.0)

    matrix = a / (2 * b) * (ufl.exp(b * (ufl.inner(F, F) - 3)) - 1) - a * ufl.ln(ufl.det(F))
    return (
        matrix
        + stiffening(a_f, b_f, stretched(ufl.dot(Ff, Ff)))
        + stiffening(a_s, b_s, stretched(ufl.dot(Fs, Fs)))
        + stiffening(a_fs, b_fs, ufl.dot(Ff, Fs))
    )


def neo_hookean(F: Expression, mu: Expression) -> Expression:
    """Return psi of isotropic tissue of the shear modulus ``mu`` [Pa]."""
    return mu / 2 * (ufl.inner(F, F) - 3 - 2 * ufl.ln(ufl.det(F)))
