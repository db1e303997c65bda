"""What a reader must know before he believes a result, in his language wherever the study knows how to say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from foundation.messages import Message, without_stop
from scenarios import Problem, Scenario
from scenarios.loading.cautions import GENERATED, IN_TERRITORY, SYNTHETIC, UNREACHED, findings_met
from scenarios.schema.scenario import Finding
from study.evaluation.boundaries import WIDER
from study.presentation.language import Language
from study.reporting.html.answers import replications
from study.results.record import StudyRecord

FEW = 10
"""Below this many replications the report says that its intervals are wide."""


@dataclass(frozen=True)
class Warned:
    """A warning: what, where, and the language it is written in where it is not the page's."""

    kind: str
    text: str
    where: str
    language: str


def warnings(record: StudyRecord, say: Language) -> list[Warned]:
    """Return what every reader must see, in the reader's language wherever the study knows how to say it."""
    found = [_finding(f, say) for f in findings_met(record.scenario)]
    known = {f.id for f in record.scenario.findings}
    source = record.territory.provenance
    if source.synthetic:
        found.append(Warned(say("warning.data"), say("warning.synthetic"), record.territory.name, say.code))
    if source.generated:
        text = _generated(source.generated, say)
        found.append(Warned(say("warning.data"), text, record.territory.name, say.code))
    runs = replications(record)
    if runs < FEW:
        found.append(Warned(say("warning.limit"), say("warning.few", count=runs), "run.replications", say.code))
    seen = set(source.notes) if source.synthetic else set()
    for problem in record.warnings:
        if (
            any(problem.rule.startswith(f"{name}: ") for name in known)
            or problem.rule in seen
            or _is_data(problem, record)
        ):
            continue
        found.append(_limit(problem, record.scenarios, say) or _other(problem, say))
    return found


def cautioned(problem: Problem, scenarios: Mapping[str, Scenario], say: Language) -> Warned:
    """Return a warning as the report says it, for where there is no record.

    Parameters
    ----------
    problem : Problem
    scenarios : mapping of name to Scenario
        Those that the warning may be about.
    say : Language
    """
    for finding in (f for s in scenarios.values() for f in s.findings):
        if problem.rule.startswith(f"{finding.id}: "):
            return _finding(finding, say)
    place = problem.path.removeprefix("territory ")
    if problem.rule == SYNTHETIC:
        return Warned(say("warning.data"), say("warning.synthetic"), place, say.code)
    if _values(problem.rule, GENERATED):
        return Warned(say("warning.data"), _generated(str(problem.value).split(", "), say), place, say.code)
    return _limit(problem, scenarios, say) or _other(problem, say)


def assumed(finding: Finding, say: Language) -> str:
    """Return what the study takes instead of something odd in the plan."""
    try:
        taken = say.day(date.fromisoformat(finding.taken))
    except ValueError:
        taken = say.gloss(finding.taken)
    return say("warning.taken", taken=taken)


def _finding(finding: Finding, say: Language) -> Warned:
    text = finding.says.say(say.code) + assumed(finding, say)
    return Warned(say("warning.plan", id=finding.id), text, finding.at, say.code)


def _generated(names: list[str] | tuple[str, ...], say: Language) -> str:
    words = [say(f"generated.{g}") if say.has(f"generated.{g}") else g for g in names]
    return say("warning.generated", what=say.listed(words))


def _is_data(problem: Problem, record: StudyRecord) -> bool:
    """Whether a warning is one of the two on the territory that this page says in its own words."""
    mine = problem.path == f"territory {record.territory.name}"
    return mine and (problem.rule == SYNTHETIC or bool(_values(problem.rule, GENERATED)))


def _limit(problem: Problem, scenarios: Mapping[str, Scenario], say: Language) -> Warned | None:
    """Return what limits a result, where the warning is one of the two of that kind."""
    name = problem.path.removeprefix("scenario ")
    late, relaxed = _values(problem.rule, UNREACHED), _values(problem.rule, WIDER)
    if late and name in scenarios:
        scenario = scenarios[name]
        phase = next((p.title.say(say.code) for p in scenario.phases if p.name == problem.value), str(problem.value))
        text = say(
            "warning.unreached",
            title=scenario.title.say(say.code),
            phase=phase,
            late=late["count"],
            centres=late["total"],
            end=say.day(late["days"]),
        )
        return Warned(say("warning.limit"), text, problem.path, say.code)
    if relaxed and problem.path.endswith("partition.balance_tolerance"):
        kind = say("plan.redrawn" if relaxed["within"] == "centre" else "plan.subdivided")
        used, wished = say.percent(relaxed["used"]), say.percent(float(problem.value))
        text = say("warning.relaxed", plan=kind, used=used, wished=wished)
        return Warned(say("warning.limit"), text, problem.path, say.code)
    return None


def _values(rule: str, kind: Message) -> Mapping[str, Any]:
    """Return the values of a rule of a kind; none where it is of another, or of an old file that has only its text."""
    return rule.values if isinstance(rule, Message) and rule.template == kind.template else {}


def _other(problem: Problem, say: Language) -> Warned:
    """Return any other warning: in the page's language; as it stands where it comes from the file of an old result."""
    rule, remedy = without_stop(problem.rule), problem.remedy
    if say.code == "en" or not all(say.tongue(text) == say.code for text in (rule, remedy)):
        return Warned(say("warning.other"), f"{rule.rstrip('.')}. {remedy}".strip(), problem.path, "en")
    said = f"{say.said(rule).rstrip('。.')}{say('stop')}{say.said(remedy)}"
    place = _values(problem.path, IN_TERRITORY).get("name") or say.said(problem.path)
    return Warned(say("warning.other"), said, place, say.code)
