"""A key that is given twice is refused: which of the two is meant, nobody can know."""

from pathlib import Path

import pytest

from study.cli import main
from study.cli.execute import BAD_INPUT

SIMULATE = ["simulate", "erlang_c", "--set", "run.days=20"]
PARTITION = ["partition", "x", "--communities", "2"]


@pytest.mark.parametrize(
    ("command", "named", "values"),
    [
        ([*SIMULATE, "--set", "run.seed=1", "--set", "run.seed=2"], "--set run.seed", "1, 2"),
        ([*SIMULATE, "--set", "run.seed = 1", "--set", "run.seed=1"], "--set run.seed", "1, 1"),
        (["whatif", "plan", "--vary", "run.seed=1,2", "--vary", "run.seed=3,4"], "--vary run.seed", "1,2, 3,4"),
        (
            ["partition", "x", "--communities", "2", "--balance", "a=0.1", "--balance", "a=0.2"],
            "--balance a",
            "0.1, 0.2",
        ),
        (["partition", "x", "--communities", "2", "--bounds", "a=1:2", "--bounds", "a=1:3"], "--bounds a", "1:2, 1:3"),
        (["validate", "x", "--rename", "A=b", "--rename", "A=c"], "--rename A", "b, c"),
        (["calibrate", "plan", "x.csv", "--fit", "a.b=1:2", "--fit", "a.b"], "--fit a.b", "1:2"),
    ],
)
def test_a_key_given_twice_is_refused_with_what_is_given(
    command: list[str], named: str, values: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = [] if command[0] == "validate" else ["--out", str(tmp_path / "out")]
    assert main([*command, *out]) == BAD_INPUT
    said = capsys.readouterr().err
    assert f"{named}; it is given 2 times ({values}" in said and "Give each key once." in said
    assert not (tmp_path / "out").exists()


def test_every_such_key_is_named_at_once_and_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    twice = [part for key in ("run.seed", "run.days") for n in (1, 2) for part in ("--set", f"{key}={n}")]
    assert main(["simulate", "erlang_c", *twice, "--lang", "zh"]) == BAD_INPUT
    said = capsys.readouterr().err
    assert said.count("--set run.") == 2 and "给出了2次" in said
