"""A partition and what was asked about it on one screen: value, bound, balance, and the tables of further questions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from optimize import PartitionResult
from optimize.districting.audit import Audit
from optimize.districting.random_plans import Ensemble
from study.presentation.language import NOTHING, Language

SIZES = ("value", "bound", "best")
YES = "yes"
"""What `optimize.explain` says of a move that breaks nothing."""


def summary_text(result: PartitionResult, *, language: str = "en") -> str:
    """Return a partition for a terminal.

    Parameters
    ----------
    result : PartitionResult
    language : {"en", "zh"}
    """
    say = Language(language)
    bound = say("cut.no_bound") if result.bound is None else say("cut.bound", bound=size(result.bound, say))
    gap = say("cut.no_gap") if result.gap is None else say("cut.gap", gap=say.percent(result.gap, 2))
    value = say(
        "cut.value",
        objective=say(f"objective.{result.objective}"),
        value=size(result.value, say),
        bound=bound,
        gap=gap,
        proof=say(f"cut.proof.{result.proof}"),
    )
    lines = [
        say("cut.head", name=result.territory.name, units=len(result.assignment), communities=result.communities),
        f"  {value}",
    ]
    if result.tie is not None:
        least = result.tie["bound"]
        tie = say(
            "cut.tie",
            objective=say(f"objective.{result.tie['objective']}"),
            value=size(result.tie["value"], say),
            bound=say("cut.no_bound") if least is None else say("cut.bound", bound=size(least, say)),
            proof=say(f"cut.proof.{result.tie['proof']}"),
        )
        lines.append(f"  {tie}")
    for name, share in result.worst_deviation.items():
        lines.append(f"  {say('cut.deviation', attribute=attribute_name(name, say), share=say.percent(share, 2))}")
    far = result.territory.distances
    if result.objective != "cut-edges":
        how = say("cut.straight") if far is None else say(f"cut.ways.{far.unit}", source=far.source)
        lines.append(f"  {how}")
    foot = say("cut.foot", seconds=say.number(result.seconds, 1), seed=result.seed)
    return "\n".join([*lines, f"  {foot}"])


def verified(found: Audit, *, language: str = "en") -> str:
    """Return what became of the claims, a line each."""
    say = Language(language)
    return "\n".join(
        say(
            "cut.verified",
            part=f"{finding.part}: " if finding.part else "",
            claim=say(f"cut.claim.{finding.claim}"),
            verdict=say(f"cut.verdict.{finding.verdict}"),
            method=say(f"cut.method.{finding.method}"),
            seconds=say.number(finding.seconds, 1),
        )
        for finding in found.findings
    )


def contradicted(result: PartitionResult, verification: Mapping[str, Any] | None, *, language: str = "en") -> str:
    """Return what is said where something contradicts a proof."""
    say = Language(language)
    findings = [] if verification is None else verification["findings"]
    wrong = [*result.contradictions, *(one["detail"] for one in findings if one["verdict"] == "contradicted")]
    return say("cut.contradicted", what="; ".join(wrong))


def placed(drawn: Ensemble, *, language: str = "en") -> str:
    """Return where a plan lies among random ones."""
    say = Language(language)
    return say(
        "cut.among",
        plans=len(drawn.plans),
        share=say.percent(drawn.better),
        value=size(drawn.value, say),
        median=size(float(drawn.plans["value"].median()), say),
    )


def answer_table(table: pd.DataFrame, *, language: str = "en") -> pd.DataFrame:
    """Return the table of a further question (a frontier, a row of numbers, why a unit is where it is) for people.

    Parameters
    ----------
    table : DataFrame
        As `optimize.frontier`, `optimize.numbers` or `optimize.explain` return it.
    language : {"en", "zh"}
    """
    say = Language(language)
    shown = {}
    for column in (str(c) for c in table):
        if not table[column].isna().all():
            write = _writer(column, say)
            shown[_head(column, say)] = [write(value) for value in table[column]]
    return pd.DataFrame(shown)


def _head(column: str, say: Language) -> str:
    for end in ("_deviation_from", "_deviation_to"):
        if column.endswith(end):
            attribute = attribute_name(column.removesuffix(end), say)
            return say(f"cut.column.{end[1:]}", attribute=attribute)
    return say(f"cut.column.{column}")


def _writer(column: str, say: Language) -> Callable[[object], str]:
    """Return what writes the cells of a column."""
    known: dict[str, Callable[[object], str]] = {
        "unit_id": str,
        "community": str,
        "proof": lambda value: say(f"cut.proof.{value}"),
        "allowed": lambda value: say("cut.yes") if value == YES else say.said(value),  # type: ignore[arg-type]
        "recommended": lambda value: say("cut.yes") if value else NOTHING,
        "communities": lambda value: say.number(float(str(value)), 0),
        "change": lambda value: size(float(str(value)), say, sign=True),
        **dict.fromkeys(SIZES, lambda value: size(float(str(value)), say)),
    }
    signed = column == "change_share" or "_deviation_" in column
    return known.get(column, lambda value: say.percent(float(str(value)), 2, sign=signed))


def size(value: float, say: Language, *, sign: bool = False) -> str:
    """Return a value of the objective with six significant digits, as a result is printed."""
    if not math.isfinite(value):
        return NOTHING
    digits = 0 if float(value).is_integer() or not value else max(0, 5 - math.floor(math.log10(abs(value))))
    return say.number(float(value), digits, sign=sign)


def attribute_name(name: str, say: Language) -> str:
    """Return what an attribute is called, or the name that its column has."""
    return say(f"cut.attribute.{name}") if say.has(f"cut.attribute.{name}") else name
