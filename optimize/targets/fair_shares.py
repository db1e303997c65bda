"""Cells of a target: who carries how much of it by the rule of the stage (F20-F23)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from foundation.arrays import Floats
from foundation.messages import Message
from optimize.targets.remarks import Note, unstaffed
from scenarios import Placement, Plan, Scenario, Territory
from scenarios.rules.learning import trained
from scenarios.rules.workdays import working_days
from scenarios.rules.workload import workload
from scenarios.schema.fields import BUSINESSES, FORCES, OWN, Business, Force
from scenarios.schema.organisation import TargetStage
from scenarios.schema.planning import Measure


@dataclass(frozen=True)
class Team:
    """The people of a stage and where they work.

    Attributes
    ----------
    people : DataFrame
        ``seller_id, force, centre, community, available`` (share of the day not on counter duty), ``trained`` (in both
        businesses), sorted by seller_id.
    area : Series, community -> share of the territory's workload
    community : Series, unit_id -> community
    """

    people: pd.DataFrame
    area: pd.Series[float]
    community: pd.Series[str]


def team_of(scenario: Scenario, territory: Territory, plan: Plan | None, placement: Placement | None) -> Team:
    """Return the people and areas of the communities that hold in a stage."""
    assert territory.sellers is not None  # checked by the caller
    sellers = territory.sellers.sort_values("seller_id").reset_index(drop=True)
    community = plan.assignment if plan is not None else territory.units["community"]
    community = community.reindex(territory.units.index).astype(str)
    home = sellers["home_unit"].astype(str)
    people = pd.DataFrame(
        {
            "seller_id": sellers["seller_id"].astype(str),
            "force": sellers["force"].astype(str),
            "centre": territory.units["centre"].astype(str).reindex(home).to_numpy(),
            "community": community.reindex(home).to_numpy(),
            "available": 1.0 - sellers["counter_share"].fillna(0.0).to_numpy(dtype=float),
            "trained": trained(scenario, sellers, territory.units),
        }
    )
    if placement is not None:
        placed = placement.table.set_index("seller_id").reindex(people["seller_id"])
        known = placed["community"].isin(set(community)).to_numpy()
        for column in ("centre", "community"):
            people[column] = np.where(known, placed[column].to_numpy(), people[column])
    area = pd.Series(workload(territory, scenario.indicators), index=territory.units.index).groupby(community).sum()
    return Team(people, area / area.sum(), community)


def fair_shares(stage: TargetStage, team: Team, business: Business, notes: list[Note]) -> Floats:
    """Return each person's fair share of a business's total, summing to 1, shape (people,).

    ``team.area`` is what a community's part follows: its workload, or that blended with the results of earlier years.

    ``by_force`` gives all to the force whose weight is not zero; ``by_emphasis`` gives each force its weight's part;
    inside a force, a community's part follows its area, and a person's part his available time. ``by_area`` gives each
    community its area's part whoever works there, and each person the part of his available time.

    Who is not trained in both businesses carries nothing of the other one and gives his own all of his time, where a
    colleague who is trained gives it the weight of his appraisal, or half of his time where weights do not count.
    """
    people, about = team.people, (stage.name, str(business))
    if stage.breakdown == "by_area":
        split = _given(people, business, dict.fromkeys(FORCES, 1.0 / len(BUSINESSES)))
        if not split.any():
            notes.append(Note(Message("nobody sells it; it is split by area."), about))
            split = np.ones(len(people))
        people = people.assign(available=people["available"] * split)
        return _by_area(people, team.area, split > 0, notes, about)
    weights = {force: stage.weights[force][business] for force in FORCES}
    given = _given(people, business, weights)
    part = {force: _part(people, given, force, weights[force]) for force in FORCES}
    present = {force: bool((people["force"] == force).any()) for force in FORCES}
    total = sum(part[f] for f in FORCES if present[f])
    result = np.zeros(len(people))
    for force in FORCES:
        if not part[force]:
            continue
        if not present[force]:
            notes.append(
                Note(Message("nobody of {force} is there; its part goes to the other force.", force=force), about)
            )
            continue
        inside = (people["force"] == force).to_numpy() & (given > 0)
        own = people.assign(available=people["available"] * np.where(inside, given / given[inside].max(), 0.0))
        split = _by_area(own, team.area, inside, notes, (*about, force))
        result += split * part[force] / total
    if total == 0:
        notes.append(Note(Message("no force has a weight for it; it is split by area."), about))
        return _by_area(people, team.area, np.ones(len(people), dtype=bool), notes, about[:1])
    return result


def _given(people: pd.DataFrame, business: Business, weights: Mapping[Force, float]) -> Floats:
    """Return the part of his time that everybody gives to a business: by weight, or all or nothing."""
    force = people["force"].to_numpy()
    result = np.array([weights[f] for f in force], dtype=np.float64)
    alone = np.array([OWN[f] == business for f in force], dtype=np.float64)
    return np.where(people["trained"].to_numpy(), result, alone)


def _part(people: pd.DataFrame, given: Floats, force: Force, weight: float) -> float:
    """Return a force's part of a business: its weight, or the mean of what its people give it."""
    inside = (people["force"] == force).to_numpy()
    if people["trained"].to_numpy()[inside].all():
        return weight
    return float(np.average(given[inside], weights=np.maximum(people["available"].to_numpy()[inside], 1e-9)))


