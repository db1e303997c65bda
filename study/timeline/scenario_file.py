"""The recommended timeline as a scenario file: it says where it comes from, loads and can be simulated."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from scenarios import InputError, Scenario, load_scenario
from scenarios.loading.load import plain, scenario_names


class _Plain(yaml.SafeDumper):
    """Writes every value out: the study reads no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def recipe(base: Scenario, made: Scenario, settings: Mapping[str, Any], provenance: str) -> str:
    """Return the text of a scenario file that loads as ``made``.

    Parameters
    ----------
    base : Scenario
        What was searched from.
    made : Scenario
        What was found.
    settings : mapping of dotted key to value
        What it overrides in ``base``.
    provenance : str
        How it was found, in a sentence.

    Notes
    -----
    Overrides on top of a scenario that comes with the project where that gives the same scenario; else every value.
    """
    note = f"# {provenance}\n"
    title = {"en": made.title.en, "zh": made.title.zh}
    evidence = {key: provenance for key in settings}
    for root in dict.fromkeys(name for name in (base.name, base.base) if name in scenario_names()):
        changed = _written({**base.overrides, **settings})
        short = {"name": made.name, "title": title, "base": root, "set": changed, "evidence": evidence}
        text = note + _dump(short)
        if _loads_as(text, made):
            return text
    content = _written(plain(made))
    content |= {"base": None, "overrides": {}, "evidence": {**content.get("evidence", {}), **evidence}}
    return note + _dump(content)


def _dump(content: Mapping[str, Any]) -> str:
    return yaml.dump(dict(content), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)


def _written(content: Mapping[str, Any]) -> dict[str, Any]:
    return {str(k): _written(v) if isinstance(v, Mapping) else v for k, v in content.items()}


def _loads_as(text: str, made: Scenario) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recipe.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            return load_scenario(path).sha256 == made.sha256
        except InputError:
            return False
