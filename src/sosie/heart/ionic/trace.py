r"""Record a model's equations as a graph, by running them once on symbols.

    y  <- y + (inf - y) (1 - exp(-dt / tau))     gates
    y  <- y + dt value                           rates
    dv  = dt (stimulus - I_ion)

A symbol answers to arithmetic, comparison and numpy's functions with another symbol, so a model is
written once: on arrays it computes, on symbols it is recorded. Equal expressions are one node, so
nothing is computed twice. A node's kind says what it hangs on: nothing that changes between two
kernels (CONSTANT), the step and the scales of a tissue (UNIFORM), besides these the potential alone
(POTENTIAL, which a table can hold), or the cell (CELL).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Final

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from sosie.heart.ionic.model import Gate, Model
from sosie.typing import Array

CONSTANT, UNIFORM, POTENTIAL, CELL = range(4)

FUNCTIONS: Mapping[str, Callable[..., Array]] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "negative": np.negative,
    "exp": np.exp,
    "expm1": np.expm1,
    "log": np.log,
    "sqrt": np.sqrt,
    "absolute": np.absolute,
    "less": np.less,
    "greater": np.greater,
    "where": np.where,
}
"""All that equations may use, powers aside; named as numpy names them."""
COSTLY: Final = {"divide", "exp", "expm1", "log", "sqrt"}


class Node(NDArrayOperatorsMixin):
    """A symbol: an operation and what it is done to."""

    __slots__ = ("args", "costly", "graph", "kind", "name", "op", "value")

    def __init__(
        self, graph: "Graph", op: str, args: tuple["Node", ...], kind: int, name: str, value: float
    ) -> None:
        self.graph, self.op, self.args, self.kind = graph, op, args, kind
        self.name, self.value = name, value
        self.costly = op in COSTLY or any(a.costly for a in args)

    def __eq__(self, other: object) -> bool:
        """Say whether this is the very node: equal expressions are."""
        return self is other

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        """Refuse Python's own branches, which a kernel cannot follow."""
        raise TypeError("an equation branches on a state: write it with where()")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: "Node | float") -> "Node":
        """Record a function of numpy's."""
        if ufunc is np.power:
            return self.graph.power(*args)
        return self.graph.apply(ufunc.__name__, *args)

    def __array_function__(
        self,
        function: Callable[..., Array],
        types: Iterable[type],
        args: Sequence["Node | float"],
        kwargs: Mapping[str, object],
    ) -> "Node":
        """Record ``where``."""
        return self.graph.apply(function.__name__, *args)


class Graph:
    """All nodes of one model, each expression once."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[object, ...], Node] = {}

    def leaf(self, name: str, kind: int) -> Node:
        """Return the symbol of that name."""
        return self._node("leaf", (), kind, name, 0.0)

    def constant(self, value: float) -> Node:
        """Return a number as a node."""
        return self._node("constant", (), CONSTANT, "", float(value))

    def apply(self, op: str, *given: Node | float) -> Node:
        """Return ``op`` of symbols and numbers, simplified where that only saves work."""
        if op not in FUNCTIONS:
            raise TypeError(f"equations cannot use numpy's {op}; known are {', '.join(FUNCTIONS)}")
        args = tuple(a if isinstance(a, Node) else self.constant(a) for a in given)
        if all(a.op == "constant" for a in args):
            return self.constant(float(FUNCTIONS[op](*(a.value for a in args))))
        if op == "divide":
            return self._divide(*args)
        return self._node(op, args, max(a.kind for a in args), "", 0.0)

    def power(self, x: Node | float, power: Node | float) -> Node:
        """Return x to the power: products where it is whole and small, else exp(power log x)."""
        assert isinstance(x, Node)
        assert not isinstance(power, Node)
        if float(power).is_integer() and 1 < power <= 8:
            half = x if power < 4 else self.power(x, power // 2)
            square = half * half
            return square * x if power % 2 else square
        return self.apply("exp", power * self.apply("log", x))

    def _divide(self, x: Node, y: Node) -> Node:
        """Turn a quotient into a product where the reciprocal is free, or can be in a table."""
        if y.op == "constant":
            return x * (1 / y.value)
        if y.op == "divide" and y.args[0].op == "constant" and y.args[0].value == 1:
            return x * y.args[1]
        if y.kind < CELL <= x.kind:
            return x * self.apply("divide", 1.0, y)
        return self._node("divide", (x, y), max(x.kind, y.kind), "", 0.0)

    def _node(self, op: str, args: tuple[Node, ...], kind: int, name: str, value: float) -> Node:
        key = (op, name, value, *(id(a) for a in args))
        if key not in self.nodes:
            self.nodes[key] = Node(self, op, args, kind, name, value)
        return self.nodes[key]


@dataclass(frozen=True)
class Step:
    """One step of one variant of a model, recorded."""

    states: tuple[str, ...]
    uniform: tuple[str, ...]  # dt, then the scales that are one number for all cells
    each: tuple[str, ...]  # scales that each cell has its own of
    dv: Node
    new: Mapping[str, Node]
    order: tuple[Node, ...] = field(repr=False)  # what dv and new need, arguments first


def record(model: Model, variant: str, *, each: Iterable[str] = ()) -> Step:
    """Return one step of a model; ``each`` names the scales that every cell has its own of."""
    graph = Graph()
    each = tuple(sorted(each))
    uniform = ("dt", *(name for name in model.scales if name not in each))
    v, stimulus = graph.leaf("v", POTENTIAL), graph.leaf("stimulus", CELL)
    y = {name: graph.leaf(name, CELL) for name in model.states}
    scales = {name: graph.leaf(name, CELL if name in each else UNIFORM) for name in model.scales}
    flow = model.equations(v, SimpleNamespace(**y), model.scaled(variant, scales), stimulus)
    dt = graph.leaf("dt", UNIFORM)
    dv = dt * (stimulus - sum(flow.currents.values()))
    new = {}
    for name, old in y.items():
        law = flow.laws[name]
        if isinstance(law, Gate):
            new[name] = old + (law.inf - old) * -graph.apply("expm1", -dt / law.tau)
        else:
            new[name] = old + dt * law.value
    return Step(model.states, uniform, each, dv, new, ordered([dv, *new.values()]))


def ordered(roots: Iterable[Node]) -> tuple[Node, ...]:
    """Return the roots and all they are made of, arguments before what is made of them."""
    seen: dict[Node, None] = {}

    def visit(node: Node) -> None:
        if node not in seen:
            for arg in node.args:
                visit(arg)
            seen[node] = None

    for root in roots:
        visit(root)
    return tuple(seen)


def columns(step: Step) -> tuple[Node, ...]:
    """Return what a table by potential should hold: costly, of v alone, used by what is not."""
    wanted = {
        a: None
        for node in step.order
        if node.kind == CELL
        for a in node.args
        if a.kind == POTENTIAL and a.costly
    }
    return tuple(wanted)


def evaluate(nodes: Sequence[Node], leaves: Mapping[str, Array | float]) -> list[Array]:
    """Return the values of nodes, given those of the leaves below them."""
    known: dict[Node, Array] = {}
    with np.errstate(all="ignore"):  # branches that where() does not take may be 0 / 0
        for node in ordered(nodes):
            if node.op == "leaf":
                known[node] = np.asarray(leaves[node.name])
            elif node.op == "constant":
                known[node] = np.asarray(node.value)
            else:
                known[node] = FUNCTIONS[node.op](*(known[a] for a in node.args))
    return [known[node] for node in nodes]
