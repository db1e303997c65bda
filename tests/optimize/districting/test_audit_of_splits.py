"""Proofs under a limit on splits are checked on maps where no division can be looked at one by one."""

import json

import pytest

from optimize.districting.audit import audit
from tests.campaigns.ask import ask
from tests.campaigns.draw import Course, draw
from tests.campaigns.question import judge
from tests.sizes import size

OBJECTIVES = ("moment", "distance", "cut-edges")


def asked(number, objective):
    """Return a question of more units than divisions are looked at, whose limit on splits costs something."""
    return draw(47, number, Course(wish="splits", objective=objective, units=26, communities=3, planted=True))


@pytest.mark.slow
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_what_is_proven_under_a_limit_on_splits_is_confirmed_and_what_is_worse_contradicted(objective):
    confirmed = contradicted = 0
    for number in range(size(4, 12)):
        question = asked(number, objective)
        answer = ask(question, work_limit=6.0)
        if answer.proof != "optimal":
            continue
        (true,) = json.loads(json.dumps(answer.certificates))
        checked = audit([true])
        assert checked.verdict == "confirmed", (number, checked)
        confirmed += 1
        worse = judge(question, question.known)  # the plan around which the map was made
        assert not worse.faults
        if float(worse.value) > answer.value * 1.001:
            order = {name: k for k, name in enumerate(sorted(set(question.known.values())))}
            plan = [order[question.known[u]] for u in question.units]
            false = {**true, "plan": plan, "value": float(worse.value), "bound": float(worse.value)}
            assert audit([false]).verdict == "contradicted", (number, audit([false]))
            contradicted += 1
    assert confirmed >= 2


def splits_of(certificate):
    return sum(len({certificate["plan"][u] for u in group}) - 1 for group in certificate["splits"][0]["groups"])


@pytest.mark.slow
def test_one_split_more_than_allowed_is_a_fault_of_the_plan():
    for number in range(8):
        answer = ask(asked(number, "moment"), work_limit=6.0)
        (false,) = json.loads(json.dumps(answer.certificates)) if answer.plan else [None]
        made = splits_of(false) if false is not None else 0
        if made >= 1:
            break
    assert made >= 1
    false["splits"][0]["most"] = made - 1
    checked = audit([false])
    assert checked.verdict == "contradicted" and f"split {made} times, more than" in checked.findings[0].detail
