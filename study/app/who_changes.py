"""Who gains and who loses: each person's last target beside that of the reference, as plain values for a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from scenarios import Scenario, Territory
from scenarios.rules.scorecard import natural
from scenarios.rules.workdays import working_days
from study.app.choices import plan_of
from study.app.tables import names_of, targets_of
from study.presentation.language import Language

FIRST = 10
"""Rows shown before the rest is asked for."""

BUSINESSES = ("fixed", "mobile")


def last_stage_days(scenario: Scenario) -> int:
    """Return the working days of the last target stage inside the study: targets are compared for as many."""
    if not scenario.target_stages:
        return 0
    stage = scenario.target_stages[-1]
    days = working_days(scenario.calendar, scenario.run.days)
    return sum(day >= stage.start and (stage.end is None or day <= stage.end) for day in days)


def who_changes(
    point: Mapping[str, Any],
    reference: Mapping[str, Any] | None,
    territory: Territory,
    scale: float,
    say: Language,
) -> dict[str, Any]:
    """Return a row a person: who, where, both growth targets, and their change against the reference.

    Parameters
    ----------
    point, reference : mapping
        Finished points; without a reference nobody changes.
    territory : Territory
    scale : float
        Working days of the last stage over those of the reference's: its targets are stretched to the same length.
    say : Language

    Returns
    -------
    dict
        ``columns``, ``words`` (how many of them are text), ``rows`` of cells (text, by, tone), largest change first.
    """
    now, was = _by_person(point), _by_person(reference or point)
    if territory.sellers is None or now.empty:
        return {"columns": [], "rows": [], "nothing": say("app.no_targets")}
    names, sellers = names_of(territory), territory.sellers.set_index(territory.sellers["seller_id"].astype(str))
    home: Mapping[str, str] = point["teams"]
    centre = dict(zip(plan_of(point, "subdivided", territory), territory.units["centre"].astype(str), strict=True))
    rows = []
    for seller in sorted(now.index, key=natural):
        old = was.loc[seller] * scale if seller in was.index else None
        change = None if old is None or old.sum() <= 0 else now.loc[seller].sum() / old.sum() - 1
        rows.append(
            [
                _word(names.get(seller, seller)),
                _word(say(f"force.{sellers['force'].get(seller, 'CM')}")),
                _word(centre.get(home.get(seller, ""), "")),
                _word(home.get(seller, "")),
                *(_count(float(now.loc[seller].get(b, 0.0)), say) for b in BUSINESSES),
                _share(change, say),
            ]
        )
    rows.sort(key=lambda row: -abs(row[-1]["by"]))
    heads = ["table.person", "table.force", "table.centre", "table.community"]
    growth = say("measure.growth")
    businesses = [say("figure.of_business", kpi=growth, business=say(f"business.{b}")) for b in BUSINESSES]
    return {
        "columns": [*(say(key) for key in heads), *businesses, say("app.change")],
        "words": len(heads),
        "rows": rows,
        "first": FIRST,
        "more": say("app.show_all", count="{count}"),
        "less": say("app.show_first", count=say.number(FIRST)),
        "search": say("app.search"),
        "nothing": say("app.nobody_found"),
    }


def _by_person(point: Mapping[str, Any]) -> pd.DataFrame:
    table = targets_of(point)
    people = table[table["level"] == "person"]
    return people.pivot_table(index="id", columns="business", values="value", aggfunc="sum", fill_value=0.0)


def _word(text: str) -> dict[str, Any]:
    return {"text": text, "by": text}


def _count(value: float, say: Language) -> dict[str, Any]:
    return {"text": say.number(value, 0), "by": value}


def _share(change: float | None, say: Language) -> dict[str, Any]:
    if change is None:
        return {"text": "–", "by": 0.0}
    tone = "more" if change > 0.0005 else "less" if change < -0.0005 else ""
    return {"text": say.percent(change, 0, sign=True), "by": change, "tone": tone}
