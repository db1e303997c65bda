"""Response: how sales in an area saturate with the contacts made there, against those of two separate companies."""

from __future__ import annotations

from typing import Any

from foundation.arrays import Floats
from foundation.machine.compiled_loops import njit
from scenarios.schema.scenario import Scenario


def curvature(elasticity: float) -> float:
    """Return the curvature c of the response that has an elasticity at today's contacts: 1 / elasticity - 1."""
    return 1.0 / elasticity - 1.0


def response(density: Any, curvature: float) -> Any:
    """Return what a contact sells against today's, when contacts per prospect are ``density`` times today's.

    Sales are proportional to density x response = d (1 + c) / (1 + c d): today's at d = 1, where their elasticity is
    1 / (1 + c), and never more than (1 + c) / c of today's. Between areas sales are largest when densities are equal:
    contacts follow prospects.

    References
    ----------
    Elasticity of sales to selling: Albers, Mantrala & Sridhar 2010; areas that pay by effort in the right place: Lodish
    1980. The hyperbola is the simplest curve that is linear first and saturates.
    """
    return (1.0 + curvature) / (1.0 + curvature * density)


response_compiled = njit(cache=True)(response)
"""`response` for compiled loops."""


def curvature_of(scenario: Scenario) -> float:
    """Return the curvature of a scenario's response; 0: sales are proportional to contacts."""
    return curvature(scenario.selling.response_elasticity)


def usual_density(contacts: Floats, prospects: Floats) -> Floats:
    """Return contacts per prospect and day of two separate companies, shape (businesses,).

    Parameters
    ----------
    contacts : ndarray, shape (sellers, businesses)
        Everybody's on a usual day before the merger.
    prospects : ndarray, shape (units, businesses)
    """
    total: Floats = contacts.sum(axis=0) / prospects.sum(axis=0).clip(min=1.0)
    return total.clip(min=1e-12)
