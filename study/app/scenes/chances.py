"""What the finished study says over its worlds: chances of being best and of breaking a principle, by horizon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from scenarios import Scenario
from study.presentation.language import Language
from study.robustness.wording import advice, phrases


def chances(
    robust: Mapping[str, Any] | None,
    scenarios: Mapping[str, Scenario],
    shown: str | None,
    say: Language,
    before: Sequence[str] = (),
) -> str:
    """Return the advice of the study and a row for every timeline as HTML.

    Parameters
    ----------
    robust : mapping or None
        Content of robust.json; None where the finished study has none, or there is no study.
    scenarios : mapping of name to Scenario
        Those of the study.
    shown : str or None
        Which of them is shown on this page; None: a choice that the study did not try.
    say : Language
    before : sequence of str
        Sentences above the advice: under which suppositions it holds.
    """
    if robust is None:
        return f"<p>{escape(say('app.no_chances'))}</p>"
    days, allowed = [int(d) for d in robust["horizons"]], float(robust["broken_at_most"])
    groups = "".join(f'<th scope="colgroup" colspan="2">{escape(say("table.by_day", days=d))}</th>' for d in days)
    one = (
        f'<th scope="col">{escape(say("app.chance_best"))}</th><th scope="col">{escape(say("app.chance_broken"))}</th>'
    )
    head = f'<thead><tr><th scope="col" rowspan="2">{escape(say("robust.column.timeline"))}</th>{groups}</tr>'
    head += f"<tr>{one * len(days)}</tr></thead>"
    rows = "".join(
        _row(name, about, days, allowed, scenarios, name == shown, say) for name, about in robust["scenarios"].items()
    )
    told = [*before, advice.headline(robust, scenarios, say)]
    told += [] if shown is not None else [say("app.chances_not_tried")]
    note = say(
        "app.chances_note",
        worlds=say.number(int(robust["worlds"])),
        confidence=say.percent(float(robust["confidence"]), 0),
        allowed=say.percent(allowed, 0),
    )
    words = "".join(f"<p>{escape(text)}</p>" for text in told)
    table = f'<table class="fusion-table fusion-chances">{head}<tbody>{rows}</tbody></table>'
    return f'{words}{table}<p class="fusion-note">{escape(note)}</p>'


def _row(
    name: str,
    about: Mapping[str, Any],
    days: list[int],
    allowed: float,
    scenarios: Mapping[str, Scenario],
    own: bool,
    say: Language,
) -> str:
    """Return a timeline's chances at every horizon; the last one's worst principle is named."""
    cells = ""
    for horizon in days:
        then = about["horizons"][str(horizon)]
        kept = then["probability_not_interrupted"]
        broken = {"value": _less(kept["value"]), "low": _less(kept["high"]), "high": _less(kept["low"])}
        kind = "worse" if broken["value"] is not None and broken["value"] > allowed else ""
        cells += f"<td>{_chance(then['probability_best'], say)}</td>"
        cells += f'<td class="{kind}">{"▼ " if kind else ""}{_chance(broken, say)}</td>'
    worst = phrases.worst_principle(about, say)
    small = f"<br><small>{escape(worst)}</small>" if worst else ""
    mark = f" <small>{escape(say('app.shown_here'))}</small>" if own else ""
    title = escape(scenarios[name].title.short(say.code)) if name in scenarios else escape(name)
    return f'<tr{" class=own" if own else ""}><th scope="row">{title}{mark}{small}</th>{cells}</tr>'


def _less(share: float | None) -> float | None:
    return None if share is None else 1 - share


def _chance(found: Mapping[str, Any], say: Language) -> str:
    """Return a chance with its interval."""
    text = escape(say.percent(found["value"], 0))
    if found["low"] is None or found["high"] is None:
        return text
    ends = {end: say.number(100 * float(found[end]), 0) for end in ("low", "high")}
    return f"{text} <small>{escape(say('table.interval', **ends))}</small>"
