"""A Dask cluster of two worker processes gives the results of this machine, also when one is killed half-way."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from foundation.machine.dask_cluster import joined
from foundation.parallel import Task, spread
from scenarios import generate_city
from study.cli import main
from study.cli.execute import BAD_INPUT, DONE
from tests.campaigns.kill import fingerprint

DESK = [
    "simulate",
    "erlang_c",
    "--set",
    "run.days=60",
    "--set",
    "run.warm_up_days=2",
    "--replications",
    "16",
    "--quiet",
]


class Shipped:
    """Something shared that writes down where it is unpacked."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.weight = b"x" * 100_000

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        with self.log.open("a") as file:
            file.write(f"{os.getpid()}\n")


def measure(shared: Shipped, item: int) -> int:
    return len(shared.weight) + item


def on_cluster(tmp: Path) -> None:
    """What the test does, in a process of its own: Dask leaves threads behind."""
    from distributed import LocalCluster

    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as cluster:  # type: ignore[no-untyped-call]
        address = f"dask://{cluster.scheduler_address.removeprefix('tcp://')}"
        with joined(address):
            log = tmp / "unpacked"
            found = spread(measure, Shipped(log), [Task(k, f"task {k}") for k in range(12)])
            assert found == [100_000 + k for k in range(12)]
            pids = log.read_text().split()
            assert 1 <= len(pids) == len(set(pids)) <= 2, pids
        towns = ["partition", str(tmp / "town"), "--communities", "4", "--within", "centre", "--balance"]
        towns += ["population=0.6", "--effort", "quick", "--quiet"]
        assert main([*towns, "--out", str(tmp / "part-here")]) == DONE
        assert main([*towns, "--cluster", address, "--out", str(tmp / "part-there")]) == DONE
        weights = ["whatif", "plan", "--territory", str(tmp / "town"), "--vary", "indicators.income=0,0.6", "--quiet"]
        weights += ["--replications", "2", "--set", "run.days=5"]
        assert main([*weights, "--out", str(tmp / "whatif-here")]) == DONE
        assert main([*weights, "--cluster", address, "--out", str(tmp / "whatif-there")]) == DONE

        def strike() -> None:
            while len(list((tmp / "there/.unfinished").glob("[!.]*.json"))) < 4:
                time.sleep(0.005)
            victim = next(iter(cluster.workers.values())).process.process.pid  # type: ignore[attr-defined]
            os.kill(victim, signal.SIGKILL)
            (tmp / "struck").touch()

        threading.Thread(target=strike, daemon=True).start()
        assert main([*DESK, "--cluster", address, "--out", str(tmp / "there")]) == DONE


@pytest.mark.slow
def test_a_cluster_gives_the_same_results_even_if_it_loses_a_worker(tmp_path: Path) -> None:
    generate_city(units=24, centres=2, seed=3).save(tmp_path / "town")
    code = (
        "from pathlib import Path\nfrom tests.foundation.test_cluster import on_cluster\n"
        f"if __name__ == '__main__':\n    on_cluster(Path({str(tmp_path)!r}))\n"
    )
    script = tmp_path / "cluster.py"
    script.write_text(code)
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "struck").exists()
    assert main([*DESK, "--out", str(tmp_path / "here")]) == DONE
    assert fingerprint(tmp_path / "there") == fingerprint(tmp_path / "here")
    assert json.loads((tmp_path / "there/run.json").read_text())["events"] > 0
    for what in ("part", "whatif"):
        assert fingerprint(tmp_path / f"{what}-here") == fingerprint(tmp_path / f"{what}-there"), what


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("127.0.0.1:8786", "must be dask://HOST:PORT"),
        ("dask://", "must be dask://HOST:PORT"),
        ("dask://x", "HOST:PORT"),
    ],
)
def test_what_is_no_address_is_refused(
    address: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*DESK, "--cluster", address, "--out", str(tmp_path / "out")]) == BAD_INPUT
    assert says in capsys.readouterr().err and not (tmp_path / "out").exists()
