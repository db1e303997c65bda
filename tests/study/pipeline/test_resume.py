"""Nothing finished is lost: after interrupts, kills, full disks and lost workers a run goes on to the same result."""

import errno
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from foundation import result_cache
from scenarios import InputError, generate_city
from sim.output_analysis import replications
from study.cli import main
from study.cli.execute import BAD_INPUT, DONE, INTERRUPTED, LIMIT
from study.results.run_json import FORMAT, check_format
from tests.campaigns.kill import fingerprint

DESK = ["simulate", "erlang_c", "--set", "run.days=20", "--set", "run.warm_up_days=2", "--replications", "6", "--quiet"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole")
    assert main([*DESK, "--out", str(out)]) == DONE
    assert not (out / ".unfinished").exists()
    return fingerprint(out)


def stop_after(monkeypatch: pytest.MonkeyPatch, count: int, error: BaseException) -> None:
    """Let the simulation end with an error after so many replications."""
    made, simulate = [], replications.simulate_world

    def one(*arguments: object) -> object:
        if len(made) == count:
            raise error
        made.append(1)
        return simulate(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(replications, "simulate_world", one)


def test_an_interrupted_run_goes_on_where_it_was(
    tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        stop_after(patch, 3, KeyboardInterrupt())
        assert main([*DESK, "--out", str(tmp_path)]) == INTERRUPTED
    assert f"go on with: fusion resume {tmp_path}" in capsys.readouterr().err
    assert len(list((tmp_path / ".unfinished").glob("[!.]*.json"))) == 1 + 3
    assert main(["repeat", str(tmp_path)]) == BAD_INPUT
    with monkeypatch.context() as patch:
        stop_after(patch, 3, AssertionError("what is finished was made again"))
        assert main(["resume", str(tmp_path), "--quiet"]) == DONE
    assert fingerprint(tmp_path) == whole
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["arguments"] == [*DESK[1:], "--out", str(tmp_path)]
    assert main(["resume", str(tmp_path)]) == BAD_INPUT
    assert "the result in it is finished" in capsys.readouterr().err


def test_a_run_is_resumed_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate_city(units=12, centres=1, seed=1).save(tmp_path / "town")
    monkeypatch.chdir(tmp_path)
    asked = ["simulate", "no_merger", "--territory", "town", "--set", "run.days=5", "--replications", "2", "--quiet"]
    with monkeypatch.context() as patch:
        stop_after(patch, 1, KeyboardInterrupt())
        assert main([*asked, "--out", "out"]) == INTERRUPTED
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    (tmp_path / "out").rename(tmp_path / "moved")
    assert main(["resume", "../moved", "--quiet"]) == DONE
    assert (tmp_path / "moved/run.json").is_file() and Path.cwd() == tmp_path / "elsewhere"


def test_another_program_does_not_use_the_pieces(
    tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        stop_after(patch, 4, KeyboardInterrupt())
        assert main([*DESK, "--out", str(tmp_path)]) == INTERRUPTED
    made: list[int] = []
    simulate = replications.simulate_world
    monkeypatch.setattr(result_cache, "program", lambda: "another")
    monkeypatch.setattr(replications, "simulate_world", lambda *a: (made.append(1), simulate(*a))[1])
    assert main(["resume", str(tmp_path), "--quiet"]) == DONE
    assert len(made) == 6 and fingerprint(tmp_path) == whole


def test_a_full_disk_is_said_and_corrupts_nothing(
    tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    room = [3]
    write_text = Path.write_text

    def full(path: Path, text: str, **options: str) -> int:
        room[0] -= 1
        if room[0] < 0:
            write_text(path, text[: len(text) // 2], **options)  # type: ignore[arg-type]
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write_text(path, text, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        assert main([*DESK, "--out", str(tmp_path)]) == LIMIT
    said = capsys.readouterr().err
    assert "No space left on device" in said and "fusion resume" in said
    assert sorted(p.name for p in tmp_path.iterdir()) == [".unfinished"]
    assert len(list((tmp_path / ".unfinished").iterdir())) == 1 + 3  # no half-written draft is left
    assert main(["resume", str(tmp_path), "--quiet"]) == DONE
    assert fingerprint(tmp_path) == whole


@pytest.mark.slow
def test_a_file_beyond_the_limit_of_the_system_is_named_and_the_run_resumed(
    tmp_path: Path, whole: dict[str, bytes]
) -> None:
    limit = f"""
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, {resource.RLIM_INFINITY}))
from study.cli import main
sys.exit(main({[*DESK, "--out", str(tmp_path)]!r}))
"""
    done = subprocess.run([sys.executable, "-c", limit], capture_output=True, text=True, check=False)
    assert done.returncode == LIMIT
    assert f"{tmp_path}/" in done.stderr and "File too large" in done.stderr and "Traceback" not in done.stderr
    assert f"fusion resume {tmp_path}" in done.stderr
    assert not list(tmp_path.glob("*.csv")) and not (tmp_path / "run.json").exists()
    assert main(["resume", str(tmp_path), "--quiet"]) == DONE
    assert fingerprint(tmp_path) == whole


def test_bad_input_leaves_nothing_to_go_on_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["simulate", "erlang_c", "--replications", "auto", "--watch", "no_such_kpi", "--budget", "2", "--quiet"]
    assert main([*asked, "--set", "run.days=20", "--set", "run.warm_up_days=2", "--out", str(tmp_path)]) == BAD_INPUT
    assert not list(tmp_path.iterdir())
    assert main(["resume", str(tmp_path)]) == BAD_INPUT
    assert "no unfinished result is there" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "cannot be read"),
        ('{"format": 0}', "an older version wrote it"),
        ('{"format": 99}', "a newer version wrote it"),
        ("[]", "states no format"),
        ('{"format": true}', "states no format"),
        ('{"format": 1, "verb": "study", "arguments": "plan", "folder": "/"}', "no command"),
        ('{"format": 1, "verb": "conjure", "arguments": [], "folder": "/"}', "not understood"),
        ('{"format": 1, "verb": "study", "arguments": [], "folder": "/no/such/place"}', "not to be had"),
    ],
)
def test_a_request_that_cannot_be_gone_on_with_is_refused(
    content: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".unfinished").mkdir()
    (tmp_path / ".unfinished/request.json").write_text(content)
    assert main(["resume", str(tmp_path)]) == BAD_INPUT
    assert says in capsys.readouterr().err


def test_the_format_of_this_version_is_taken() -> None:
    check_format(Path("run.json"), {"format": FORMAT})
    with pytest.raises(InputError, match="newer"):
        check_format(Path("run.json"), {"format": FORMAT + 1})


@pytest.mark.slow
def test_a_worker_that_is_killed_does_not_harm_the_run(tmp_path: Path, whole: dict[str, bytes]) -> None:
    """Kill a worker of a run on two workers as soon as one is there."""
    code = f"""
import os, signal, sys, threading, time
from pathlib import Path
from study.cli import main

def children():
    return [int(p) for p in Path(f"/proc/{{os.getpid()}}/task/{{os.getpid()}}/children").read_text().split()]

def strike():
    while True:
        for child in children():
            if b"LokyProcess" in Path(f"/proc/{{child}}/cmdline").read_bytes():
                os.kill(child, signal.SIGKILL)
                Path({str(tmp_path / "struck")!r}).touch()
                return
        time.sleep(0.01)

threading.Thread(target=strike, daemon=True).start()
sys.exit(main({[*DESK, "--jobs", "2", "--out", str(tmp_path / "out")]!r}))
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == DONE, done.stderr
    assert (tmp_path / "struck").exists()
    assert fingerprint(tmp_path / "out") == whole


@pytest.mark.slow
def test_killed_at_random_moments_it_resumes_to_the_same_bytes(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from tests.campaigns.kill import campaign; "
    code += f"campaign(3, 7, Path({str(tmp_path)!r}), ('compare', 'partition'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert sum(len(json.loads(line)["killed_at"]) for line in done.stderr.splitlines() if line.startswith("{")) >= 3
