"""Learning: skill as a closed form of experience, and experience from courses, practice and colleagues."""

from __future__ import annotations

from scenarios.schema.operations import Curve


def skill(curve: Curve, experience: float) -> float:
    """Return the skill that experience gives: ceiling * x / (x + half).

    Parameters
    ----------
    curve : Curve
        Ceiling and the hours to half of it.
    experience : float
        Prior experience plus practice [hours].

    Returns
    -------
    float in [0, ceiling)

    References
    ----------
    Three-parameter hyperbolic curve, k (x + p) / (x + p + r): Mazur & Hastie 1978; Nembhard & Uzumeri 2000.
    """
    return curve.ceiling * experience / (experience + curve.half)


def experience_for(curve: Curve, level: float) -> float:
    """Return the experience [hours] at which a level of skill is reached; infinite at or above the ceiling."""
    if level >= curve.ceiling:
        return float("inf")
    return curve.half * level / (curve.ceiling - level)
