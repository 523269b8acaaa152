"""Workers and studies of an Apogee server. `apogee.aio` has the same for asyncio."""

from apogee.core import Summary
from apogee.errors import (
    ApogeeError,
    ConflictError,
    DeadlineError,
    FailedTrialsError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    StudyOverError,
    UnavailableError,
)
from apogee.results import Loss, Measurement, Results, TrialResult
from apogee.space import boolean, categorical, discrete, double, integer
from apogee.study import Study, Trial, create_study, list_studies, open_study

__all__ = [
    "ApogeeError",
    "ConflictError",
    "DeadlineError",
    "FailedTrialsError",
    "InvalidError",
    "Loss",
    "Measurement",
    "NotAllowedError",
    "NotFoundError",
    "Results",
    "Study",
    "StudyOverError",
    "Summary",
    "Trial",
    "TrialResult",
    "UnavailableError",
    "boolean",
    "categorical",
    "create_study",
    "discrete",
    "double",
    "integer",
    "list_studies",
    "open_study",
]
