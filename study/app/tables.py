"""What the dashboard says in tables: a community's scorecard, targets by centre and person, and the dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from html import escape
from typing import Any

import pandas as pd

from scenarios import Scenario, Territory
from scenarios.rules.workdays import working_days
from study.plotting.theme import PHASES, SOFT
from study.presentation.language import Language

LARGE = 0.1
"""Change of a person's target from which it is counted as large."""

NARROW = 0.1
"""Part of the study that is too short for the name of a phase."""


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
    say: Language,
) -> str:
    """Return targets by centre, and what changes for persons, as HTML."""
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
            before = None if was is None else was.get(centre, {}).get(business)
            cells.append(f"<td>{escape(say.number(value, 0))}{_change(value, before, say)}</td>")
        name = centre or say("table.company")
        rows.append(f'<tr><th scope="row">{escape(name)}</th>{"".join(cells)}</tr>')
    return (
        f"<h3>{escape(say('app.targets', stage=stage))}</h3>"
        f'<table class="fusion-table"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
        f"<p>{escape(_persons(point, reference, territory, say))}</p>"
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
    names = _names(territory)
    return [names.get(seller, seller) for seller in members]


def strip(scenario: Scenario, say: Language) -> str:
    """Return phases and target stages as bars over the days of the study, as HTML with inline SVG."""
    days = working_days(scenario.calendar, scenario.run.days)
    first, last = days[0], days[-1] + timedelta(days=1)
    phases = [(p.title.say(say.code), p.start, p.end) for p in scenario.phases]
    stages = [(s.title.short(say.code), s.start, s.end) for s in scenario.target_stages]
    if not phases:
        return f'<p class="fusion-strip">{escape(say("app.no_phases"))}</p>'
    bars = []
    for n, (title, start, end) in enumerate(phases):
        if start < last:
            bars.append(_bar(title, start, end, first, last, PHASES[1 + n % 3], "phase" if n else "first phase", say))
    lower = [_bar(t, start, end, first, last, "#dfe4e8", "stage", say) for t, start, end in stages if start < last]
    ends = f"<span>{escape(say.day(first))}</span><span>{escape(say.day(days[-1]))}</span>"
    return (
        f'<div class="fusion-strip"><div class="track">{"".join(bars)}</div><div class="track">{"".join(lower)}</div>'
        f'<div class="ends" style="color:{SOFT}">{ends}</div></div>'
    )


def _bar(
    title: str, start: date, end: date | None, first: date, last: date, colour: str, kind: str, say: Language
) -> str:
    whole = (last - first).days
    left = max(0, (start - first).days) / whole
    right = min(whole, ((end + timedelta(days=1) if end else last) - first).days) / whole
    width = max(0.0, right - left)
    until = say("app.open_end") if end is None else say.day(end)
    words = f"{title}{say('colon')} {say.day(start)} – {until}"
    if (
        kind == "first phase" and width < NARROW and left > width / 2
    ):  # the grey before has room for the rest of the name
        kind = "phase narrow"
    return (
        f'<div class="{kind}" style="left:{left * 100:.2f}%;width:{width * 100:.2f}%;'
        f'background:{colour}" title="{escape(words, quote=True)}"><span>{escape(title)}</span></div>'
    )


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
    if before is None or value == before:
        return ""
    return f" <small>({escape(say.number(value - before, 0, sign=True))})</small>"


def _persons(point: Mapping[str, Any], reference: Mapping[str, Any] | None, territory: Territory, say: Language) -> str:
    """Say for how many persons the sum of the growth targets changes much against the reference, and for whom most."""
    if reference is None:
        return ""
    now, was = (_by_person(p) for p in (point, reference))
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
        who=_names(territory).get(who, who),
        most=say.percent(float(large[who]), 0, sign=True),
    )


def _by_person(point: Mapping[str, Any]) -> pd.Series[Any]:
    table = targets_of(point)
    return table[table["level"] == "person"].groupby("id")["value"].sum()


def _names(territory: Territory) -> dict[str, str]:
    sellers = territory.sellers
    if sellers is None or "name" not in sellers:
        return {}
    known = sellers[sellers["name"].notna()]
    return dict(zip(known["seller_id"].astype(str), known["name"].astype(str), strict=True))


def _of(say: Language, business: str) -> str:
    return say("figure.of_business", kpi=say("measure.growth"), business=say(f"business.{business}"))
