"""What a person is told when a command cannot do what it was asked: in the reader's language, as far as it knows it."""

from __future__ import annotations

from collections.abc import Sequence

from foundation.errors import InfeasibleError, InputError, LimitError, Problem, one_line
from foundation.machine.causes import cause
from foundation.message_data import is_said
from foundation.messages import Joined, Message
from study.presentation.language import Language


def ending(error: BaseException, language: str = "en") -> list[str]:
    """Return what a person is told of an error, line by line.

    Parameters
    ----------
    error : BaseException
    language : {"en", "zh"}
        Of the frame, and of every message; a text of an old file, which has no id, stays English.
    """
    say = Language(language)
    match error:
        case InputError():
            return [error_text(problem, say) for problem in error.problems]
        case InfeasibleError():
            return [say("ending.infeasible", reason=_reason(error, say))]
        case LimitError():
            return [say("ending.limit", reason=_reason(error, say))]
        case OSError():
            place = f"{error.filename}{say('colon')}{say.space}" if error.filename else ""
            return [one_line(f"{place}{say.said(cause(error))}")]
        case MemoryError():
            return [say("ending.memory")]
        case _:
            return [say("ending.interrupted")]


def _reason(error: BaseException, say: Language) -> str:
    """Return what an error says, in the reader's language as far as it is known."""
    told = error.args[0] if error.args else ""
    return say.said(told) if isinstance(told, Message | Joined) else str(error)


def go_on(folder: object, language: str = "en") -> str:
    """Return how to go on with what is finished."""
    return Language(language)("ending.go_on", command=f"fusion resume {folder}")


def other_solver(solver: str, language: str = "en") -> str:
    """Return that another solver takes the place of the one that is not there."""
    return Language(language)("ending.other_solver", solver=solver)


def clock_cut(what: Sequence[str], language: str = "en") -> str:
    """Return what the clock cut short, and what follows from that."""
    say = Language(language)
    return say("ending.clock_cut", what=say("comma").join(cut_short(name, say) for name in what))


def cut_short(name: str, say: Language) -> str:
    """Return what a part of the work is called that the clock can cut short; a result's file has it by its name."""
    if name.startswith("model "):
        return say("stopped.model", name=name.removeprefix("model "))
    key = f"stopped.{name.replace(' ', '_')}"
    return say(key) if say.has(key) else name


def wrong_call(usage: str, program: str, message: str, language: str) -> str:
    """Return how a command is called, and what is wrong with a call."""
    say = Language(language)
    return say("ending.usage", usage=usage, program=program, message=message)


def error_text(problem: Problem, say: Language) -> str:
    """Return a problem as one line; whole in English where its rule or its remedy has no Chinese text."""
    rule, remedy = _rule(problem.rule, say), say.gloss(problem.remedy)
    if say.code == "en" or not rule or say.tongue(problem.remedy) != say.code:
        return str(problem)
    place = f"{one_line(say.said(problem.path))}{say('colon')}"
    return one_line(f"{place}{_stated(problem, say)}{rule}{say('stop')}{remedy}")


def _stated(problem: Problem, say: Language) -> str:
    """Return what stands there, before the rule; empty where nothing does."""
    if is_said(problem.value):
        return one_line(say.said(problem.value)) + say("timeline.list")
    value = problem.to_dict()["value"]
    if not value and problem.value is not None:
        return say("ending.empty") + say("timeline.list")
    return say("ending.stated", value=value) if value else ""


def _rule(text: str, say: Language) -> str:
    """Return a rule in the reader's language; empty where it is not known, as in the files of an old result."""
    return say.gloss(text).rstrip("。.") if say.tongue(text) == say.code else ""
