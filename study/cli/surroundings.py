"""What the machine offers: a terminal that shows Chinese or not, a home that can be written or not."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

_SAMPLE = "警告：é"
"""Text that everything we print must be able to hold."""


def settle() -> None:
    """Let the streams take any text, and let Matplotlib say nothing that was not asked for."""
    for stream in (sys.stdout, sys.stderr):
        _let_it_take_any_text(stream)
    # It tells of fonts that it looks for and of folders that it cannot write, whoever listens.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    _give_matplotlib_a_folder()


def _let_it_take_any_text(stream: object) -> None:
    """Write UTF-8 where the locale's encoding has no Chinese: escapes (or an exception) would help nobody."""
    encoding = getattr(stream, "encoding", None)
    try:
        _SAMPLE.encode(encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        with suppress(AttributeError, OSError, ValueError):  # no stream of text, or a closed one
            stream.reconfigure(encoding="utf-8")  # type: ignore[attr-defined]


def _give_matplotlib_a_folder() -> None:
    """Name a folder for its list of fonts where its own can't be written: else each start looks for all fonts anew."""
    if "MPLCONFIGDIR" in os.environ or not hasattr(os, "getuid"):
        return
    with suppress(RuntimeError, OSError):  # nobody's home
        own = [
            Path(os.environ.get(name) or Path.home() / place) / "matplotlib"
            for name, place in (("XDG_CONFIG_HOME", ".config"), ("XDG_CACHE_HOME", ".cache"))
        ]
        for folder in own:
            folder.mkdir(parents=True, exist_ok=True)
        if all(os.access(folder, os.W_OK) for folder in own):
            return
    folder = Path(tempfile.gettempdir()) / f"frontline-fusion-matplotlib-{os.getuid()}"
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.stat().st_uid == os.getuid():
            os.environ["MPLCONFIGDIR"] = str(folder)
