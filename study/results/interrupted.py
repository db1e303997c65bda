"""Work that is not finished: what was asked for, and the pieces there are, in a folder beside the result to come."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from foundation.atomic_files import write_text
from foundation.machine.causes import cause
from foundation.messages import Message
from foundation.result_cache import Pieces
from scenarios import InputError, Problem
from study.results.run_json import FORMAT, check_format

FOLDER = ".unfinished"
"""Name of that folder in the folder of the result."""

REQUEST = "request.json"


@dataclass(frozen=True)
class Unfinished:
    """An unfinished result.

    Attributes
    ----------
    out : Path
        Folder of the result.
    verb : str
    arguments : tuple of str
        As typed.
    folder : Path
        Where the command was given; names of files in the arguments are meant from there.
    """

    out: Path
    verb: str
    arguments: tuple[str, ...]
    folder: Path

    @property
    def pieces(self) -> Pieces:
        """The pieces that are finished."""
        return Pieces(self.out / FOLDER)

    def begin(self) -> Pieces:
        """Write down what is asked for, before any work; pieces that lie there already are kept and used.

        Raises
        ------
        OSError
            The folder cannot be written.
        """
        content = {"format": FORMAT, "verb": self.verb, "arguments": self.arguments, "folder": str(self.folder)}
        write_text(self.out / FOLDER / REQUEST, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
        return self.pieces

    def has_pieces(self) -> bool:
        """Say whether anything is finished."""
        return any(path.name != REQUEST for path in (self.out / FOLDER).glob("[!.]*.json"))

    def finish(self) -> None:
        """Take the pieces away: the result is whole."""
        (self.out / FOLDER / REQUEST).unlink(missing_ok=True)
        shutil.rmtree(self.out / FOLDER, ignore_errors=True)


def is_unfinished(out: Path) -> bool:
    """Say whether a folder holds the beginning of a result."""
    return (out / FOLDER / REQUEST).is_file()


def read_unfinished(out: Path) -> Unfinished:
    """Return what was asked for.

    Raises
    ------
    InputError
        There is nothing to go on with, or another version of the program began it.
    """
    path = out / FOLDER / REQUEST
    if not path.is_file():
        finished = (out / "run.json").is_file() or (out / "result.json").is_file()
        rule = Message("the result in it is finished") if finished else Message("no unfinished result is there")
        raise InputError(Problem(str(out), None, rule, Message("Name the folder of an interrupted run.")))
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError) as error:
        raise InputError(
            Problem(
                str(path),
                None,
                Message("it cannot be read: {reason}", reason=cause(error)),
                Message("Give the command again."),
            )
        ) from None
    check_format(path, found)
    arguments = found.get("arguments")
    if not isinstance(found.get("verb"), str) or not _texts(arguments) or not isinstance(found.get("folder"), str):
        raise InputError(Problem(str(path), None, Message("it holds no command"), Message("Give the command again.")))
    return Unfinished(out, found["verb"], tuple(arguments), Path(found["folder"]))


def refuse_unfinished(out: Path) -> None:
    """Refuse a folder whose files may belong to two results.

    Raises
    ------
    InputError
        It holds the beginning of a result.
    """
    if is_unfinished(out):
        raise InputError(
            Problem(
                str(out),
                None,
                Message("its result is not finished"),
                Message("Go on with: fusion resume {out}", out=out),
            )
        )


def _texts(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(v, str) for v in value)