def _by_area(
    people: pd.DataFrame, area: pd.Series[float], inside: np.ndarray, notes: list[Note], about: tuple[str, ...]
) -> Floats:
    """Split by the area of each community, then by available time; a community without anybody passes its area on."""
    available = people["available"].where(inside, 0.0)
    if not available.sum() > 0:
        notes.append(Note(Message("everybody is on counter duty all day; it is split by heads."), about))
        available = pd.Series(np.where(inside, 1.0, 0.0), index=people.index)
    staffed = people["community"][available > 0].unique()
    empty = area.index[~area.index.isin(staffed)].tolist()
    share = area.reindex(staffed)
    if empty:
        notes.append(Note(unstaffed(empty, float(area[empty].sum())), about))
    in_community = available.groupby(people["community"]).transform("sum")
    part = np.where(in_community > 0, available / in_community.where(in_community > 0, 1.0), 0.0)
    result = part * people["community"].map(share / share.sum()).fillna(0.0).to_numpy() * inside
    return np.asarray(result / result.sum() if result.sum() > 0 else result, dtype=np.float64)


def span(scenario: Scenario, index: int) -> tuple[date, date]:
    """Return first and last day of a stage; an open-ended one ends with the study."""
    last = working_days(scenario.calendar, scenario.run.days)[-1]
    stages = scenario.target_stages
    start = stages[index].start
    following = stages[index + 1].start if index + 1 < len(stages) else None
    end = stages[index].end or (following - timedelta(days=1) if following else max(last, start))
    return start, min(end, last) if following is None and start <= last else end


def blended(
    scenario: Scenario, territory: Territory, community: pd.Series[str], business: Business, measure: Measure
) -> pd.Series[float] | None:
    """Return each community's part of the results of earlier years, years blended; None where a column is missing.

    Parameters
    ----------
    scenario : Scenario
        ``targets.last_period.years`` gives the years and their weights.
    territory : Territory
    community : Series, unit_id -> community
    business, measure : str
        The columns read are ``<business>_<measure>_<year>``.
    """
    years = {year: weight for year, weight in scenario.targets.last_period.years.items() if weight > 0}
    columns = {year: f"{business}_{measure}_{year}" for year in years}
    if not years or any(column not in territory.units for column in columns.values()):
        return None
    result = pd.Series(0.0, index=territory.units.index)
    for year, weight in years.items():
        values = pd.Series(territory.attribute(columns[year]), index=territory.units.index)
        if values.sum() > 0:
            result += values / values.sum() * weight
    sums = result.groupby(community.reindex(territory.units.index).astype(str)).sum()
    return sums / sums.sum() if sums.sum() > 0 else None
