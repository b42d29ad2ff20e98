r"""Write one recorded step as C: structure of arrays, one vector lane a cell.

    exp(x)     = 2^k (1 + r + r^2/2! + ...),        k = round(x / ln 2), r = x - k ln 2
    expm1(x)   = 2^k (r + r^2/2! + ...) + (2^k - 1)
    log(x)     = k ln 2 + 2 (s + s^3/3 + ...),      s = (m - 1)/(m + 1), m = x / 2^k in [.7, 1.4]
    f(v)       = a_i + w (a_i+1 - a_i)              in a table, w = (v - v_i) / SPACING

Series to rounding in the precision of the kernel, or a polynomial of fewer terms as good, of our
own so that any compiler can vectorise them without -ffast-math: NaN stays NaN and a lost cell is
seen where potentials are watched (log of what is not positive is NaN too), and a cell's numbers do
not hang on which lane of which rank it falls. Numbers too small for the precision are zero inside a
kernel (FTZ), for speed.

Beyond the ends of a table, LOWEST and HIGHEST, what it holds keeps its value at the end.
"""

from collections.abc import Sequence

from sosie.heart.ionic.trace import UNIFORM, Node, Step, columns

LANES = 16
"""Cells are padded to a multiple of it: the widest vector of single precision today."""
LOWEST, HIGHEST, SPACING = -130.0, 100.0, 0.05
"""[mV] of a table. ASSUME: no cell leaves it but for moments inside a stimulus."""
ROWS = round((HIGHEST - LOWEST) / SPACING) + 1

MATHS = r"""
#include <stdint.h>
#include <string.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

#ifdef SINGLE
typedef float real;
typedef int32_t whole;
typedef uint32_t bits;
#define FRACTION 23
#define BIAS 127
#define ROUND 12582912.0f              /* 1.5 2^23 */
#define LEAST -87.0f
#define MOST 88.0f
#define HALF_ROOT 0x3f3504f3u          /* sqrt(1/2) */
#define ONE 0x3f800000u
#define LN2_HI 0.693359375f
#define LN2_LO -2.12194440e-4f
#else
typedef double real;
typedef int64_t whole;
typedef uint64_t bits;
#define FRACTION 52
#define BIAS 1023
#define ROUND 6755399441055744.0       /* 1.5 2^52 */
#define LEAST -708.0
#define MOST 709.0
#define HALF_ROOT 0x3fe6a09e667f3bcdull
#define ONE 0x3ff0000000000000ull
#define LN2_HI 6.93147180369123816490e-01
#define LN2_LO 1.90821492927058770002e-10
#endif
#define LOG2_E ((real)1.4426950408889634074)
#define INLINE static inline __attribute__((always_inline))

INLINE bits as_bits(real x) { bits b; memcpy(&b, &x, sizeof b); return b; }
INLINE real as_real(bits b) { real x; memcpy(&x, &b, sizeof x); return x; }

/* 2^k and the series of exp(r) - 1 */
INLINE real power_of_two(real x, real *series)
{
    x = x < LEAST ? LEAST : x;
    x = x > MOST ? MOST : x;
    const real shifted = x * LOG2_E + ROUND;
    const real k = shifted - ROUND;
    const real r = (x - k * LN2_HI) - k * LN2_LO;
#ifdef SINGLE
    real p = 1.0f/5040;
    p = p*r + 1.0f/720; p = p*r + 1.0f/120; p = p*r + 1.0f/24; p = p*r + 1.0f/6;
    p = p*r + 0.5f; p = p*r + 1;
#else
    /* interpolates (exp(r) - 1) / r at Chebyshev's points of |r| < ln(2)/2: as good as the series
       to r^13/13!, by two terms less; relative error 2.4e-17 */
    real p = 2.5105217004720745e-08;
    p = p*r + 2.7626371065696354e-07; p = p*r + 2.7557255400206422e-06;
    p = p*r + 2.480150431378554e-05; p = p*r + 1.9841269874820627e-04;
    p = p*r + 1.388888893251478e-03; p = p*r + 8.333333333326136e-03;
    p = p*r + 4.1666666666573066e-02; p = p*r + 1.666666666666667e-01;
    p = p*r + 5.000000000000006e-01; p = p*r + 1;
#endif
    *series = p*r;
    return as_real((as_bits(shifted) + BIAS) << FRACTION);
}

INLINE real exp_(real x) { real p; const real k = power_of_two(x, &p); return k*p + k; }
INLINE real expm1_(real x) { real p; const real k = power_of_two(x, &p); return k*p + (k - 1); }

INLINE real log_(real x)
{
    const bits b = as_bits(x) + (ONE - HALF_ROOT);
    const real m = as_real((b & (((bits)1 << FRACTION) - 1)) + HALF_ROOT);
    /* the exponent as a real, without a conversion: it is put into the fraction of 2^FRACTION */
    const real big = as_real((bits)(BIAS + FRACTION) << FRACTION | b >> FRACTION);
    const real k = big - ((real)((bits)1 << FRACTION) + BIAS);
    const real s = (m - 1) / (m + 1), q = s*s;
#ifdef SINGLE
    real p = 1.0f/9;
#else
    real p = 1.0/21;
    p = p*q + 1.0/19; p = p*q + 1.0/17; p = p*q + 1.0/15; p = p*q + 1.0/13; p = p*q + 1.0/11;
    p = p*q + 1.0/9;
#endif
    p = p*q + (real)(1.0/7); p = p*q + (real)(1.0/5); p = p*q + (real)(1.0/3);
    const real y = k*LN2_HI + (2*s + (2*s*q*p + k*LN2_LO));
    return x > 0 ? y : as_real(~(bits)0);
}

#ifdef SINGLE
INLINE real sqrt_(real x) { return __builtin_sqrtf(x); }
INLINE real absolute_(real x) { return __builtin_fabsf(x); }
#else
INLINE real sqrt_(real x) { return __builtin_sqrt(x); }
INLINE real absolute_(real x) { return __builtin_fabs(x); }
#endif
"""

