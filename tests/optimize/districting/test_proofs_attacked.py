"""No proof breaks under attack: other words for a question, brute force, another model, maps once proven falsely.

The whole attack is the campaign ``python -m tests.campaigns.proofs``; this is a share of it, the same maps every time.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

import benchmarks
from benchmarks.partitions import COUNTIES, PUBLISHED, published_values
from optimize import partition
from scenarios import load_territory
from tests.campaigns.ask import Answer, ask
from tests.campaigns.disguise import disguise, plain
from tests.campaigns.draw import BESIDE, WISHES, Course, draw
from tests.campaigns.every_plan import best_plan
from tests.campaigns.oracle import settle
from tests.campaigns.question import Question, judge
from tests.campaigns.trial import attack
from tests.optimize.conftest import published, rng
from tests.sizes import size

MET = sorted((Path(__file__).parents[2] / "campaigns" / "met").glob("*.json"))
"""Maps that were once proven falsely, with what was claimed and what is true."""

EVERY_WISH = sorted(set(WISHES))


def holds(answer: Answer, truth: float) -> None:
    """What is claimed agrees with the best value, infinite where there is no plan."""
    assert answer.proof != "refused", answer.said
    assert answer.bound <= truth * (1 + 1e-9) + 1e-9
    assert answer.value >= truth * (1 - 1e-9) - 1e-9
    if answer.proof == "optimal":
        assert answer.value == pytest.approx(truth, rel=1e-7)
    if answer.proof == "infeasible":
        assert math.isinf(truth)


@pytest.mark.parametrize("objective", ["moment", "distance", "radius", "cut-edges"])
@pytest.mark.parametrize("wish", EVERY_WISH)
def test_what_proves_larger_maps_agrees_with_brute_force_on_small_ones(wish: str, objective: str) -> None:
    for number in range(3 - size(2, 3), 3):
        planted = True if number == 2 else None
        course = Course(
            units=8 + number % 3, communities=2 + number % 2, wish=wish, objective=objective, planted=planted
        )
        question = draw(41, number, course)
        best = best_plan(question)
        truth = math.inf if best is None else float(best[0])
        quick = {"time_limit": 10.0, "effort": "quick"}  # proofs are tried here; what a search leaves is left to them
        holds(ask(question, exhaust=False, **quick), truth)
        holds(ask(question, exhaust=False, searching=False, seats=False, **quick), truth)
        holds(
            ask(disguise(question, rng(number)).question, time_limit=10.0),
            truth * disguise(question, rng(number)).factor,
        )


@pytest.mark.parametrize(("wish", "beside"), [(wish, other) for wish, others in BESIDE.items() for other in others])
def test_limits_on_splits_and_sizes_beside_another_wish_agree_with_brute_force(wish: str, beside: str) -> None:
    for number, objective in enumerate(("moment", "cut-edges", "distance", "radius")[: size(2, 4)]):
        units = 8 + number % 2
        course = Course(units=units, communities=3, wish=wish, beside=beside, objective=objective, people="even")
        question = draw(71, number, course)
        best = best_plan(question)
        truth = math.inf if best is None else float(best[0])
        quick = {"time_limit": 10.0, "effort": "quick"}
        holds(ask(question, exhaust=False, **quick), truth)
        holds(ask(question, exhaust=False, searching=False, seats=False, **quick), truth)


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["moment", "distance", "cut-edges"])
def test_sums_just_at_their_bounds_are_inside_them(objective: str) -> None:
    for number in range(size(2, 4)):
        question = draw(43, number, Course(units=14 + 2 * number, people="edge", objective=objective, wish="none"))
        assert not judge(question, question.known).faults
        for answer in (ask(question, time_limit=10.0), ask(question, time_limit=10.0, exhaust=False)):
            assert answer.bound <= float(judge(question, question.known).value) * (1 + 1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(size(4, 6)))
def test_no_other_words_and_no_other_way_of_asking_change_what_is_proven(number: int) -> None:
    question = draw(47, number, Course(least=12, most=26, planted=True))
    assert attack(question, seed=number, limit=1.0, oracle=0.0)["contradictions"] == []


@pytest.mark.slow
@pytest.mark.parametrize("number", range(4))
def test_another_model_proves_the_same(number: int) -> None:
    question = draw(
        53, number, Course(units=12, communities=3, attributes=1, objective=("cut-edges", "moment")[number % 2])
    )
    verdict = settle(question, 30.0)
    assert verdict.proof != "unfinished"
    holds(ask(question, time_limit=10.0, exhaust=False), math.inf if verdict.value is None else float(verdict.value))


@pytest.mark.parametrize("objective", [None, "distance", "radius"])
def test_the_other_model_agrees_with_brute_force_under_every_wish(objective: str | None) -> None:
    for number, wish in enumerate(EVERY_WISH):
        question = draw(59, number, Course(units=8, communities=2 + number % 2, wish=wish, objective=objective))
        best, verdict = best_plan(question), settle(question, 30.0)
        assert (verdict.proof, verdict.value) == (("infeasible", None) if best is None else ("optimal", best[0]))


def test_a_disguise_changes_no_plan_s_worth() -> None:
    for number in range(30):
        question = draw(61, number, Course(planted=True, most=30))
        worn = disguise(question, rng(number))
        before, after = judge(question, question.known), judge(worn.question, worn.worn(question.known))
        assert not before.faults and not after.faults
        assert float(after.value) == pytest.approx(float(before.value) * worn.factor, rel=1e-12)
        assert worn.bared(worn.worn(question.known)) == question.known
        assert plain(question).worn(question.known) == question.known
        assert Question.from_json(question.to_json()) == question


@pytest.mark.slow
@pytest.mark.parametrize("number", range(3 - size(2, 3), 3))
def test_larger_maps_are_proven_the_same_in_other_words(number: int) -> None:
    found = attack(draw(67, number, Course(least=30, most=64)), seed=number, limit=2.0, oracle=2.0)
    assert found["contradictions"] == []


def test_the_maps_once_proven_falsely_are_at_hand() -> None:
    assert MET


@pytest.mark.parametrize("path", MET, ids=lambda path: path.stem)
def test_a_map_once_proven_falsely_is_proven_truly_or_not_at_all(path: Path) -> None:
    told = json.loads(path.read_text())
    question = Question.from_json(json.dumps(told["question"]))
    better = judge(question, told["plan"])
    assert not better.faults and float(better.value) == pytest.approx(told["true"], rel=1e-12)
    answer = ask(question, **told["how"])
    assert answer.bound <= told["true"] * (1 + 1e-9), f"once {told['claimed']}"
    assert answer.proof != "optimal" or answer.value == pytest.approx(told["true"], rel=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("state", ["ME", "NM", "WV", "LA"][: size(3, 4)])
def test_counties_are_proven_at_the_published_number_of_cut_edges(state: str) -> None:
    territory = load_territory(Path(benchmarks.__file__).parent / "counties" / state)
    plan = partition(
        territory, COUNTIES[state], objective="cut-edges", balance={"population": 0.005}, time_limit=900, jobs=2
    )
    assert plan.bound is not None and plan.bound <= published_values()[state, "cut-edges"] <= plan.value
    assert plan.proof == "optimal"


@pytest.mark.slow
def test_idaho_is_proven_at_the_published_number_of_cut_edges() -> None:
    territory, bounds = published("published/ID_county"), PUBLISHED["ID_county"]
    plan = partition(territory, 2, objective="cut-edges", bounds=bounds, time_limit=60, jobs=2)
    assert (plan.proof, plan.value) == ("optimal", published_values()["ID", "cut-edges"])
