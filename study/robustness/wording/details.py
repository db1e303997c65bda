"""Beside the advice: every timeline, flip points, what is worth knowing, a pilot, how many worlds were drawn."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from scenarios import Scenario
from study.presentation.language import Language
from study.presentation.text_table import aligned
from study.presentation.verdict import kpi_name
from study.robustness.wording.phrases import (
    Found,
    amount,
    chance,
    interval,
    plain_interval,
    plain_number,
    rounded,
    title_of,
)
from study.sensitivity.summary import key_label

TOLD = 3
"""Flip points, and beliefs worth knowing, that a summary tells."""


def lines(answer: Found, scenarios: Mapping[str, Scenario], say: Language) -> list[str]:
    """Return the rest for a terminal: every timeline, flip points, what is worth knowing, a pilot."""
    found = [aligned(table(answer, scenarios, say)), *flip_lines(answer, scenarios, say), worth_line(answer, say)]
    pilot = pilot_line(answer, scenarios, say)
    return [line for line in [*found, pilot, *effort_lines(answer, scenarios, say)] if line]


def table(answer: Found, scenarios: Mapping[str, Scenario], say: Language) -> pd.DataFrame:
    """Return how every timeline stands, for people."""
    rows = []
    for name, about in answer["scenarios"].items():
        rows.append(
            {
                say("robust.column.timeline"): title_of(scenarios[name], say),
                say(
                    "robust.column.gain"
                ): f"{amount(about['against_studied'], say)} {plain_interval(about['against_studied'], say)}",
                say("robust.column.best"): chance(about["probability_best"], say),
                say("robust.column.kept"): chance(about["probability_not_interrupted"], say),
                say("robust.column.alone"): chance(about["probability_beats_no_merger"], say),
                say("robust.column.synergy"): chance(about["probability_synergy"], say),
                say("robust.column.regret"): say.money(rounded(about["expected_regret"]["value"])),
            }
        )
    return pd.DataFrame(rows)


def flip_lines(answer: Found, scenarios: Mapping[str, Scenario], say: Language) -> list[str]:
    """Return where the timeline with the largest expected contribution changes, the surest first."""
    points = sorted(answer["flip_points"], key=lambda point: -point["seen"])[:TOLD]
    return [
        say(
            "robust.flip",
            before=title_of(scenarios[point["from"]], say),
            after=title_of(scenarios[point["to"]], say),
            what=key_label(point["belief"], say),
            value=plain_number(point["value"]),
            low=plain_number(point["low"]),
            high=plain_number(point["high"]),
            confidence=say.percent(answer["confidence"], 0),
        )
        for point in points
    ]


def worth_line(answer: Found, say: Language) -> str:
    """Return what knowing the world is worth, and which beliefs are worth most to know."""
    whole = answer["evpi"]
    aside = len(answer["admissible"]) < len(answer["scenarios"])
    key = "robust.evpi_aside" if aside else "robust.evpi"
    text = say(key, worth=amount(whole, say, sign=False), interval=interval(whole, answer, say, sign=False))
    sure = [(key, found) for key, found in answer["evppi"].items() if found["low"] > 0][:TOLD]
    if not sure:
        return text + say.space + say("robust.nothing_alone")
    parts = [
        say(
            "robust.worth",
            what=key_label(key, say),
            worth=amount(found, say, sign=False),
            interval=interval(found, answer, say, sign=False),
        )
        for key, found in sure
    ]
    text += say.space + say("robust.first", parts=say("timeline.list").join(parts))
    return say.space.join([text, *_group_line(answer, say)])


def _group_line(answer: Found, say: Language) -> list[str]:
    """Return the group of beliefs that is worth most to know together, where that is more than any single one is."""
    single = max((float(found["value"]) for found in answer["evppi"].values()), default=0.0)
    for group, found in answer.get("evppi_groups", {}).items():
        if found["low"] > 0 and found["value"] > single:
            names = say.listed([key_label(key, say) for key in answer["belief_groups"][group]])
            values = {"worth": amount(found, say, sign=False), "interval": interval(found, answer, say, sign=False)}
            return [say("robust.group", what=names, **values)]
    return []


def pilot_line(answer: Found, scenarios: Mapping[str, Scenario], say: Language) -> str:
    """Return the recommendation for a pilot; empty where none is worth it for certain."""
    pilot = answer["pilot"]
    if not pilot:
        return ""
    values = {
        "what": key_label(pilot["belief"], say),
        "worth": amount(pilot["worth"], say, sign=False),
        "interval": interval(pilot["worth"], answer, say, sign=False),
        "error": plain_number(pilot["error"]),
        "brings": amount(pilot["brings"], say, sign=False),
        "kpi": kpi_name(pilot["kpi"], say),
        "days": int(pilot["days"]),
        "share": say.percent(min(float(pilot["share"]), 1.0), 0 if pilot["share"] >= 0.01 else 1),
        "title": title_of(scenarios[str(answer["recommended"])], say),
    }
    return say("robust.pilot" if pilot["share"] <= 0.5 else "robust.pilot_too_large", **values)


def effort_lines(answer: Found, scenarios: Mapping[str, Scenario], say: Language) -> list[str]:
    """Return how many worlds were drawn, why no more, and which timelines dropped out."""
    effort = answer.get("effort")
    if not effort:
        return []
    values = {
        "worlds": say.number(int(answer["worlds"])),
        "budget": say.number(int(effort["budget"])),
        "title": title_of(scenarios[effort["leading"]], say),
        "error": say.number(100 * effort["error"], 1),
        "wanted": say.number(100 * effort["wanted"], 1),
    }
    found = [say(f"robust.effort_{effort['stopped_because']}", **values)]
    for name, about in effort["beaten"].items():
        texts = {"title": title_of(scenarios[name], say), "by": title_of(scenarios[about["by"]], say)}
        chance = say.percent(about["probability_best"]["high"], 1)
        found.append(say("robust.beaten", worlds=say.number(int(about["worlds"])), chance=chance, **texts))
    return found
