"""The reference of a scenario: every key with its unit and meaning, read from the schema itself."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from scenarios.complaints import model_in
from scenarios.schema import Scenario


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
            repeated = "tuple" in str(field.annotation)
            yield from describe_schema(inner, f"{key}[]" if repeated else key)
