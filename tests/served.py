"""A dashboard served for as long as it is looked at."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Served:
    """A running dashboard."""

    address: str
    token: str
    process: int

    @property
    def page(self) -> str:
        """Address that opens it."""
        return f"{self.address}/?token={self.token}"


@contextmanager
def served_app(room: Path, arguments: Sequence[str]) -> Iterator[Served]:
    """Serve a dashboard with these arguments on any free port; its log lies in the room."""
    command = [sys.executable, "-m", "study", "app", "--port", "0", "--no-browser", *arguments]
    told = room / "log"
    with told.open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, text=True)
    try:
        end = time.monotonic() + 120
        while not (found := re.search(r"(http://127\.0\.0\.1:\d+)/\?token=(\w+)", told.read_text())):
            assert process.poll() is None and time.monotonic() < end, told.read_text()
            time.sleep(0.2)
        _await_answer(found.group(1))
        yield Served(found.group(1), found.group(2), process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _await_answer(address: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except urllib.error.URLError:
            time.sleep(0.2)
