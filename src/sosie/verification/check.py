"""One line of the verification table: what sosie gives, what it should give, and on whose word."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """Ours is to lie within ``tolerance`` of the reference; None where it could not be computed."""

    name: str  # of the group of checks
    quantity: str  # what is compared, and how
    ours: float | None
    reference: float
    unit: str
    tolerance: float
    source: str  # of the reference and of the tolerance

    @property
    def passed(self) -> bool:
        """Say whether ours lies within the tolerance."""
        return self.ours is not None and bool(abs(self.ours - self.reference) <= self.tolerance)
