"""The notebooks at the size in which they are stored."""

from __future__ import annotations

import os
import time
from pathlib import Path

import nbformat

from tests.notebook import Attentive

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"


def notebooks() -> None:
    """Seconds that each notebook takes from top to bottom on two workers, its kernel's start included."""
    os.environ.pop("FULL", None)
    for path in sorted(FOLDER.glob("*.ipynb")):
        started = time.perf_counter()
        resources = {"metadata": {"path": FOLDER}}
        Attentive(nbformat.read(path, as_version=4), timeout=600, resources=resources).execute()
        print(f"  {path.stem}: {time.perf_counter() - started:.0f} s")
