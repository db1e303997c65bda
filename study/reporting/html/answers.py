"""Which timeline, which weights, which communities: answered in plain words, no further than the intervals allow."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scenarios import Scenario
from scenarios.rules.timetable import timetable
from sim.output_analysis.intervals import paired
from study.plotting.balance import share_moved, worst
from study.presentation.language import Language
from study.presentation.verdict import Estimate, difference, judge, level
from study.reporting.html import principles
from study.results.record import StudyRecord
from study.robustness.wording import advice, details, phrases
from study.sensitivity.summary import COSTS, advice_on_redrawing

MEASURE = "contribution"
"""The KPI by which scenarios are ranked: what is won, kept and recovered, in yuan."""


@dataclass(frozen=True)
class Answer:
    """A question with its answer in one sentence, and what supports or limits it."""

    question: str
    headline: str
    points: tuple[str, ...]
    verdict: str


def answers(record: StudyRecord, say: Language) -> list[Answer]:
    """Return the three answers of the executive page."""
    return [_timeline(record, say), _weights(record, say), _communities(record, say)]


def at_a_glance(record: StudyRecord, say: Language) -> list[tuple[str, str]]:
    """Return a few figures that place the study: label and text."""
    plan, units = record.scenario, record.territory.units
    sellers = record.placement
    rows = [(say("glance.territory"), record.territory.name)]
    rows.append((say("glance.units"), say.number(len(units))))
    if "population" in units and units["population"].notna().all():
        rows.append((say("glance.population"), say.number(float(units["population"].sum()), 0)))
    if "centre" in units:
        rows.append((say("glance.centres"), say.number(units["centre"].nunique())))
    for force in ("CM", "GM"):
        if len(sellers):
            rows.append((say(f"force.{force}").capitalize(), say.number(int((sellers["force"] == force).sum()))))
    rows.append((say("glance.days"), say.number(plan.run.days)))
    rows.append((say("glance.replications"), say.number(replications(record))))
    return rows


def kind_of(scenario: Scenario, studied: Scenario) -> str:
    """Return what an alternative changes: ``timeline``, ``weights`` or ``other``; ``nothing`` for no merger."""
    if not scenario.phases:
        return "nothing"
    if scenario.phases != studied.phases or scenario.roll_out != studied.roll_out:
        return "timeline"
    if scenario.target_stages != studied.target_stages or scenario.weights_before != studied.weights_before:
        return "weights"
    return "other"


def unreached(record: StudyRecord, scenario: Scenario) -> bool:
    """Return whether the last phase of a scenario has not begun in some centre when the study ends."""
    if not scenario.phases or not len(record.daily):
        return False
    table = timetable(scenario, record.territory.units["centre"].astype(str))
    return bool((table.phase[:, -1] < len(scenario.phases) - 1).any())


def ranking(record: StudyRecord, names: list[str], measure: str = MEASURE) -> tuple[str, dict[str, Estimate]]:
    """Return the scenario with the highest mean, and by how much it is ahead of every other one.

    Which one is best is told by the very runs that its lead is taken from, so that the intervals must hold for the
    differences of all pairs at once (Bonferroni), whichever turns out best.

    Parameters
    ----------
    record : StudyRecord
    names : list of str
        Scenarios in question; at least one.
    measure : str
        A KPI of which more is better.
    """
    table = record.replications
    table = table[(table["kpi"] == measure) & table["scenario"].isin(names)]
    values = table.pivot_table(index="replication", columns="scenario", values="value")
    names = [n for n in names if n in values]
    means = dict(zip(values.columns, values.to_numpy(dtype=np.float64).mean(axis=0), strict=True))
    best = max(names, key=lambda n: (means[n], -names.index(n)))
    pairs = max(len(names) * (len(names) - 1) // 2, 1)
    wide = 1 - (1 - record.scenario.study.confidence) / pairs
    ahead = {}
    for other in names:
        if other != best:
            gap = paired(values[[other]].set_axis([measure], axis=1), values[[best]].set_axis([measure], axis=1), wide)
            row: Any = gap.iloc[0]
            ahead[other] = Estimate(
                float(row["difference"]), float(row["low"]), float(row["high"]), int(row["replications"])
            )
    return best, ahead


def _timeline(record: StudyRecord, say: Language) -> Answer:
    if record.robust is not None:
        return _advice(record.robust, record, say)
    studied = record.scenario
    others = [s for s in list(record.scenarios.values())[1:] if kind_of(s, studied) == "timeline"]
    points = [*_against_nothing(record, say)]
    points += [_sentence(record, s, say) for s in others]
    points.append(say("answer.only_tried"))
    headline, verdict = _recommend(record, others, say, "timeline")
    return Answer(say("answer.timeline.question"), headline, tuple(points), verdict)


def _advice(robust: Mapping[str, Any], record: StudyRecord, say: Language) -> Answer:
    """Answer by what holds in the worlds drawn from the beliefs, principles first."""
    advised, points = robust["recommended"], advice.conditions(robust, record.scenarios, say)
    points += details.flip_lines(robust, record.scenarios, say)[:2]
    points += [details.worth_line(robust, say), details.pilot_line(robust, record.scenarios, say)]
    points.append(say("answer.only_tried"))
    gain = robust["scenarios"][advised]["against_studied"]
    kept = advised in robust["admissible"]
    verdict = "worse" if not kept else "better" if gain["low"] and gain["low"] > 0 else "unsure"
    headline = advice.headline(robust, record.scenarios, say)
    return Answer(say("answer.timeline.question"), headline, tuple(p for p in points if p), verdict)


def _weights(record: StudyRecord, say: Language) -> Answer:
    studied = record.scenario
    others = [s for s in list(record.scenarios.values())[1:] if kind_of(s, studied) == "weights"]
    points = []
    for stage in studied.target_stages:
        w = stage.weights
        points.append(
            say(
                "answer.weights.stage",
                stage=stage.title.say(say.code),
                start=say.day(stage.start),
                cm=f"{w.CM.fixed * 100:.0f}/{w.CM.mobile * 100:.0f}",
                gm=f"{w.GM.fixed * 100:.0f}/{w.GM.mobile * 100:.0f}",
            )
        )
    kept, rivals = _keeping(record, others, say)
    points += [_sentence(record, s, say) for s in kept]
    points.append(say("answer.only_tried"))
    if others and not kept and rivals:
        only = principles.told(record, say("answer.weights.principled"), [studied.name], say)
        return Answer(say("answer.weights.question"), only, (*rivals, *points), "better")
    headline, verdict = _recommend(record, kept, say, "weights")
    return Answer(say("answer.weights.question"), headline, (*rivals, *points), verdict)


def _keeping(record: StudyRecord, others: list[Scenario], say: Language) -> tuple[list[Scenario], list[str]]:
    """Return the scenarios that keep the principles in enough worlds, and a sentence for each of the others (F2)."""
    robust = record.robust or {"admissible": [s.name for s in others], "scenarios": {}}
    known = robust["scenarios"]
    kept = [s for s in others if s.name in robust["admissible"] or s.name not in known]
    rivals = [
        say(
            "robust.rival",
            title=phrases.title_of(scenario, say),
            gain=phrases.amount(known[scenario.name]["against_studied"], say),
            studied=phrases.title_of(record.scenario, say),
            broken=say.percent(1 - known[scenario.name]["probability_not_interrupted"]["value"], 0),
            principle=phrases.worst_principle(known[scenario.name], say),
        )
        for scenario in others
        if scenario not in kept
    ]
    return kept, rivals


def _communities(record: StudyRecord, say: Language) -> Answer:
    points = []
    before = record.scorecards.get("current")
    for kind in ("redrawn", "subdivided"):
        result, card = record.partition.get(kind), record.scorecards.get(kind)
        if result is None or card is None or before is None:
            continue
        moved = share_moved(record, kind)
        points.append(
            say(
                f"answer.communities.{kind}",
                count=say.number(len(card)),
                before=say.number(len(before)),
                worst=say.percent(worst(record, kind)),
                worst_before=say.percent(worst(record, "current")),
                moved=say.percent(moved),
                proof=proof_text(result, say),
            )
        )
    card = record.scorecards.get("redrawn")
    if card is None or before is None:
        return Answer(say("answer.communities.question"), say("answer.communities.none"), (), "unsure")
    judged = _fairer(worst(record, "redrawn"), worst(record, "current"), len(card), len(before))
    headline = say(
        f"answer.communities.{judged}",
        worst=say.percent(worst(record, "redrawn")),
        worst_before=say.percent(worst(record, "current")),
        count=say.number(len(card)),
        before=say.number(len(before)),
    )
    points.append(say("answer.communities.limits"))
    worth = advice_on_redrawing(record.measures, say, record.measures_in_worlds)
    headline = headline if worth.short is None else say(worth.short, headline=headline, worth=worth.amount)
    good = judged == "fairer" and worth.short != COSTS
    points = points if worth.sentence is None else [worth.sentence, *points]
    return Answer(say("answer.communities.question"), headline, tuple(points), "better" if good else "unsure")


ALIKE = 0.2
"""Divisions whose numbers of communities differ by no more than this share are of one kind."""


def _fairer(now: float, then: float, count: int, before: int) -> str:
    """Return how two divisions compare: a finer one is harder to balance, so it is not judged by that."""
    alike = abs(count - before) <= ALIKE * before
    if now < then:
        return "fairer" if alike or count > before else "coarser"
    return "not_fairer" if alike or count < before else "finer"


def proof_text(result: object, say: Language) -> str:
    """Return how good a plan is known to be; only a proven optimum is called optimal."""
    content: dict[str, object] = dict(result)  # type: ignore[call-overload]
    proof, gap = str(content.get("proof")), content.get("gap")
    if proof == "feasible" and not (isinstance(gap, int | float) and math.isfinite(gap)):
        return say("proof.unbounded")
    if proof == "feasible" and isinstance(gap, int | float):
        return say("proof.feasible", gap=say.percent(float(gap)))
    return say(f"proof.{proof}")


def interval_text(found: Estimate, say: Language, *, sign: bool = True) -> str:
    """Return a mean with its interval, in yuan."""
    if not math.isfinite(found.low):
        return say("answer.no_interval", mean=say.money(found.mean, sign=sign))
    mean, low, high = say.money_span(found.mean, found.low, found.high, sign=sign)
    return say("answer.interval", mean=mean, low=low, high=high)


def _against_nothing(record: StudyRecord, say: Language) -> list[str]:
    """Say what the merger costs or brings against no merger, in the whole study and at its end (F2)."""
    studied, points = record.scenario, []
    nothing = record.scenarios.get(studied.study.counterfactual or "")
    if nothing is not None and nothing.name != studied.name:
        found = difference(record.comparison, nothing.name, MEASURE)
        if found.known:
            turned = Estimate(-found.mean, -found.high, -found.low, found.count)
            key = f"answer.merger.{judge(MEASURE, turned)}"
            points.append(say(key, days=say.number(studied.run.days), interval=interval_text(turned, say)))
    synergy = level(record.replications, studied, "synergy")
    if synergy.known:
        state = "above" if synergy.low > 1 else "below" if synergy.high <= 1 else "open"
        state = state if math.isfinite(synergy.low) else "single"
        points.append(
            say(
                f"answer.synergy.{state}",
                days=say.number(min(studied.study.synergy_window_days, studied.run.days)),
                value=say.number(synergy.mean, 3),
                low=say.number(synergy.low, 3),
                high=say.number(synergy.high, 3),
            )
        )
    return points


def _sentence(record: StudyRecord, scenario: Scenario, say: Language) -> str:
    """Say how an alternative differs from the studied scenario in the contribution, and in the days of the dip."""
    found = difference(record.comparison, scenario.name, MEASURE)
    title = scenario.title.say(say.code)
    if not found.known:
        return say("answer.not_compared", title=title)
    text = say(f"answer.alternative.{judge(MEASURE, found)}", title=title, interval=interval_text(found, say))
    dip = difference(record.comparison, scenario.name, "dip_days")
    if dip.known and judge("dip_days", dip) in ("better", "worse") and round(abs(dip.mean)):
        key = "answer.dip_shorter" if dip.mean < 0 else "answer.dip_longer"
        text += say(key, days=say.number(abs(dip.mean), 0))
    text += say("answer.unreached") if unreached(record, scenario) else ""
    return principles.told(record, text, [scenario.name], say)


def _recommend(record: StudyRecord, others: list[Scenario], say: Language, what: str) -> tuple[str, str]:
    """Return the headline and the verdict on the plan: better than the rest, worse, or nobody can tell."""
    studied = record.scenario
    measured = [s for s in others if difference(record.comparison, s.name, MEASURE).known]
    if not measured:
        return say(f"answer.{what}.alone"), "unsure"
    tried, measured = measured, [s for s in measured if not principles.breaks(record, s.name, say)]
    if not measured:
        only = say(f"answer.{what}.principled", count=len(tried))
        return principles.told(record, only, [studied.name], say), "unsure"
    best, ahead = ranking(record, [studied.name, *(s.name for s in measured)])
    equals = [name for name, lead in ahead.items() if not lead.low > 0]
    titles = {s.name: s.title.say(say.code) for s in record.scenarios.values()}
    if best == studied.name and not equals:
        return principles.told(record, say(f"answer.{what}.keep", title=titles[best]), [best], say), "better"
    if best == studied.name or studied.name in equals:
        rivals = [titles[n] for n in (best, *equals) if n != studied.name]
        text = say(f"answer.{what}.open", titles=say.quoted([titles[studied.name], *rivals]))
        return principles.told(record, text, [studied.name], say), "unsure"
    text = say(
        f"answer.{what}.change",
        title=titles[best],
        days=studied.run.days,
        interval=interval_text(ahead[studied.name], say),
    )
    if unreached(record, record.scenarios[best]):
        text += say("answer.best_unreached")
    if equals:
        text += say("answer.equals", others=say.quoted([titles[n] for n in equals]))
    return text, "worse"


def replications(record: StudyRecord) -> int:
    """Return how many replications the studied scenario has."""
    mine = record.replications[record.replications["scenario"] == record.scenario.name]
    return int(mine["replication"].nunique())
