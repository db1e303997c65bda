"""Loops compiled by Numba, kept by content: a second checkout on the machine finds what the first one compiled.

Numba itself keeps them beside each source file and looks at that file alone: another checkout compiles everything
again, and a loop whose callee in another file has changed is served stale. Here the key of a loop is its own code, with
that of all compiled functions it calls and the constants it reads.
"""

from __future__ import annotations

import glob
import hashlib
import inspect
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numba
import numpy as np
from numba.core import caching, config

APPLICATION = "frontline-fusion"

FORGOTTEN = 90 * 24 * 3600.0
"""Seconds after which compiled code that nobody has used is taken away."""


def njit(*, cache: bool = True, nogil: bool = False) -> Any:
    """Return the decorator that compiles a function when it is first called, or reads what was compiled before.

    Parameters
    ----------
    cache : bool
        Keep what is compiled.
    nogil : bool
        Let other threads run meanwhile.

    Examples
    --------
    >>> @njit()
    ... def twice(x):
    ...     return 2 * x
    >>> twice(21)
    42
    """

    def decorate(function: FunctionType) -> Any:
        loop = numba.njit(nogil=nogil)(function)
        if cache:
            loop._cache = KeptByContent(loop)
        return loop

    return decorate


class KeptByContent(caching.NullCache):  # type: ignore[misc]
    """What Numba asks for compiled code, and gives it to.

    The key is made at the first call, when all that a loop calls is there: a helper may stand below it.

    Parameters
    ----------
    loop : numba dispatcher
    """

    def __init__(self, loop: Any) -> None:
        self._loop = loop

    @property
    def cache_path(self) -> str | None:
        """Folder of this loop's compiled code; None where nothing can be kept."""
        return None if self._kept is None else str(self._kept.cache_path)

    @cached_property
    def _kept(self) -> Any:
        folder = cache_folder()
        return None if folder is None else _Kept(self._loop, folder)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what was compiled for these types; None where nothing was, or it can't be read."""
        if self._kept is None:
            return None
        try:
            found = self._kept.load_overload(sig, target_context)
        except Exception:  # a file cut short, by whatever cut it: compiled again
            shutil.rmtree(self._kept.cache_path, ignore_errors=True)
            return None
        if found is not None:
            with suppress(OSError):
                os.utime(self._kept.cache_path)  # still in use
        return found

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled; a disk that takes nothing costs time at the next start, and nothing else."""
        if self._kept is not None:
            with suppress(OSError):
                self._kept.save_overload(sig, data)
                self._kept.forget_others()


class _Kept(caching.FunctionCache):  # type: ignore[misc]
    """Numba's own files, in a folder named by what the loop says."""

    def __init__(self, loop: Any, folder: Path) -> None:
        function = loop.py_func
        digest = hashlib.sha256()
        for part in _parts(loop, set()):
            digest.update(part.encode() + b"\0")
        place = folder / f"{function.__module__}.{function.__qualname__}-{digest.hexdigest()[:24]}"
        self._name, self._py_func = repr(function), function
        self._impl = _Impl(function, place)
        self._cache_path = str(place)
        self._cache_file = caching.IndexDataCacheFile(self._cache_path, function.__name__, digest.hexdigest())
        self.enable()

    def forget_others(self) -> None:
        """Take away what other versions of this loop left, if nobody has used it for a long time."""
        place = Path(self._cache_path)
        for other in place.parent.glob(f"{glob.escape(place.name.rpartition('-')[0])}-*"):
            if time.time() - other.stat().st_mtime > FORGOTTEN:
                shutil.rmtree(other, ignore_errors=True)


class _Impl(caching.CompileResultCacheImpl):  # type: ignore[misc]
    """How compiled code is read and written; where it lies is known."""

    def __init__(self, function: FunctionType, place: Path) -> None:
        self._lineno = function.__code__.co_firstlineno
        self._locator = _Locator(inspect.getfile(function), place)
        self._filename_base = function.__name__


class _Locator(caching._CacheLocator):  # type: ignore[misc]
    """Where the files of a loop lie."""

    def __init__(self, file: str, place: Path) -> None:
        self._py_file, self._place = file, place

    def get_cache_path(self) -> str:
        return str(self._place)

    def get_source_stamp(self) -> str:
        return self._place.name

    def get_disambiguator(self) -> str:
        return ""


@lru_cache(maxsize=1)
def cache_folder() -> Path | None:
    """Return the folder of compiled loops for this Python and this Numba; None where none can be written.

    It lies in the user's cache (`NUMBA_CACHE_DIR`, else `XDG_CACHE_HOME`, else `~/.cache`); where that can't be
    written, among temporary files. Nobody else may be able to write there: what lies there is run.
    """
    name = f"numba-{numba.__version__}-python-{sys.version_info[0]}.{sys.version_info[1]}{getattr(sys, 'abiflags', '')}"
    for root in _roots():
        folder = root / "loops" / name
        with suppress(OSError):
            root.parent.mkdir(parents=True, exist_ok=True)
            root.mkdir(exist_ok=True, mode=0o700)
            if _mine(root):
                folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=folder):
                    return folder
    return None


def _roots() -> Iterator[Path]:
    if config.CACHE_DIR:
        yield Path(config.CACHE_DIR) / APPLICATION
    with suppress(RuntimeError):  # nobody's home
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / APPLICATION
    if hasattr(os, "getuid"):
        yield Path(tempfile.gettempdir()) / f"{APPLICATION}-{os.getuid()}"


def _mine(folder: Path) -> bool:
    """Say whether nobody else can put code there."""
    if not hasattr(os, "getuid"):
        return True
    found = folder.lstat()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022


def _parts(loop: Any, seen: set[int]) -> Iterator[str]:
    """Yield all that compiled code depends on: options, code, and what it calls and reads."""
    if not seen:
        yield repr((config.OPT, config.BOUNDSCHECK))
    function = getattr(loop, "py_func", loop)
    if id(function) in seen:
        yield f"again {function.__qualname__}"
        return
    seen.add(id(function))
    yield repr(sorted(getattr(loop, "targetoptions", {}).items()))
    yield repr(function.__defaults__)
    yield from _code(function.__code__)
    names = set(_names(function.__code__))
    for name in sorted(names & set(function.__globals__)):
        yield name
        yield from _value(function.__globals__[name], names, seen)
    for cell in function.__closure__ or ():
        yield from _value(cell.cell_contents, names, seen)


def _value(value: Any, names: set[str], seen: set[int]) -> Iterator[str]:
    """Yield what a name stands for: constants by value, functions by their code, all else by its name."""
    if hasattr(value, "py_func") or isinstance(value, FunctionType):
        yield from _parts(value, seen)
    elif isinstance(value, np.ndarray):
        yield repr((value.dtype.str, value.shape, hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()))
    elif isinstance(value, ModuleType):
        yield value.__name__
        if not value.__name__.startswith(("numpy", "math", "numba")):
            for name in sorted(names & set(vars(value))):
                yield from _value(vars(value)[name], names, seen)
    elif isinstance(value, type | np.ufunc) or inspect.isroutine(value):
        yield getattr(value, "__qualname__", value.__name__)
    else:
        yield repr(value)


def _code(code: CodeType) -> Iterator[str]:
    """Yield what a piece of code does, wherever its file lies and on whichever line."""
    yield repr((code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_flags))
    yield repr((code.co_argcount, code.co_kwonlyargcount, getattr(code, "co_exceptiontable", b"")))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        else:
            yield repr(sorted(constant, key=repr) if isinstance(constant, frozenset) else constant)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
