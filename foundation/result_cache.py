"""Finished pieces of long work on disk, keyed by all that they depend on, so that nothing is computed twice."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from foundation.atomic_files import atomic_path
from foundation.versions import versions

SOURCES = tuple(f"{package}/**/*.py" for package in ("foundation", "scenarios", "sim", "optimize", "study"))
"""The project's own files on which results depend: every one, however deep, so no move takes one out of sight."""

_ARRAY = "ndarray"


class Pieces:
    """Finished pieces in a folder, each a file of its own that is whole or not there.

    A piece is plain data (mappings, lists, text, numbers, arrays), kept as JSON: reading one runs nothing. Its file
    carries a digest of its content; one that does not fit it (a disk that lost power) counts as not there.

    Parameters
    ----------
    folder : Path or None
        None: nothing is kept.
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self.folder = None if folder is None else Path(folder).absolute()

    def path(self, key: str) -> Path | None:
        """Return the file of a piece; None where nothing is kept."""
        return None if self.folder is None else self.folder / f"{key}.json"

    def read(self, key: str) -> Any | None:
        """Return a piece; None where there is none, or its file is not whole."""
        path = self.path(key)
        try:
            if path is None:
                return None
            head, content, _ = path.read_text(encoding="utf-8").split("\n", 2)
            whole = json.loads(f'{head}""}}')["sha256"] == _digest(content)
            return json.loads(content, object_hook=_array) if whole else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, key: str, piece: Any) -> None:
        """Keep a piece; a reader sees all of it or nothing. Where the folder is gone (the work is over), do nothing.

        Raises
        ------
        OSError
            The disk is full, or the folder cannot be written; what is there already stays as it was.
        """
        path = self.path(key)
        if path is None or not path.parent.is_dir():
            return
        content = json.dumps(piece, ensure_ascii=False, default=_plain)
        # The digest makes waiting for the disk needless: a piece lost with the power is computed again.
        with atomic_path(path, durable=False) as draft:
            draft.write_text(f'{{"sha256": "{_digest(content)}", "content":\n{content}\n}}\n', encoding="utf-8")


def key_of(*parts: Any) -> str:
    """Return the key of a piece: a digest of what it depends on, and of the program and packages that make it.

    Parameters
    ----------
    *parts
        Text, numbers, and lists and mappings of them.
    """
    return _digest(json.dumps([program(), *parts], sort_keys=True, default=_plain))


@lru_cache(maxsize=1)
def program() -> str:
    """Return a digest of the sources and packages that results depend on: another program makes its own pieces."""
    return digest_of_program(Path(__file__).resolve().parents[1])


def digest_of_program(root: Path) -> str:
    """Return the same of the sources below a folder that holds the project's packages."""
    digest = hashlib.sha256(json.dumps(versions()).encode())
    for path in sorted(p for pattern in SOURCES for p in root.glob(pattern)):
        digest.update(f"{path.relative_to(root)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    """Return what JSON has no word for as what it has; `_array` is the way back for arrays."""
    if isinstance(value, np.ndarray):
        data = np.ascontiguousarray(value)
        return {_ARRAY: data.dtype.str, "shape": data.shape, "data": base64.b64encode(data.tobytes()).decode("ascii")}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def _array(found: dict[str, Any]) -> Any:
    if _ARRAY not in found:
        return found
    dtype = np.dtype(found[_ARRAY])
    if dtype.hasobject:
        msg = "an array of objects is not plain data"
        raise ValueError(msg)
    return np.frombuffer(base64.b64decode(found["data"]), dtype=dtype).reshape(found["shape"]).copy()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
