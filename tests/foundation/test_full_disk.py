"""A full disk is one fault with one message, whatever library was writing and whatever it calls it."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from foundation.machine.full_disk import FULL, full_disk

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("number", FULL)
def test_each_of_its_numbers_is_known_and_the_file_named(number: int) -> None:
    found = full_disk(OSError(number, os.strerror(number)), "plan.csv")
    assert found is not None
    assert (found.errno, found.filename) == (number, "plan.csv")


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("database or disk is full"),
        OSError("1048576 requested and 0 written"),
        ValueError(OSError(errno.EFBIG, "File too large")),
    ],
)
def test_what_libraries_call_it_is_known(error: Exception) -> None:
    found = full_disk(error, "plan.gpkg")
    assert found is not None and found.errno in FULL


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "Permission denied"), ValueError("no such column")])
def test_another_fault_stays_what_it_is(error: Exception) -> None:
    assert full_disk(error, "plan.csv") is None


def test_the_cause_of_a_fault_is_looked_at() -> None:
    try:
        try:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise RuntimeError("the layer could not be written") from error
    except RuntimeError as error:
        assert full_disk(error, "plan.gpkg") is not None


WRITERS = {
    "text": "draft.write_text('x' * 100_000)",
    "array": "import numpy as np; np.save(draft, np.zeros(100_000))",
    "table": "import pandas as pd; pd.DataFrame({'x': range(100_000)}).to_csv(draft)",
    "workbook": (
        "import xlsxwriter, random\n    with xlsxwriter.Workbook(draft) as book:\n"
        "        sheet = book.add_worksheet()\n"
        "        for row in range(20_000):\n            sheet.write_number(row, 0, random.random())"
    ),
    "database": (
        "import sqlite3\n    base = sqlite3.connect(draft); base.execute('create table t (x)')\n"
        "    base.executemany('insert into t values (?)', [('x' * 500,) for _ in range(1000)]); base.commit()"
    ),
    "picture": "import os; from PIL import Image as I; I.frombytes('L', (300, 300), os.urandom(90_000)).save(draft)",
}


@pytest.mark.parametrize("kind", WRITERS)
def test_a_file_beyond_the_limit_is_named_and_leaves_nothing_behind(kind: str, tmp_path: Path) -> None:
    suffix = {"array": ".npy", "workbook": ".xlsx", "picture": ".png"}.get(kind, ".txt")
    target = tmp_path / f"result{suffix}"
    code = (
        "import resource, sys, tempfile\nfrom pathlib import Path\nfrom foundation.atomic_files import atomic_path\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))\n"
        "try:\n  with atomic_path(sys.argv[1]) as draft:\n    "
        f"{WRITERS[kind]}\n"
        "except OSError as error:\n  print(error.errno, error.filename)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", code, str(target)], capture_output=True, text=True, check=False, env=environment
    )
    assert ran.returncode == 0, ran.stderr
    number, name = ran.stdout.split()
    assert int(number) in FULL and name == str(target)
    assert list(tmp_path.iterdir()) == []
