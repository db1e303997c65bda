"""Two runs into one folder: the second is refused, and the first is not disturbed."""

import multiprocessing
from pathlib import Path

import pytest

from foundation.machine.folder_lock import holding
from study.cli import main
from study.cli.execute import BAD_INPUT, DONE

DESK = ["simulate", "erlang_c", "--set", "run.days=5", "--set", "run.warm_up_days=1", "--replications", "2", "--quiet"]


def hold(out: str, held: object, end: object) -> None:
    with holding(Path(out) / ".unfinished/in-use", "fusion simulate"):
        (Path(out) / ".unfinished/request.json").write_text("{}")
        held.set()  # type: ignore[attr-defined]
        end.wait(120)  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize(("language", "says"), [("en", "another run is writing there"), ("zh", "另一个运行正在写入")])
def test_the_second_run_is_refused_with_who_is_there(
    language: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    context = multiprocessing.get_context("spawn")
    held, end = context.Event(), context.Event()
    first = context.Process(target=hold, args=(str(tmp_path), held, end))
    first.start()
    try:
        assert held.wait(120)
        assert main([*DESK, "--out", str(tmp_path), "--lang", language]) == BAD_INPUT
        said = capsys.readouterr().err
        assert says in said and str(first.pid) in said and "fusion simulate" in said
        # What the first has kept is there still.
        assert (tmp_path / ".unfinished/request.json").read_text() == "{}"
        assert not (tmp_path / "run.json").exists()
    finally:
        end.set()
        first.join()
    assert main([*DESK, "--out", str(tmp_path)]) == DONE
    assert not (tmp_path / ".unfinished").exists() and (tmp_path / "run.json").exists()
