"""timeline.json and timeline.csv: what was tried, what is recommended, by how much, and what is as good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from foundation.messages import Message
from scenarios import Scenario
from scenarios.rules.timetable import timetable
from sim.output_analysis.intervals import interval
from study.evaluation.principles import Breach
from study.timeline.confirm import FRESH_FROM, LastWord, region
from study.timeline.decision_variables import Moves
from study.timeline.objective import Limits
from study.timeline.search import Trial
from study.timeline.search_space import Point, Space
from study.timeline.summary import summary_texts


def trials_table(space: Space, trials: Sequence[Trial], best: Trial, allowed: float) -> pd.DataFrame:
    """Return a row per timeline tried: what it chooses, its means, and whether they keep within the limits."""
    rows = [
        {
            "trial": trial.number,
            "origin": trial.origin,
            **space.values(trial.point),
            "contribution": trial.mean[0],
            "dip_depth": trial.mean[1],
            "dip_days": trial.mean[2],
            "excess_depth": trial.excess[0],
            "excess_days": trial.excess[1],
            **({"broken_share": trial.excess[2] + allowed} if len(trial.excess) > 2 else {}),
            "within_limits": int(trial.kept),
            "incumbent": int(trial is best),
        }
        for trial in trials
    ]
    return pd.DataFrame(rows)


def summarise(
    base: Scenario,
    recommended: Scenario | None,
    moves: Moves,
    space: Space,
    trials: Sequence[Trial],
    word: LastWord,
    limits: Limits,
    replications: int,
    seed: int,
    breach: Breach | None = None,
) -> dict[str, Any]:
    """Return the content of timeline.json; ``breach``: how often the recommended timeline breaks principles (F2)."""
    table = timetable(base, moves.sellers)
    summary: dict[str, Any] = {
        "scenario": base.name,
        "verdict": word.verdict,
        "recommended": _recommended(recommended, moves, space, word),
        "margin": _margin(word, base),
        "dip": _dip(word, limits),
        "principles": None if breach is None else breach.to_dict(),
        "limits": {
            "dip_depth": limits.depth,
            "dip_days": limits.days,
            "depth_slack": limits.depth_slack,
            "days_slack": limits.days_slack,
            "confidence": limits.confidence,
            "principles": list(limits.principles),
            "broken_at_most": limits.allowed if limits.principles else None,
        },
        "finalists": {
            "kept": len(word.finalists),
            "refused": len(word.refused),
            "replications": base.timeline.last_replications,
        },
        "selection": _selection(space, word),
        "equals": [
            {
                "values": _changes(space, word.best or space.start, e.point),
                "difference": e.difference,
                "low": e.low,
                "high": e.high,
                "within_limits": e.kept,
                "verdict": e.verdict,
            }
            for e in word.equals
        ],
        "region": region(space, word),
        "search": {
            "trials": len(trials),
            "refused": sum(not t.kept for t in trials),
            "impossible": len(space.impossible),
            "obstacle": next(iter(space.impossible.values()), None),
            "points": space.size,
            "stuck": _stuck(space, trials),
            "replications": replications,
            "seed": seed,
            "axes": {axis.name: list(axis.values) for axis in space.axes},
        },
        "horizon": {"first_day": str(table.days[0]), "last_day": str(table.days[-1]), "days": len(table.days)},
    }
    return {**summary, "says": summary_texts(summary)}


def _stuck(space: Space, trials: Sequence[Trial]) -> str | None:
    """Return why nothing but the scenario as it is could be tried, as a clause; None where there was a choice."""
    if len(trials) > 1 or space.neighbours(space.start):
        return None
    refusals = (space.refuse(point) for point in space.steps(space.start))
    return next(filter(None, refusals), Message("every other choice comes to the same"))


def _changes(space: Space, point: Point, other: Point) -> dict[str, Any]:
    """Return what the other point chooses differently, and matters: no order of waves where there are none."""
    theirs = space.values(other)
    found = {}
    for place, axis in enumerate(space.axes):
        back = (*other[:place], point[place], *other[place + 1 :])
        if other[place] != point[place] and (space.refuse(back) or space.key(back) != space.key(other)):
            found[axis.name] = theirs[axis.name]
    return found


def _recommended(recommended: Scenario | None, moves: Moves, space: Space, word: LastWord) -> dict[str, Any] | None:
    if recommended is None or word.best is None:
        return None
    settings = moves.settings(word.best)
    return {
        "name": recommended.name,
        "values": space.values(word.best),
        "changes": _changes(space, space.start, word.best),
        "settings": {key: v if isinstance(v, dict | int | float) else str(v) for key, v in settings.items()},
        "phases": [{"name": p.name, "start": str(p.start), "communities": p.communities} for p in recommended.phases],
        "stages": [
            {
                "name": s.name,
                "start": str(s.start),
                "CM": [s.weights.CM.fixed, s.weights.CM.mobile],
                "GM": [s.weights.GM.fixed, s.weights.GM.mobile],
            }
            for s in recommended.target_stages
        ],
        "waves": _waves(recommended, moves),
    }


def _waves(scenario: Scenario, moves: Moves) -> list[dict[str, Any]]:
    table = timetable(scenario, moves.sellers)
    return [
        {
            "start": str(table.starts(table.wave.index(wave))[0]),
            "centres": [name for name, w in zip(table.centres, table.wave, strict=True) if w == wave],
        }
        for wave in sorted(set(table.wave))
    ]


def _margin(word: LastWord, base: Scenario) -> dict[str, Any] | None:
    if word.best is None:
        return None
    mean, low, high = word.margin
    plan = float(word.plan_values[:, 0].mean())
    return {
        "kpi": "contribution",
        "unit": "yuan",
        "mean": mean,
        "low": low,
        "high": high,
        "share": mean / plan if plan else None,
        "confidence": base.study.confidence,
        "replications": len(word.values),
        "first_replication": FRESH_FROM,
    }


def _dip(word: LastWord, limits: Limits) -> dict[str, Any] | None:
    if word.best is None:
        return None
    found: dict[str, Any] = {}
    for k, name in ((1, "depth"), (2, "days")):
        mean, low, high = (float(x[0]) for x in interval(word.values[:, k : k + 1], limits.confidence))
        found[name] = {"mean": mean, "low": low, "high": high, "upper_excess": word.upper[k - 1]}
        found[name]["plan"] = float(word.plan_values[:, k].mean())
    return {**found, "kept": max(word.upper[:2]) <= 0, "share_of_runs_within": word.share_kept}


def _selection(space: Space, word: LastWord) -> dict[str, Any] | None:
    chosen = word.selection
    if chosen is None:
        return None
    return {
        "finalists": len(word.finalists),
        "not_shown_to_keep_the_limits": len(word.refused),
        "decided": chosen.decided,
        "probability": chosen.probability,
        "indifference": chosen.indifference,
        "candidates": [
            {
                "values": _changes(space, space.start, point),
                "mean": chosen.means[k],
                "replications": chosen.used[k],
                "left": k in chosen.left,
                "best": k == chosen.best,
            }
            for k, point in enumerate(word.finalists)
        ],
    }
