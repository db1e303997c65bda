"""Overrides on top of a scenario's content: values, name and title, and where the new values come from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from foundation.errors import InputError, Problem
from scenarios.schema import timeline_patches

SET_BY_USER = "assumed: set by the user"


SET_BY = "assumed: set by scenario "
"""How the evidence of a value begins that a scenario sets and says nothing else about; its name follows."""


def overlay(content: dict[str, Any], layer: Mapping[str, Any]) -> dict[str, Any]:
    """Return content with a layer's overrides, name, title and evidence on top."""
    settings, stated = layer.get("set") or {}, layer.get("evidence") or {}
    if isinstance(content.get("partition"), dict):  # a part that may be left out, and yet has keys to set
        content = {**content, "partition": {"wishes": {}, **content["partition"]}}
    try:
        merged = timeline_patches.apply(content, settings)
    except InputError as error:
        where = f"{layer['file']}: set." if "file" in layer else ""
        raise InputError(Problem(where + p.path, p.value, p.rule, p.remedy) for p in error.problems) from None
    merged.update({key: layer[key] for key in ("name", "title", "base") if key in layer})
    merged["overrides"] = {**content.get("overrides", {}), **{str(k): v for k, v in settings.items()}}
    if isinstance(merged.get("evidence"), dict):
        own = {k: f"{SET_BY}{merged.get('name')}" for k in settings if not _covered(k, stated)}
        merged["evidence"] = {**merged["evidence"], **own, **stated}
    return merged


def _covered(key: str, stated: Mapping[str, Any]) -> bool:
    return any(key == prefix or key.startswith((f"{prefix}.", f"{prefix}[")) for prefix in stated)
