"""Everything that the worlds tell, as one answer: the content of robust.json."""

from __future__ import annotations

from typing import Any

from scenarios.schema.beliefs import Belief
from study.presentation.language import Language
from study.robustness.advice import Standing, advise, by_fixed_limits, fails, standings, values_of
from study.robustness.discovery import failing_box
from study.robustness.effort import Effort
from study.robustness.information import curves_of, flips, perfect_information, worth_of
from study.robustness.outcomes import Outcomes
from study.robustness.pilot import pilot_for
from study.robustness.summary import advice_text


def answer_of(outcomes: Outcomes, seed: int, effort: Effort | None = None) -> dict[str, Any]:
    """Return the content of robust.json.

    Intervals of means, shares and worths hold chance and assumptions both: every world is run once, with its own random
    numbers, the same for all timelines.
    """
    studied = outcomes.scenarios[0]
    settings, last = studied.study, outcomes.horizons[-1]
    confidence = settings.confidence
    found = {days: _every_standing(outcomes, days, confidence, seed) for days in outcomes.horizons}
    advice = advise(outcomes, found, settings.broken_at_most)
    every, outcomes = outcomes, outcomes.before(advice.recommended)
    raw, values = outcomes.values("contribution", last, outcomes.choices), values_of(outcomes, last)
    worth, turns = {}, []
    for place, key in enumerate(outcomes.worlds.keys):
        curves = curves_of(outcomes.worlds, raw, place)
        if curves is not None:
            worth[key] = worth_of(curves, confidence, seed)
            turns += flips(outcomes.worlds, place, curves, outcomes.choices, confidence, seed)
    box = failing_box(outcomes.worlds, fails(outcomes, advice), confidence)
    pilot = pilot_for(outcomes, raw, worth, advice.recommended, confidence, seed)
    answer: dict[str, Any] = {
        "format": 1,
        "worlds": len(every.worlds),
        "run_twice": len(every.again) // max(len(every.names), 1),
        "effort": None if effort is None else effort.to_dict(),
        "horizons": list(outcomes.horizons),
        "studied": studied.name,
        "held_against": settings.counterfactual,
        "measure": "contribution",
        "confidence": confidence,
        "intervals_hold": "chance and assumptions",
        "scenarios": {
            name: {
                **standing.to_dict(),
                "horizons": {str(days): found[days][name].to_dict() for days in outcomes.horizons},
            }
            for name, standing in found[last].items()
        },
        "evpi": perfect_information(values, confidence, seed).to_dict(),
        "evppi": {key: estimate.to_dict() for key, estimate in sorted(worth.items(), key=lambda one: -one[1].value)},
        "flip_points": [point.to_dict() for point in turns],
        "principles": {kpi: rule.model_dump(exclude_none=True) for kpi, rule in settings.principles.items()},
        "broken_at_most": settings.broken_at_most,
        "admissible": list(advice.admissible),
        "by_fixed_limits": by_fixed_limits(every, found[last], settings.broken_at_most),
        "most": advice.most,
        "recommended": advice.recommended,
        "turns_at": list(advice.turns),
        "fails_where": None if box is None else box.to_dict(),
        "pilot": None if pilot is None else pilot.to_dict(),
        "beliefs": {key: _belief(belief) for key, belief in settings.beliefs.items()},
    }
    scenarios = {s.name: s for s in outcomes.scenarios}
    return {**answer, "why": advice_text(answer, scenarios, Language("en"))}


def _every_standing(outcomes: Outcomes, days: int, confidence: float, seed: int) -> dict[str, Standing]:
    """Return how every timeline stands: one that dropped out, over the worlds in which it was simulated."""
    found = standings(outcomes, days, confidence, seed)
    for name in outcomes.dropped:
        found[name] = standings(outcomes.before(name), days, confidence, seed)[name]
    return {name: found[name] for name in outcomes.names if name in found}


def _belief(belief: Belief) -> dict[str, Any]:
    return belief.model_dump(exclude={"evidence"}, exclude_none=True)
