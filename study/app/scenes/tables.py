"""What the dashboard says in tables: a community's scorecard, targets by centre, and what changes for whom."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from scenarios import Scenario, Territory
from scenarios.rules.scorecard import natural
from scenarios.rules.workdays import working_days
from study.app.choices import plan_of
from study.presentation.language import Language

FIRST = 10
"""Rows shown before the rest is asked for."""

BUSINESSES = ("fixed", "mobile")

LARGE = 0.1
"""Change of a person's target from which it is counted as large."""


def targets_of(point: Mapping[str, Any]) -> pd.DataFrame:
    """Return the growth targets of the last stage: ``level, id, business, value``."""
    table = pd.DataFrame(point["targets"], columns=["stage", "level", "id", "business", "measure", "value"])
    last = table[(table["measure"] == "growth") & (table["stage"] == table["stage"].iloc[-1])] if len(table) else table
    return last[["level", "id", "business", "value"]].reset_index(drop=True)


def by_community(point: Mapping[str, Any], assignment: pd.Series[Any], subdivided: pd.Series[Any]) -> pd.DataFrame:
    """Return targets of the communities of a plan, a column per business.

    The last stage's targets belong to the subdivided communities; those of a redrawn community are the sum of its
    parts. Today's communities have none: the parts lie across them.
    """
    table = targets_of(point)
    table = table[table["level"] == "community"]
    whole = pd.DataFrame({"part": subdivided, "whole": assignment}).drop_duplicates().set_index("part")["whole"]
    if whole.index.has_duplicates:
        return pd.DataFrame({"fixed": [], "mobile": []})
    return table.assign(id=table["id"].map(whole)).pivot_table(
        index="id", columns="business", values="value", aggfunc="sum"
    )


def targets_table(
    point: Mapping[str, Any],
    reference: Mapping[str, Any] | None,
    territory: Territory,
    subdivided: pd.Series[Any],
    stage: str,
    scale: float,
    say: Language,
) -> str:
    """Return targets by centre, and what changes for persons, as HTML.

    ``scale`` stretches the reference's targets to a stage of the same length.
    """
    table = targets_of(point)
    if not len(table):
        return f"<p>{escape(say('app.no_targets'))}</p>"
    now = _by_centre(point, territory, subdivided)
    was = None if reference is None else _by_centre(reference, territory, _series(reference, territory))
    heads = [say("table.centre"), *(_of(say, b) for b in ("fixed", "mobile"))]
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in heads)
    rows = []
    for centre, sums in now.items():
        cells = []
        for business, value in sums.items():
            before = None if was is None or business not in was.get(centre, {}) else was[centre][business] * scale
            cells.append(f"<td>{escape(say.number(value, 0))}{_change(value, before, say)}</td>")
        name = centre or say("table.company")
        rows.append(f'<tr><th scope="row">{escape(name)}</th>{"".join(cells)}</tr>')
    return (
        f"<h3>{escape(say('app.targets', stage=stage))}</h3>"
        f'<table class="fusion-table"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
        f"<p>{escape(_persons(point, reference, territory, scale, say))}</p>"
    )


def community_card(
    row: Mapping[str, Any],
    plan: str,
    targets: Mapping[str, float] | None,
    team: list[str],
    say: Language,
) -> str:
    """Return the scorecard of one community as HTML."""
    lines = [(say("table.plan"), plan), (say("table.centre"), str(row["centre"]))]
    lines.append((say("table.units"), say.number(int(row["units"]))))
    for name in ("population", "households", "enterprises", "fixed_subscribers", "mobile_subscribers", "workload"):
        if name in row:
            lines.append((say(f"attribute.{name}"), say.number(float(row[name]), 0)))
    lines.append((say("table.deviation"), say.percent(float(row["workload_deviation"]), sign=True)))
    lines.append((say("table.radius"), say.number(float(row["radius"]))))
    lines.append((say("app.share_moved"), say.percent(float(row["moved"]))))
    for business, value in (targets or {}).items():
        lines.append((_of(say, business), say.number(float(value), 0)))
    if team:
        lines.append((say("app.team", count=len(team)), say.listed(team)))
    body = "".join(f'<tr><th scope="row">{escape(label)}</th><td>{escape(text)}</td></tr>' for label, text in lines)
    return f'<h3>{escape(str(row["community"]))}</h3><table class="fusion-card"><tbody>{body}</tbody></table>'


def team_of(point: Mapping[str, Any], parts: set[str], territory: Territory) -> list[str]:
    """Return who works in communities, by name where names are known."""
    members = sorted(seller for seller, community in point["teams"].items() if community in parts)
    names = names_of(territory)
    return [names.get(seller, seller) for seller in members]


def _by_centre(
    point: Mapping[str, Any], territory: Territory, subdivided: pd.Series[Any]
) -> dict[str, dict[str, float]]:
    """Return the targets of every centre, and last, without a name, of the company."""
    table = targets_of(point)
    table = table[table["level"] == "community"]
    centre = territory.units["centre"].astype(str).groupby(subdivided).first()
    sums = {name: dict.fromkeys(("fixed", "mobile"), 0.0) for name in [*sorted(set(centre)), ""]}
    for name, business, value in zip(table["id"].map(centre), table["business"], table["value"], strict=True):
        sums[str(name)][str(business)] += float(value)
        sums[""][str(business)] += float(value)
    return sums


def _series(point: Mapping[str, Any], territory: Territory) -> pd.Series[Any]:
    return pd.Series(point["plans"]["subdivided"]).reindex(territory.units.index).astype(str)


def _change(value: float, before: float | None, say: Language) -> str:
    if before is None or round(value - before) == 0:
        return ""
    return f" <small>({escape(say.number(value - before, 0, sign=True))})</small>"


def _persons(
    point: Mapping[str, Any], reference: Mapping[str, Any] | None, territory: Territory, scale: float, say: Language
) -> str:
    """Say for how many persons the sum of the growth targets changes much against the reference, and for whom most."""
    if reference is None:
        return ""
    now, was = _by_person(point), _by_person(reference) * scale
    both = pd.DataFrame({"now": now, "was": was}).dropna()
    both = both[both["was"] > 0]
    change = both["now"] / both["was"] - 1
    large = change[change.abs() > LARGE]
    if not len(large):
        return say("app.nobody_changes", share=say.percent(LARGE, 0), all=say.number(len(both)))
    who = str(large.abs().idxmax())
    return say(
        "app.persons_change",
        count=say.number(len(large)),
        all=say.number(len(both)),
        share=say.percent(LARGE, 0),
        who=names_of(territory).get(who, who),
        most=say.percent(float(large[who]), 0, sign=True),
    )


def _by_person(point: Mapping[str, Any]) -> pd.Series[Any]:
    table = targets_of(point)
    return table[table["level"] == "person"].groupby("id")["value"].sum()


def names_of(territory: Territory) -> dict[str, str]:
    """Return the names of sellers, where they are known."""
    sellers = territory.sellers
    if sellers is None or "name" not in sellers:
        return {}
    known = sellers[sellers["name"].notna()]
    return dict(zip(known["seller_id"].astype(str), known["name"].astype(str), strict=True))


def _of(say: Language, business: str) -> str:
    return say("figure.of_business", kpi=say("measure.growth"), business=say.business(business))


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
    now, was = _targets_of_persons(point), _targets_of_persons(reference or point)
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
    businesses = [say("figure.of_business", kpi=growth, business=say.business(b)) for b in BUSINESSES]
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


def _targets_of_persons(point: Mapping[str, Any]) -> pd.DataFrame:
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
