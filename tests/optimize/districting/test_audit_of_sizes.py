"""Proofs of communities of unequal size are checked like all others: true ones confirmed, false ones contradicted."""

import json
from fractions import Fraction

import pytest

from optimize.districting.audit import audit
from tests.campaigns.ask import ask
from tests.campaigns.draw import Course, draw
from tests.campaigns.every_plan import divisions
from tests.campaigns.question import judge
from tests.sizes import size

OBJECTIVES = ("moment", "distance", "cut-edges")


def asked(number, objective, units):
    return draw(31, number, Course(wish="sizes", objective=objective, units=units, communities=3, people="even"))


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("units", [9, pytest.param(18, marks=pytest.mark.slow)])
def test_what_is_proven_of_unequal_sizes_is_confirmed(objective, units):
    proven = 0
    for number in range(size(3, 12)):
        answer = ask(asked(number, objective, units), work_limit=4.0, exhaust=units < 16)
        checked = audit(json.loads(json.dumps(answer.certificates)))
        assert checked.verdict == "confirmed" or (answer.proof == "feasible" and checked.verdict == "open"), checked
        proven += answer.proof == "optimal"
    assert proven >= 2


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_worse_plan_called_optimal_is_contradicted(objective):
    """The plans are all that there are, judged by exact arithmetic; of those that keep the sizes one is worse."""
    told = 0
    for number in range(6):
        question = asked(number, objective, 9)
        answer = ask(question, work_limit=4.0)
        better = Fraction(judge(question, answer.plan).value)
        for plan in divisions(question):
            worth = judge(question, plan)
            if worth.faults or worth.value <= better * Fraction(101, 100):
                continue
            (false,) = json.loads(json.dumps(answer.certificates))
            order = {name: k for k, name in enumerate(in_order(question, plan, false))}
            false |= {"plan": [order[plan[u]] for u in question.units], "value": float(worth.value)}
            false["bound"] = false["value"]
            checked = audit([false])
            assert checked.verdict == "contradicted" and checked.findings[-1].claim == "optimal", checked
            told += 1
            break
    assert told >= 1


def in_order(question, plan, certificate):
    """Return the communities of a plan as the certificate numbers them: each within the bounds of its own number."""
    names, left = sorted(set(plan.values())), []
    for least, most in zip(certificate["sizes"]["least"], certificate["sizes"]["most"], strict=True):
        fit = [
            name
            for name in names
            if name not in left
            and all(
                low <= sum(load for u, load in zip(question.units, loads, strict=True) if plan[u] == name) <= high
                for loads, low, high in zip(question.loads.values(), least, most, strict=True)
            )
        ]
        left.append(fit[0])
    return left


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_communities_of_swapped_sizes_are_a_fault_of_the_plan(objective):
    answer = ask(asked(1, objective, 9), work_limit=4.0)
    (false,) = json.loads(json.dumps(answer.certificates))
    false["plan"] = [{0: 2, 2: 0}.get(k, k) for k in false["plan"]]
    checked = audit([false])
    assert checked.verdict == "contradicted" and "of attribute" in checked.findings[0].detail


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["moment", "distance"])
def test_prices_off_or_lost_leave_a_proof_open_or_are_found_out(objective):
    answer = ask(asked(0, objective, 18), work_limit=4.0, exhaust=False)
    (true,) = json.loads(json.dumps(answer.certificates))
    lost = {**true, "evidence": [e for e in true["evidence"] if e["kind"] != "prices"]}
    assert audit([true]).verdict == "confirmed"
    assert audit([{**lost, "value": true["value"] * 1.01, "bound": true["value"] * 1.01}]).verdict == "contradicted"
