"""What a terminal says at the end of a study, in the reader's language: its warnings and its three answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from foundation.optional_geo import COMMAND, has_geo
from scenarios import Problem, Scenario
from scenarios.loading.cautions import in_a_line
from study.presentation.language import Language
from study.presentation.progress import WARNING
from study.reporting.html.attainment import questions
from study.reporting.html.cautions import Warned, cautioned, warnings
from study.results.record import StudyRecord


def warned(record: StudyRecord, language: str) -> list[str]:
    """Return a line for each warning: in English place, rule and remedy as anywhere, else as the report says it."""
    say = Language(language)
    if language == "en":
        lines = cautions(record.warnings, record.scenarios, language)
    else:
        lines = [_line(warning, say) for warning in warnings(record, say)]
    return lines if has_geo() else [*lines, say("warning.head") + say("warning.no_package", remedy=COMMAND)]


def cautions(problems: Sequence[Problem], scenarios: Mapping[str, Scenario], language: str) -> list[str]:
    """Return a line for each warning of a result that is no study's.

    Parameters
    ----------
    problems : sequence of Problem
    scenarios : mapping of name to Scenario
        Those that the result is about.
    language : {"en", "zh"}
    """
    if language == "en":
        return [f"{WARNING} {in_a_line(problem)}" for problem in problems]
    say = Language(language)
    return [_line(cautioned(problem, scenarios, say), say) for problem in problems]


def answer_lines(record: StudyRecord, language: str) -> list[str]:
    """Return the questions of the report's first page, each with its answer in one sentence."""
    say = Language(language)
    return [f"{answer.question}{say.space}{answer.headline}" for answer in questions(record, say)]


def _line(warning: Warned, say: Language) -> str:
    """Return a warning as one line, with its place at the end."""
    return f"{say('warning.head')}{warning.kind}{say.space}{warning.text} [{warning.where}]"
