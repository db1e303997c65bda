"""The reference of a scenario: every key with its unit and meaning, read from the schema itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel

from scenarios.schema.error_wording import model_in
from scenarios.schema.scenario import LABELS, Scenario


class Entry(NamedTuple):
    """One key of a scenario as the reference shows it."""

    key: str
    unit: str
    meaning: str
    value: str
    source: str


def describe_schema(model: type[BaseModel] = Scenario, above: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield ``(dotted key, unit, meaning)`` for every value of a scenario; ``[]`` stands for an entry of a list."""
    for name, field in model.model_fields.items():
        key = f"{above}.{name}" if above else name
        inner = model_in(field.annotation)
        if inner is None:
            extra = field.json_schema_extra
            unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
            yield key, unit, field.description or ""
        else:
            repeated = "tuple" in str(field.annotation) or "dict" in str(field.annotation)
            yield from describe_schema(inner, f"{key}[]" if repeated else key)


def describe_values(scenario: Scenario) -> Iterator[Entry]:
    """Yield every key that can change a result, with its value in a scenario and where that comes from.

    Parameters
    ----------
    scenario : Scenario
        Usually the plan, whose values are the defaults of every other scenario.
    """
    for key, unit, meaning in describe_schema():
        if key.split(".", maxsplit=1)[0].removesuffix("[]") not in LABELS:
            source = scenario.source_of(key.replace("[]", "")) or "chosen by this project; no source"
            yield Entry(key, unit, meaning, _written(_value(scenario, key.split("."))), source)


def _value(part: Any, steps: list[str]) -> Any:
    """Return the value at a key; of a list, the values of its entries by name."""
    for number, step in enumerate(steps):
        if part is None:
            return None
        part = getattr(part, step.removesuffix("[]"))
        if step.endswith("[]"):
            rest = steps[number + 1 :]
            named = (
                part.items()
                if isinstance(part, dict)
                else ((getattr(x, "name", str(n)), x) for n, x in enumerate(part))
            )
            return {name: _value(item, rest) for name, item in named}
    return part


def _written(value: Any) -> str:
    """Return a value as one writes it in a scenario file."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(_written(inner) for inner in value)}]"
    if isinstance(value, BaseModel | dict):
        parts = value if isinstance(value, dict) else value.model_dump()
        return ", ".join(f"{name}: {_written(inner)}" for name, inner in parts.items()) or "none"
    return str(value) or '""'
