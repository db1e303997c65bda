"""A file is held by one at a time, and by nobody who has ended."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from foundation.machine.folder_lock import HeldError, holding

ROOT = Path(__file__).resolve().parents[2]

HOLD = """
import os, sys, time
from pathlib import Path
from foundation.machine.folder_lock import holding
with holding(Path(sys.argv[1]), "a long run"):
    if len(sys.argv) > 2 and os.fork() == 0:
        time.sleep(20)
        os._exit(0)
    print("held", flush=True)
    time.sleep(60)
"""


def killed(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def holder(file: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLD, str(file), *more]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert started.stdout is not None and started.stdout.readline() == "held\n"
    return started


def test_who_comes_second_is_told_who_holds_it_and_a_dead_process_holds_nothing(tmp_path: Path) -> None:
    file = tmp_path / "in-use"
    first = holder(file)
    try:
        with pytest.raises(HeldError) as caught, holding(file, "another"):
            pass
        assert caught.value.holder.process == first.pid and caught.value.holder.what == "a long run"
        assert caught.value.holder.since.startswith("20")
    finally:
        killed(first)
    assert file.exists()  # it could not clean up; that does not matter
    with holding(file, "another"):
        assert file.exists()
    assert not file.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks here")
def test_a_child_that_lives_on_does_not_hold_it(tmp_path: Path) -> None:
    file = tmp_path / "in-use"
    first = holder(file, "with a child")
    killed(first)
    with holding(file, "another"):
        assert file.exists()


def test_another_thread_of_the_same_process_is_refused_and_does_not_let_it_go(tmp_path: Path) -> None:
    file, refused = tmp_path / "in-use", []

    def second() -> None:
        try:
            with holding(file, "another thread"):
                refused.append(False)
        except HeldError as error:
            refused.append(error.holder.process == os.getpid())

    with holding(file, "the first"):
        for _ in range(2):
            thread = threading.Thread(target=second)
            thread.start()
            thread.join()
        asked = "import sys; from pathlib import Path; from foundation.machine.folder_lock import *\n"
        asked += "with holding(Path(sys.argv[1]), ''): pass"
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        other = subprocess.run([sys.executable, "-c", asked, str(file)], capture_output=True, check=False, env=env)
        assert b"HeldError" in other.stderr
    assert refused == [True, True]


def test_of_many_that_come_at_once_one_is_in_at_a_time(tmp_path: Path) -> None:
    file, inside, most = tmp_path / "deep/in-use", [], []

    def come() -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                with holding(file, "one of many"):
                    inside.append(1)
                    most.append(len(inside))
                    time.sleep(0.001)
                    inside.pop()
                return
            except HeldError:
                time.sleep(0.0005)

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads give way between any two steps: without a lock of their own all rounds fail
    try:
        for _ in range(5):
            threads = [threading.Thread(target=come) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        sys.setswitchinterval(usual)
    assert most == [1] * 40
