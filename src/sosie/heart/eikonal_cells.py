r"""What each tetrahedron gives to the eikonal equation, on the reference cell; compiled C.

    r    = grad_X T = (T_1 - T_0, T_2 - T_0, T_3 - T_0)              one vector in a cell of P1
    |T|  = sqrt(r . M r + delta^2),   B = M r / |T|,   M = K D K^T   B is K b of heart.eikonal
    tau  = 1 / sqrt(4 B . B + delta^2 a / (1 + (r . M r)^2)^2 + (4 epsilon tr M)^2)
    F_i  = sum_q w e (phi_i + tau B . grad_X phi_i) + epsilon w (M r) . grad_X phi_i
    e    = slope (|T| - source)

    policy   dF_i / dT_j with tau and the B beside it held
    Newton   adds sum_q w e grad_X phi_i . d(tau B)/dr . grad_X phi_j, where
             dB/dr   = (M - B B^T) / |T|
             dtau/dr = -4 tau^3 ((M B - B . B B) / |T| - floor |T| (r . M r) B / (1 + (r . M r)^2))

K        inverse Jacobian [1/m]; D squared velocities [m^2/s^2]; M [1/s^2], a = c_t^2 tr(K K^T)
w        weight of the quadrature times |det J| [m^3]; floor is the second term under tau's root

FFCx's code for the same forms takes 20 times as long: at every iteration it works out the curved
geometry again, and cells do not share vectors. Here what hangs on geometry alone is given (POINT
numbers at each of four points), and a vector lane is a cell.
"""

import ctypes

import numpy as np

from sosie.errors import SosieError
from sosie.heart.ionic.build import load
from sosie.typing import Array

POINT = 9
"""Numbers at a point: M11 M12 M13 M22 M23 M33, a, w, source."""
VOLUME = 7
"""Place of w among them."""
LANES = 8
"""Cells are padded to a multiple of it."""

_SOURCE = r"""
#include <math.h>
#define AT(k) point[(k) * stride + c]

struct sums {
    double f1, f2, f3;                                   /* of test functions' gradients */
    double g0, g1, g2, g3;                               /* of their values */
    double a11, a12, a13, a21, a22, a23, a31, a32, a33;  /* gradient by gradient */
    double v01, v02, v03, v11, v12, v13, v21, v22, v23, v31, v32, v33;  /* value by gradient */
};

static inline __attribute__((always_inline)) void
quadrature(struct sums *s, const double *restrict point, long stride, long c, double r1, double r2,
           double r3, double p0, double p1, double p2, double p3, double epsilon, double delta2,
           double slope, double newton)
{
    const double m11 = AT(0), m12 = AT(1), m13 = AT(2), m22 = AT(3), m23 = AT(4), m33 = AT(5);
    const double a = AT(6), w = AT(7), source = AT(8);
    const double x1 = m11 * r1 + m12 * r2 + m13 * r3;
    const double x2 = m12 * r1 + m22 * r2 + m23 * r3;
    const double x3 = m13 * r1 + m23 * r2 + m33 * r3;
    const double rr = r1 * x1 + r2 * x2 + r3 * x3;
    const double size = sqrt(rr + delta2), per = 1 / size;
    const double b1 = x1 * per, b2 = x2 * per, b3 = x3 * per;
    const double bb = b1 * b1 + b2 * b2 + b3 * b3;
    const double near = 1 / (1 + rr * rr), fade = 4 * epsilon * (m11 + m22 + m33);
    const double floor_ = delta2 * a * near * near;
    const double tau = 1 / sqrt(4 * bb + floor_ + fade * fade);
    const double e = w * slope * (size - source), et = e * tau, we = w * epsilon;
    s->g0 += p0 * e; s->g1 += p1 * e; s->g2 += p2 * e; s->g3 += p3 * e;
    s->f1 += et * b1 + we * x1; s->f2 += et * b2 + we * x2; s->f3 += et * b3 + we * x3;

    /* values: phi_i w slope B_j; gradients: w slope tau B_i B_j + epsilon w M_ij */
    const double ws = w * slope, y1 = ws * b1, y2 = ws * b2, y3 = ws * b3;
    s->v01 += p0 * y1; s->v02 += p0 * y2; s->v03 += p0 * y3;
    s->v11 += p1 * y1; s->v12 += p1 * y2; s->v13 += p1 * y3;
    s->v21 += p2 * y1; s->v22 += p2 * y2; s->v23 += p2 * y3;
    s->v31 += p3 * y1; s->v32 += p3 * y2; s->v33 += p3 * y3;
    const double n = newton * e, along = n * tau * per;
    /* n dtau/dr_j */
    const double mb1 = m11 * b1 + m12 * b2 + m13 * b3;
    const double mb2 = m12 * b1 + m22 * b2 + m23 * b3;
    const double mb3 = m13 * b1 + m23 * b2 + m33 * b3;
    const double t3 = -n * tau * tau * tau / 2, own = 8 * (bb * per + floor_ * near * rr * size);
    const double d1 = t3 * (8 * per * mb1 - own * b1);
    const double d2 = t3 * (8 * per * mb2 - own * b2);
    const double d3 = t3 * (8 * per * mb3 - own * b3);
    const double q = tau * ws - along, m = we + along;
    const double z1 = q * b1 + d1, z2 = q * b2 + d2, z3 = q * b3 + d3;
    s->a11 += b1 * z1 + m * m11; s->a12 += b1 * z2 + m * m12; s->a13 += b1 * z3 + m * m13;
    s->a21 += b2 * z1 + m * m12; s->a22 += b2 * z2 + m * m22; s->a23 += b2 * z3 + m * m23;
    s->a31 += b3 * z1 + m * m13; s->a32 += b3 * z2 + m * m23; s->a33 += b3 * z3 + m * m33;
}

#define ROW(i, c1, c2, c3) do { \
    const double j1 = (c1), j2 = (c2), j3 = (c3); \
    J[(4*i + 0) * stride + c] = -(j1 + j2 + j3) * k##i * k0; \
    J[(4*i + 1) * stride + c] = j1 * k##i * k1; \
    J[(4*i + 2) * stride + c] = j2 * k##i * k2; \
    J[(4*i + 3) * stride + c] = j3 * k##i * k3; } while (0)

/* T, free, F: (4, stride); phi: (4 points, 4); point: (4, POINT, stride); J: (4, 4, stride) */
void cells(long stride, const double *restrict T, const double *restrict free,
           const double *restrict phi, const double *restrict point, double epsilon, double delta2,
           double slope, double newton, double *restrict F, double *restrict J)
{
    #pragma omp simd
    for (long c = 0; c < stride; c++) {
        const double t0 = T[c];
        const double r1 = T[stride + c] - t0, r2 = T[2*stride + c] - t0, r3 = T[3*stride + c] - t0;
        const double k0 = free[c], k1 = free[stride + c];
        const double k2 = free[2*stride + c], k3 = free[3*stride + c];
        struct sums s = {0};
#define Q(k) \
        quadrature(&s, point + (k) * POINT * stride, stride, c, r1, r2, r3, phi[4*k], \
                   phi[4*k + 1], phi[4*k + 2], phi[4*k + 3], epsilon, delta2, slope, newton)
        Q(0);
        Q(1);
        Q(2);
        Q(3);
        F[c] = k0 * (s.g0 - s.f1 - s.f2 - s.f3);
        F[stride + c] = k1 * (s.g1 + s.f1);
        F[2*stride + c] = k2 * (s.g2 + s.f2);
        F[3*stride + c] = k3 * (s.g3 + s.f3);
        ROW(0, s.v01 - s.a11 - s.a21 - s.a31, s.v02 - s.a12 - s.a22 - s.a32,
            s.v03 - s.a13 - s.a23 - s.a33);
        ROW(1, s.v11 + s.a11, s.v12 + s.a12, s.v13 + s.a13);
        ROW(2, s.v21 + s.a21, s.v22 + s.a22, s.v23 + s.a23);
        ROW(3, s.v31 + s.a31, s.v32 + s.a32, s.v33 + s.a33);
    }
}
"""


