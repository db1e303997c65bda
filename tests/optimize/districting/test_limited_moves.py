"""Proofs where only so much may leave its community of today agree with brute force, and audits see what breaks it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from optimize import partition
from optimize.districting.audit import audit
from optimize.districting.heuristic.current_plan import Today, keeps
from optimize.districting.moves.named_communities import moves_of
from optimize.districting.problem.instance import instance_of
from tests.campaigns.ask import ask, territory_of
from tests.campaigns.draw import Course, draw
from tests.campaigns.every_plan import best_plan, divisions
from tests.campaigns.question import Question, judge

OBJECTIVES = ["moment", "distance", "radius", "cut-edges"]
MOST = (0.05, 0.12, 0.2)


def tightened(number: int, objective: str) -> Question:
    """Return a small map about a limit that binds, today's communities being a plan with an eighth moved."""
    course = Course(
        units=8 + number % 3, communities=2 + number % 2, wish="max_moved", objective=objective, tolerance=0.35
    )
    question = draw(53, number, course)
    return question.about(wishes={**question.wishes, "max_moved": MOST[number % 3]}) if question.today else question


@pytest.mark.slow
@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("number", range(3))
def test_every_way_of_proving_agrees_with_all_divisions(objective: str, number: int) -> None:
    question = tightened(number, objective)
    best = best_plan(question)
    ways = ({}, {"exhaust": False}, {"exhaust": False, "searching": False, "seats": False})
    for way in ways if number == 0 else ways[1:]:
        found = ask(question, work_limit=10.0, **way)
        assert found.proof == ("infeasible" if best is None else "optimal"), (way, found)
        if best is not None:
            assert found.value == pytest.approx(float(best[0]), rel=1e-9)
            assert not judge(question, found.plan).faults


def test_a_limit_binds_somewhere_in_these_tests() -> None:
    worse = 0
    for objective in OBJECTIVES:
        for number in range(3):
            question = tightened(number, objective)
            free = {key: wish for key, wish in question.wishes.items() if key != "max_moved"}
            kept, all_ = best_plan(question), best_plan(question.about(wishes=free))
            worse += all_ is not None and (kept is None or kept[0] > all_[0])
    assert worse >= 3


def test_names_may_be_given_to_communities_exactly_where_the_check_of_a_plan_gives_them() -> None:
    """A plan keeps the limit if and only if its communities, each with a name, are columns that keep it in all."""
    question = tightened(1, "moment")
    instance = instance_of(
        territory_of(question), question.communities, objective="moment", weight=question.weight,
        balance=question.balance, bounds={},
    )  # fmt: skip
    names = sorted(set(question.today))
    label = np.array([names.index(one) for one in question.today], dtype=np.int64)
    limit = Today(label, 0.2 * float(instance.weight.sum()))
    moves = moves_of(instance, limit)
    for plan in divisions(question):
        communities = sorted(set(plan.values()))
        own = np.array([communities.index(plan[unit]) for unit in question.units], dtype=np.int64)
        columns = np.array([own == k for k in range(question.communities)], dtype=np.int8)
        named, _, gone = moves.named(columns, np.zeros(len(columns)))
        least = math.inf
        for chosen in _choices(named, question.communities):
            least = min(least, float(gone.moved[chosen].sum()))
        assert (least <= gone.most) == keeps(instance, own, limit)


def _choices(named: np.ndarray, communities: int) -> list[list[int]]:
    """Return every choice of named columns that covers units and names once."""
    found: list[list[int]] = [[]]
    for _ in range(communities):
        found = [[*one, c] for one in found for c in range(len(named)) if not one or c > one[-1]]
    return [one for one in found if np.all(named[one].sum(axis=0) == 1)]


@pytest.mark.parametrize("objective", ["moment", "cut-edges", "radius"])
def test_an_audit_confirms_such_a_proof_and_contradicts_a_dearer_plan(objective: str) -> None:
    question = next(q for n in range(9) if (q := tightened(n, objective)).today and best_plan(q) is not None)
    found = ask(question, work_limit=10.0)
    assert audit(found.certificates).verdict == "confirmed"
    forged = [{**one, "value": one["value"] * 1.2 + 1, "bound": one["value"] * 1.2 + 1} for one in found.certificates]
    assert audit(forged).verdict == "contradicted"
    narrower = [{**one, "most_moved": 0.0} for one in found.certificates]
    if sum(a != b for a, b in zip(found.plan.values(), question.today, strict=True)):
        assert audit(narrower).findings[0].verdict == "contradicted"


def test_what_is_said_of_distances_at_the_least_radius_is_audited() -> None:
    question = draw(59, 3, Course(units=14, communities=3, objective="radius", wish="none", tolerance=0.3))
    plan = partition(
        territory_of(question), 3, objective="radius", weight=question.weight, balance=dict(question.balance)
    )
    (certificate,) = plan.certificates
    checked = {finding.claim: finding.verdict for finding in audit(plan.certificates).findings}
    assert checked == {"plan": "confirmed", "optimal": "confirmed", "tie": "confirmed"}
    dearer = {**certificate, "tie": {**certificate["tie"], "value": certificate["tie"]["value"] * 1.01}}
    assert audit([dearer]).findings[-1].verdict == "contradicted"
    wrong = {
        **certificate,
        "tie": {**certificate["tie"], "optimal": False, "bound": certificate["tie"]["value"] * 1.01},
    }
    assert audit([wrong]).findings[-1].verdict == "contradicted"
