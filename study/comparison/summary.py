"""The effects of a comparison in a few lines of text, for a terminal or a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from scenarios import Scenario
from study.comparison.effects import TOTAL, Effects
from study.evaluation.principles import Breach, named
from study.presentation.language import Language

NAMED = 0.9
"""Part of a force at full competence whose day the few lines name."""

Row = Mapping[Any, Any]


def summary_lines(
    effects: Effects, scenarios: Mapping[str, Scenario], broken: Mapping[str, Breach], *, language: str = "en"
) -> list[str]:
    """Return a line for the probabilities to be best, each scenario's waterfall, and its milestones.

    Who breaks principles too often (``broken``) is named as such in the same line.
    """
    say = Language(language)
    lines = []
    if len(effects.best):
        shown = effects.best[effects.best["kpi"] == "contribution"]
        rows = shown.to_dict("records")
        chances = [f"{_title(r, scenarios, say)} {say.percent(r['probability'], 0)}" for r in rows]
        parts = [named(text, broken.get(str(r["scenario"])), say) for text, r in zip(chances, rows, strict=True)]
        lines.append(say("effects.best", parts=say("comma").join(parts)))
    for name, table in effects.waterfall.groupby("scenario", sort=False) if len(effects.waterfall) else []:
        amounts = {str(r["step"]): _amount(r, say) for r in table.to_dict("records") if r["days"]}
        phases = [(p.title.say(language), amounts.get(p.name)) for p in scenarios[str(name)].phases]
        steps = _joined([f"{phase} {amount}" for phase, amount in phases if amount], say)
        title = scenarios[str(name)].title.say(language)
        lines.append(say("effects.waterfall", scenario=title, total=amounts[TOTAL], parts=steps))
    for _, table in effects.milestones.groupby("scenario", sort=False) if len(effects.milestones) else []:
        rows = [r for r in table.to_dict("records") if r["what"] == "break_even" or r["share"] == NAMED]
        moments = [moment_in_words(r, say) for r in rows]
        parts = [say("effects.moment", what=what, when=when) for what, when in moments]
        lines.append(say("effects.milestones", scenario=_title(rows[0], scenarios, say), parts=_joined(parts, say)))
    return lines


def moment_in_words(row: Row, say: Language) -> tuple[str, str]:
    """Return what a milestone is, and when it is reached: a mean date only where every run gets there."""
    what = say("effects.break_even")
    if row["what"] != "break_even":
        share = say.percent(float(row["share"]), 0)
        what = say("effects.competent", share=share, force=say(f"force.{row['force']}"))
    reached, runs = int(row["reached"]), int(row["replications"])
    if not reached:
        return what, say("effects.never", runs=runs)
    if reached == runs:
        ends = [_day(row[end], say) for end in ("low", "high") if row[end]]
        between = say("effects.between", low=ends[0], high=ends[1]) if len(set(ends)) == 2 else ""
        return what, _day(row["date"], say) + between
    when = say("effects.half", date=_day(row["median"], say)) if row["median"] else say("effects.rarely")
    return what, say("effects.some", reached=reached, runs=runs, when=when)


def _day(text: str, say: Language) -> str:
    return say.day(date.fromisoformat(text))


def _joined(parts: list[str], say: Language) -> str:
    return say("timeline.list").join(parts)


def _amount(row: Row, say: Language) -> str:
    mean, low, high = say.money_span(float(row["difference"]), float(row["low"]), float(row["high"]), sign=True)
    return say("answer.interval", mean=mean, low=low, high=high)


def _title(row: Row, scenarios: Mapping[str, Scenario], say: Language) -> str:
    return scenarios[str(row["scenario"])].title.say(say.code)
