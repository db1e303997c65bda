"""The same bytes for any number of workers, from every verb that spreads its work."""

import json
from pathlib import Path

import pytest

from study.cli import main
from study.cli.execute import DONE
from tests.campaigns.kill import ONE, fingerprint, prepare

SHORT = ["--territory", "../town", "--replications", "2", "--set", "run.days=5", "--quiet", "--out", "out"]
VERBS = {
    "study": ["study", "plan", "big_bang", *ONE, *SHORT],
    "simulate": ["simulate", "plan", *SHORT],
    "compare": ["compare", "plan", "waves", *SHORT],
    "whatif": ["whatif", "plan", "--vary", "indicators.income=0,0.6", *SHORT],
    "partition": [
        *["partition", "../town", "--communities", "4", "--within", "centre", "--balance", "population=0.6"],
        *["--effort", "quick", "--quiet", "--out", "out"],
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("verb", VERBS)
def test_results_are_the_same_bytes_on_one_worker_and_on_two(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(tmp_path)
    found = []
    for jobs in ("1", "2"):
        (tmp_path / jobs).mkdir()
        monkeypatch.chdir(tmp_path / jobs)
        assert main([*VERBS[verb], "--jobs", jobs]) == DONE
        found.append(fingerprint(Path("out")))
    assert found[0].keys() == found[1].keys()
    assert [name for name in found[0] if found[0][name] != found[1][name]] == []
    if verb != "study":  # what is drawn from the tables besides takes a minute
        assert main(["repeat", "out/run.json"]) == DONE
        assert "equal" in capsys.readouterr().out
        assert json.loads(Path("out/run.json").read_text())["workers"] == 2
