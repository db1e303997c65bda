"""From YAML to a Scenario: bases, named overrides, and every error at once with its place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from scenarios import keys
from scenarios.complaints import problems_of
from scenarios.errors import InputError, Problem
from scenarios.schema import Scenario
from scenarios.yamltext import parse, read_mapping

HERE = Path(__file__).parent
SUFFIXES = (".yaml", ".yml")
_OVERRIDE_KEYS = {"name", "title", "base", "set", "evidence"}


def load_scenario(source: str | Path, overrides: Mapping[str, Any] | None = None) -> Scenario:
    """Load a scenario by name or from a file, with values set on top.

    Parameters
    ----------
    source : str or Path
        A YAML file, or the name of a scenario that comes with the project (``plan``, ``no_merger`` ...).
    overrides : mapping of dotted key to value, optional
        Validated like the file: ``{"phases.transition.end": date(2022, 3, 31)}``.

    Returns
    -------
    Scenario

    Raises
    ------
    InputError
        Every problem of the file, its bases and the overrides, each with its place.

    Examples
    --------
    >>> load_scenario("plan", {"training.seats": 20}).training.seats
    20
    """
    content, chain = _resolve(find_scenario(source), ())
    if overrides:
        content = keys.apply(content, overrides)
        content["overrides"] = {**content.get("overrides", {}), **_plain(overrides)}
        evidence = content.get("evidence")
        if isinstance(evidence, dict):
            content["evidence"] = {**evidence, **dict.fromkeys(overrides, "assumed: set by the user")}
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        where = "" if chain[0].parent.is_relative_to(HERE) else f"{chain[0].name}: "
        raise InputError(problems_of(error, Scenario, where)) from None


def scenario_names() -> list[str]:
    """Return the names of the scenarios that come with the project."""
    return sorted(path.stem for path in _shipped())


def find_scenario(source: str | Path) -> Path:
    """Return the file of a scenario given by path or name.

    Raises
    ------
    InputError
        Neither a file nor a known name; near names are suggested.
    """
    text = str(source)
    shipped = {path.stem: path for path in _shipped()}
    if text in shipped:
        return shipped[text]
    path = Path(text)
    try:
        is_file, is_folder = path.is_file(), path.is_dir()
    except (OSError, ValueError):
        is_file = is_folder = False
    if is_file:
        return path
    if is_folder:
        raise InputError(Problem(text, "a folder", "a scenario is a YAML file", "Name the file in it."))
    raise InputError(Problem(text, None, "no scenario has this name and no file is there", keys.near(text, [*shipped])))


def parse_setting(text: str) -> tuple[str, Any]:
    """Split ``key=value`` of a ``--set`` option; the value is read as YAML.

    Raises
    ------
    InputError
        There is no ``=``, or the value cannot be read.
    """
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise InputError(Problem(f"--set {text}", None, "it must be key=value", "Example: --set training.seats=20"))
    return key.strip(), parse(value, f"--set {key.strip()}")


def plain(scenario: Scenario) -> dict[str, Any]:
    """Return the scenario as nested mappings and lists, for :func:`scenarios.keys.lookup` and for files."""
    return _listed(scenario.model_dump(mode="python"))  # type: ignore[no-any-return]


def _resolve(path: Path, above: tuple[Path, ...]) -> tuple[dict[str, Any], tuple[Path, ...]]:
    """Return a file's full content with its bases applied, and the chain of files it rests on."""
    resolved = path.resolve()
    if resolved in above:
        cycle = " -> ".join(p.name for p in (*above, resolved))
        raise InputError(Problem(f"{path.name}: base", None, f"bases go in a circle: {cycle}", "Change one base."))
    content = read_mapping(path)
    if "base" not in content or content["base"] is None:
        return content, (path,)
    _check_override(path, content)
    base_path = find_base(content["base"], path)
    base, chain = _resolve(base_path, (*above, resolved))
    settings = content.get("set") or {}
    try:
        merged = keys.apply(base, settings)
    except InputError as error:
        raise InputError(
            Problem(f"{path.name}: set.{p.path}", p.value, p.rule, p.remedy) for p in error.problems
        ) from None
    merged["name"], merged["title"] = content.get("name", path.stem), content.get("title", base.get("title"))
    merged["base"] = base.get("name")
    merged["overrides"] = {**base.get("overrides", {}), **_plain(settings)}
    if isinstance(merged.get("evidence"), dict):
        stated = content.get("evidence") or {}
        own = {key: stated.get(key, f"assumed: set by scenario {merged['name']}") for key in settings}
        merged["evidence"] = {**merged["evidence"], **own, **stated}
    return merged, (path, *chain)


def find_base(base: Any, path: Path) -> Path:
    """Return the file of a base named in a scenario file: beside it, or one that comes with the project."""
    if not isinstance(base, str):
        raise InputError(Problem(f"{path.name}: base", base, "it must be the name of a scenario", "Write base: plan."))
    beside = [path.parent / base, *(path.parent / f"{base}{suffix}" for suffix in SUFFIXES)]
    for candidate in beside:
        try:
            if candidate.is_file():
                return candidate
        except (OSError, ValueError):
            continue
    return find_scenario(base)


def _check_override(path: Path, content: dict[str, Any]) -> None:
    problems = [
        Problem(
            f"{path.name}: {key}",
            None,
            "a scenario with a base has only name, title, base, set and evidence",
            f"Move it below set: as '{key}: ...'.",
        )
        for key in content
        if key not in _OVERRIDE_KEYS
    ]
    problems.extend(
        Problem(
            f"{path.name}: {key}", content[key], "it must be a mapping of dotted keys to values", "See big_bang.yaml."
        )
        for key in ("set", "evidence")
        if content.get(key) is not None and not isinstance(content[key], dict)
    )
    if problems:
        raise InputError(problems)


def _shipped() -> list[Path]:
    return sorted([*HERE.glob("*.yaml"), *(HERE / "laboratory").glob("*.yaml")])


def _plain(overrides: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key): value for key, value in overrides.items()}


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_listed(item) for item in value]
    return value
