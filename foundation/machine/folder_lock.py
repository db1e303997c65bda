"""One process at a time: a file that is held while somebody writes beside it, and by nobody who has ended."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has none; there nothing is held
    fcntl = None  # type: ignore[assignment]


@dataclass(frozen=True)
class Holder:
    """Who holds a file.

    Attributes
    ----------
    what : str
        What it is at.
    process : int
    host : str
    since : str
        Date and time.
    """

    what: str = "?"
    process: int = 0
    host: str = "?"
    since: str = "?"


_held: dict[Path, Holder] = {}
"""What this process holds: the system's locks keep other processes out, not other threads of the same."""
_one_thread = threading.Lock()
"""Taken while a file is looked for, opened and locked, and while it is let go: threads do neither side by side."""


class HeldError(Exception):
    """Somebody else holds the file."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(holder)
        self.holder = holder


@contextmanager
def holding(file: Path, what: str) -> Iterator[None]:
    """Hold a file until the block ends; the system lets it go when the process ends, however it ends.

    Children do not hold it with their parent. Where the file system knows no locks, nothing is held.

    Parameters
    ----------
    file : Path
        Made if need be, and taken away in the end.
    what : str
        For who comes second.

    Raises
    ------
    HeldError
        Somebody holds it.
    OSError
        It cannot be made.
    """
    file = file.absolute()
    here = Holder(what, os.getpid(), socket.gethostname(), datetime.now().isoformat(" ", "seconds"))
    with _one_thread:
        handle = _taken(file, here)
    try:
        os.ftruncate(handle, 0)
        os.write(handle, json.dumps(asdict(here)).encode())
        yield
    finally:
        with _one_thread:
            with suppress(OSError):
                file.unlink()
            del _held[file]
            os.close(handle)


def _taken(file: Path, here: Holder) -> int:
    """Return the open file, held."""
    while True:
        if file in _held:  # looked at before it is opened: closing any handle of a file lets its lock go
            raise HeldError(_held[file])
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(handle)
        except BlockingIOError:
            os.close(handle)
            raise HeldError(_holder(file)) from None
        if _is_still_there(handle, file):
            _held[file] = here
            return handle
        os.close(handle)  # who held it has just taken it away: make another


def _lock(handle: int) -> None:
    if fcntl is None:
        return
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        raise BlockingIOError from None
    except OSError:  # a file system without locks
        return


def _is_still_there(handle: int, file: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), file.stat())
    except FileNotFoundError:
        return False


def _holder(file: Path) -> Holder:
    try:
        return Holder(**json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Holder()
