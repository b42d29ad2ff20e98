"""Units: SI in memory, written units wherever a person reads or writes."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import pint
from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

ureg = pint.UnitRegistry(cache_folder=None)
ureg.define("mmHg = 133.322387415 * pascal")


@cache
def factor(unit: str, to: str) -> float:
    """Return the number that turns a value in ``unit`` into one in ``to`` (no offsets)."""
    return float(ureg.Quantity(1.0, unit).to(to).magnitude)


@dataclass(frozen=True, slots=True)
class SI:
    """The SI unit of a field, and the parser pydantic uses for it."""

    unit: str

    def parse(self, text: Any) -> float:  # noqa: ANN401 - whatever the YAML holds
        """Turn "10 mm" into 0.01; refuse a bare number."""
        if not isinstance(text, str):
            raise ValueError(f"give the unit, e.g. '{text} {self.unit}'")
        try:
            return float(ureg.Quantity(text).to(self.unit).magnitude)
        except (pint.PintError, AttributeError, AssertionError, TypeError, ValueError) as error:
            raise ValueError(f"'{text}' is not in units of {self.unit}") from error

    def write(self, value: float) -> str:
        """Turn 0.01 into "0.01 m", exactly."""
        return f"{value!r} {self.unit}"

    def __get_pydantic_core_schema__(
        self,
        source: object,
        handler: GetCoreSchemaHandler,
    ) -> CoreSchema:
        """Tell pydantic to parse and write the unit."""
        return core_schema.no_info_before_validator_function(
            self.parse,
            handler(source),
            serialization=core_schema.plain_serializer_function_ser_schema(self.write),
        )
