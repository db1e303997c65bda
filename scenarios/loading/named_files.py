"""Files that a scenario names: found beside it from any folder, read where their content belongs to it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from foundation.errors import InputError, Problem
from foundation.machine.causes import cause
from foundation.messages import Message
from scenarios.loading.small_tables import read_groups, read_pairs, read_seats

PLANS = ("plan", "plan_subdivided")
READERS: Mapping[str, Callable[[Path], list[Any]]] = {
    "keep_together": read_groups,
    "keep_apart": read_pairs,
    "fix_seats": read_seats,
    "forbid": read_pairs,
}
WISHES = "partition.wishes"
FILES = ("territory.source", "territory.distance")
PLACES = (*FILES, *(f"partition.{key}" for key in PLANS), *(f"{WISHES}.{key}" for key in READERS))
SCENARIOS = ("study.alternatives", "study.counterfactual")


def beside(content: Mapping[str, Any], folder: Path, endings: tuple[str, ...], above: str = "") -> dict[str, Any]:
    """Return the content of a scenario file with the files that lie beside it named so that they are found.

    Parameters
    ----------
    content : mapping
        Nested keys, or dotted ones of overrides.
    folder : Path
        Of the scenario.
    endings : tuple of str
        What the name of a scenario may leave out.
    above : str
        Dotted key of the content.
    """
    found: dict[str, Any] = {}
    for key, value in content.items():
        dotted = f"{above}.{key}" if above else str(key)
        if isinstance(value, Mapping):
            found[key] = beside(value, folder, endings, dotted)
        elif dotted in PLACES:
            found[key] = _found(value, folder, ())
        elif dotted in SCENARIOS:
            many = isinstance(value, list)
            found[key] = [_found(v, folder, endings) for v in value] if many else _found(value, folder, endings)
        else:
            found[key] = value
    return found


def _found(name: Any, folder: Path, endings: tuple[str, ...]) -> Any:
    """Return the path of what lies in a folder under a name; the name as it is if nothing does."""
    if not isinstance(name, str) or not name or folder == Path():
        return name
    for ending in ("", *endings):
        path = folder / f"{name}{ending}"
        try:
            if path.is_file() or (not endings and path.is_dir()):
                return str(path)
        except (OSError, ValueError):
            return name
    return name


def with_content(content: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Return a scenario's content with wishes read from the files they name and the digests of its plans.

    Returns
    -------
    dict
        Where a file cannot be read, what it would give is left out.
    list of Problem
        Of these files, each with its key.
    """
    settings = content.get("partition")
    if not isinstance(settings, Mapping):
        return dict(content), []
    settings, problems = dict(settings), []
    for key in PLANS:
        settings[f"{key}_sha256"] = ""
        if isinstance(settings.get(key), str):
            try:
                settings[f"{key}_sha256"] = hashlib.sha256(Path(settings[key]).read_bytes()).hexdigest()
            except (OSError, ValueError) as error:
                remedy = Message("Name a file of unit_id and community; the path is taken from the scenario's folder.")
                problems.append(
                    Problem(
                        f"partition.{key}",
                        settings[key],
                        Message("it cannot be read: {reason}", reason=cause(error)),
                        remedy,
                    )
                )
    wishes = settings.get("wishes")
    if isinstance(wishes, Mapping):
        wishes = dict(wishes)
        for key, read in READERS.items():
            if isinstance(wishes.get(key), str):
                name = wishes.pop(key)
                try:
                    wishes[key] = [list(row) if isinstance(row, tuple) else row for row in read(Path(name))]
                except InputError as error:
                    at = f"{WISHES}.{key}"
                    problems += [Problem(f"{at}: {p.path}", p.value, p.rule, p.remedy) for p in error.problems]
        if isinstance(wishes.get("lock"), str):
            wishes["lock"] = [wishes["lock"]]
        settings["wishes"] = wishes
    return {**content, "partition": settings}, problems
