"""Effort: how hard a seller works at a target, by what it asks of him against his usual day."""

from __future__ import annotations

from typing import Any

from foundation.machine.compiled_loops import njit


def effort(required: Any, push: float, slacken: float, give_up: float, hopeless: float) -> Any:
    """Return effort against the usual for a target that asks for ``required`` times the usual effort.

    Usual effort is 1. Within reach everybody does what is asked for: more, up to 1 + ``push``, for a target above what
    he brings anyway, less, down to 1 - ``slacken``, for one that is safe. Beyond reach he does less the further off it
    is, down to 1 - ``give_up`` at ``hopeless``. A target at what he brings anyway changes nothing.

    References
    ----------
    Quotas move effort, those just out of reach most; bonuses pace the weak, and who has reached his quota slackens
    unless he is paid beyond it: Chung, Steenburgh & Sudhir 2014; Misra & Nair 2011.

    Examples
    --------
    >>> [round(effort(asked, 0.25, 0.1, 0.15, 1.75), 3) for asked in (0.5, 0.95, 1.0, 1.2, 1.5, 9.0)]
    [0.9, 0.95, 1.0, 1.2, 1.05, 0.85]
    """
    most = 1.0 + push
    if required <= most:
        return max(required, 1.0 - slacken)
    if required >= hopeless:
        return 1.0 - give_up
    return most - (push + give_up) * (required - most) / (hopeless - most)


effort_compiled = njit(cache=True)(effort)
"""`effort` for compiled loops."""
