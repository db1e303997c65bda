"""Everything that the worlds tell, as one answer: the content of robust.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from foundation.arrays import Floats
from scenarios.schema.study_settings import Belief
from study.evaluation.horizons import break_even
from study.presentation.language import Language
from study.robustness.advice import Advice, Standing, advise, by_fixed_limits, fails, standings, values_of
from study.robustness.discovery import failing_box
from study.robustness.effort import Effort
from study.robustness.estimates import Estimated
from study.robustness.information import curves_of, flips, perfect_information, points_of, worth_of
from study.robustness.outcomes import Outcomes
from study.robustness.pilot import pilot_for
from study.robustness.wording.advice import advice_text


def answer_of(outcomes: Outcomes, seed: int, effort: Effort | None = None) -> dict[str, Any]:
    """Return the content of robust.json.

    Intervals of means, shares and worths hold chance and assumptions both: every world is run once, with its own random
    numbers, the same for all timelines.
    """
    settings, last = outcomes.scenarios[0].study, outcomes.horizons[-1]
    confidence = settings.confidence
    found, advice = _judged(outcomes, seed)
    every, outcomes = outcomes, outcomes.before(advice.recommended)
    raw, values = outcomes.values("contribution", last, outcomes.choices), values_of(outcomes, last)
    worth, turns = {}, []
    for place, key in enumerate(outcomes.worlds.keys):
        curves = curves_of(outcomes.worlds, raw, place)
        if curves is not None:
            worth[key] = worth_of(curves, confidence, seed)
            turns += flips(outcomes.worlds, place, curves, outcomes.choices, confidence, seed)
    groups = _worth_of_groups(outcomes, raw, seed)
    box = failing_box(outcomes.worlds, fails(outcomes, advice), confidence)
    pilot = pilot_for(outcomes, raw, worth, advice.recommended, confidence, seed)
    answer: dict[str, Any] = {
        **_standing(every, found, effort),
        "evpi": perfect_information(values, confidence, seed).to_dict(),
        "evppi": {key: estimate.to_dict() for key, estimate in _by_worth(worth)},
        "evppi_groups": {
            key: estimate.to_dict() for key, estimate in sorted(groups.items(), key=lambda g: -g[1].value)
        },
        "belief_groups": {group: _members(outcomes, group) for group in groups},
        "flip_points": [point.to_dict() for point in turns],
        **_advised(every, found, advice),
        "fails_where": None if box is None else box.to_dict(),
        "pilot": None if pilot is None else pilot.to_dict(),
        "beliefs": {key: _belief(belief) for key, belief in settings.beliefs.items()},
    }
    scenarios = {s.name: s for s in outcomes.scenarios}
    return {**answer, "why": advice_text(answer, scenarios, Language("en"))}


def judge(outcomes: Outcomes, seed: int) -> dict[str, Any]:
    """Return how every timeline stands and what is recommended, without what knowing more would be worth."""
    found, advice = _judged(outcomes, seed)
    return {**_standing(outcomes, found, None), **_advised(outcomes, found, advice), "fails_where": None}


Found = Mapping[int, Mapping[str, Standing]]


def _judged(outcomes: Outcomes, seed: int) -> tuple[Found, Advice]:
    settings = outcomes.scenarios[0].study
    found = {days: _every_standing(outcomes, days, settings.confidence, seed) for days in outcomes.horizons}
    return found, advise(outcomes, found, settings.broken_at_most)


def _standing(outcomes: Outcomes, found: Found, effort: Effort | None) -> dict[str, Any]:
    studied = outcomes.scenarios[0]
    return {
        "format": 1,
        "worlds": len(outcomes.worlds),
        "run_twice": len(outcomes.again) // max(len(outcomes.names), 1),
        "effort": None if effort is None else effort.to_dict(),
        "horizons": list(outcomes.horizons),
        "studied": studied.name,
        "held_against": studied.study.counterfactual,
        "measure": "contribution",
        "confidence": studied.study.confidence,
        "intervals_hold": "chance and assumptions",
        "scenarios": {
            name: {
                **standing.to_dict(),
                "break_even": _break_even(outcomes, name),
                "interruption": _interruption(outcomes, name),
                "horizons": {str(days): found[days][name].to_dict() for days in outcomes.horizons},
            }
            for name, standing in found[outcomes.horizons[-1]].items()
        },
    }


def _advised(outcomes: Outcomes, found: Found, advice: Advice) -> dict[str, Any]:
    settings = outcomes.scenarios[0].study
    return {
        "principles": {kpi: rule.model_dump(exclude_none=True) for kpi, rule in settings.principles.items()},
        "broken_at_most": settings.broken_at_most,
        "admissible": list(advice.admissible),
        "by_fixed_limits": by_fixed_limits(outcomes, found[outcomes.horizons[-1]], settings.broken_at_most),
        "most": advice.most,
        "recommended": advice.recommended,
        "turns_at": list(advice.turns),
    }


def _every_standing(outcomes: Outcomes, days: int, confidence: float, seed: int) -> dict[str, Standing]:
    """Return how every timeline stands: one that dropped out, over the worlds in which it was simulated."""
    found = standings(outcomes, days, confidence, seed)
    for name in outcomes.dropped:
        found[name] = standings(outcomes.before(name), days, confidence, seed)[name]
    return {name: found[name] for name in outcomes.names if name in found}


def _worth_of_groups(outcomes: Outcomes, raw: Floats, seed: int) -> dict[str, Estimated]:
    """Return what knowing all beliefs of a group together is worth: a survey mostly tells about more than one."""
    settings, keys = outcomes.scenarios[0].study, outcomes.worlds.keys
    found = {}
    for group in settings.belief_groups:
        places = [keys.index(key) for key in _members(outcomes, group)]
        curves = curves_of(outcomes.worlds, raw, *places) if len(places) > 1 else None
        if curves is not None:
            found[group] = worth_of(curves, settings.confidence, seed, points_of(outcomes.worlds, *places))
    return found


def _members(outcomes: Outcomes, group: str) -> list[str]:
    return [key for key, belief in outcomes.scenarios[0].study.beliefs.items() if belief.group == group]


def _by_worth(worth: Mapping[str, Estimated]) -> list[tuple[str, Estimated]]:
    return sorted(worth.items(), key=lambda one: -one[1].value)


def _break_even(outcomes: Outcomes, name: str) -> dict[str, float]:
    """Return when half of the worlds have broken even [calendar days after the first day], by Kaplan and Meier."""
    last = outcomes.horizons[-1]
    dates = outcomes.before(name).values("break_even_date", last, [name])[:, 0]
    median, low, high = break_even(dates, outcomes.scenarios[0], last)
    return {"value": median, "low": low, "high": high}


def _interruption(outcomes: Outcomes, name: str) -> dict[str, dict[str, float]]:
    """Return what is asked of the business: median, and the ends of the middle eight tenths of the worlds."""
    last, seen = outcomes.horizons[-1], outcomes.before(name)
    found = {}
    for kpi in ("dip_depth", "dip_days"):
        values = seen.values(kpi, last, [name])[:, 0]
        if not np.isnan(values).any():
            low, median, high = np.quantile(values, [0.1, 0.5, 0.9]).tolist()
            found[kpi] = {"value": median, "low": low, "high": high}
    return found


def _belief(belief: Belief) -> dict[str, Any]:
    return belief.model_dump(exclude={"evidence"}, exclude_none=True)
