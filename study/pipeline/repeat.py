"""A result made again: the command that run.json holds, run into a new folder and compared file by file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from foundation.machine.causes import cause
from foundation.messages import Message
from foundation.versions import versions
from scenarios import InputError, Problem
from study.pipeline.run_study import run_study
from study.presentation.error_messages import cut_short
from study.presentation.language import Language
from study.results.interrupted import refuse_unfinished
from study.results.read_back import read_record
from study.results.run_json import check_format, without

KINDS = ("*.csv", "*.json", "*.yaml")
"""Files that are compared; pictures, pages and the workbook are drawn from them."""

VOLATILE = ("seconds", "wall_seconds", "versions")
"""Entries of an answer that are not compared: clocks, and versions, which are told apart."""

MOST_SHOWN = 3
"""Differing lines of a table that are shown."""


@dataclass(frozen=True)
class Verdict:
    """Whether two folders hold the same result.

    Attributes
    ----------
    equal : tuple of str
        Tables and answers that are the same byte for byte, clocks and versions apart.
    different : tuple of str
        What differs: a line for each missing table and for the first differing lines of each other one.
    other_versions : tuple of str
        Packages whose versions differ from those of the first result.
    other_inputs : tuple of str
        Scenarios and territories that are not what they were.
    clock_bound : tuple of str
        What a safety stop of the clock cut short, then or now: whether the two are the same says nothing.
    """

    equal: tuple[str, ...]
    different: tuple[str, ...]
    other_versions: tuple[str, ...]
    other_inputs: tuple[str, ...] = ()
    clock_bound: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say equal, or what differs."""
        return self.in_text()

    def in_text(self, language: str = "en") -> str:
        """Say equal, or what differs, in a language."""
        say = Language(language)
        equal, different = len(self.equal), [say.gloss(text) for text in self.different]
        inputs = [say.gloss(text) for text in self.other_inputs]
        changed = [say("again.inputs", names=say("comma").join(inputs))] if inputs else []
        if self.clock_bound:
            cut = say("comma").join(cut_short(name, say) for name in self.clock_bound)
            return "\n".join([say("again.clock", what=cut), *changed])
        if not different:
            return "\n".join([say("again.equal", equal=equal), *changed])
        lines = [say("again.different", count=len(different), equal=equal), *different, *changed]
        if self.other_versions:
            lines.append(say("again.versions", names=say("comma").join(self.other_versions)))
        return "\n".join(lines)


def read_run(path: Path) -> dict[str, Any]:
    """Read a run.json.

    Raises
    ------
    InputError
        It cannot be read, is of another format, is not finished, or holds no command.
    """
    where = path / "run.json" if path.is_dir() else path
    try:
        run = json.loads(where.read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError) as error:
        remedy = Message("Name the run.json of a result.")
        raise InputError(
            Problem(str(where), None, Message("it cannot be read: {reason}", reason=cause(error)), remedy)
        ) from None
    check_format(where, run)
    refuse_unfinished(where.parent)
    arguments = run.get("arguments")
    if run.get("verb") == "study" and arguments is None and "arguments" in run:
        return dict(run)
    if not run.get("verb") or not isinstance(arguments, list) or not all(isinstance(a, str) for a in arguments):
        rule = Message("it holds no command; results of Python calls are repeated by the same call")
        raise InputError(Problem(str(where), None, rule, Message("Name a result of the command line.")))
    return dict(run)


def command_of(run: dict[str, Any], out: Path) -> list[str]:
    """Return the command of a run, aimed at another folder; a cluster of then need not be there now."""
    kept = [text for text in without(run["arguments"], "--out", "--cluster") if text != "--quiet"]
    return [str(run["verb"]), *kept, "--out", str(out), "--quiet"]


def study_again(folder: Path, run: dict[str, Any], out: Path) -> None:
    """Make the study of a Python call again, of the scenarios and the territory that lie in its folder."""
    record = read_record(folder)  # which holds the files to their digests: they are what the first run read
    known = dict(run.get("territory") or {}).get("sha256", "")
    territory = replace(record.territory, provenance=replace(record.territory.provenance, sha256=known))
    again = run_study(
        *record.scenarios.values(),
        territory=territory,
        replications=int(run["replications"]),
        seed=int(run["seed"]),
        solver=str(run.get("solver", "highs")),
    )
    again.save(out)


def compare_folders(then: Path, now: Path, run: dict[str, Any]) -> Verdict:
    """Compare every table and every answer (JSON, YAML) of two results."""
    found = {p.name for folder in (then, now) for kind in KINDS for p in folder.glob(kind)}
    names = sorted(found - {"run.json"})
    equal: list[str] = []
    different: list[str] = []
    for name in names:
        a, b = then / name, now / name
        if not (a.is_file() and b.is_file()):
            first = Message("{name}: only in the first result", name=name)
            different.append(first if a.is_file() else Message("{name}: only in the second result", name=name))
        elif _content(a) == _content(b):
            equal.append(name)
        else:
            different.extend(_lines(name, _content(a).splitlines(), _content(b).splitlines()))
    past = run.get("versions") or {}
    others = tuple(f"{k} {past[k]} -> {v}" for k, v in versions().items() if k in past and past[k] != v)
    cut = sorted({*_clock_bound(run), *_clock_bound(_facts(now / "run.json"))})
    return Verdict(tuple(equal), tuple(different), others, _other_inputs(run, now / "run.json"), tuple(cut))


def _content(path: Path) -> str:
    """Return a file as text, without what depends on when and by which versions it was made."""
    text = path.read_text("utf-8", errors="replace")
    if path.suffix != ".json":
        return text
    try:
        found = json.loads(text)
    except ValueError:
        return text
    if isinstance(found, dict):
        found = {key: value for key, value in found.items() if key not in VOLATILE}
    return json.dumps(found, ensure_ascii=False, indent=1)


def _facts(path: Path) -> dict[str, Any]:
    """Return a run.json; nothing where there is none."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _clock_bound(run: dict[str, Any]) -> list[str]:
    """Return what a safety stop cut short in a run."""
    return [str(what) for what in run.get("clock_bound") or ()]


def _other_inputs(then: dict[str, Any], path: Path) -> tuple[str, ...]:
    """Return the inputs whose digests differ."""
    now = _facts(path)
    if not now:
        return ()
    found = []
    for name, about in dict(then.get("scenarios") or {}).items():
        again = dict(now.get("scenarios") or {}).get(name)
        if again is None or again.get("sha256") != about.get("sha256"):
            found.append(Message("scenario {name}", name=name))
    before, after = (dict(run.get("territory") or {}) for run in (then, now))
    if before.get("sha256") != after.get("sha256"):
        found.append(Message("territory {name}", name=before.get("name")))
    return tuple(found)


def _lines(name: str, then: Sequence[str], now: Sequence[str]) -> list[str]:
    if len(then) != len(now):
        return [Message("{name}: {then} lines then, {now} now", name=name, then=len(then), now=len(now))]
    wrong = [n for n, (a, b) in enumerate(zip(then, now, strict=True)) if a != b]
    shown = [
        Message("{name} line {line}: {then!r} then, {now!r} now", name=name, line=n + 1, then=then[n], now=now[n])
        for n in wrong[:MOST_SHOWN]
    ]
    return [
        *shown,
        *(
            [Message("{name}: {count} more lines", name=name, count=len(wrong) - MOST_SHOWN)]
            if len(wrong) > MOST_SHOWN
            else []
        ),
    ]
