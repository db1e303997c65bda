"""Slides for a board: advice, map, timeline, risk, targets, what to decide, what to measure, how far it holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from scenarios import Scenario
from study.plotting.maps import draw_before_after, draw_map
from study.plotting.theme import BLUE, ORANGE, PHASES, SERIES, to_png
from study.presentation.language import Language
from study.presentation.verdict import (
    difference,
    judge,
    kpi_name,
    kpi_unit,
    level,
    scale_of,
    write_interval,
    write_number,
)
from study.reporting.html import answers, tables
from study.reporting.slide_shapes import MARGIN, TOP, WIDTH, Box, Deck
from study.results.record import StudyRecord
from study.robustness.wording import advice, details, phrases
from study.sensitivity import summary

FULL: Box = (MARGIN, TOP, WIDTH - 2 * MARGIN, 5.2)
"""Where a slide shows something [inches]."""

MOST_ROWS, MOST_KEYS, DOTS = 12, 6, 150


def write_slides(record: StudyRecord, path: Path | str, language: str = "en") -> Path:
    """Write the slides, whole or not at all.

    Parameters
    ----------
    record : StudyRecord
    path : Path or str
        Ends in ``.pptx``.
    language : {"en", "zh"}

    Raises
    ------
    OSError
        The file cannot be written; one that is there stays whole.
    """
    say = Language(language)
    title = record.scenario.title.say(say.code)
    footer = say("slides.footer", scenario=title, territory=record.territory.name)
    if record.territory.provenance.synthetic:
        footer += f" {say('slides.synthetic')}"
    deck = Deck(language, footer)
    found = answers.answers(record, say)
    for make in (_advice, _map, _timeline, _chances, _risk, _alternatives, _targets, _decisions, _measure, _limits):
        make(deck, record, say, found)
    return deck.save(path, f"{say('report.title')} - {title}")


def _advice(deck: Deck, record: StudyRecord, say: Language, found: Sequence[answers.Answer]) -> None:
    """Show which timeline is advised, under which conditions, and what limits the advice."""
    if record.robust is None:
        deck.slide(found[0].headline, say("slides.advice"))
        deck.text(FULL, [*found[0].points[:5], found[2].headline], bullets=True, size=18)
        return
    deck.slide(advice.headline(record.robust, record.scenarios, say), say("slides.advice"))
    conditions = advice.conditions(record.robust, record.scenarios, say)
    turns = details.flip_lines(record.robust, record.scenarios, say)[:2]
    deck.text(FULL, [*conditions, *turns, found[2].headline], bullets=True, size=16)


def _map(deck: Deck, record: StudyRecord, say: Language, found: Sequence[answers.Answer]) -> None:
    """Show the communities before and after."""
    territory, after = record.territory, record.plans.get("redrawn")
    before = record.plans.get("current")
    if after is None and before is None:
        return
    deck.slide(found[2].headline, say("slides.map"))
    if after is not None and before is not None:
        figure = draw_before_after(territory, before.assignment, after.assignment, language=say.code, size=(12.0, 5.4))
    else:
        only: Any = after or before
        figure = draw_map(territory, only.assignment, language=say.code, size=(9.0, 5.4))
    deck.picture(FULL, to_png(figure, DOTS), say("picture.redrawn.title"))


def _timeline(deck: Deck, record: StudyRecord, say: Language, _: Sequence[answers.Answer]) -> None:
    """Show the phases of every timeline as bars, day 0 being the first day of the plan."""
    timed = [s for s in record.scenarios.values() if s.phases]
    if not timed:
        return
    studied = record.scenario if record.scenario.phases else timed[0]
    last = studied.phases[-1]
    deck.slide(
        say(
            "slides.timeline.title", count=len(studied.phases), phase=last.title.say(say.code), day=say.day(last.start)
        ),
        say("slides.timeline"),
    )
    names = list(dict.fromkeys(phase.title.say(say.code) for s in timed for phase in s.phases))
    start = min(record.scenario.calendar.start, *(s.phases[0].start for s in timed))
    end = max([studied.phases[-1].start, *(p.end for s in timed for p in s.phases if p.end is not None)])
    series: dict[str, list[float | None]] = {say("slides.before"): [(s.phases[0].start - start).days for s in timed]}
    for name in names:
        series[name] = [_days(s, name, say, end) for s in timed]
    colours = [None, *((*PHASES[1:], *SERIES)[n] for n in range(len(names)))]
    titles = [s.title.say(say.code) for s in timed]
    deck.bars(FULL, titles, series, colours=colours, form="0", stacked=True)


def _days(scenario: Scenario, name: str, say: Language, end: Any) -> float | None:
    """Return the calendar days of a phase; one without an end lasts as long as the longest timeline shown."""
    for phase in scenario.phases:
        if phase.title.say(say.code) == name:
            return float(((phase.end or max(end, phase.start)) - phase.start).days + 1)
    return None


def _risk(deck: Deck, record: StudyRecord, say: Language, _: Sequence[answers.Answer]) -> None:
    """Show how far business dips, and what every alternative brings against the plan."""
    studied = record.scenario
    days, depth = (level(record.replications, studied, kpi) for kpi in ("dip_days", "dip_depth"))
    title = say("slides.risk.none")
    if days.known and depth.known:
        title = say(
            "slides.risk.title",
            title=studied.title.say(say.code),
            days=say.number(days.mean, 0),
            depth=write_number("dip_depth", depth.mean, say),
            unit=kpi_unit("dip_depth", say),
        )
    deck.slide(title, say("slides.risk"))
    grid = tables.merger_effect(record, say)
    deck.table(FULL, grid.head, grid.rows[:MOST_KEYS], widths=(2.6, 1.6, 1.6, 4.2))


def _chances(deck: Deck, record: StudyRecord, say: Language, _: Sequence[answers.Answer]) -> None:
    """Show in which share of the worlds every timeline keeps the principles, beats no merger, and is best."""
    if record.robust is None:
        return
    timelines: Mapping[str, Any] = record.robust["scenarios"]
    worlds, days = int(record.robust["worlds"]), int(record.robust["horizons"][-1])
    deck.slide(say("slides.chances.title", worlds=say.number(worlds), days=say.number(days)), say("slides.chances"))
    series = {
        say(f"robust.column.{column}"): [about[kpi]["value"] for about in timelines.values()]
        for column, kpi in (
            ("kept", "probability_not_interrupted"),
            ("alone", "probability_beats_no_merger"),
            ("best", "probability_best"),
        )
    }
    titles = [phrases.title_of(record.scenarios[name], say) for name in timelines]
    deck.bars(FULL, titles, series, colours=[BLUE, SERIES[2], ORANGE], form="0%")


def _alternatives(deck: Deck, record: StudyRecord, say: Language, _: Sequence[answers.Answer]) -> None:
    """Show what every alternative brings against the plan, with its interval in its name."""
    if record.robust is not None:
        return  # the chances say more, and one slide of alternatives is enough
    gaps = [(s, difference(record.comparison, s.name, answers.MEASURE)) for s in list(record.scenarios.values())[1:]]
    gaps = sorted([(s, gap) for s, gap in gaps if gap.known], key=lambda pair: -pair[1].mean)
    if not gaps:
        return
    ahead = sum(judge(answers.MEASURE, gap) == "better" for _, gap in gaps)
    deck.slide(say("slides.alternatives.title", count=ahead, of=len(gaps)), say("slides.alternatives"))
    unit = f"{kpi_name(answers.MEASURE, say)} [{kpi_unit(answers.MEASURE, say, change=True)}]"
    scale = scale_of(answers.MEASURE, say)
    deck.text((MARGIN, TOP, WIDTH - 2 * MARGIN, 0.3), [say("slides.risk.chart", measure=unit)], size=12)
    deck.bars(
        (MARGIN, TOP + 0.3, WIDTH - 2 * MARGIN, 4.9),
        [f"{s.title.say(say.code)}\n{write_interval(answers.MEASURE, gap, say, sign=True)}" for s, gap in gaps],
        {unit: [gap.mean / scale for _, gap in gaps]},
        colours=[BLUE],
        form="+#,##0;-#,##0;0",
    )


def _targets(deck: Deck, record: StudyRecord, say: Language, _: Sequence[answers.Answer]) -> None:
    """Show the targets of the centres in the last target stage."""
    stages = tables.targets_by_centre(record, say)
    if not stages:
        return
    stage, grid = stages[-1]
    few = grid.rows[: MOST_ROWS + 1]
    deck.slide(say("slides.targets.title", stage=stage, count=len(grid.rows) - 1), say("slides.targets"))
    deck.table(FULL, grid.head, few, widths=(2.2,))
    if len(few) < len(grid.rows):
        note = say("slides.more", count=len(grid.rows) - len(few))
        deck.text((MARGIN, 6.7, WIDTH - 2 * MARGIN, 0.3), [note], size=11)


def _decisions(deck: Deck, record: StudyRecord, say: Language, found: Sequence[answers.Answer]) -> None:
    """Show what is to be decided, what is advised, and by which day."""
    plan = record.scenario
    days = [
        plan.phases[0].start if plan.phases else None,
        plan.target_stages[0].start if plan.target_stages else None,
        next((p.start for p in plan.phases if p.communities != "current"), None),
    ]
    told = [answer.headline for answer in found]
    if record.robust is not None:
        told[0] = advice.headline(record.robust, record.scenarios, say)
    rows = [
        (answer.question, text, "" if day is None else say.day(day))
        for answer, text, day in zip(found, told, days, strict=True)
    ]
    deck.slide(say("slides.decide.title", count=len(rows)), say("slides.decide"))
    head = (say("slides.decision"), say("slides.advised"), say("slides.by"))
    deck.table(FULL, head, rows, widths=(2.6, 7.1, 2.4))


def _measure(deck: Deck, record: StudyRecord, say: Language, _: Sequence[answers.Answer]) -> None:
    """Show which assumptions move the result most: what to find out first."""
    if record.robust is not None:
        _worth(deck, record, record.robust, say)
        return
    table = record.tornado
    if table is None or table.empty:
        return
    kpi = answers.MEASURE
    deck.slide(summary.findings(table, say)[0], say("slides.measure"))
    keys = summary.by_weight(table, kpi)[:MOST_KEYS]
    ends = [_ends(table, kpi, key, scale_of(kpi, say)) for key in keys]
    unit = f"{kpi_name(kpi, say)} [{kpi_unit(kpi, say, change=True)}]"
    deck.text((MARGIN, TOP, WIDTH - 2 * MARGIN, 0.3), [say("slides.measure.chart", measure=unit)], size=12)
    deck.bars(
        (MARGIN, TOP + 0.3, WIDTH - 2 * MARGIN, 4.9),
        [summary.key_label(key, say) for key in keys],
        {say("slides.low_end"): [low for low, _ in ends], say("slides.high_end"): [high for _, high in ends]},
        colours=[ORANGE, BLUE],
        form="#,##0",
    )


def _worth(deck: Deck, record: StudyRecord, answer: Mapping[str, Any], say: Language) -> None:
    """Show what knowing each belief is worth, and the pilot that pays."""
    worth = [(key, found["value"]) for key, found in answer["evppi"].items() if found["low"] > 0][:MOST_KEYS]
    deck.slide(details.worth_line(answer, say), say("slides.measure"))
    pilot = details.pilot_line(answer, record.scenarios, say)
    deck.text((MARGIN, TOP + 0.2, WIDTH - 2 * MARGIN, 1.2), [pilot] if pilot else [], size=16)
    if worth:
        unit = kpi_unit(answers.MEASURE, say, change=True)
        scale = scale_of(answers.MEASURE, say)
        names = [summary.key_label(key, say) for key, _ in worth]
        values = {say("slides.worth", unit=unit): [value / scale for _, value in worth]}
        deck.text((MARGIN, TOP + 1.4, WIDTH - 2 * MARGIN, 0.3), [next(iter(values))], size=12)
        deck.bars((MARGIN, TOP + 1.7, WIDTH - 2 * MARGIN, 3.5), names, values, colours=[BLUE], form="#,##0")


def _ends(table: pd.DataFrame, kpi: str, key: str, scale: float) -> tuple[float, float]:
    """Return what the lowest and the highest value tried of a key change."""
    mine = table[(table["kpi"] == kpi) & (table["key"] == key)].sort_values("value")["difference"]
    return float(mine.iloc[0]) / scale, float(mine.iloc[-1]) / scale


def _limits(deck: Deck, record: StudyRecord, say: Language, _: Sequence[answers.Answer]) -> None:
    """Say how far the results hold, and how they are made again."""
    made = tables.run(record, say)
    lines = [f"{label}: {text}" for label, text in answers.at_a_glance(record, say)]
    generated = record.territory.provenance.generated
    if record.territory.provenance.synthetic:
        lines.append(say("warning.synthetic"))
    elif generated:
        lines.append(say("slides.generated", names=say.listed([str(name) for name in generated])))
    lines.append(say("report.reading", confidence=say.percent(record.scenario.study.confidence, 0)))
    lines.append(f"{say('run.command')}: {made['command']}")
    deck.slide(say("slides.limits.title"), say("slides.limits"))
    deck.text(FULL, lines, bullets=True, size=14)
