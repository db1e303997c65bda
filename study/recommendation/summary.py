"""The reasons of a recommendation, in sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from scenarios import Scenario
from study.evaluation.principles import Breach
from study.evaluation.principles import named as breach_named
from study.presentation.language import NOTHING, Language
from study.presentation.verdict import kpi_name, kpi_unit, write_number

SLACK = 1e-6
"""By how much a deviation may lie above a tolerance that holds."""

KEPT = ("kept", "broken", "unsure")

NAMES = {
    "as_asked": "recommend.as_asked",
    "today": "recommend.today",
    "balance": "recommend.over_balance",
    "disruption": "recommend.over_disruption",
}


def named(name: str, say: Language) -> str:
    """Return a candidate's name for people."""
    if name in NAMES:
        return say(NAMES[name])
    over, _, limit = name.rpartition("_")
    return say(NAMES[over], limit=say.percent(float(limit))) if over in NAMES else name


def candidate_label(name: str, say: Language) -> str:
    """Return a candidate's name for people and, where that is another, the one that it has in the tables."""
    words = named(name, say)
    return words if words == name else say("recommend.called", words=words, name=name)


def summary_table(table: pd.DataFrame, kpi: str, say: Language) -> pd.DataFrame:
    """Return the candidates as a table for people: what the optimiser says of each, and what the simulation says."""
    rows = []
    for row in table.to_dict("records"):
        number = {name: write_number(kpi, float(row[name]), say, sign=True) for name in ("difference", "low", "high")}
        rows.append(
            {
                say("recommend.candidate"): candidate_label(str(row["candidate"]), say),
                say("plans.objective.moment"): say.number(float(row["moment"]), 0),
                say("recommend.worst"): say.percent(float(row["deviation"])),
                say("points.moved"): say.percent(float(row["moved"])),
                f"{kpi_name(kpi, say)} [{kpi_unit(kpi, say)}]": write_number(kpi, float(row[kpi]), say),
                say("recommend.to_best"): number["difference"],
                say("table.interval_of"): say("table.interval", low=number["low"], high=number["high"]),
                say("recommend.standing"): say(f"recommend.{row['standing']}"),
                say("recommend.recommended"): say("cut.yes") if row["recommended"] else NOTHING,
            }
        )
    return pd.DataFrame(rows)


def reasons_for(
    table: pd.DataFrame,
    promises: pd.DataFrame,
    selection: Mapping[str, Any],
    over: str,
    tolerance: float,
    language: str = "en",
    scenario: Scenario | None = None,
) -> tuple[str, ...]:
    """Return why the recommended candidate is recommended, and what is not known.

    Parameters
    ----------
    table, promises : DataFrame
    selection : mapping
    over : str
    tolerance : float
        Deviation of workload that the scenario allows.
    language : {"en", "zh"}
    scenario : Scenario, optional
        Whose target stages have titles.
    """
    say = Language(language)
    row = table[table["recommended"] == 1].iloc[0]
    return (
        _principled(_selected(selection, say), row, selection, say),
        _place(table, row, selection, say),
        _frontier(row, over, say),
        *_tolerance(table, row, tolerance, selection, say),
        *_promises(promises, row, say, scenario),
    )


def _selected(selection: Mapping[str, Any], say: Language) -> str:
    values = {"kpi": kpi_name(selection["kpi"], say), "runs": max(selection["replications"].values())}
    if not selection["decided"]:
        return say("recommend.undecided", left=_principled_all(selection["left"], selection, say), **values)
    values |= {"best": candidate_label(selection["best"], say), "probability": f"{selection['probability']:.0%}"}
    return say("recommend.selected", indifference=_figure(selection["indifference"], say), **values)


def _principled(sentence: str, row: Any, selection: Mapping[str, Any], say: Language) -> str:
    """Return a sentence that also says that what is recommended breaks principles too often, where it does (F2)."""
    about = selection.get("principles", {}).get(str(row["candidate"]))
    if not about or not Breach(**about).too_often:
        return sentence
    return say("recommend.breach", sentence=sentence.rstrip(".。"), breach=Breach(**about).told(say))


