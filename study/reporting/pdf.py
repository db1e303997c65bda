"""From the report as a page to the report as a PDF: printed by a headless Chromium, where there is one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from foundation.atomic_files import atomic_path
from foundation.messages import Message
from scenarios import InputError, LimitError, Problem

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 180
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-pdf-header-footer",
)
"""The report needs nothing from anywhere, and gets nothing."""

MADE = b"20211211000000"
_DATE = re.compile(rb"(?<=/CreationDate \(D:)\d{14}|(?<=/ModDate \(D:)\d{14}")


def browser() -> str | None:
    """Return the program that prints, or None."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def check_browser() -> str:
    """Return the program that prints.

    Raises
    ------
    InputError
        There is none; says how to get one, or the PDF without.
    """
    found = browser()
    if found is None:
        remedy = Message("Install Chromium (apt-get install chromium), or open report.html and print it to a PDF.")
        raise InputError(
            Problem("--pdf", None, Message("a PDF is printed by Chromium, and there is none here"), remedy)
        )
    return found


def print_report(page: Path) -> Path:
    """Print an HTML file to a PDF beside it, whole or not at all; the same page gives the same bytes.

    Parameters
    ----------
    page : Path
        ``report.html`` becomes ``report.pdf``, ``report.zh.html`` becomes ``report.zh.pdf``.

    Raises
    ------
    InputError
        There is no Chromium.
    LimitError
        Chromium failed or took too long.
    OSError
        The file cannot be written; one that is there stays whole.
    """
    program, out = check_browser(), page.with_suffix(".pdf")
    flags = [*FLAGS, *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as room, atomic_path(out) as draft:
        made = Path(room, "report.pdf")
        command = [
            program,
            *flags,
            f"--user-data-dir={room}/profile",
            f"--print-to-pdf={made}",
            page.resolve().as_uri(),
        ]
        try:
            subprocess.run(command, check=False, timeout=SECONDS, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            raise LimitError(
                Message(
                    "{program} did not print {name} within {seconds} seconds",
                    program=program,
                    name=page.name,
                    seconds=SECONDS,
                )
            ) from None
        if not made.is_file() or not made.read_bytes().startswith(b"%PDF"):
            raise LimitError(
                Message("{program} printed nothing; open {page} and print it to a PDF", program=program, page=page)
            )
        draft.write_bytes(_DATE.sub(MADE, made.read_bytes()))
    return out
