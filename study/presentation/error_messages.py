"""What a person is told when a command cannot do what it was asked: in the reader's language, as far as it knows it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from foundation.errors import InfeasibleError, InputError, LimitError, Problem, one_line
from foundation.messages import Joined, Message, without_stop
from study.presentation.language import Language

ABOUT_KEY = re.compile(r"(?P<rule>.+?) \((?P<about>.+?)(?:, in (?P<unit>[^()]+))?\)")
"""How a rule of the schema ends with the meaning and the unit of the key."""


def ending(error: BaseException, language: str = "en") -> list[str]:
    """Return what a person is told of an error, line by line.

    Parameters
    ----------
    error : BaseException
    language : {"en", "zh"}
        Of the frame. Texts of problems and reasons are glossed where the glossary has them, else they stay English.
    """
    say = Language(language)
    match error:
        case InputError():
            return [worded(problem, say) for problem in error.problems]
        case InfeasibleError():
            return [say("ending.infeasible", reason=_reason(error, say))]
        case LimitError():
            return [say("ending.limit", reason=_reason(error, say))]
        case OSError():
            place = f"{error.filename}{say('colon')}{say.space}" if error.filename else ""
            return [one_line(f"{place}{say.gloss(str(error.strerror or error))}")]
        case MemoryError():
            return [say("ending.memory")]
        case _:
            return [say("ending.interrupted")]


def _reason(error: BaseException, say: Language) -> str:
    """Return what an error says, in the reader's language as far as it is known."""
    told = error.args[0] if error.args else ""
    if isinstance(told, Message | Joined):
        return say.gloss(told)
    return "\n".join(say.gloss(line) for line in str(error).splitlines())


def go_on(folder: object, language: str = "en") -> str:
    """Return how to go on with what is finished."""
    return Language(language)("ending.go_on", command=f"fusion resume {folder}")


def other_solver(solver: str, language: str = "en") -> str:
    """Return that another solver takes the place of the one that is not there."""
    return Language(language)("ending.other_solver", solver=solver)


def clock_cut(what: Sequence[str], language: str = "en") -> str:
    """Return what the clock cut short, and what follows from that."""
    say = Language(language)
    return say("ending.clock_cut", what=say("comma").join(say.gloss(name) for name in what))


def wrong_call(usage: str, program: str, message: str, language: str) -> str:
    """Return how a command is called, and what is wrong with a call."""
    say = Language(language)
    return say("ending.usage", usage=usage, program=program, message=say.gloss(message, "usage"))


def worded(problem: Problem, say: Language) -> str:
    """Return a problem as one line; whole in English where the glossary lacks its rule or its remedy."""
    rule, remedy = _rule(problem.rule, say), say.gloss(problem.remedy)
    if say.code == "en" or not rule or say.tongue(problem.remedy) != say.code:
        return str(problem)
    place = f"{one_line(say.gloss(problem.path, 'place'))}{say('colon')}"
    return one_line(f"{place}{_stated(problem, say)}{rule}{say('stop')}{remedy}")


def _stated(problem: Problem, say: Language) -> str:
    """Return what stands there, before the rule; empty where nothing does."""
    if isinstance(problem.value, Message):
        return one_line(say.gloss(problem.value, "value")) + say("timeline.list")
    value = problem.to_dict()["value"] or ("" if problem.value is None else "empty")
    known = say.gloss(value, "value") if isinstance(problem.value, str) else value
    if known != value:
        return known + say("timeline.list")
    return say("ending.stated", value=value) if value else ""


def _rule(text: str, say: Language) -> str:
    """Return a rule in the reader's language, with what the schema says of the key; empty where it is not known."""
    if isinstance(text, Message | Joined):
        return say.gloss(text).rstrip("。.") if say.tongue(text) == say.code else ""
    text = without_stop(text)
    parts = ABOUT_KEY.fullmatch(text)
    if parts is None or any(say.tongue(parts[name]) != say.code for name in ("rule", "about")):
        return say.gloss(text) if say.tongue(text) == say.code else ""
    unit = say("ending.unit", unit=say.gloss(parts["unit"])) if parts["unit"] else ""
    return say("ending.about", rule=say.gloss(parts["rule"]), about=say.gloss(parts["about"]), unit=unit)
