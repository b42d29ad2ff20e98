"""Errors that a user can mend, and what ends one patient without ending the study."""


class SosieError(Exception):
    """Something the user can mend: the message says what, where, the value and the cure."""


class PatientError(Exception):
    """Ends one patient: recorded with the patient, the cohort goes on."""


class RejectedError(PatientError):
    """The patient cannot be simulated: unusable input, or a geometry that fails its checks."""


class SolverDivergedError(PatientError):
    """A solver did not converge for this patient."""

    def __init__(self, prefix: str, reason: int, iterations: int) -> None:
        super().__init__(f"{prefix} diverged: reason {reason} after {iterations} iterations")
