"""Files that are either wholly written or not there: nobody ever reads half a result."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from foundation.machine.full_disk import full_disk


def write_bytes(path: str | Path, data: bytes) -> Path:
    """Write a file in one step; a reader sees the old content or the new, never a part.

    Parameters
    ----------
    path : str or Path
        The file; missing parent folders are made.
    data : bytes
        Its whole content.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    OSError
        The file cannot be written; what stood there before is untouched.
    """
    with atomic_path(path) as draft:
        draft.write_bytes(data)
    return Path(path)


def write_text(path: str | Path, text: str, *, encoding: str = "utf-8") -> Path:
    """Write a text file in one step, with line ends as they stand in `text`; see `write_bytes`."""
    return write_bytes(path, text.encode(encoding))


@contextmanager
def atomic_path(path: str | Path, *, durable: bool = True) -> Iterator[Path]:
    """Lend a draft file beside `path` that takes its place when the block ends well.

    The draft has the same suffix, so writers that choose a format by suffix work on it. When the block
    raises, the draft is removed and `path` is untouched.

    Parameters
    ----------
    path : str or Path
        The file in question; missing parent folders are made.
    durable : bool
        Wait until the disk holds it; needless for what can be made again.

    Yields
    ------
    Path
        The empty draft to write to.

    Raises
    ------
    OSError
        The folder cannot be written; or the disk is full, which names `path` whatever was writing.

    Examples
    --------
    >>> with atomic_path("results/plan.csv") as draft:  # doctest: +SKIP
    ...     frame.to_csv(draft)
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        draft.chmod(_mode(target))
        if durable:
            sync(draft)
        os.replace(draft, target)
        if durable:
            sync(target.parent)
    except Exception as error:  # of a full disk: libraries have their own, and the draft's name tells nobody
        if full := full_disk(error, target):
            raise full from error
        raise
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def sync(path: Path) -> None:
    """Wait until the disk holds a file, or a folder's list of names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        if path.is_file():  # some file systems cannot sync a folder; a file must be
            raise
    finally:
        os.close(handle)


def _mode(target: Path) -> int:
    """Return the rights the file has, or those an ordinary new file would get (mkstemp gives 0600)."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
