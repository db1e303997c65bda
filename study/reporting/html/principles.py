"""What an answer has to say of the principles (F2): a sentence that names who breaks them too often says so itself."""

from __future__ import annotations

from collections.abc import Sequence

from study.evaluation.principles import breaches_in
from study.presentation.language import Language
from study.presentation.verdict import kpi_name
from study.results.record import StudyRecord


def breaks(record: StudyRecord, name: str, say: Language) -> str:
    """Return what a scenario breaks, and how often, as a part of a sentence; empty where it keeps the principles.

    By the worlds drawn from the beliefs where it was tried in them; else by the runs of the study.
    """
    robust = record.robust
    if robust is None or name not in robust["scenarios"]:
        found = breaches_in(record.scenarios, record.replications).get(name)
        return found.told(say) if found is not None and found.too_often else ""
    if name in robust["admissible"]:
        return ""
    about = robust["scenarios"][name]
    worst = max(about["broken"], key=lambda kpi: about["broken"][kpi]["value"] or 0.0, default=None)
    return say(
        "principle.breach_worlds",
        share=say.percent(1 - about["probability_not_interrupted"]["value"], 0),
        kpi=say("principle.none") if worst is None else kpi_name(worst, say),
        allowed=say.percent(float(robust["broken_at_most"]), 0),
    )


def told(record: StudyRecord, sentence: str, names: Sequence[str], say: Language) -> str:
    """Return a sentence that names scenarios, with what each of them breaks too often."""
    parts = [
        say("principle.who", title=say.quoted([record.scenarios[name].title.short(say.code)]), breach=found)
        for name in names
        if (found := breaks(record, name, say))
    ]
    return say("principle.told", sentence=sentence.rstrip(".。"), parts=say.listed(parts)) if parts else sentence
