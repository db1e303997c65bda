"""Who lives in a made-up city: people, income, enterprises and subscribers of every basic unit."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenarios.synthetic.city_rates import CityRates
from scenarios.synthetic.city_shapes import GroundPlan

Array = NDArray[np.float64]

LEAST_PERSONS = 40
WAVES = 12


def draw_people(
    plan: GroundPlan, points: Array, area: Array, rates: CityRates, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the attributes of every unit.

    Parameters
    ----------
    plan : GroundPlan
        Gives the density of people.
    points : ndarray, shape (units, 2) [km]
        Centroids.
    area : ndarray, shape (units,) [km2]
    rates : CityRates
    rng : Generator

    Returns
    -------
    DataFrame
        ``population, households, income, enterprises, fixed_subscribers, mobile_subscribers``, all whole numbers.
    """
    n = len(points)
    crowd = plan.density(points) * area * rng.lognormal(0, rates.persons_noise, n)
    population = np.maximum(np.rint(crowd / crowd.sum() * n * rates.persons_per_unit), LEAST_PERSONS)
    households = np.maximum(
        np.rint(population / rates.persons_per_household * rng.normal(1, 0.05, n).clip(0.8, 1.2)), 1
    )
    income = _income(plan, points, rates, rng)
    nearness = np.exp(-np.hypot(points[:, 0], points[:, 1]) / (0.5 * plan.radius))
    firms = population / 1000 * rates.enterprises_per_1000 * (0.5 + 1.2 * nearness) * rng.lognormal(0, 0.4, n)
    wealth = income / rates.income
    fixed = households * rates.fixed_penetration * wealth**0.2 * rng.lognormal(0, rates.penetration_noise, n)
    mobile = population * rates.mobile_penetration * wealth**0.3 * rng.lognormal(0, rates.penetration_noise, n)
    return pd.DataFrame(
        {
            "population": population.astype(np.int64),
            "households": households.astype(np.int64),
            "income": income.astype(np.int64),
            "enterprises": np.rint(firms).astype(np.int64),
            "fixed_subscribers": np.rint(np.minimum(fixed, households)).astype(np.int64),
            "mobile_subscribers": np.rint(np.minimum(mobile, population)).astype(np.int64),
        }
    )


def _income(plan: GroundPlan, points: Array, rates: CityRates, rng: np.random.Generator) -> Array:
    """Return income [yuan per person and year, whole hundreds]: smooth over the map, higher near some sub-centres."""
    number = rng.normal(0, 2.5 / plan.radius, (WAVES, 2))
    phase = rng.uniform(0, 2 * np.pi, WAVES)
    field = np.cos(points @ number.T + phase).sum(axis=1) * np.sqrt(2 / WAVES)
    rich = plan.sub_centres[: max(1, len(plan.sub_centres) // 3)]
    for middle in rich:
        field = field + 1.5 * np.exp(-((points - middle) ** 2).sum(axis=1) / (0.22 * plan.radius) ** 2 / 2)
    field = field + 0.8 * np.exp(-np.hypot(points[:, 0], points[:, 1]) / (0.3 * plan.radius))
    field = (field - field.mean()) / max(float(field.std()), 1e-9)
    return np.asarray(np.rint(rates.income * np.exp(rates.income_spread * field * 0.8) / 100) * 100)
