"""A soak: ``python -m benchmarks.soak --minutes 60`` works on and on in one process and watches what it holds.

Every round asks something new (its seed is its number), runs every kind of work through the command line's own entry,
refuses bad input in between, and throws the results away. Memory and open files must not grow with the rounds.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import json
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from scenarios import generate_city
from study.cli import main
from study.cli.execute import BAD_INPUT, DONE

SHORT = ("--set", "run.days=15", "--quiet")
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
WARM = 0.25
"""Share of the time after which nothing should grow any more: packages are loaded, compiled and cached by then."""


def rounds(town: str, number: int, root: Path) -> list[tuple[list[str], int]]:
    """Return the commands of a round and how each must end."""
    seed = ["--seed", str(number)]
    on = ["--territory", town, "--replications", "2", *seed, *SHORT]
    out = iter(range(99))

    def where() -> list[str]:
        return ["--out", str(root / f"out{next(out)}")]

    cut = ["--communities", "4", "--balance", "population=0.5", "--effort", "quick", "--time-limit", "20", "--quiet"]
    broken = root / "broken.yaml"
    broken.write_text(f"base: plan\nset: {{training.seats: -{number}}}\n", encoding="utf-8")
    return [
        (["study", "plan", "big_bang", *on, *where()], DONE),
        (["report", str(root / "out0"), "--lang", "zh", "--quiet"], DONE),
        (["simulate", "plan", *on, "--jobs", "2", *where()], DONE),
        (["compare", "plan", "waves", *on, *where()], DONE),
        (["whatif", "plan", "--vary", f"indicators.income=0,0.{number % 9 + 1}", *on, *where()], DONE),
        (["targets", "plan", "--territory", town, *seed, "--quiet", *where()], DONE),
        (["partition", town, *cut, *seed, *where()], DONE),
        (["validate", str(broken), "--quiet"], BAD_INPUT),
        (["simulate", str(broken), "--quiet", *where()], BAD_INPUT),
        (["partition", str(broken), "--communities", "4", "--quiet", *where()], BAD_INPUT),
    ]


def held() -> dict[str, int]:
    """Return what this process holds: resident memory [kB], open files, threads, child processes."""
    gc.collect()
    me = Path("/proc/self")
    return {
        "kilobytes": int((me / "statm").read_text().split()[1]) * PAGE // 1024,
        "files": len(list((me / "fd").iterdir())),
        "threads": threading.active_count(),
        "children": len((me / "task" / str(os.getpid()) / "children").read_text().split()),
    }


def soak(seconds: float, scratch: Path, told: Callable[[str], None]) -> list[dict[str, float]]:
    """Work for so long; return a sample after every round.

    Raises
    ------
    AssertionError
        A command did not end as it must.
    """
    town = scratch / "town"
    generate_city(units=24, centres=2, seed=3).save(town)
    found: list[dict[str, float]] = []
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        root = scratch / "round"
        root.mkdir()
        for command, end in rounds(str(town), len(found) + 1, root):
            said = io.StringIO()
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
                code = main(command)
            assert code == end, f"round {len(found) + 1}: {' '.join(command)} ended with {code}: {said.getvalue()}"
        shutil.rmtree(root)
        left = sum(1 for path in scratch.rglob("*") if path.is_file() and not path.is_relative_to(town))
        found.append({"minutes": round((time.monotonic() - began) / 60, 2), **held(), "files_left": left})
        told(json.dumps(found[-1]))
    return found


def judged(found: list[dict[str, float]]) -> dict[str, float]:
    """Return the record: level and growth of what was held, once everything was loaded."""
    late = [f for f in found if f["minutes"] >= found[-1]["minutes"] * WARM]
    half = len(late) // 2
    middle = [f["kilobytes"] for f in late[:half]] or [found[0]["kilobytes"]]
    end = [f["kilobytes"] for f in late[half:]]
    slope = 0.0
    if len({f["minutes"] for f in late}) > 1:
        line = statistics.linear_regression([f["minutes"] / 60 for f in late], [f["kilobytes"] / 1024 for f in late])
        slope = line.slope
    record = {
        "minutes": found[-1]["minutes"],
        "rounds": len(found),
        "megabytes_after_first_round": found[0]["kilobytes"] / 1024,
        "megabytes_median_first_half": statistics.median(middle) / 1024,
        "megabytes_median_second_half": statistics.median(end) / 1024,
        "megabytes_highest": max(f["kilobytes"] for f in found) / 1024,
        "megabytes_per_hour": slope,
    }
    for name in ("files", "threads", "children", "files_left"):
        record |= {f"{name}_first": late[0][name], f"{name}_last": late[-1][name]}
        record[f"{name}_most"] = max(f[name] for f in found)
    return {key: round(value, 1) for key, value in record.items()}


def run() -> int:
    """Run the soak and print its record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--samples", type=Path, help="file for every sample, one JSON line each")
    options = parser.parse_args()

    def told(line: str) -> None:
        if options.samples:
            with options.samples.open("a", encoding="utf-8") as file:
                file.write(line + "\n")

    with tempfile.TemporaryDirectory(prefix="soak-") as scratch:
        tempfile.tempdir = scratch  # so that temporary files of the program that stay behind are counted
        found = soak(options.minutes * 60, Path(scratch), told)
        tempfile.tempdir = None
    print(json.dumps(judged(found), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(run())