DRIVER = r"""
/* Advance n cells, whatever n: what is left of the lanes is stepped beside the others. */
static void advance(long n, double *v, real *y, long stride, const double *uniform,
                    const real *each, const double *stimulus, const real *table)
{
    const long whole_lanes = n / LANES * LANES, rest = n - whole_lanes;
    lanes(whole_lanes, v, y, stride, uniform, each, stimulus, table);
    if (rest) {
        double last_v[LANES], last_stimulus[LANES];
        for (long k = 0; k < LANES; k++) {
            last_v[k] = v[whole_lanes + (k < rest ? k : 0)];
            last_stimulus[k] = stimulus[whole_lanes + (k < rest ? k : 0)];
        }
        lanes(LANES, last_v, y + whole_lanes, stride, uniform, each + whole_lanes, last_stimulus,
              table);
        memcpy(v + whole_lanes, last_v, rest * sizeof *v);
    }
}

#ifdef __SSE__
#define FLUSH const unsigned before = _mm_getcsr(); _mm_setcsr(before | 0x8040)
#define RESTORE _mm_setcsr(before)
#else
#define FLUSH
#define RESTORE
#endif

void step(long n, double *v, real *y, long stride, const double *uniform, const real *each,
          const double *stimulus, const real *table)
{
    FLUSH;
    advance(n, v, y, stride, uniform, each, stimulus, table);
    RESTORE;
}

/* Many steps: the stimulus is on for the first of every period; v and a state are kept. */
void march(long n, double *v, real *y, long stride, const double *uniform, const real *each,
           const double *on, const double *off, const real *table, long steps, long period,
           long duration, long every, long state, double *kept)
{
    FLUSH;
    for (long k = 0; k < steps; k++) {
        const double *stimulus = k % period < duration ? on : off;
        advance(n, v, y, stride, uniform, each, stimulus, table);
        if ((k + 1) % every == 0) {
            for (long i = 0; i < n; i++) {
                kept[i] = v[i];
                kept[n + i] = y[state * stride + i];
            }
            kept += 2 * n;
        }
    }
    RESTORE;
}
"""

INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "less": "<", "greater": ">"}


