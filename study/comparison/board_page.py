"""What a board reads of a comparison, on one page of Markdown: verdicts, who is best, costs and gains, milestones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from scenarios import Scenario
from study.comparison.effects import BEFORE, TOTAL, Effects
from study.comparison.summary import moment_in_words
from study.evaluation.principles import Breach, named
from study.presentation.language import Language
from study.presentation.verdict import Estimate, judge, kpi_name, kpi_unit, write_number

Row = Mapping[Any, Any]


def board(
    scenarios: Mapping[str, Scenario], effects: Effects, broken: Mapping[str, Breach], *, language: str = "en"
) -> str:
    """Return the page.

    Parameters
    ----------
    scenarios : mapping of name to Scenario
        The first is the one that the others are compared with.
    effects : Effects
    broken : mapping of name to Breach
        How often each breaks principles of the first.
    language : {"en", "zh"}
    """
    say = Language(language)
    titles = {name: scenario.title.say(language) for name, scenario in scenarios.items()}
    first = next(iter(scenarios.values()))
    confidence = say.percent(first.study.confidence, 0)
    parts = [f"# {say('board.title')}"]
    if len(effects.verdicts):
        runs, lines = int(effects.verdicts["replications"].max()), len(effects.verdicts)
        parts.append(say("board.read", runs=runs, lines=lines, confidence=confidence))
    for name, table in _groups(effects.verdicts):
        parts += [f"## {say('board.against', scenario=titles[name], base=titles[first.name])}"]
        parts += [_table(_verdict_head(say, confidence), [_verdict(r, say) for r in _rows(table)])]
    if len(effects.best):
        parts += [f"## {say('board.best')}", _best(effects.best, titles, broken, say), say("board.best_read")]
    if len(effects.waterfall):
        parts += [f"## {say('board.waterfall')}"]
    for name, table in _groups(effects.waterfall):
        head = [titles[name], say("board.days"), say("board.difference"), _interval(say, confidence)]
        parts.append(_table(head, [_step(r, scenarios[name], say) for r in _rows(table) if r["days"]]))
    if len(effects.milestones):
        head = [say("board.timeline"), say("board.what"), say("board.when")]
        rows = [[titles[str(r["scenario"])], *moment_in_words(r, say)] for r in _rows(effects.milestones)]
        parts += [f"## {say('board.milestones')}", _table(head, rows)]
    return "\n\n".join(parts) + "\n"


def _groups(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [(str(name), part) for name, part in table.groupby("scenario", sort=False)] if len(table) else []


def _rows(table: pd.DataFrame) -> list[Row]:
    return list(table.to_dict("records"))


def _verdict_head(say: Language, confidence: str) -> list[str]:
    head = [say("table.kpi"), say("board.difference"), _interval(say, confidence), say("table.verdict")]
    return [*head, say("board.together")]


def _interval(say: Language, confidence: str) -> str:
    return say("shown.interval", confidence=confidence)


def _verdict(row: Row, say: Language) -> list[str]:
    kpi = str(row["kpi"])
    unit = kpi_unit(kpi, say, change=True)
    ends = [write_number(kpi, float(row[end]), say, sign=True) for end in ("low", "high")]
    alone, together = (
        judge(kpi, Estimate(float(row["difference"]), float(row[f"low{wide}"]), float(row[f"high{wide}"]), 1))
        for wide in ("", "_together")
    )
    return [
        f"{kpi_name(kpi, say)} [{unit}]",
        write_number(kpi, float(row["difference"]), say, sign=True),
        say("table.interval", low=ends[0], high=ends[1]),
        say(f"verdict.{alone}"),
        say(f"verdict.{together}"),
    ]


def _best(best: pd.DataFrame, titles: Mapping[str, str], broken: Mapping[str, Breach], say: Language) -> str:
    wide = best.pivot(index="kpi", columns="scenario", values="probability").reindex(best["kpi"].unique())
    names = [name for name in titles if name in wide]
    rows = [[kpi_name(str(kpi), say), *(say.percent(float(row[n]), 0) for n in names)] for kpi, row in wide.iterrows()]
    return _table([say("table.kpi"), *(named(titles[n], broken.get(n), say) for n in names)], rows)


def _step(row: Row, scenario: Scenario, say: Language) -> list[str]:
    titles = {p.name: p.title.say(say.code) for p in scenario.phases}
    titles |= {TOTAL: say("figure.total"), BEFORE: say("board.before")}
    mean, low, high = say.money_span(float(row["difference"]), float(row["low"]), float(row["high"]), sign=True)
    return [
        titles[str(row["step"])],
        say.number(float(row["days"]), 0),
        mean,
        say("table.interval", low=low, high=high),
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


__all__ = ["board"]
