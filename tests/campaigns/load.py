"""The same bytes under any load: ``python -m tests.campaigns.load`` runs every verb twice on three territories.

Once with one worker, and once with two workers beside four busy processes; every file that is written must have the
same bytes, wall time apart, and nothing may have been cut short by the clock. The territories are the embedded city,
the 182 counties of Henan and the 506 tracts of Boston; those that are not beside the project are left out, and said.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.campaigns.kill import fingerprint

BUSY = 4
"""Processes that keep the machine busy beside the second run."""

DATA = Path(__file__).parents[3] / "shared" / "data"
PLACES: dict[str, tuple[Path | None, tuple[str, ...]]] = {
    "city": (None, ()),
    "henan": (DATA / "henan", ()),
    "boston": (DATA / "boston" / "boston_tracts.gpkg", ("--id", "poltract", "--rename", "POP=population")),
}
"""Where each lies (nowhere: the one of the scenario), and how it is read."""

DAYS = ("--set", "run.days=15")
WORK = ("--set", "partition.work_limit={work}")
NO_MORE = ("--set", "study.sensitivity={}", "--set", "study.measures={}", "--worlds", "0")
HISTORY = "date,kpi,business,value\n" + "".join(
    f"2021-12-{day},sales,{business},{level + 7 * (day % 3)}\n"
    for day in (9, 10, 13, 14, 15, 16, 17, 20)
    for business, level in (("fixed", 140), ("mobile", 300))
)
FEW = ("--replications", "2")

VERBS: dict[str, tuple[str, ...]] = {
    "partition": ("partition", "{place}", "--communities", "12", "--balance", "population=0.1", "--work-limit", "4"),
    "cut-edges": (
        *("partition", "{place}", "--communities", "12", "--balance", "population=0.1", "--work-limit", "4"),
        *("--objective", "cut-edges"),
    ),
    "targets": ("targets", "plan", *WORK),
    "simulate": ("simulate", "plan", *FEW, *DAYS, *WORK),
    "compare": ("compare", "plan", "big_bang", *FEW, *DAYS, *WORK),
    "whatif": ("whatif", "plan", "--vary", "indicators.income=0,0.6", *FEW, *DAYS, *WORK),
    "robust": ("robust", "plan", "big_bang", "--worlds", "4", *DAYS, *WORK),
    "recommend": ("recommend", "plan", "--values", "0.1,0.3", "--budget", "4", *FEW, *DAYS, *WORK),
    "timeline": ("timeline", "plan", "--trials", "4", *FEW, *DAYS, *WORK),
    "calibrate": ("calibrate", "plan", "history.csv", "--rounds", "1", "--period", "day", *FEW, *DAYS, *WORK),
    "study": ("study", "plan", "big_bang", *FEW, *NO_MORE, *DAYS, *WORK),
}
"""What is run; short, but through every part. `city`, `validate`, `template` and `report` compute nothing."""


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep the machine busy until the block ends."""
    crowd = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(processes)]
    try:
        yield
    finally:
        for one in crowd:
            one.kill()
            one.wait()


def run(
    verb: str, place: Path | None, how: Sequence[str], folder: Path, jobs: int, work: float = 2.0
) -> dict[str, bytes]:
    """Run a verb in a folder of its own; return what it wrote, wall time apart.

    Raises
    ------
    AssertionError
        It did not end well, or the clock cut something short.
    """
    folder.mkdir(parents=True)
    (folder / "history.csv").write_text(HISTORY)
    filled = {"{place}": "model_city" if place is None else str(place), WORK[1]: WORK[1].format(work=work)}
    arguments = [filled.get(part, part) for part in VERBS[verb]]
    named = () if place is None or "{place}" in VERBS[verb] else ("--territory", str(place))
    command = [sys.executable, "-m", "study", *arguments, *named, *how]
    done = subprocess.run(
        [*command, "--jobs", str(jobs), "--quiet", "--out", "out"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{verb} with {jobs} workers ends with {done.returncode}: {done.stderr[-2000:]}"
    cut = json.loads((folder / "out" / "run.json").read_text("utf-8"))["clock_bound"]
    assert not cut, f"{verb} with {jobs} workers: the clock cut short {cut}"
    return fingerprint(folder / "out")


def different(
    verb: str, place: Path | None, how: Sequence[str], root: Path, crowd: int = BUSY, work: float = 2.0
) -> list[str]:
    """Run a verb twice, alone and beside busy processes on two workers; return the files that differ."""
    alone = run(verb, place, how, root / "alone", 1, work)
    with busy(crowd):
        beside = run(verb, place, how, root / "beside", 2, work)
    return sorted(name for name in alone.keys() | beside.keys() if alone.get(name) != beside.get(name))


def main() -> int:
    """Run the campaign and say what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verbs", nargs="*", default=list(VERBS), choices=list(VERBS))
    parser.add_argument("--places", nargs="*", default=list(PLACES), choices=list(PLACES))
    parser.add_argument("--busy", type=int, default=BUSY)
    options = parser.parse_args()
    same, wrong = 0, 0
    for name in options.places:
        place, how = PLACES[name]
        if place is not None and not place.exists():
            print(f"{name}: left out, {place} is not there")
            continue
        for verb in options.verbs:
            began = time.monotonic()
            with tempfile.TemporaryDirectory() as root:
                try:
                    differ = different(verb, place, how, Path(root), options.busy)
                except AssertionError as error:
                    differ = [str(error)]
            same, wrong = same + (not differ), wrong + bool(differ)
            said = "; ".join(differ) or "same bytes"
            print(f"{name} {verb}: {said} ({time.monotonic() - began:.0f} s)", flush=True)
    print(f"{same} pairs of runs with the same bytes, {wrong} otherwise")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
