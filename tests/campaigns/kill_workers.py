"""Workers against signal 9: ``python -m tests.campaigns.kill_workers --kills 50`` kills a cluster's while verbs run.

A scheduler and two workers, each a process of its own; while a verb runs on them, a worker (now and then both, now and
then with the nanny that would start it again) gets signal 9 at a random moment. The result must have the bytes of a run
on this machine; or the run ends with exit code 4 and one message, and `fusion resume`, given workers, ends with them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from tests.campaigns.kill import VERBS, child, fingerprint, prepare, undisturbed

ENDED_WELL, AT_A_LIMIT = 0, 4
BOTH, WITH_NANNY = 0.2, 0.25
"""Share of the moments at which both workers are killed, and at which a nanny goes with its worker."""

LONGEST = 600.0
"""Seconds after which a run counts as hanging."""


class Cluster:
    """A scheduler and workers that can be killed and started again."""

    def __init__(self, root: Path, workers: int = 2) -> None:
        self.root, self.size = root, workers
        self.file = root / "scheduler.json"
        options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(self.file)]
        self.scheduler = self._start("dask_scheduler", *options)
        while not self.file.exists():
            time.sleep(0.05)
        self.address = "dask://" + json.loads(self.file.read_text())["address"].removeprefix("tcp://")
        self.nannies: list[subprocess.Popen[bytes]] = []
        self.refill()

    def _start(self, program: str, *options: str) -> subprocess.Popen[bytes]:
        with open(self.root / f"{program}.log", "ab") as log:
            command = [sys.executable, "-m", f"distributed.cli.{program}", *options]
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self.root)

    def refill(self) -> None:
        """Let there be as many nannies as in the beginning."""
        self.nannies = [nanny for nanny in self.nannies if nanny.poll() is None]
        options = ["--scheduler-file", str(self.file), "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1"]
        while len(self.nannies) < self.size:
            self.nannies.append(self._start("dask_worker", *options, "--local-directory", str(self.root / "scratch")))
        until = time.monotonic() + LONGEST
        while len(self.workers()) < self.size and time.monotonic() < until:
            time.sleep(0.1)

    def workers(self) -> list[tuple[subprocess.Popen[bytes], psutil.Process]]:
        """Return the workers that live, each with its nanny."""
        found = []
        for nanny in self.nannies:
            with suppress(psutil.Error):
                for process in psutil.Process(nanny.pid).children():
                    with suppress(psutil.Error):
                        if "spawn_main" in " ".join(process.cmdline()):
                            found.append((nanny, process))
        return found

    def strike(self, rng: random.Random) -> int:
        """Kill a worker or both; return how many died."""
        living = self.workers()
        victims = living if rng.random() < BOTH else [rng.choice(living)] if living else []
        for nanny, worker in victims:
            if rng.random() < WITH_NANNY:
                nanny.kill()
            with suppress(psutil.Error):
                worker.kill()
        return len(victims)

    def close(self) -> None:
        """End everything."""
        for nanny, worker in self.workers():
            nanny.kill()
            with suppress(psutil.Error):
                worker.kill()
        for process in (*self.nannies, self.scheduler):
            process.kill()
            process.wait()


@contextmanager
def cluster(root: Path) -> Iterator[Cluster]:
    """Provide a cluster until the block ends."""
    made = Cluster(root)
    try:
        yield made
    finally:
        made.close()


def ended(number: int, within: float) -> int | None:
    """Wait for a process; return its exit code, None where it did not end."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        pid, status = os.waitpid(number, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    return None


def disturb(
    verb: str, root: Path, whole: dict[str, bytes], longest: float, there: Cluster, rng: random.Random
) -> dict[str, Any]:
    """Kill workers while a verb runs; return what happened.

    Raises
    ------
    AssertionError
        It ended otherwise than promised.
    """
    there.refill()
    folder = Path(tempfile.mkdtemp(prefix=f"{verb}-", dir=root))
    number, killed, moments, code = child(folder, [*VERBS[verb], "--cluster", there.address]), 0, [], None
    for _ in range(rng.choice((1, 1, 2))):
        moment = rng.uniform(0, longest)
        code = ended(number, moment)
        if code is not None:
            break
        killed += there.strike(rng)
        moments.append(round(moment, 2))
    if code is None:
        code = ended(number, LONGEST)
    assert code in (ENDED_WELL, AT_A_LIMIT), f"{verb}, workers killed after {moments} s: exit code {code}"
    if code == AT_A_LIMIT:
        there.refill()
        again = ended(child(folder, ["resume", "out", "--quiet", "--cluster", there.address]), LONGEST)
        assert again == ENDED_WELL, f"{verb}, workers killed after {moments} s: it could not be resumed ({again})"
    now = fingerprint(folder / "out")
    different = sorted(name for name in now.keys() | whole.keys() if now.get(name) != whole.get(name))
    assert not different, f"{verb}, workers killed after {moments} s: {different} differ"
    shutil.rmtree(folder)
    return {"verb": verb, "after": moments, "killed": killed, "exit": code}


def campaign(kills: int, seed: int, root: Path, verbs: Sequence[str] = tuple(VERBS)) -> list[dict[str, Any]]:
    """Disturb runs of every verb in turn, until so many workers have been killed."""
    prepare(root)
    rng = random.Random(seed)
    whole = {verb: undisturbed(verb, root) for verb in verbs}
    found: list[dict[str, Any]] = []
    with cluster(root) as there:
        while sum(f["killed"] for f in found) < kills:
            verb = verbs[len(found) % len(verbs)]
            found.append(disturb(verb, root, *whole[verb], there, rng))
            print(json.dumps(found[-1]), file=sys.stderr, flush=True)
    return found


def main() -> int:
    """Run the campaign and say what happened."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbs", nargs="*", default=list(VERBS), choices=list(VERBS))
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the cluster is ended on the way out
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = campaign(options.kills, options.seed, Path(folder), options.verbs)
    killed, limit = sum(f["killed"] for f in found), sum(f["exit"] == AT_A_LIMIT for f in found)
    print(
        f"{killed} workers killed in {len(found)} runs ({time.monotonic() - began:.0f} s): {len(found) - limit} ended "
        f"with the bytes of an undisturbed run, {limit} with exit code 4, and with those bytes after fusion resume"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