class Cells:
    """Vectors and matrices of all cells of a rank, structure of arrays."""

    def __init__(self, n: int, phi: Array) -> None:
        """Compile for ``n`` cells; ``phi`` (4, 4) are the shape functions at the four points."""
        library = load(_SOURCE.replace("POINT", str(POINT)))
        if library is None:
            raise SosieError("activation: there is no C compiler; install gcc")
        self._run = library.cells
        self._run.restype = None
        self.n, self.stride = n, -(-n // LANES) * LANES
        self.phi = np.ascontiguousarray(phi)
        self.T, self.free, self.F = (np.zeros((4, self.stride)) for _ in range(3))
        self.J = np.zeros((4, 4, self.stride))
        self.point = np.ones((4, POINT, self.stride))

    def evaluate(self, *, epsilon: float, flat: float, slope: float, newton: float) -> None:
        """Set F and J from T, zero in rows and columns of vertices that are not ``free``."""
        numbers = (epsilon, flat**2, slope, newton)
        self._run(
            ctypes.c_long(self.stride),
            *(_address(a) for a in (self.T, self.free, self.phi, self.point)),
            *(ctypes.c_double(number) for number in numbers),
            *(_address(a) for a in (self.F, self.J)),
        )

    def diffusion(self, length: float) -> Array:
        """Return the matrices of lumped mass and ``length`` times M, shape (4, 4, stride)."""
        volumes = self.point[:, VOLUME]
        M = np.einsum("qkc,qc->kc", self.point[:, : VOLUME - 1], length * volumes)
        M = M[[[0, 1, 2], [1, 3, 4], [2, 4, 5]]]
        A = np.empty_like(self.J)
        A[1:, 1:] = M
        A[0, 1:] = A[1:, 0] = -M.sum(axis=0)
        A[0, 0] = M.sum(axis=(0, 1))
        A[range(4), range(4)] += self.phi.T @ volumes
        return A


def _address(array: Array) -> ctypes.c_void_p:
    return array.ctypes.data_as(ctypes.c_void_p)
