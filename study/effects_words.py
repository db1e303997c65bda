"""The effects of a comparison in a few lines of text, for a terminal or a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from study.effects import TOTAL, Effects
from study.language import Language


def said(effects: Effects) -> list[str]:
    """Return a line for the probabilities to be best, each scenario's waterfall, and its milestones."""
    say = Language("en")
    lines = []
    if len(effects.best):
        shown = effects.best[effects.best["kpi"] == "contribution"]
        parts = [f"{r['scenario']} {say.percent(r['probability'], 0)}" for r in shown.to_dict("records")]
        lines.append(f"probability of the largest contribution: {', '.join(parts)}")
    for name, table in effects.waterfall.groupby("scenario", sort=False) if len(effects.waterfall) else []:
        steps = {
            r["step"]: f"{say.money(r['difference'], sign=True)} ({say.money(r['low'], sign=True)} to "
            f"{say.money(r['high'], sign=True)})"
            for r in table.to_dict("records")
            if r["days"]
        }
        total = steps.pop(TOTAL)
        lines.append(f"{name} against no merger: {total}; " + "; ".join(f"{k} {v}" for k, v in steps.items()))
    for name, table in effects.milestones.groupby("scenario", sort=False) if len(effects.milestones) else []:
        lines.append(f"{name}: {'; '.join(_milestone(r, say) for r in table.to_dict('records') if _shown(r))}")
    return lines


def _shown(row: Mapping[Any, Any]) -> bool:
    """Say whether a milestone is among the few of the summary: nine tenths of a force, and break-even."""
    return bool(row["what"] == "break_even" or row["share"] == 0.9)


def _milestone(row: Mapping[Any, Any], say: Language) -> str:
    reached = f"{row['reached']} of {row['replications']} runs"
    when = f"{row['date']} ({reached})" if row["date"] else "not within the study"
    if row["what"] == "break_even":
        return f"breaks even: {when}"
    return f"{say.percent(float(str(row['share'])), 0)} of {row['force']} fully competent: {when}"
