"""What the schema refuses, said in the study's own words: place, value, rule, remedy."""

from __future__ import annotations

import typing
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from foundation.errors import MOST, InputError, Problem, bounded
from scenarios.schema.dotted_keys import near

_PERCENT = 100

_RULES = {
    "missing": "a value is missing",
    "extra_forbidden": "there is no such key",
    "greater_than": "it must be greater than {gt:g}",
    "greater_than_equal": "it must be at least {ge:g}",
    "less_than": "it must be less than {lt:g}",
    "less_than_equal": "it must be at most {le:g}",
    "finite_number": "it must be a finite number",
    "float_type": "it must be a number",
    "int_type": "it must be a whole number",
    "int_from_float": "it must be a whole number",
    "bool_type": "it must be true or false",
    "string_type": "it must be text",
    "date_type": "it must be a date",
    "date_from_datetime_inexact": "it must be a date without a time",
    "literal_error": "it must be one of {expected}",
    "model_type": "it must be a mapping of keys to values",
    "model_attributes_type": "it must be a mapping of keys to values",
    "dict_type": "it must be a mapping of keys to values",
    "tuple_type": "it must be a list",
    "list_type": "it must be a list",
    "too_short": "it must have at least {min_length} entries",
    "too_long": "it must have at most {max_length} entries",
    "string_too_short": "it must not be empty",
    "string_too_long": "it must have at most {max_length} characters",
    "json_invalid": "it is not JSON ({error})",
    "value_error": "{error}",
}

_REMEDIES = {
    "missing": "Add it.",
    "float_type": "Write a plain number such as 0.15.",
    "int_type": "Write a whole number such as 12.",
    "int_from_float": "Write a whole number such as 12.",
    "bool_type": "Write true or false.",
    "date_type": "Write it as 2021-12-11.",
    "date_from_datetime_inexact": "Write it as 2021-12-11.",
    "finite_number": "Write a plain number such as 0.15.",
    "tuple_type": "Write it in brackets: [a, b].",
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
    rule = _RULES.get(kind, "").format(**context) if kind in _RULES else detail["msg"]
    remedy = _REMEDIES.get(kind, "")
    if field is not None and field.description:
        unit = (field.json_schema_extra or {}).get("unit") if isinstance(field.json_schema_extra, dict) else ""
        rule += f" ({field.description}{f', in {unit}' if unit else ''})"
    if kind == "extra_forbidden":
        parent = model if len(loc) == 1 else _model_of(model, loc[:-1])
        remedy = near(str(loc[-1]), list(parent.model_fields) if parent is not None else [])
    if kind in {"less_than_equal", "less_than"} and _is_percentage(value, context):
        remedy = f"Write {value:g} % as {float(str(value)) / _PERCENT:g}."
    shown = None if kind in {"missing", "extra_forbidden"} else value
    return Problem(where + dotted(loc), shown, rule, remedy)


def _model_of(model: type[BaseModel], loc: tuple[int | str, ...]) -> type[BaseModel] | None:
    field = field_at(model, loc)
    return None if field is None else model_in(field.annotation)


def _is_percentage(value: Any, context: dict[str, Any]) -> bool:
    limit = context.get("le", context.get("lt"))
    return limit == 1 and isinstance(value, int | float) and 1 < value <= _PERCENT


def _inside(loc: tuple[int | str, ...], path: str) -> str:
    outer = dotted(loc)
    return f"{outer}.{path}" if outer and path else outer or path
