"""What lies in a folder already is the user's: verbs that write input files never replace it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from foundation.messages import Message
from scenarios import InputError, Problem


def refuse_to_replace(out: Path, files: Mapping[str, bytes]) -> None:
    """Refuse to write files over others; those that hold the same already change nothing.

    Parameters
    ----------
    out : Path
        The folder to write to.
    files : mapping of name to content

    Raises
    ------
    InputError
        Something else stands under some of the names; each is named.
    """
    taken = [out / name for name, data in files.items() if not _free(out / name, data)]
    if taken:
        rule = Message("a file of this name is there with other content, and it is not replaced")
        raise InputError(Problem(str(path), None, rule, Message("Name another folder with --out.")) for path in taken)


def _free(path: Path, data: bytes) -> bool:
    """Return whether a file can be written without losing anything."""
    try:
        return path.read_bytes() == data
    except FileNotFoundError:
        return not path.is_symlink()  # a link to nowhere is somebody's too
    except OSError:
        return False
