"""Following the advice costs no more, in worlds that were not used to find it, than other ways to choose."""

from __future__ import annotations

import pytest

from benchmarks.regret import held_out
from scenarios import generate_city, load_scenario
from study.evaluation.experiment import Experiment
from tests.sizes import size

SHORT = {"run.days": 120, "study.horizons": [120], "study.alternatives": ["no_merger", "big_bang", "waves"]}


@pytest.mark.slow
@pytest.mark.parametrize("principled", [False, True])
def test_the_advice_is_regretted_no_more_than_plan_big_bang_or_the_best_under_likely_values(principled: bool) -> None:
    """On a generated town; `python -m benchmarks.regret` does it on the embedded city and Boston, too."""
    town = generate_city(units=60, centres=1, seed=7)
    plan = load_scenario("plan", SHORT)
    experiment = Experiment.set_up([plan], town, alternatives=True)
    found = held_out(experiment, size(12, 64), size(24, 192), principled=principled)
    assert set(found.excess) == {"plan", "big bang", "best under likely values"}
    for way, more in found.excess.items():
        assert more.low <= 0, (way, more)  # nothing shows that the advice costs more
        if found.chosen[way] == found.chosen["advice"]:
            assert more.value == 0
    assert all(lost.low >= 0 for lost in found.regret.values())
