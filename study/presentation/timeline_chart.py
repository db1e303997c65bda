"""A timeline in the terminal: phases and target stages as bars above their dates, and what is odd in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from scenarios import Scenario
from scenarios.rules.workdays import working_days
from scenarios.schema.organisation import Phase, TargetStage
from study.presentation.language import Language
from study.presentation.text_table import columns

WIDTH = 48
"""Characters of the axis of dates."""

DAY = timedelta(days=1)


def timeline_chart(scenario: Scenario, say: Language) -> str:
    """Return the phases and target stages of a scenario as text.

    A bar is as long as its days, at least one character; where the study ends, an open-ended one goes on (``>``).
    """
    days = working_days(scenario.calendar, scenario.run.days)
    items: list[Phase | TargetStage] = [*scenario.phases, *scenario.target_stages]
    starts = [item.start for item in items]
    ends = [item.end for item in items if item.end is not None]
    first, last = min([days[0], *starts]), max([days[-1], *starts, *ends])
    name = max([columns(item.title.say(say.code)) for item in items], default=0)
    lines = [say("chart.head", title=scenario.title.say(say.code), first=say.day(days[0]), last=say.day(days[-1]))]
    lines.append(f"  {' ' * name}  {_months(first, last)}")
    for key, what in (("chart.phases", scenario.phases), ("chart.stages", scenario.target_stages)):
        lines.append(say(key) if what else f"{say(key)}{say('colon')}{say.space}{say('chart.none')}")
        lines += [_row(item, first, last, name, say) for item in what]
    return "\n".join(lines)


def _row(item: Phase | TargetStage, first: date, last: date, width: int, say: Language) -> str:
    title = item.title.say(say.code)
    begin = _at(item.start, first, last)
    end = WIDTH if item.end is None else _at(item.end + DAY, first, last)
    bar = " " * begin + "█" * max(end - begin, 1)
    bar = f"{bar[: WIDTH - 1]}>" if item.end is None else bar[:WIDTH]
    pad = " " * (width - columns(title))
    dates = say("chart.open", start=say.day(item.start)) if item.end is None else say(
        "chart.dates", start=say.day(item.start), end=say.day(item.end), days=(item.end - item.start).days + 1
    )  # fmt: skip
    weights = f"  {weights_of(item)}" if isinstance(item, TargetStage) else ""
    return f"  {title}{pad}  {bar}{' ' * (WIDTH - columns(bar))}  {dates}{weights}"


def weights_of(stage: TargetStage) -> str:
    """Return the appraisal weights of a stage, fixed before mobile: ``CM 80/20, GM 20/80``."""
    pairs = ((force, stage.weights[force]) for force in ("CM", "GM"))
    return ", ".join(f"{force} {100 * w.fixed:.0f}/{100 * w.mobile:.0f}" for force, w in pairs)


def _months(first: date, last: date) -> str:
    """Return the axis: every month where it fits, as year and month."""
    marks = [" "] * WIDTH
    month = date(first.year, first.month, 1)
    until = 0
    for text, day in _starts(month, last):
        at = _at(max(day, first), first, last)
        if at >= until and at + len(text) <= WIDTH:
            marks[at : at + len(text)] = list(text)
            until = at + len(text) + 1
    return "".join(marks).rstrip()


def _starts(month: date, last: date) -> Sequence[tuple[str, date]]:
    found = []
    while month <= last:
        found.append((month.strftime("%Y-%m"), month))
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return found


def _at(day: date, first: date, last: date) -> int:
    """Return the character that stands for a day."""
    whole = (last - first).days + 1
    return min(max(round((day - first).days * WIDTH / whole), 0), WIDTH)