def source(step: Step, *, single: bool, tables: bool) -> str:
    """Return the C of one step."""
    held = columns(step) if tables else ()
    names = {node: f"t{i}" for i, node in enumerate(step.order)}
    for node in step.order:
        if node.op == "constant":
            names[node] = _number(node.value, single)
    for i, node in enumerate(held):
        names[node] = f"c{i}"
    body = _needed(step, held)
    before = [n for n in step.order if n.kind == UNIFORM]
    out = ["#define SINGLE" if single else "", f"#define LANES {LANES}", MATHS]
    out += [
        "static void lanes(long n, double *restrict v_, real *restrict y_, long stride,",
        "    const double *restrict uniform_, const real *restrict each_,",
        "    const double *restrict stimulus_, const real *restrict table_)",
        "{",
    ]
    out += [f"    const real {names[n]} = {_text(n, names, step)};" for n in before]
    out += ["    for (long b = 0; b < n; b += LANES) {"]
    out += _lookup(len(held), single) if held else []
    out += [
        "#pragma omp simd",
        "    for (long j = 0; j < LANES; j++) {",
        "        const long i = b + j;",
    ]
    out += [f"        const real c{k} = held_[{k}][j];" for k in range(len(held))]
    out += [
        f"        const {_type(n)} {names[n]} = {_text(n, names, step)};"
        for n in body
        if n.kind > UNIFORM
    ]
    for k, name in enumerate(step.states):
        out.append(f"        y_[{k} * stride + i] = {names[step.new[name]]};")
    out += [f"        v_[i] += (double){names[step.dv]};", "    }", "    }", "}", DRIVER]
    return "\n".join(out)


def _needed(step: Step, held: Sequence[Node]) -> list[Node]:
    """Return what is left to compute in the loop when a table holds some of it."""
    wanted: set[Node] = set()
    stack = [step.dv, *step.new.values()]
    while stack:
        node = stack.pop()
        if node not in wanted and node not in held and node.op != "constant":
            wanted.add(node)
            stack += node.args
    return [node for node in step.order if node in wanted]


def _type(node: Node) -> str:
    return "int" if node.op in ("less", "greater") else "real"


def _number(value: float, single: bool) -> str:
    text = f"{value!r}f" if single else repr(value)
    return f"({text})" if value < 0 else text


def _text(node: Node, names: dict[Node, str], step: Step) -> str:
    args = [names[a] for a in node.args]
    if node.op == "leaf":
        return _leaf(node, step)
    if node.op in INFIX:
        return f"{args[0]} {INFIX[node.op]} {args[1]}"
    if node.op == "negative":
        return f"-{args[0]}"
    if node.op == "where":
        return f"{args[0]} ? {args[1]} : {args[2]}"
    return f"{node.op}_({args[0]})"


def _leaf(node: Node, step: Step) -> str:
    if node.name == "v":
        return "(real)v_[i]"
    if node.name == "stimulus":
        return "(real)stimulus_[i]"
    if node.name in step.states:
        return f"y_[{step.states.index(node.name)} * stride + i]"
    if node.kind == UNIFORM:
        return f"(real)uniform_[{step.uniform.index(node.name)}]"
    return f"each_[{step.each.index(node.name)} * stride + i]"


def _lookup(n: int, single: bool) -> list[str]:
    lowest, per, last = (_number(x, single) for x in (LOWEST, 1 / SPACING, float(ROWS - 2)))
    return [
        f"        real rows_[LANES][{n}], held_[{n}][LANES];",
        "        for (long j = 0; j < LANES; j++) {",
        f"            const real at_ = ((real)v_[b + j] - {lowest}) * {per};",
        f"            const real in_ = at_ > 0 ? (at_ < {last} + 1 ? at_ : {last} + 1) : 0;",
        f"            const int row_ = (int)(in_ < {last} ? in_ : {last});",
        "            const real w_ = in_ - (real)row_;",
        f"            const real *const restrict a_ = table_ + row_ * {n};",
        f"            for (long k = 0; k < {n}; k++)",
        f"                rows_[j][k] = a_[k] + w_ * (a_[k + {n}] - a_[k]);",
        "        }",
        f"        for (long k = 0; k < {n}; k++)",
        "            for (long j = 0; j < LANES; j++) held_[k][j] = rows_[j][k];",
    ]