def _place(table: pd.DataFrame, row: Any, selection: Mapping[str, Any], say: Language) -> str:
    worse = table.loc[table["standing"] == "worse", "candidate"].tolist()
    unsure = table.loc[table["standing"] == "unsure", "candidate"].tolist()
    tail = say("recommend.shown_worse", names=_all(worse, say)) if worse else say("recommend.none_worse")
    tail += say("recommend.cannot_tell", names=_all(unsure, say)) if unsure else ""
    if row["standing"] == "best":
        return say("recommend.is_best") + tail
    values = {"difference": row["difference"], "low": row["low"], "high": row["high"]}
    numbers = {key: _figure(value, say, sign=True) for key, value in values.items()}
    return say("recommend.is_equal", kpi=kpi_name(selection["kpi"], say), **numbers) + tail


def _frontier(row: Any, over: str, say: Language) -> str:
    bound = "" if pd.isna(row["bound"]) else say("recommend.bound", bound=_figure(row["bound"], say))
    values = {"deviation": say.percent(row["deviation"]), "moved": say.percent(row["moved"])}
    over = say("recommend.on_balance") if over == "balance" else say("recommend.on_disruption")
    return say("recommend.frontier", over=over, moment=_figure(row["moment"], say), bound=bound, **values)


def _tolerance(
    table: pd.DataFrame, row: Any, tolerance: float, selection: Mapping[str, Any], say: Language
) -> list[str]:
    """Say where the recommended one is less even than the scenario asks for, and what to take if that must hold."""
    if row["deviation"] <= tolerance + SLACK:
        return []
    kept = table[table["standing"].isin(["best", "equal"]) & (table["deviation"] <= tolerance + SLACK)]
    other = kept.sort_values(["moved", "moment"], kind="stable")["candidate"].tolist()
    tail = say("recommend.none_keeps")
    if other:
        tail = say("recommend.takes", name=_principled_all(other[:1], selection, say))
    return [say("recommend.less_even", tolerance=say.percent(tolerance), tail=tail)]


def _promises(promises: pd.DataFrame, row: Any, say: Language, scenario: Scenario | None) -> list[str]:
    mine = promises[promises["candidate"] == row["candidate"]]
    counts = {verdict: int((mine["verdict"] == verdict).sum()) for verdict in KEPT}
    broken = [_broken(r, say, scenario) for r in mine.to_dict("records") if r["verdict"] == "broken"]
    tail = say("recommend.which_broken", names=say("comma").join(broken)) if broken else ""
    return [say("recommend.promises", tail=tail, **counts)]


def _broken(row: Mapping[Any, Any], say: Language, scenario: Scenario | None) -> str:
    """Return a result that was promised and not delivered: by its key in English, by its name in Chinese."""
    result, delivered = str(row["result"]), float(row["delivered"])
    if say.code == "en":
        return f"{result} {delivered:.3g}"
    return f"{kpi_name(result, say, scenario)} [{kpi_unit(result, say)}] {write_number(result, delivered, say)}"


def _figure(value: float, say: Language, *, sign: bool = False) -> str:
    """Return a figure of a sentence: with four digits in English, written out in Chinese, which has no power of ten."""
    if say.code == "en":
        return f"{value:+,.4g}" if sign else f"{value:,.4g}"
    return say.number(float(value), sign=sign)


def _principled_all(names: Sequence[str], selection: Mapping[str, Any], say: Language) -> str:
    """Return names of candidates, each with what it breaks too often."""
    known = {name: Breach(**about) for name, about in selection.get("principles", {}).items()}
    return say("comma").join(breach_named(candidate_label(str(n), say), known.get(str(n)), say) for n in names)


def _all(names: Sequence[str], say: Language) -> str:
    return say("comma").join(candidate_label(str(name), say) for name in names)
