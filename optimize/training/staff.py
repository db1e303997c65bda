"""What the choice of trainees is told of a centre: who is there, what they could do, and what is asked for."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from foundation.arrays import Floats, Ints
from optimize.targets.fair_shares import team_of
from optimize.training.formulations.trainees import Staff
from scenarios import Placement, Plan, Scenario, Territory
from scenarios.rules.learning import share_of, with_trainees
from scenarios.rules.response import curvature_of, response
from scenarios.rules.unit_market import market_of
from scenarios.schema.appraisal import KpiWeights
from scenarios.schema.fields import BUSINESSES, FORCES, OWN

DRAWS = 8
"""Draws of demand, each quantile of its spread once for every community and business."""

BREAKS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0)
"""Hours over demand between which the response is taken as a line; beyond the last nothing more is covered."""


@dataclass(frozen=True)
class Company:
    """Everybody and every community, before they are taken apart by centre.

    Attributes
    ----------
    people : DataFrame
        ``seller_id, force, centre, community, available``, sorted by seller_id.
    hours : ndarray, shape (people,) [hours]
        Of selling a day.
    skill : ndarray, shape (people, businesses)
        Of everybody on average over the study, were he trained.
    demand : DataFrame
        A row per community, a column per business: hours of a master that today's people would give it.
    edges : set of tuple of str
        Pairs of communities with a common border.
    """

    people: pd.DataFrame
    hours: Floats
    skill: Floats
    demand: pd.DataFrame
    edges: frozenset[tuple[str, str]]


def company_of(
    scenario: Scenario,
    territory: Territory,
    plans: Mapping[str, Plan] | None = None,
    placements: Mapping[str, Placement] | None = None,
) -> Company:
    """Return the people and the demand of all communities in which both businesses are sold."""
    kind = kind_of(scenario)
    team = team_of(with_trainees(scenario, ()), territory, (plans or {}).get(kind), (placements or {}).get(kind))
    people = team.people.drop(columns="trained")
    parts = {
        force: scenario.effort.parts(KpiWeights(), outlets=force == "GM", retains=force == "CM") for force in FORCES
    }
    each = people["force"].map({force: part["selling"] for force, part in parts.items()}).to_numpy(dtype=np.float64)
    hours = scenario.calendar.hours_per_day * people["available"].to_numpy(dtype=np.float64) * each
    skill = _skills(scenario, people["force"], hours)
    prospects = market_of(scenario, territory.units)
    attraction = pd.DataFrame(prospects[1] * prospects[2], index=team.community.index, columns=list(BUSINESSES))
    sums = attraction.groupby(team.community).sum().sort_index()
    demand = sums / sums.sum().where(sums.sum() > 0, 1.0)
    for b, business in enumerate(BUSINESSES):
        own = (people["force"].map(dict(OWN)) == business).to_numpy()
        demand[business] *= float((hours * skill[:, b])[own].sum())
    community = team.community.to_numpy()
    pairs = {tuple(sorted((community[i], community[j]))) for i, j in territory.edge_positions}
    return Company(people, hours, skill, demand, frozenset((a, b) for a, b in pairs if a != b))


def kind_of(scenario: Scenario) -> str:
    """Return which communities hold in the last phase in which both businesses are sold."""
    kinds = [phase.communities for phase in scenario.phases if phase.both_businesses]
    return kinds[-1] if kinds else "current"


def _skills(scenario: Scenario, force: pd.Series[str], hours: Floats) -> Floats:
    """Return everybody's mean skill over the study: own business as brought, the other by course and practice.

    Who is trained gives half of his selling hours to the new business; skill is the mean of the learning curve
    c x / (x + m) over the hours x that come together in the days of the study.
    """
    learning, training = scenario.learning, scenario.training
    result = np.zeros((len(force), len(BUSINESSES)))
    for name in FORCES:
        inside = (force == name).to_numpy()
        for b, business in enumerate(BUSINESSES):
            curve, start = getattr(learning, business), float(getattr(getattr(learning, name), business))
            if OWN[name] == business:
                result[inside, b] = curve.ceiling * start / (start + curve.half)
                continue
            taught = training.hours_needed * learning.course_value / (2.0 if name == "CM" else 1.0)
            first = start + taught
            gained = np.maximum(hours[inside] / 2.0 * scenario.run.days, 1e-9)
            lost = curve.half / gained * np.log((first + gained + curve.half) / (first + curve.half))
            result[inside, b] = curve.ceiling * (1.0 - lost)
    return result


def staff_of(scenario: Scenario, company: Company, centre: str, seats: int | None, seed: int) -> tuple[Staff, Ints]:
    """Return one centre as the model sees it, and the group of everybody in the company (-1: of another centre).

    Parameters
    ----------
    seats : int or None
        People of the centre who may be trained; None: as `training.cross_trained` says.
    seed : int
        Of the draws of demand.
    """
    here = (company.people["centre"] == centre).to_numpy()
    table = company.people[here]
    names = sorted(table["community"].unique())
    keys = pd.DataFrame(
        {
            "home": [names.index(c) for c in table["community"]],
            "own": [BUSINESSES.index(OWN[f]) for f in table["force"]],
            "hours": company.hours[here],
        }
    )
    groups = keys.groupby(["home", "own", "hours"], sort=True)
    group_of = np.full(len(company.people), -1, dtype=np.int64)
    group_of[here] = groups.ngroup().to_numpy()
    first = [int(np.flatnonzero(group_of == g)[0]) for g in range(groups.ngroups)]
    rows = groups.size().reset_index(name="size")
    selling = scenario.selling
    value = [
        selling.conversion[b] * 60.0 / selling.contact_minutes * scenario.study.value_months * arpu
        for b, arpu in zip(BUSINESSES, (scenario.market.fixed.arpu, scenario.market.mobile.arpu), strict=True)
    ]
    second = selling.second_offer_minutes
    width, gain = segments(scenario)
    worth = np.array(value)
    edges = [(names.index(a), names.index(b)) for a, b in company.edges if a in names and b in names]
    beside = [frozenset({b for a, b in edges if a == k} | {a for a, b in edges if b == k}) for k in range(len(names))]
    own = rows["own"].to_numpy(dtype=np.int64)
    mean_hour = float((worth[own] * rows["size"]).sum() / rows["size"].sum())
    staff = Staff(
        rows["home"].to_numpy(dtype=np.int64),
        own,
        rows["size"].to_numpy(dtype=np.int64),
        rows["hours"].to_numpy(dtype=np.float64),
        company.skill[first],
        _draws(company.demand.loc[names], scenario.training.demand_spread, seed),
        worth,
        width,
        gain,
        None if second is None else selling.contact_minutes / (selling.contact_minutes + second),
        beside,
        scenario.training.neighbour_share,
        _limits(scenario, rows, seats),
        scenario.training.hours_needed * (scenario.costs.seat_hour + mean_hour) / scenario.run.days,
    )
    return staff, group_of


def _limits(scenario: Scenario, rows: pd.DataFrame, seats: int | None) -> list[tuple[list[int], int]]:
    """Return how many of which groups may be trained: of a centre, or of each force of it."""
    everybody = list(range(len(rows)))
    if seats is not None:
        return [(everybody, seats)]
    if not isinstance(scenario.training.cross_trained, dict):
        return [(everybody, int(scenario.training.cross_trained * int(rows["size"].sum()) + 0.5))]
    found = []
    for force in FORCES:
        inside = [g for g in everybody if rows["own"][g] == BUSINESSES.index(OWN[force])]
        found.append((inside, int(share_of(scenario, force) * int(rows["size"].iloc[inside].sum()) + 0.5)))
    return found


def segments(scenario: Scenario) -> tuple[Floats, Floats]:
    """Return widths and slopes of the response as lines between `BREAKS`: what so many hours cover of a demand."""
    at = np.array(BREAKS)
    covered = at * np.asarray(response(at, curvature_of(scenario)), dtype=np.float64)
    return np.diff(at), np.diff(covered) / np.diff(at)


def _draws(expected: pd.DataFrame, spread: float, seed: int) -> Floats:
    """Return equally likely demands, shape (draws, communities, businesses): lognormal, each with its own luck."""
    mean = expected.to_numpy(dtype=np.float64)
    if spread <= 0:
        return mean[np.newaxis]
    shape = float(np.sqrt(np.log1p(spread**2)))
    normal = NormalDist()
    factor = np.exp(shape * np.array([normal.inv_cdf((k + 0.5) / DRAWS) for k in range(DRAWS)]))
    factor /= factor.mean()
    result = np.empty((DRAWS, *mean.shape))
    for a, name in enumerate(expected.index):
        for b in range(mean.shape[1]):
            root = np.random.SeedSequence(seed, spawn_key=(zlib.crc32(str(name).encode()), b))
            result[:, a, b] = mean[a, b] * factor[np.random.default_rng(root).permutation(DRAWS)]
    return result
