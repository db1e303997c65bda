"""Plans that came from a page, as files named after what they hold."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd

from foundation.atomic_files import write_text


def kept_plan(folder: Path, plan: pd.Series[Any]) -> str:
    """Write a plan into a folder and return the name of its file.

    Raises
    ------
    OSError
        It cannot be written.
    """
    text = plan.rename("community").rename_axis("unit_id").to_csv()
    name = f"plan-{hashlib.sha256(text.encode()).hexdigest()[:16]}.csv"
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / name, text)
    return name
