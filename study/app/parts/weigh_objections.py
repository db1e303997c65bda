"""Objections to the communities shown, weighed by the worker: answers in every language, and a file for each plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from optimize.districting.objections.weigh import Objection
from study.app.choice import Choice
from study.app.choices import Deck
from study.app.parts.kept_plans import kept_plan
from study.evaluation.decisions import prepare_territory
from study.presentation.given_plan_summary import weighed_objections
from study.presentation.language import LANGUAGES, Language
from study.recommendation.prices import weighed


def weighed_for(deck: Deck, choice: Choice, lines: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Weigh objections to the plan of a choice.

    Parameters
    ----------
    deck : Deck
    choice : Choice
        With the file of the plan that people object to.
    lines : sequence of (unit, community, who)

    Returns
    -------
    dict
        ``head`` (language -> how many can be granted together), ``rows`` (unit, community, who, answers by language,
        moves, deviation, moved, plan: the file of the nearest plan that grants it, or empty), ``together``: the file
        of the plan that grants the most.

    Raises
    ------
    InputError
        An objection names what is not there.
    """
    scenario = deck.scenario(choice)
    ready = prepare_territory(scenario, deck.ground, seed=deck.seed)
    found = weighed(scenario, ready, [Objection(*line[:3]) for line in lines], seed=deck.seed)
    told = {code: weighed_objections(found, Language(code)) for code in LANGUAGES}
    rows = []
    for n, row in enumerate(found.table.to_dict("records")):
        alone = found.alone.get(n)
        costs = alone is not None or row["verdict"] == "already"
        rows.append(
            {
                "unit": str(row["unit_id"]),
                "community": str(row["community"]),
                "who": str(row["who"]),
                "answer": {code: str(table["answer"].iloc[n]) for code, (table, _) in told.items()},
                "moves": int(row["moves"]) if costs else None,
                "deviation": float(row["worst_deviation"]) if costs else None,
                "moved": float(row["weight_moved"]) if costs else None,
                "plan": "" if alone is None else kept_plan(deck.uploads, alone.assignment),
            }
        )
    granted = bool(found.table["granted"].any())
    together = kept_plan(deck.uploads, found.result.plan.assignment) if granted else ""
    return {
        "head": {code: text.splitlines()[0] for code, (_, text) in told.items()},
        "rows": rows,
        "together": together,
    }
