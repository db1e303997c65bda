"""run.json: what made a result, so that anybody can make it again."""

from __future__ import annotations

import platform
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from foundation.messages import Message
from foundation.parallel import stops
from foundation.versions import versions
from scenarios import InputError, Problem, Scenario, Territory
from scenarios.loading.territory_account import account_of

AGAIN = "fusion repeat ."
"""What makes a study of a Python call again, from the scenarios and the territory in its folder."""

FORMAT = 1
"""Version of the files in a results folder."""


def check_format(path: Path, content: Any) -> None:
    """Refuse a file of another format, with the reason.

    Parameters
    ----------
    path : Path
        What messages name.
    content : object
        What was read from it.

    Raises
    ------
    InputError
        The file is older or newer than this version reads, or none of ours.
    """
    found = content.get("format") if isinstance(content, dict) else None
    if found == FORMAT and type(found) is int:
        return
    if type(found) is not int:
        found, rule = None, Message("it states no format; results of format {format} are read", format=FORMAT)
        remedy = Message("Name a file of a result, or run the command again.")
    elif found < FORMAT:
        rule, remedy = (
            Message("an older version wrote it; format {format} is read", format=FORMAT),
            Message("Run the command again."),
        )
    else:
        rule, remedy = (
            Message("a newer version wrote it; format {format} is read", format=FORMAT),
            Message("Use the version that wrote it."),
        )
    raise InputError(
        Problem(str(path), None if found is None else Message("format {found}", found=found), rule, remedy)
    )


def without(arguments: Sequence[str], *options: str) -> list[str]:
    """Return arguments without some options and their values.

    Examples
    --------
    >>> without(["plan", "--jobs", "2", "--seed=3"], "--jobs", "--seed")
    ['plan']
    """
    kept: list[str] = []
    skip = False
    for text in arguments:
        if skip or text.startswith(tuple(f"{name}=" for name in options)):
            skip = False
        elif text in options:
            skip = True
        else:
            kept.append(text)
    return kept


@lru_cache(maxsize=1)
def revision() -> str:
    """Return the revision of the project's own sources, ``""`` where there is no repository."""
    try:
        here = Path(__file__).resolve().parent
        done = subprocess.run(
            ["git", "-C", str(here), "describe", "--always", "--dirty"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def describe_run(
    verb: str,
    arguments: Sequence[str] | None,
    scenarios: Mapping[str, Scenario],
    territory: Territory | None,
    *,
    seed: int,
    replications: int,
    jobs: int,
    seconds: float,
    **more: Any,
) -> dict[str, Any]:
    """Return the content of run.json.

    Parameters
    ----------
    verb : str
        The command, e.g. ``study``.
    arguments : sequence of str or None
        Its arguments as typed, None where Python called and nothing was typed; the command that people are shown leaves
        out where it ran, which changes no result.
    scenarios : mapping of name to Scenario
    territory : Territory or None
    seed, replications, jobs : int
    seconds : float
        Wall time [s].
    **more
        Further facts of the run (events ...).
    """
    return {
        "format": FORMAT,
        "verb": verb,
        "arguments": None if arguments is None else list(arguments),
        "folder": str(Path.cwd()),
        "command": AGAIN
        if arguments is None
        else shlex.join(["fusion", verb, *without(arguments, "--jobs", "--cluster")]),
        "seed": seed,
        "replications": replications,
        "workers": jobs,
        "wall_seconds": round(seconds, 3),
        "versions": versions(),
        "revision": revision(),
        "platform": platform.platform(),
        "scenarios": {
            name: {"sha256": s.sha256, "base": s.base, "overrides": {k: str(v) for k, v in s.overrides.items()}}
            for name, s in scenarios.items()
        },
        "territory": None
        if territory is None
        else {
            "name": territory.name,
            "sha256": territory.provenance.sha256,
            "synthetic": territory.provenance.synthetic,
            "generated": list(territory.provenance.generated),
            "bridges": [list(pair) for pair in territory.provenance.bridges],
            "notes": list(territory.provenance.notes),
            "account": [entry.to_dict() for entry in account_of(territory)],
        },
        "clock_bound": stops(),
        **more,
    }
