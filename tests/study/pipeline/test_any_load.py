"""The same bytes on a busy machine, on any number of workers, and from loops that were never compiled before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scenarios import generate_city
from tests.campaigns.load import VERBS, busy, different
from tests.sizes import size

BUSY = 2
"""Processes that keep the machine busy meanwhile."""

TRIED = ("whatif", "robust", *(verb for verb in VERBS if verb not in ("whatif", "robust")))

VOLATILE = {"seconds", "versions"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated town of which no proof is at hand: search and proofs use up their work."""
    folder = tmp_path_factory.mktemp("town")
    generate_city(units=60, centres=2, seed=9).save(folder)
    return folder


def drawn(town: Path, out: Path, *more: str, **environment: str) -> dict[str, bytes]:
    """Draw boundaries in a process of its own; return what was written, clocks apart."""
    command = ["partition", str(town), "--communities", "3", "--balance", "population=0.02", "--work-limit", "0.5"]
    done = subprocess.run(
        [sys.executable, "-m", "study", *command, "--quiet", "--out", str(out), *more],
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads((out / "result.json").read_text("utf-8"))
    assert result["clock_bound"] == []
    assert json.loads((out / "run.json").read_text("utf-8"))["clock_bound"] == []
    kept = {key: value for key, value in result.items() if key not in VOLATILE}
    return {
        "result.json": json.dumps(kept).encode(),
        **{name: (out / name).read_bytes() for name in ("plan.csv", "scorecard.csv", "certificate.json")},
    }


@pytest.mark.slow
@pytest.mark.parametrize("objective", ["moment", "cut-edges"])
def test_a_plan_is_the_same_to_the_byte_beside_busy_processes_and_on_two_workers(town, tmp_path, objective):
    alone = drawn(town, tmp_path / "one", "--objective", objective, "--jobs", "1")
    with busy(BUSY):
        assert drawn(town, tmp_path / "two", "--objective", objective, "--jobs", "2") == alone


@pytest.mark.slow
@pytest.mark.parametrize("verb", TRIED[: size(1, len(TRIED))])
def test_a_verb_writes_the_same_bytes_beside_busy_processes_and_on_two_workers(town, tmp_path, verb):
    assert different(verb, town, (), tmp_path / "runs", BUSY, work=0.2) == []


@pytest.mark.slow
def test_the_first_run_of_loops_that_were_never_compiled_gives_the_bytes_of_the_second(town, tmp_path):
    cache = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    first = drawn(town, tmp_path / "first", "--objective", "cut-edges", **cache)
    assert drawn(town, tmp_path / "second", "--objective", "cut-edges", **cache) == first
    assert any((tmp_path / "cache").rglob("*.nbi"))


@pytest.mark.slow
def test_what_the_clock_cut_short_is_named_and_not_compared(town, tmp_path):
    out = tmp_path / "short"
    command = [sys.executable, "-m", "study"]
    limits = ["--communities", "3", "--balance", "population=0.1", "--time-limit", "0.02", "--out", str(out)]
    done = subprocess.run([*command, "partition", str(town), *limits], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    cut = json.loads((out / "result.json").read_text("utf-8"))["clock_bound"]
    assert cut
    assert json.loads((out / "run.json").read_text("utf-8"))["clock_bound"] == sorted(cut)
    assert "another machine may give another plan" in done.stderr
    again = subprocess.run([*command, "repeat", str(out)], capture_output=True, text=True, check=False)
    assert again.returncode == 4
    assert "not comparable: the clock cut short" in again.stdout
