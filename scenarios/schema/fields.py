"""The vocabulary of the schema: frozen parts, and numbers that carry their unit and meaning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict

from foundation.errors import InputError, Problem
from foundation.messages import Joined, Message

Force = Literal["CM", "GM"]
Business = Literal["fixed", "mobile"]
FORCES: tuple[Force, ...] = ("CM", "GM")
BUSINESSES: tuple[Business, ...] = ("fixed", "mobile")
"""The two of the plan; a scenario may have more (`scenarios.rules.businesses`)."""
OWN: dict[Force, Business] = {"CM": "fixed", "GM": "mobile"}
"""What each force sells before the merger (F3, F4)."""


def _as_day(value: Any) -> Any:
    """Read an ISO date written as text; everything else is left to the strict check."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return value
    return value


Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Positive = Annotated[float, Strict(), Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Strict(), Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Strict(), Field(ge=0, le=1, allow_inf_nan=False)]
Whole = Annotated[int, Strict(), Field(ge=0, le=10**9)]
Count = Annotated[int, Strict(), Field(ge=1, le=10**9)]
Bounded = Annotated[int, Strict()]
"""A whole number whose field states its bounds: of two upper bounds on one field the wider would win."""
Flag = Annotated[bool, Strict()]
Day = Annotated[date, BeforeValidator(_as_day), Strict()]
LONGEST_NAME = 80
Name = Annotated[str, Strict(), Field(min_length=1, max_length=LONGEST_NAME)]
Place = Annotated[str, Strict(), Field(min_length=1, max_length=4096)]
"""A name of what comes with the project, or a path, as long as a system takes."""


def file_name(text: str) -> str:
    """Return a name that files can carry, as it is.

    Raises
    ------
    InputError
        It would lead to another folder, or holds what no file name can.

    Examples
    --------
    >>> file_name("缩短过渡期")
    '缩短过渡期'
    """
    if text in (".", "..") or any(c in "/\\" or unicodedata.category(c) == "Cc" for c in text):
        rule = Message("files carry it, so it must not be . or .. and holds no slash, backslash or control character")
        raise InputError(Problem("", text, rule, Message("Use letters, digits, - and _.")))
    return text


FileName = Annotated[Name, AfterValidator(file_name)]


def named_after(name: str, ending: str) -> str:
    """Return the name of what is made of a scenario; to be asked before the work that makes it.

    Raises
    ------
    InputError
        It would be longer than names may be. It is not cut short: what is made again of what was made before would
        have its name.

    Examples
    --------
    >>> named_after("plan", "calibrated")
    'plan_calibrated'
    """
    made = f"{name}_{ending}"
    if len(made) > LONGEST_NAME:
        rule = Message(
            "what is made of it is named {made}, and a name has at most {longest_name} characters",
            made=made,
            longest_name=LONGEST_NAME,
        )
        raise InputError(Problem("name", name, rule, Message("Give a shorter one, such as --set name=short.")))
    return made


class Part(BaseModel):
    """A piece of a scenario: frozen, unknown keys refused, infinities refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=False)


def of(meaning: str, unit: str = "", **constraints: Any) -> Any:
    """Describe a schema field: what it means and in which unit it is written.

    Parameters
    ----------
    meaning : str
        One clause in the business's words.
    unit : str
        ``""`` for plain numbers, names and switches.
    **constraints
        Passed on to :func:`pydantic.Field` (``default``, ``ge`` ...).
    """
    return Field(description=meaning, json_schema_extra={"unit": unit}, **constraints)


class Text(Part):
    """A label in both languages of the study."""

    en: str = of("English")
    zh: str = of("Chinese")

    def __str__(self) -> str:
        """Return the English label."""
        return self.en

    def say(self, language: str) -> str:
        """Return the label in ``en`` or ``zh``."""
        return self.zh if language == "zh" else self.en

    def short(self, language: str) -> str:
        """Return the label up to its colon, English or Chinese: for where there is little room."""
        return re.split("[:：]", self.say(language), maxsplit=1)[0].strip()


class PerBusiness(Part):
    """One number for each business."""

    fixed: NonNegative = of("fixed-line business")
    mobile: NonNegative = of("mobile (G-net) business")

    def __getitem__(self, business: Business) -> float:
        """Return the number of one business."""
        return self.fixed if business == "fixed" else self.mobile


PERCENT = 100

EXAMPLE = "{CM: 0.5, GM: 1.0}"

ByForce = dict[Force, float]
"""A share for each force."""

WAYS: tuple[Literal["spread", "chosen"], ...] = ("spread", "chosen")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _share_problem(path: str, value: Any) -> Problem | None:
    """Return what is wrong with a share; None where nothing is."""
    if not _number(value):
        rule = Message("it must be a share from 0 to 1, or one for each force")
        return Problem(path, value, rule, Message("Write 0.5, or {example}.", example=EXAMPLE))
    if 0 <= value <= 1:
        return None
    rule = Message("a share of people lies between 0 and 1")
    if 1 < value <= PERCENT:
        return Problem(
            path, value, rule, Message("Write {value:g} % as {float:g}.", value=value, float=value / PERCENT)
        )
    return Problem(path, value, rule, Message("Write a plain number such as 0.15."))


def _shares(value: Any) -> float | ByForce:
    """Return a share, or one for each force; every fault at once."""
    if not isinstance(value, Mapping):
        problem = _share_problem("", value)
        if problem is not None:
            raise InputError(problem)
        return float(value)
    known = Message("a force is {forces}", forces=Joined(FORCES, last=" or "))
    problems = [
        Problem(str(key), None, known, Message("Write {example}.", example=EXAMPLE))
        for key in value
        if key not in FORCES
    ]
    problems += [
        Problem(force, None, Message("a value is missing"), Message("Add it."))
        for force in FORCES
        if force not in value
    ]
    found = [_share_problem(force, value[force]) for force in FORCES if force in value]
    problems += [problem for problem in found if problem is not None]
    if problems:
        raise InputError(problems)
    return {force: float(value[force]) for force in FORCES}


def _people(value: Any) -> str | tuple[str, ...]:
    """Return a way of choosing, or the people by id; every fault at once."""
    remedy = Message("Write spread, chosen, or seller ids in brackets: [S001, S002].")
    if isinstance(value, str) and value in WAYS:
        return value
    if not isinstance(value, list | tuple):
        rule = Message("it must be one of {expected}, or a list of seller ids", expected=Joined(WAYS, last=" or "))
        raise InputError(Problem("", value, rule, remedy))
    problems = [
        Problem(f"[{n}]", name, Message("a seller's id is a text that is not empty"), remedy)
        for n, name in enumerate(value)
        if not isinstance(name, str) or not name.strip()
    ]
    problems += [
        Problem(f"[{n}]", name, Message("this seller is named twice"), Message("Name everybody once."))
        for n, name in enumerate(value)
        if name in list(value[:n])
    ]
    if problems:
        raise InputError(problems)
    return tuple(name.strip() for name in value)


Shares = Annotated[float | ByForce, BeforeValidator(_shares)]
"""A share of the people of both forces, or one for each."""

Trainees = Annotated[Literal["spread", "chosen"] | tuple[str, ...], BeforeValidator(_people)]
"""A way of choosing people, or the people themselves."""
