"""The replications of a scenario on one screen: its main KPIs by name with unit, mean and interval."""

from __future__ import annotations

import math

from sim import Replications
from sim.output_analysis.replications import KPIS_SHOWN
from study.presentation.kpi_tables import values
from study.presentation.language import Language
from study.presentation.text_table import aligned
from study.presentation.verdict import kpi_name, level


def summary_text(result: Replications, *, language: str = "en") -> str:
    """Return replications for a terminal.

    Parameters
    ----------
    result : Replications
    language : {"en", "zh"}
    """
    say = Language(language)
    title, runs, days = result.scenario.title.say(language), len(result.values), len(result.dates)
    head = say("simulated.head", title=title, runs=runs, days=days)
    earned = level(result.to_frame(), result.scenario, "contribution")
    if earned.known and math.isfinite(earned.low):
        money, low, high = say.money_span(earned.mean, earned.low, earned.high)
        span = {"low": low, "high": high, "confidence": say.percent(result.scenario.study.confidence, 0)}
        head = say("simulated.finding", title=title, runs=runs, days=days, money=money, **span)
    if result.enough is not None:
        widths = say("comma").join(
            say("simulated.width", kpi=kpi_name(kpi, say, result.scenario), width=say.percent(width, 2))
            for kpi, width in result.enough.half_width.items()
        )
        when = say("simulated.spent")
        if result.enough.replications:
            when = say("simulated.enough", runs=result.enough.replications)
        head += say("timeline.list") + say("simulated.precision", when=when, widths=widths)
    table = values(result.to_frame(), result.scenario, kpis=KPIS_SHOWN, language=language)
    return f"{head}\n{aligned(table)}"
