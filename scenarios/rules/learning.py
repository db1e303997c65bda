"""Learning: who is trained in the business that is new to him, and skill as a closed form of experience."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation.errors import InputError, Problem
from foundation.messages import Message
from scenarios import Scenario
from scenarios.schema.dotted_keys import near
from scenarios.schema.fields import FORCES, Force
from scenarios.schema.operations import Curve

GOLDEN = (5.0**0.5 - 1.0) / 2.0
"""Steps of this part of a circle leave the most even gaps, however many are made (three-distance theorem)."""

Flags = NDArray[np.bool_]


def share_of(scenario: Scenario, force: Force) -> float:
    """Return the share of a force that may be trained."""
    shares = scenario.training.cross_trained
    return shares[force] if isinstance(shares, dict) else shares


def everybody_trained(scenario: Scenario) -> bool:
    """Say whether nobody is left out: the default."""
    return scenario.training.trainees == "spread" and all(share_of(scenario, force) == 1.0 for force in FORCES)


def trained(scenario: Scenario, people: pd.DataFrame, units: pd.DataFrame) -> Flags:
    """Return who is trained, in the order of the table, shape (people,).

    Parameters
    ----------
    scenario : Scenario
    people : DataFrame
        ``seller_id, force, home_unit``.
    units : DataFrame
        Its index holds the ids of units; ``centre`` and ``community`` where they are known.

    Raises
    ------
    InputError
        Ids that no seller has, all at once; or the people are still to be chosen (`optimize.choose_trainees`).

    Notes
    -----
    A part of a force is spread evenly: with its people in the order of centre, community and id, those are trained
    whose multiples of the golden section come first on a circle. Of a larger part a smaller one is always a part.
    """
    if not len(people) or not scenario.phases or everybody_trained(scenario):
        return np.ones(len(people), dtype=np.bool_)
    who = scenario.training.trainees
    if who == "chosen":
        rule = Message("the people have to be chosen before anything is simulated or broken down")
        remedy = Message("Use fusion or study, which choose them, or name seller ids.")
        raise InputError(Problem("training.trainees", who, rule, remedy))
    if not isinstance(who, str):
        check_ids(who, people["seller_id"].astype(str))
        return people["seller_id"].astype(str).isin(who).to_numpy(dtype=np.bool_)
    home = people["home_unit"].astype(str)
    keys = pd.DataFrame({"id": people["seller_id"].astype(str).to_numpy()})
    for column in ("community", "centre"):
        keys.insert(0, column, units[column].astype(str).reindex(home).to_numpy() if column in units else "")
    force, result = people["force"].to_numpy(), np.zeros(len(people), dtype=np.bool_)
    for name in FORCES:
        members = np.flatnonzero(force == name)
        order = keys.iloc[members].sort_values(["centre", "community", "id"], kind="stable").index.to_numpy()
        place = np.argsort((np.arange(len(order)) + 1) * GOLDEN % 1.0, kind="stable")
        result[order[place[: int(share_of(scenario, name) * len(order) + 0.5)]]] = True
    return result


def check_ids(named: Iterable[str], known: Iterable[str]) -> None:
    """Refuse ids that no seller has.

    Raises
    ------
    InputError
        All of them at once, each with the ids that are most like it.
    """
    ids = [str(name) for name in known]
    unknown = [name for name in named if name not in set(ids)]
    if unknown:
        rule = Message("no seller of the territory has this id")
        raise InputError([Problem("training.trainees", name, rule, near(name, ids)) for name in unknown])


def with_trainees(scenario: Scenario, ids: Iterable[str]) -> Scenario:
    """Return the scenario with the people who are trained by id."""
    training = scenario.training.model_copy(update={"trainees": tuple(ids), "cross_trained": 1.0})
    return scenario.model_copy(update={"training": training})


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
