"""Does a timeline hang together? Days without a phase or stage, stages outside the phases, weights that do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from foundation.messages import Joined, Message
from scenarios import Problem, Scenario
from scenarios.rules.workdays import working_days
from scenarios.schema.organisation import Phase, TargetStage

DAY = timedelta(days=1)


def timeline_findings(scenario: Scenario) -> list[Problem]:
    """Return what is odd in a timeline, in the order of its parts; overlaps are refused when it is loaded (F24).

    A phase or stage lasts until the next one begins, so a gap undoes nothing, but nobody may have meant it.
    """
    return [
        *_gaps("phases", scenario.phases),
        *_gaps("target_stages", scenario.target_stages),
        *left_behind(scenario),
        *_across(scenario),
        *_late(scenario),
        *_weights(scenario),
    ]


def moved_apart(scenario: Scenario) -> list[Problem]:
    """Return what every verb says of a timeline: stages that no phase holds, or that a new list of phases left behind.

    Patches by name take the stages with them; a whole list of phases moves nothing else.
    """
    listed = isinstance(scenario.overrides.get("phases"), list | tuple)
    stages_too = isinstance(scenario.overrides.get("target_stages"), list | tuple)
    return [*left_behind(scenario), *(_across(scenario) if listed and not stages_too else [])]


def left_behind(scenario: Scenario) -> list[Problem]:
    """Return the target stages that lie outside all phases, as they do when a whole list of phases replaces another."""
    if not scenario.phases:
        return []
    found = []
    for stage in scenario.target_stages:
        if not phases_of(scenario, stage):
            rule = Message(
                "this stage lies outside all phases: {start} to {end}", start=stage.start, end=_end(stage.end)
            )
            remedy = Message("Move it, or patch phases by name, which target stages follow.")
            found.append(_warning(f"target_stages.{stage.name}", None, rule, remedy))
    return found


def phases_of(scenario: Scenario, stage: TargetStage) -> list[Phase]:
    """Return the phases in which a stage lies."""
    return [
        p for p in scenario.phases if p.start <= (stage.end or date.max) and (p.end is None or p.end >= stage.start)
    ]


def _warning(path: str, value: object, rule: str, remedy: str) -> Problem:
    return Problem(path, value, rule, remedy, "warning")


def _end(day: date | None) -> object:
    return Message("open-ended") if day is None else day


def _gaps(what: str, items: Sequence[Phase | TargetStage]) -> Iterator[Problem]:
    for before, after in pairwise(items):
        if before.end is not None and before.end + DAY < after.start:
            days = (after.start - before.end).days - 1
            rule = Message("{days} {days:day|days} before it are in no part of this list; {name} goes on until then",
                           days=days, name=before.name)  # fmt: skip
            remedy = Message("Let it begin on {day}.", day=before.end + DAY)
            yield _warning(f"{what}.{after.name}.start", str(after.start), rule, remedy)


def _across(scenario: Scenario) -> Iterator[Problem]:
    """Yield stages that run on into a part of another phase, or begin before or end after all of them."""
    if not scenario.phases:
        return
    first, last = scenario.phases[0].start, scenario.phases[-1].end
    for stage in scenario.target_stages:
        met = phases_of(scenario, stage)
        key = f"target_stages.{stage.name}"
        aligned = {met[0].start, met[-1].end} == {stage.start, stage.end} if met else True
        if len(met) > 1 and not aligned:
            rule = Message("this stage runs across the phases {names}", names=Joined([p.name for p in met], ", "))
            yield _warning(key, None, rule, Message("Let it end with {name}.", name=met[0].name))
        elif met and stage.start < first:
            rule = Message("this stage begins before the first phase ({day})", day=first)
            yield _warning(f"{key}.start", str(stage.start), rule, Message("Let it begin with the phase."))
        elif met and last is not None and (stage.end is None or stage.end > last):
            rule = Message("this stage goes on after the last phase ({day})", day=last)
            yield _warning(f"{key}.end", _end(stage.end), rule, Message("Let it end with the phase."))


def _late(scenario: Scenario) -> Iterator[Problem]:
    """Yield what begins after the last day of the study."""
    last = working_days(scenario.calendar, scenario.run.days)[-1]
    for what, items in (("phases", scenario.phases), ("target_stages", scenario.target_stages)):
        for item in items:
            if item.start > last:
                rule = Message("it begins after the study ends ({day}), so nothing of it is simulated", day=last)
                remedy = Message("Lengthen the study with --set run.days=...")
                yield _warning(f"{what}.{item.name}.start", str(item.start), rule, remedy)


def _weights(scenario: Scenario) -> Iterator[Problem]:
    """Yield weights on a business that a phase does not give to a force, and breakdowns that do not go with them."""
    for stage in scenario.target_stages:
        other = {"CM": stage.weights.CM.mobile, "GM": stage.weights.GM.fixed}
        judged = [force for force, weight in other.items() if weight > 0]
        key = f"target_stages.{stage.name}.weights"
        for phase in phases_of(scenario, stage):
            if judged and not phase.both_businesses:
                rule = Message("{forces} are judged on the other business, which phase {name} does not give to them",
                               forces=Joined(judged, ", "), name=phase.name)  # fmt: skip
                remedy = Message("Set phases.{name}.both_businesses, or the weights to 1 and 0.", name=phase.name)
                yield _warning(key, _said(stage), rule, remedy)
            elif phase.focus == "sales" and len(judged) < len(other):
                rest = [force for force in other if force not in judged]
                rule = Message("{forces} are not judged on the other business, although phase {name} is full-service",
                               forces=Joined(rest, ", "), name=phase.name)  # fmt: skip
                yield _warning(key, _said(stage), rule, Message("Give it a weight above 0."))
        if judged and stage.breakdown == "by_force":
            rule = Message(
                "{forces} are judged on the other business and get no target in it", forces=Joined(judged, ", ")
            )
            yield _warning(key, _said(stage), rule, Message("Break targets down by_emphasis or by_area."))


def _said(stage: TargetStage) -> str:
    cm, gm = stage.weights.CM, stage.weights.GM
    return f"CM {100 * cm.fixed:.0f}/{100 * cm.mobile:.0f}, GM {100 * gm.fixed:.0f}/{100 * gm.mobile:.0f}"
