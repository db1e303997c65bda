"""Why the machine or a library refused, in the program's own words: what it said in English is a value among them."""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping

from foundation.messages import External, Joined, Message, Multilingual

_SYSTEM: Mapping[int, Message] = {
    errno.ENOSPC: Message("No space left on device"),
    errno.EDQUOT: Message("the quota of disk space is used up"),
    errno.EACCES: Message("Permission denied"),
    errno.EPERM: Message("Operation not permitted"),
    errno.ENOENT: Message("No such file or directory"),
    errno.EEXIST: Message("File exists"),
    errno.EISDIR: Message("Is a directory"),
    errno.ENOTDIR: Message("Not a directory"),
    errno.EROFS: Message("Read-only file system"),
    errno.ENAMETOOLONG: Message("File name too long"),
    errno.EIO: Message("Input/output error"),
    errno.EBUSY: Message("Device or resource busy"),
    errno.EMFILE: Message("Too many open files"),
    errno.ELOOP: Message("Too many levels of symbolic links"),
    errno.EINVAL: Message("Invalid argument"),
    errno.EADDRINUSE: Message("Address already in use"),
    errno.EADDRNOTAVAIL: Message("Cannot assign requested address"),
    errno.ECONNREFUSED: Message("Connection refused"),
}
"""What an operating system says, by its number: the number is the same everywhere, the words are not."""


def cause(error: BaseException) -> str:
    """Return why something failed.

    Parameters
    ----------
    error : BaseException
        Of the program (what it carries is returned), of the operating system, or of a parser.

    Examples
    --------
    >>> cause(FileNotFoundError(errno.ENOENT, "Datei oder Verzeichnis nicht gefunden"))
    'No such file or directory'
    """
    told = error.args[0] if error.args else ""
    if isinstance(told, Message | Joined | Multilingual | External):
        return told
    match error:
        case OSError():
            number = error.errno or 0
            other = Message("system error {number}: {detail}", number=number, detail=error.strerror or error)
            found = _SYSTEM.get(number, other)
        case json.JSONDecodeError():
            found = Message("line {line}, column {column} is not JSON", line=error.lineno, column=error.colno)
        case UnicodeDecodeError():
            found = Message("it is not UTF-8 text")
        case RecursionError():
            found = Message("it is nested too deeply")
        case KeyError():
            found = Message("{name} is missing in it", name=told)
        case _:
            kind = type(error).__name__
            found = Message("{kind}: {detail}", kind=kind, detail=told) if told else Message("error {kind}", kind=kind)
    return found
