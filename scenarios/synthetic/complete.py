"""Complete a user's territory by the scenario's rates, and name everything that was made up on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from foundation.errors import InputError, Problem
from foundation.findings import named
from foundation.messages import Message
from foundation.plurals import counted
from scenarios.schema.territory_settings import TerritoryRates
from scenarios.synthetic.complete_trade import complete_halls, complete_outlets, complete_sellers
from scenarios.territory.regions import grow_to_shares, spread_seeds, step_lengths
from scenarios.territory.territory import Territory

Array = NDArray[np.float64]


def complete_territory(territory: Territory, rates: TerritoryRates, seed: int) -> Territory:
    """Fill in what a territory lacks: attributes, today's communities, outlets, halls and sellers.

    What is there stays. A column that is partly filled is completed by the same rule, and the units are named.

    Parameters
    ----------
    territory : Territory
        With ``centre`` in every unit, and with ``population`` or ``households``.
    rates : TerritoryRates
        The scenario's rates.
    seed : int
        The same seed gives the same completion; each table has a stream of its own.

    Returns
    -------
    Territory
        ``provenance.generated`` names every column and table that was made.

    Raises
    ------
    InputError
        There are no centres, neither population nor households, a table of sellers without rows, or a value needed is
        missing or not positive.

    References
    ----------
    PLAN_FACTS F3, F4, F7-F9.
    """
    _check(territory, seed)
    for column in _COLUMNS:
        territory = _complete_column(territory, column, rates)
    if "community" not in territory.units.columns:
        labels = _communities(territory, rates.units_per_community, _stream(seed, 0))
        territory = territory.with_columns({"community": labels}, generated=["community"])
    _check_sizes(territory, rates)
    sellers, made = complete_sellers(territory, rates, _stream(seed, 1))
    territory = _marked(replace(territory, sellers=sellers), made)
    outlets, made = complete_outlets(territory, rates, _stream(seed, 2))
    territory = _marked(replace(territory, outlets=outlets), made)
    halls, made = complete_halls(territory, rates)
    return _marked(replace(territory, halls=halls), made)


MOST_GENERATED = 200_000
"""Largest number of sellers, outlets or halls that is generated."""


@dataclass(frozen=True)
class _Column:
    """A column that can be made, and how: from the units and the rates, shape (units,)."""

    name: str
    rule: Callable[[pd.DataFrame, TerritoryRates], Array]
    whole: bool = True


def _population(units: pd.DataFrame, rates: TerritoryRates) -> Array:
    return _values(units, "households") * rates.persons_per_household


def _households(units: pd.DataFrame, rates: TerritoryRates) -> Array:
    return _values(units, "population") / rates.persons_per_household


def _income(units: pd.DataFrame, rates: TerritoryRates) -> Array:
    """Return the median of the incomes known, so that units of money agree, or the default where none is known."""
    known = _values(units, "income")
    level = float(np.nanmedian(known)) if np.isfinite(known).any() else rates.income_default
    return np.full(len(units), level)


def _enterprises(units: pd.DataFrame, rates: TerritoryRates) -> Array:
    return _values(units, "population") / 1000 * rates.enterprises_per_1000_persons


def _fixed(units: pd.DataFrame, rates: TerritoryRates) -> Array:
    return _values(units, "households") * rates.fixed_penetration


def _mobile(units: pd.DataFrame, rates: TerritoryRates) -> Array:
    return _values(units, "population") * rates.mobile_penetration


_COLUMNS = (
    _Column("population", _population),
    _Column("households", _households),
    _Column("income", _income, whole=False),
    _Column("enterprises", _enterprises),
    _Column("fixed_subscribers", _fixed),
    _Column("mobile_subscribers", _mobile),
)


def _values(units: pd.DataFrame, column: str) -> Array:
    if column not in units.columns:
        return np.full(len(units), np.nan)
    return units[column].to_numpy(dtype=np.float64)


def _check(territory: Territory, seed: int) -> None:
    units, problems = territory.units, []
    if "centre" not in units.columns:
        problems.append(
            Problem(
                f"{territory.name}: centre",
                None,
                Message("every unit must belong to a marketing centre before the rest can be completed"),
                Message("Give a column centre, or let the study draw the centres first."),
            )
        )
    unknown = np.isnan(_values(units, "population")) & np.isnan(_values(units, "households"))
    if unknown.any():
        ids = [territory.unit_ids[i] for i in np.flatnonzero(unknown)]
        problems.append(
            Problem(
                f"{territory.name}: population",
                Message("missing for {names}", names=named(ids)),
                Message("population or households must be known in every unit"),
                Message("Fill it in, or name the column with --rename OLD=population."),
            )
        )
    elif not np.nansum(np.fmax(_values(units, "population"), _values(units, "households"))) > 0:
        problems.append(
            Problem(
                f"{territory.name}: population",
                0,
                Message("somebody must live in the territory"),
                Message("Correct it."),
            )
        )
    text = [c.name for c in _COLUMNS if c.name in units.columns and not pd.api.types.is_numeric_dtype(units[c.name])]
    problems += [
        Problem(
            f"{territory.name}: {c}", Message("text"), Message("it must be a column of numbers"), Message("Correct it.")
        )
        for c in text
    ]
    if territory.sellers is not None and territory.sellers.empty:
        remedy = Message("Add sellers, or leave the table out: they are then generated from the scenario's rates.")
        problems.append(Problem(f"{territory.name}: sellers", None, Message("it has no rows"), remedy))
    if seed < 0:
        problems.append(Problem("seed", seed, Message("it must not be negative"), Message("Choose 0 or more.")))
    if problems:
        raise InputError(problems)


def _check_sizes(territory: Territory, rates: TerritoryRates) -> None:
    """Refuse to generate what no city has and no machine holds."""
    people, centres = float(territory.attribute("population").sum()), territory.units["centre"].nunique()
    sizes = {
        "sellers_per_10k_persons": people / 1e4 * rates.sellers_per_10k_persons if territory.sellers is None else 0,
        "outlets_per_10k_persons": people / 1e4 * rates.outlets_per_10k_persons if territory.outlets is None else 0,
        "halls_per_centre_per_company": 2 * centres * rates.halls_per_centre_per_company
        if territory.halls is None
        else 0,
    }
    problems = [
        Problem(
            f"territory.rates.{key}",
            getattr(rates, key),
            Message(
                "it makes {size:.3g} of them for {people:.6g} persons; at most {most_generated} are generated",
                size=size,
                people=people,
                most_generated=MOST_GENERATED,
            ),
            Message("Check it and the population, or bring the table yourself."),
        )
        for key, size in sizes.items()
        if size > MOST_GENERATED
    ]
    if problems:
        raise InputError(problems)


def _complete_column(territory: Territory, column: _Column, rates: TerritoryRates) -> Territory:
    have = _values(territory.units, column.name)
    lacking = np.isnan(have)
    if not lacking.any():
        return territory
    made = column.rule(territory.units, rates)
    values = np.where(lacking, np.rint(made) if column.whole else made, have)
    ids = [territory.unit_ids[i] for i in np.flatnonzero(lacking)]
    label = column.name if lacking.all() else f"{column.name} of {counted(len(ids), 'unit')} ({named(ids)})"
    whole = column.whole and bool((values == np.rint(values)).all())
    return territory.with_columns({column.name: values.astype(np.int64) if whole else values}, generated=[label])


def _communities(territory: Territory, size: float, rng: np.random.Generator) -> pd.Series[str]:
    """Divide each centre into connected communities of about `size` units, numbered within the centre."""
    people = np.maximum(territory.attribute("population"), 1e-6)
    graph = step_lengths(territory.coordinates, territory.edge_positions)
    label = np.full(len(territory), "", dtype=object)
    for centre in sorted(territory.units["centre"].unique()):
        members = np.flatnonzero((territory.units["centre"] == centre).to_numpy())
        first = 1
        for piece in _pieces(graph, members):
            count = min(max(1, round(len(piece) / size)), len(piece))
            points, weights = territory.coordinates[piece], people[piece]
            seeds = spread_seeds(points, weights, count, rng)
            own = grow_to_shares(graph[piece][:, piece], seeds, weights, np.ones(count))
            label[piece] = [f"{centre}-{first + k:02d}" for k in own.tolist()]
            first += count
    return pd.Series(label.tolist(), index=territory.units.index, dtype="str")


def _pieces(graph: csr_array, members: NDArray[np.int64]) -> Iterable[NDArray[np.int64]]:
    """Return the connected pieces of a centre (today's centres need not hang together), by their first unit."""
    count, piece = connected_components(graph[members][:, members], directed=False)
    return [members[piece == k] for k in range(count)]


def _stream(seed: int, key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(key,)))


def _marked(territory: Territory, made: Iterable[Any]) -> Territory:
    before = territory.provenance.generated
    fresh = tuple(str(m) for m in made if m not in before)
    return replace(territory, provenance=replace(territory.provenance, generated=(*before, *fresh)))
