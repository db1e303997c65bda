"""What the schema refuses, said in the study's own words: place, value, rule, remedy."""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from foundation.errors import MOST, InputError, Problem, bounded
from foundation.machine.causes import cause
from foundation.messages import External, Joined, Message
from scenarios.schema.dotted_keys import near

_PERCENT = 100

_MAPPING = Message("it must be a mapping of keys to values")
_LIST = Message("it must be a list")
_WHOLE = Message("it must be a whole number")

_RULES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: Message("a value is missing"),
    "extra_forbidden": lambda _: Message("there is no such key"),
    "greater_than": lambda c: Message("it must be greater than {gt:g}", gt=c["gt"]),
    "greater_than_equal": lambda c: Message("it must be at least {ge:g}", ge=c["ge"]),
    "less_than": lambda c: Message("it must be less than {lt:g}", lt=c["lt"]),
    "less_than_equal": lambda c: Message("it must be at most {le:g}", le=c["le"]),
    "finite_number": lambda _: Message("it must be a finite number"),
    "float_type": lambda _: Message("it must be a number"),
    "int_type": lambda _: _WHOLE,
    "int_from_float": lambda _: _WHOLE,
    "bool_type": lambda _: Message("it must be true or false"),
    "string_type": lambda _: Message("it must be text"),
    "date_type": lambda _: Message("it must be a date"),
    "date_from_datetime_inexact": lambda _: Message("it must be a date without a time"),
    "literal_error": lambda c: Message("it must be one of {expected}", expected=_alternatives(c["expected"])),
    "model_type": lambda _: _MAPPING,
    "model_attributes_type": lambda _: _MAPPING,
    "dict_type": lambda _: _MAPPING,
    "tuple_type": lambda _: _LIST,
    "list_type": lambda _: _LIST,
    "too_short": lambda c: Message("it must have at least {least} entries", least=c["min_length"]),
    "too_long": lambda c: Message("it must have at most {most} entries", most=c["max_length"]),
    "string_too_short": lambda _: Message("it must not be empty"),
    "string_too_long": lambda c: Message("it must have at most {most} characters", most=c["max_length"]),
    "json_invalid": lambda c: Message("it is not JSON ({error})", error=_place(str(c["error"]))),
    "value_error": lambda c: cause(c["error"]),
}
"""What pydantic finds, in the study's words."""

_REMEDIES = {
    "missing": Message("Add it."),
    "float_type": Message("Write a plain number such as 0.15."),
    "int_type": Message("Write a whole number such as 12."),
    "int_from_float": Message("Write a whole number such as 12."),
    "bool_type": Message("Write true or false."),
    "date_type": Message("Write it as 2021-12-11."),
    "date_from_datetime_inexact": Message("Write it as 2021-12-11."),
    "finite_number": Message("Write a plain number such as 0.15."),
    "tuple_type": Message("Write it in brackets: [a, b]."),
}


def problems_of(error: ValidationError, model: type[BaseModel], where: str = "") -> list[Problem]:
    """Turn a schema error into problems, each with its dotted key, value, rule and remedy.

    Parameters
    ----------
    error : ValidationError
    model : type
        The model that refused.
    where : str
        Put before every key, e.g. the file's name.
    """
    found: list[Problem] = []
    details = error.errors(include_url=False)
    for detail in details[:MOST]:
        loc = detail["loc"]
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, InputError):
            found.extend(Problem(where + _inside(loc, p.path), p.value, p.rule, p.remedy) for p in cause.problems)
        else:
            found.append(_problem(dict(detail), loc, model, where))
    return list(bounded(found, more=max(0, len(details) - MOST)))


def dotted(loc: tuple[int | str, ...]) -> str:
    """Return a location as a dotted key: ``("phases", 1, "end")`` -> ``phases[1].end``."""
    text = ""
    for step in loc:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def field_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> FieldInfo | None:
    """Return the schema field at a location, or None where the schema has none."""
    found: FieldInfo | None = None
    here: type[BaseModel] | None = model
    for step in loc:
        if isinstance(step, int):
            continue
        if here is None or step not in here.model_fields:
            return None
        found = here.model_fields[step]
        here = model_in(found.annotation)
    return found


def model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside an annotation such as ``tuple[Phase, ...]`` or ``Curve | None``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in typing.get_args(annotation):
        model = model_in(inner)
        if model is not None:
            return model
    return None


def _problem(detail: dict[str, Any], loc: tuple[int | str, ...], model: type[BaseModel], where: str) -> Problem:
    kind, context, value = detail["type"], detail.get("ctx", {}), detail.get("input")
    field = field_at(model, loc)
    rule = _RULES[kind](context) if kind in _RULES else Message("it does not fit: {detail}", detail=detail["msg"])
    remedy = _REMEDIES.get(kind, "")
    if field is not None and field.description:
        unit = (field.json_schema_extra or {}).get("unit") if isinstance(field.json_schema_extra, dict) else ""
        rule = _with_meaning(rule, field.description, str(unit or ""))
    if kind == "extra_forbidden":
        parent = model if len(loc) == 1 else _model_of(model, loc[:-1])
        remedy = near(str(loc[-1]), list(parent.model_fields) if parent is not None else [])
    if kind in {"less_than_equal", "less_than"} and _is_percentage(value, context):
        remedy = Message("Write {value:g} % as {float:g}.", value=value, float=float(str(value)) / _PERCENT)
    shown = None if kind in {"missing", "extra_forbidden"} else value
    return Problem(where + dotted(loc), shown, rule, remedy)


def _with_meaning(rule: str, description: str, unit: str) -> Message:
    """Return a rule with what the schema says of its key."""
    about = External(description)
    if unit:
        return Message("{rule} ({about}, in {unit})", rule=rule, about=about, unit=External(unit))
    return Message("{rule} ({about})", rule=rule, about=about)


def _alternatives(expected: str) -> str:
    """Return what pydantic lists as "'a', 'b' or 'c'" as a list that any language can write."""
    parts = re.split(r", (?=')| or (?=')", expected)
    return Joined(parts, last=" or ")


def _place(told: str) -> str:
    """Return where a text stops being JSON; the parser's own words where it names no place."""
    found = re.search(r"line (\d+) column (\d+)", told)
    return Message("line {line}, column {column}", line=int(found[1]), column=int(found[2])) if found else told


def _model_of(model: type[BaseModel], loc: tuple[int | str, ...]) -> type[BaseModel] | None:
    field = field_at(model, loc)
    return None if field is None else model_in(field.annotation)


def _is_percentage(value: Any, context: dict[str, Any]) -> bool:
    limit = context.get("le", context.get("lt"))
    return limit == 1 and isinstance(value, int | float) and 1 < value <= _PERCENT


def _inside(loc: tuple[int | str, ...], path: str) -> str:
    outer = dotted(loc)
    return f"{outer}{'' if path.startswith('[') else '.'}{path}" if outer and path else outer or path
