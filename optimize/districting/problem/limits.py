"""How much work a request may take, and when the clock stops it for safety, where one or both are not given."""

from __future__ import annotations

WORK_LIMIT, TIME_LIMIT = 100.0, 1_000.0
"""Units of work for each group where none are given, and the safety stop [s]."""

WORK_A_SECOND = 1.5
"""Units of work that each second of a time limit allows which is given alone: two quiet cores do more."""

SLOWEST = 10.0
"""Seconds that a unit of work may take on a busy machine before the safety stop, where none is given."""


USED_A_SECOND = 0.5
"""Units of work that a search goes on for, for each second of a time limit that is given alone: so few that the clock
of a machine half as quick does not decide the plan."""


def limits(time_limit: float | None, work_limit: float | None) -> tuple[float, float]:
    """Return the safety stop [s] and the units of work that are meant where one or both are not given.

    A time limit alone is a promise about time: it allows more work than the default where it is longer. A work limit is
    one about the result.
    """
    if work_limit is None:
        work_limit = max(WORK_LIMIT, 0.0 if time_limit is None else WORK_A_SECOND * time_limit)
    return (max(TIME_LIMIT, SLOWEST * work_limit) if time_limit is None else time_limit), work_limit


def used_up_to(time_limit: float | None, work_limit: float | None, effort: str) -> float:
    """Return the units of work that a search is to use unless a proof ends it: those that somebody asked for.

    Starts that agree are no evidence of anything, but whoever asks for no work in particular is not made to wait.
    """
    if effort == "quick" or (effort == "normal" and time_limit is None and work_limit is None):
        return 0.0
    most = limits(time_limit, work_limit)[1]
    return most if time_limit is None or work_limit is not None else min(USED_A_SECOND * time_limit, most)
