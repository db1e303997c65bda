"""A disk that takes no more: the same fault, whatever the library that was writing calls it."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator

FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
"""No space on the device, a file beyond the limit of its size, a quota that is used up."""

SAID = re.compile(
    r"no space left on device|disk quota exceeded|file too large|database or disk is full|disk i/o error"
    r"|\d+ requested and \d+ written",
    re.IGNORECASE,
)
"""How libraries say so that pass no number on: SQLite and GDAL, and NumPy of an array that did not fit."""

LOOKED_AT = 20
"""Causes of a fault that are looked at."""


def full_disk(error: BaseException, place: object) -> OSError | None:
    """Return the fault as one of the disk, with the file's name; None where it is another.

    Parameters
    ----------
    error : BaseException
        What was raised; what it came from and what it carries is looked at as well.
    place : path-like
        The file or folder that was being written.
    """
    for cause in _causes(error):
        number = cause.errno if isinstance(cause, OSError) else None
        if number in FULL:
            return OSError(number, os.strerror(number), str(place))
        if number is None and SAID.search(str(cause)):
            return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(place))
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield a fault, what it was raised from, and faults that it carries as a text would be."""
    left: list[BaseException | None] = [error]
    for _ in range(LOOKED_AT):
        if not left:
            return
        found = left.pop()
        if found is not None:
            yield found
            left += [found.__context__, found.__cause__, *(a for a in found.args if isinstance(a, BaseException))]
