"""From YAML to a Scenario: bases, named overrides, and every error at once with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from foundation.errors import InputError, Problem
from foundation.messages import Message
from scenarios.loading.named_files import beside, with_content
from scenarios.loading.strict_yaml import parse, read_mapping
from scenarios.schema import dotted_keys
from scenarios.schema.error_wording import problems_of
from scenarios.schema.overlay import SET_BY_USER, overlay
from scenarios.schema.scenario import Scenario

HERE = Path(__file__).parents[1]
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
    path = find_scenario(source)
    layers = _layers(path, ())
    content = layers[0]
    for layer in layers[1:]:
        content = overlay(content, layer)
    if overrides:
        content = overlay(content, {"set": dict(overrides), "evidence": dict.fromkeys(overrides, SET_BY_USER)})
    return _validated(content, "" if path.is_relative_to(HERE) else f"{path.name}: ")


def load_alternative(scenario: Scenario, source: str | Path) -> Scenario:
    """Put the overrides of a scenario file on top of another scenario than its own base.

    So a study of *my* scenario compares it with *my* big bang and *my* counterfactual, not with the plan's.

    Parameters
    ----------
    scenario : Scenario
        What the overrides go on top of.
    source : str or Path
        A scenario file with a base, or the name of one that comes with the project.

    Raises
    ------
    InputError
        The file is no list of overrides, or an override does not fit the scenario.
    """
    return Alternative.read(source).on(scenario)


@dataclass(frozen=True)
class Alternative:
    """The overrides of a scenario file, read once and put on top of many scenarios.

    Attributes
    ----------
    file : str
        What messages name.
    layers : tuple of mapping
        Its overrides and those of the bases between it and the root, root first.
    """

    file: str
    layers: tuple[dict[str, Any], ...]

    @classmethod
    def read(cls, source: str | Path) -> Alternative:
        """Read a file, or a scenario that comes with the project.

        Raises
        ------
        InputError
            It cannot be read, or is no list of overrides.
        """
        path = find_scenario(source)
        layers = _layers(path, ())[1:]
        if not layers:
            raise InputError(
                Problem(str(source), None, Message("an alternative is a list of overrides"), Message("Give it a base."))
            )
        return cls(path.name, tuple(layers))

    def on(self, scenario: Scenario) -> Scenario:
        """Return a scenario with these overrides on top of it.

        Raises
        ------
        InputError
            An override does not fit.
        """
        content = plain(scenario)
        for layer in self.layers:
            content = overlay(content, layer)
        return _validated(content, f"{self.file} on {scenario.name}: ")


def with_settings(
    scenario: Scenario,
    settings: Mapping[str, Any],
    name: str | None = None,
    content: dict[str, Any] | None = None,
) -> Scenario:
    """Return a scenario with some fields overridden, validated like a file.

    Parameters
    ----------
    scenario : Scenario
    settings : mapping of dotted key to value
    name : str, optional
        Name of the new scenario; default: the old one.
    content : mapping, optional
        `plain` of the scenario, from a caller who makes many of it; it is left as it is.

    Raises
    ------
    InputError
        A key is unknown or a value does not fit; every problem at once.
    """
    layer = {"set": dict(settings), **({"name": name, "base": scenario.name} if name else {})}
    return _validated(overlay(plain(scenario) if content is None else content, layer), f"{name or scenario.name}: ")


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
        raise InputError(
            Problem(text, Message("a folder"), Message("a scenario is a YAML file"), Message("Name the file in it."))
        )
    raise InputError(
        Problem(
            text, None, Message("no scenario has this name and no file is there"), dotted_keys.near(text, [*shipped])
        )
    )


def parse_setting(text: str) -> tuple[str, Any]:
    """Split ``key=value`` of a ``--set`` option; the value is read as YAML.

    Raises
    ------
    InputError
        There is no ``=``, or the value cannot be read.
    """
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        raise InputError(
            Problem(f"--set {text}", None, Message("it must be key=value"), Message("Example: --set training.seats=20"))
        )
    return key.strip(), parse(value, f"--set {key.strip()}")


def plain(scenario: Scenario) -> dict[str, Any]:
    """Return the scenario as nested mappings and lists, for `dotted_keys.lookup` and for files."""
    return _listed(scenario.model_dump(mode="python"))  # type: ignore[no-any-return]


def _layers(path: Path, above: tuple[Path, ...]) -> list[dict[str, Any]]:
    """Return the root scenario's content and the override files on top of it, root first."""
    resolved = path.resolve()
    if resolved in above:
        cycle = " -> ".join(p.name for p in (*above, resolved))
        raise InputError(
            Problem(
                f"{path.name}: base",
                None,
                Message("bases go in a circle: {cycle}", cycle=cycle),
                Message("Change one base."),
            )
        )
    content = read_mapping(path)
    shipped = path.is_relative_to(HERE)
    if content.get("base") is None:
        return [content if shipped else beside(content, path.parent, SUFFIXES)]
    _check_override(path, content)
    if not shipped and content.get("set"):
        content["set"] = beside(content["set"], path.parent, SUFFIXES)
    below = _layers(find_base(content["base"], path), (*above, resolved))
    layer = {"name": path.stem, "base": below[-1].get("name"), **content, "file": path.name}
    if "title" not in layer and isinstance(layer["name"], str) and layer["name"] != below[-1].get("name"):
        layer["title"] = {"en": layer["name"], "zh": layer["name"]}  # not that of its base, which it is compared with
    return [*below, layer]


def _validated(content: dict[str, Any], where: str) -> Scenario:
    content, problems = with_content(content)
    problems = [Problem(where + p.path, p.value, p.rule, p.remedy) for p in problems]
    try:
        made = Scenario.model_validate(content)
    except ValidationError as error:
        raise InputError([*problems, *problems_of(error, Scenario, where)]) from None
    if problems:
        raise InputError(problems)
    return made


def find_base(base: Any, path: Path) -> Path:
    """Return the file of a base named in a scenario file: beside it, or one that comes with the project."""
    if not isinstance(base, str):
        raise InputError(
            Problem(
                f"{path.name}: base", base, Message("it must be the name of a scenario"), Message("Write base: plan.")
            )
        )
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
            Message("a scenario with a base has only name, title, base, set and evidence"),
            Message("Move it below set: as '{key}: ...'.", key=key),
        )
        for key in content
        if key not in _OVERRIDE_KEYS
    ]
    problems.extend(
        Problem(
            f"{path.name}: {key}",
            content[key],
            Message("it must be a mapping of dotted keys to values"),
            Message("See big_bang.yaml."),
        )
        for key in ("set", "evidence")
        if content.get(key) is not None and not isinstance(content[key], dict)
    )
    if problems:
        raise InputError(problems)


def _shipped() -> list[Path]:
    return sorted([*HERE.glob("*.yaml"), *(HERE / "laboratory").glob("*.yaml")])


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_listed(item) for item in value]
    return value
