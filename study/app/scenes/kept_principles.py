"""What the dashboard says of the principles (F2): how often a choice breaks one, by its own runs."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from scenarios import Scenario
from study.evaluation.principles import Breach, breaches
from study.presentation.language import Language

CHOICE, REFERENCE = "the choice", "the reference"
"""What the runs of a choice and of the first scenario are called here, whatever their scenarios are."""


def breach_of(point: Mapping[str, Any] | None, reference: Mapping[str, Any] | None, judge: Scenario) -> Breach | None:
    """Return how often a choice breaks principles; None where that cannot be told yet.

    Parameters
    ----------
    point, reference : mapping, optional
        Finished points of the choice and of the first scenario as written, whose runs the limits compare with.
    judge : Scenario
        Whose `study.principles` hold: the first scenario, or the same with other limits.
    """
    if point is None or reference is None:
        return None
    frames = [pd.DataFrame(one["kpis"], dtype=float) for one in (reference, point)]
    count = min(len(frame) for frame in frames)
    own, mine = (frame.iloc[:count] for frame in frames)
    return breaches(judge, {REFERENCE: own, CHOICE: mine}, REFERENCE).get(CHOICE) if count else None


def principles_line(
    point: Mapping[str, Any] | None, reference: Mapping[str, Any] | None, judge: Scenario, say: Language
) -> str:
    """Return a sentence as HTML: the choice breaks principles too often, or keeps them; nothing without any."""
    found = breach_of(point, reference, judge)
    if found is None:
        return ""
    if found.too_often:
        return f'<p class="fusion-broken">▼ {escape(say("app.principles", breach=found.told(say)))}</p>'
    shares = {"share": say.percent(found.share, 0), "allowed": say.percent(found.allowed, 0)}
    return f"<p>{escape(say('app.principles_kept', **shares))}</p>"
