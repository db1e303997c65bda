"""The memory of a search: every run it has made, on disk piece by piece, so that an interrupted one goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from foundation.atomic_files import write_text
from foundation.messages import Joined, Message
from scenarios import InputError, Problem

FORMAT = 2
"""Version of how it is kept; what the values depend on is part of the header and of the timeline's key."""

HEADER, CLOCK = "search.json", "clock.json"


class State:
    """Runs by timeline, in a folder or only in memory.

    Parameters
    ----------
    folder : Path, optional
        None: nothing survives.
    about : mapping, optional
        All that the values depend on beside the timeline: a folder that was made for something else is refused.

    Raises
    ------
    InputError
        The folder holds another search.
    """

    def __init__(self, folder: Path | None = None, about: Mapping[str, Any] | None = None) -> None:
        self.folder = folder
        self.known: dict[str, dict[int, list[float]]] = {}
        if folder is not None:
            self._claim(folder, {"format": FORMAT, **(about or {})})

    def _claim(self, folder: Path, about: Mapping[str, Any]) -> None:
        before = _read(folder / HEADER)
        if before is None:
            write_text(folder / HEADER, json.dumps(about, indent=1, ensure_ascii=False) + "\n")
            return
        other = [name for name in about if before.get(name) != about[name]]
        if other:
            rule = Message("it holds a search of another {names}", names=Joined(other))
            raise InputError(Problem(str(folder), None, rule, Message("Name another --out, or remove this folder.")))

    def read(self, key: str) -> dict[int, list[float]]:
        """Return the runs of a timeline by number; empty where there are none or the file is not whole."""
        if key not in self.known:
            found = None if self.folder is None else _read(self._path(key))
            runs = found.get("runs") if found else None
            self.known[key] = {int(n): list(v) for n, v in runs.items()} if isinstance(runs, dict) else {}
        return dict(self.known[key])

    def write(self, key: str, runs: Mapping[int, list[float]]) -> None:
        """Keep the runs of a timeline."""
        self.known[key] = dict(runs)
        if self.folder is not None:
            content = {"key": key, "runs": {str(n): runs[n] for n in sorted(runs)}}
            write_text(self._path(key), json.dumps(content) + "\n")

    def clock(self) -> tuple[float, int | None]:
        """Return the seconds that the search has taken, and at how many trials the clock ended it, if it did."""
        found = (None if self.folder is None else _read(self.folder / CLOCK)) or {}
        seconds, trials = found.get("seconds"), found.get("trials")
        return (
            float(seconds) if isinstance(seconds, int | float) else 0.0,
            trials if isinstance(trials, int) else None,
        )

    def keep_clock(self, seconds: float, trials: int | None) -> None:
        """Keep how long the search has taken."""
        if self.folder is not None:
            write_text(self.folder / CLOCK, json.dumps({"seconds": round(seconds, 3), "trials": trials}) + "\n")

    def _path(self, key: str) -> Path:
        assert self.folder is not None
        return self.folder / f"runs-{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
