"""The businesses of a scenario, the two of the plan first, and what is said about each of them."""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats, Ints
from scenarios.schema.fields import BUSINESSES, FORCES, OWN, Force
from scenarios.schema.operations import BusinessMarket, Curve
from scenarios.schema.scenario import Scenario

CHANNEL = "channel"
"""The skill beside those of selling."""


def businesses_of(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of all businesses: fixed, mobile, and those beside them."""
    return (*BUSINESSES, *scenario.more_businesses)


def skills_of(scenario: Scenario) -> tuple[str, ...]:
    """Return what sellers learn: every business, and channel support."""
    return (*businesses_of(scenario), CHANNEL)


def market_rules(scenario: Scenario) -> tuple[BusinessMarket, ...]:
    """Return the demand of every business."""
    return (scenario.market.fixed, scenario.market.mobile, *(b.market for b in scenario.more_businesses.values()))


def conversions(scenario: Scenario) -> Floats:
    """Return the contacts that become a sale at full skill, shape (businesses,)."""
    own = [scenario.selling.conversion[b] for b in BUSINESSES]
    return np.array([*own, *(b.conversion for b in scenario.more_businesses.values())])


def hall_sales(scenario: Scenario) -> Floats:
    """Return new subscribers per customer served in a hall, shape (businesses,)."""
    own = [scenario.halls.sales_per_customer[b] for b in BUSINESSES]
    return np.array([*own, *(b.sales_per_customer for b in scenario.more_businesses.values())])


def asked_in_halls(scenario: Scenario) -> Ints:
    """Return the positions of the businesses that people come to halls for: fixed, mobile, and others sold there."""
    more = [name for name, rules in scenario.more_businesses.items() if rules.sales_per_customer > 0]
    names = businesses_of(scenario)
    return np.array([names.index(name) for name in (*BUSINESSES, *more)], dtype=np.int64)


def curves(scenario: Scenario) -> tuple[Curve, ...]:
    """Return the learning curve of every skill."""
    learning = scenario.learning
    return (learning.fixed, learning.mobile, *(b.curve for b in scenario.more_businesses.values()), learning.channel)


def experience(scenario: Scenario, force: Force) -> list[float]:
    """Return the hours of every skill that a force brings along."""
    brought, more = getattr(scenario.learning, force), scenario.more_businesses.values()
    return [brought.fixed, brought.mobile, *(getattr(b, force) for b in more), brought.channel]


def owned(scenario: Scenario) -> Floats:
    """Return 1 where a business is a force's own before the merger, shape (forces, businesses)."""
    result = np.zeros((len(FORCES), len(businesses_of(scenario))))
    for f, force in enumerate(FORCES):
        result[f, BUSINESSES.index(OWN[force])] = 1.0
        for k, more in enumerate(scenario.more_businesses.values()):
            result[f, len(BUSINESSES) + k] = float(force in more.own)
    return result


def taught(scenario: Scenario) -> Floats:
    """Return how an hour of a course is divided among the skills that are new to a force, shape (forces, skills).

    Channel work is new to every force but the one that cares for the outlets (F4).
    """
    new = 1.0 - np.hstack([owned(scenario), np.array([[0.0], [1.0]])])
    return np.asarray(new / new.sum(axis=1, keepdims=True))


def weights_by_stage(scenario: Scenario) -> Floats:
    """Return appraisal weights, shape (stages + 1, forces, businesses); first: before the first stage."""
    names = businesses_of(scenario)
    stages = [scenario.weights_before, *(stage.weights for stage in scenario.target_stages)]
    return np.array([[[weights[force][b] for b in names] for force in FORCES] for weights in stages])
