"""What a reader must know before he believes a result, in his language wherever the study knows how to say it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from scenarios import Problem
from study.language import Language
from study.record import StudyRecord
from study.report.answers import replications

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
    found = [_finding(f.id, f.says.say(say.code), f.taken, f.at, say) for f in record.scenario.findings]
    known = {f.id for f in record.scenario.findings}
    source = record.territory.provenance
    if source.synthetic:
        found.append(Warned(say("warning.data"), say("warning.synthetic"), record.territory.name, say.code))
    if source.generated:
        names = [say(f"generated.{g}") if say.has(f"generated.{g}") else g for g in source.generated]
        text = say("warning.generated", what=say.listed(names))
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
        found.append(_said(problem, record, say))
    return found


def _finding(name: str, text: str, taken: str, at: str, say: Language) -> Warned:
    return Warned(say("warning.plan", id=name), text + say("warning.taken", taken=taken), at, say.code)


def _is_data(problem: Problem, record: StudyRecord) -> bool:
    """Whether a warning is one of the two on the territory that this page says in its own words."""
    mine = problem.path == f"territory {record.territory.name}"
    return mine and (problem.rule.startswith("it is synthetic") or problem.rule.startswith("these were missing"))


def _said(problem: Problem, record: StudyRecord, say: Language) -> Warned:
    """Return a warning of the pipeline; those of known form in the page's language, the others as they stand."""
    name = problem.path.removeprefix("scenario ")
    late = re.search(r"has not begun in (\d+) of (\d+) centres when the study ends \(([\d-]+)\)", problem.rule)
    if late and name in record.scenarios:
        scenario = record.scenarios[name]
        phase = next((p.title.say(say.code) for p in scenario.phases if p.name == problem.value), str(problem.value))
        text = say(
            "warning.unreached",
            title=scenario.title.say(say.code),
            phase=phase,
            late=late.group(1),
            centres=late.group(2),
            end=say.day(date.fromisoformat(late.group(3))),
        )
        return Warned(say("warning.limit"), text, problem.path, say.code)
    relaxed = re.search(r"; ([\d.]+) was used in every (centre|redrawn)", problem.rule)
    if relaxed and problem.path == "partition.balance_tolerance":
        share = say.percent(float(relaxed.group(1)))
        kind = "redrawn" if relaxed.group(2) == "centre" else "subdivided"
        text = say("warning.relaxed", plan=say(f"plan.{kind}"), used=share, wished=say.percent(float(problem.value)))
        return Warned(say("warning.limit"), text, problem.path, say.code)
    return Warned(say("warning.other"), f"{problem.rule.rstrip('.')}. {problem.remedy}".strip(), problem.path, "en")
