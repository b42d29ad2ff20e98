r"""What an ionic model is, and where the models are found.

    dv/dt = -I_ion(v, y) + stimulus,    dy/dt = law of y

v        transmembrane potential [mV]
y        states of the cell: gates, Markov states, concentrations
I_ion    sum of the ionic currents per capacitance [pA/pF, which is mV/ms]

A law is either a ``Gate``, dy/dt = (inf - y) / tau, stepped by Rush and Larsen (1978),
doi:10.1109/TBME.1978.326270, or a ``Rate``, dy/dt = value, stepped by forward Euler; Markov states
are gates whose inf holds what flows in and 1 / tau what flows out. Models keep their publication's
ms, mV and mM.

A model is one file in ``models``, named as the model, with a ``MODEL``. Its equations are plain
Python on numbers, arrays or symbols: arithmetic and numpy's exp, log, sqrt, abs and where. Numpy
runs them as they are, and ``trace`` records them for C. They may branch on a parameter, not on v or
a state, and change nothing in place.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np

from sosie.errors import SosieError
from sosie.heart.ionic import models
from sosie.typing import Array

type Value = Array | float
"""What equations are made of; a symbol behaves as an array."""


class Gate(NamedTuple):
    """dy/dt = (inf - y) / tau, tau in ms."""

    inf: Value
    tau: Value


class Rate(NamedTuple):
    """dy/dt = value, in 1/ms or mM/ms."""

    value: Value


class Flow(NamedTuple):
    """What the equations return: currents by name, in pA/pF, and each state's law."""

    currents: Mapping[str, Value]
    laws: Mapping[str, Gate | Rate]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of the model."""

    value: float
    unit: str
    meaning: str
    source: str
    scale: str = ""  # the current or flux whose strength it is, if it is one


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """An ionic model, as published; equal to itself alone, so that what is made of it is kept."""

    name: str
    source: str
    equations: Callable[[Value, SimpleNamespace, SimpleNamespace, Value], Flow]
    parameters: Mapping[str, Parameter]
    variants: Mapping[str, Mapping[str, float]]  # parameters that differ, by variant
    start: Mapping[str, Mapping[str, float]]  # v [mV] and states at rest, by variant
    calcium: str  # the state that is free calcium of the cytosol [mM]
    longest_step: float  # [ms], and how it was found in the model's file

    @property
    def states(self) -> tuple[str, ...]:
        """Return the names of the states, in their order; v is none of them."""
        return tuple(next(iter(self.start.values())))[1:]

    @property
    def scales(self) -> tuple[str, ...]:
        """Return the currents and fluxes whose strength can be scaled."""
        return tuple(dict.fromkeys(p.scale for p in self.parameters.values() if p.scale))

    def values(self, variant: str) -> dict[str, float]:
        """Return the parameters of one variant."""
        if variant not in self.variants:
            known = ", ".join(self.variants)
            raise SosieError(f"model {self.name} has no variant '{variant}'; give one of {known}")
        return {n: p.value for n, p in self.parameters.items()} | dict(self.variants[variant])

    def scaled(self, variant: str, scales: Mapping[str, Value]) -> SimpleNamespace:
        """Return the parameters of one variant, each times the scale it belongs to."""
        values: dict[str, Value] = dict(self.values(variant))
        for name, parameter in self.parameters.items():
            if parameter.scale in scales:
                values[name] = scales[parameter.scale] * values[name]
        return SimpleNamespace(**values, variant=variant)


def find(name: str) -> Model:
    """Return the model of that name."""
    known = [module.name for module in pkgutil.iter_modules(models.__path__)]
    if name not in known:
        raise SosieError(f"no ionic model '{name}'; give one of {', '.join(sorted(known))}")
    model: Model = importlib.import_module(f"{models.__name__}.{name}").MODEL
    return model


def check_scales(model: Model, scales: Mapping[str, Value]) -> None:
    """Refuse an unknown name and a factor that is negative or no number."""
    for name, factor in scales.items():
        if name not in model.scales:
            known = ", ".join(model.scales)
            raise SosieError(f"model {model.name} has no '{name}' to scale; give one of {known}")
        wrong = ~(np.asarray(factor) >= 0) | ~np.isfinite(factor)
        if np.any(wrong):
            first = np.asarray(factor)[wrong].flat[0]
            raise SosieError(
                f"scale of {name} in model {model.name} is {first}; give a number from 0 upwards"
            )
