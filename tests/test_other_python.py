"""Another supported Python gives the same bytes; `make env VENV=.venv-3.13` makes its environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scenarios import generate_city

ROOT = Path(__file__).resolve().parents[1]
BESIDE = sorted(ROOT.glob(".venv-*/bin/python"))
OTHERS = [path for path in BESIDE if path.parent.resolve() != Path(sys.executable).parent]
STUDY = ["study", "plan", "big_bang", "--territory", "town", "--replications", "2", "--quiet", "--set", "run.days=15"]
SMALL = ["--set", "study.sensitivity={}", "--set", "study.measures={}", "--set", "study.worlds=0"]


def tables(python: str | Path, folder: Path, out: str) -> dict[str, bytes]:
    """Run a small study; return its tables."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [python, "-m", "study", *STUDY, *SMALL, "--out", out]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_bytes() for path in sorted((folder / out).glob("*.csv"))}


@pytest.mark.slow
@pytest.mark.skipif(not OTHERS, reason="no environment of another Python is beside this one")
def test_a_study_has_the_same_tables_on_another_python(tmp_path: Path) -> None:
    generate_city(units=24, centres=2, seed=3).save(tmp_path / "town")
    here = tables(sys.executable, tmp_path, "here")
    assert {"plan.csv", "targets.csv", "placement.csv", "daily.csv", "comparison.csv"} <= set(here)
    for k, python in enumerate(OTHERS):
        assert tables(python, tmp_path, f"there-{k}") == here, python
