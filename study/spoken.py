"""What a terminal says at the end of a study, in the reader's language: its warnings and its three answers."""

from __future__ import annotations

from scenarios.geo import COMMAND, has_geo
from study.language import Language
from study.progress import WARNING
from study.record import StudyRecord
from study.report.answers import answers
from study.report.cautions import warnings


def warned(record: StudyRecord, language: str) -> list[str]:
    """Return a line for each warning: in English place, rule and remedy as anywhere, else as the report says it."""
    say = Language(language)
    if language == "en":
        lines = [f"{WARNING} {warning}" for warning in record.warnings]
    else:
        lines = [f"{say('warning.head')}{w.kind}{say.space}{w.text} [{w.where}]" for w in warnings(record, say)]
    return lines if has_geo() else [*lines, say("warning.head") + say("warning.no_package", remedy=COMMAND)]


def answered(record: StudyRecord, language: str) -> list[str]:
    """Return the questions of the report's first page, each with its answer in one sentence."""
    say = Language(language)
    return [f"{answer.question} {answer.headline}" for answer in answers(record, say)]
