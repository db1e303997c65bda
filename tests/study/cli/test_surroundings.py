"""A machine without Chinese, or with a home that nobody can write to, changes nothing that was asked for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def fusion(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHON", "XDG"))}
    plain |= {"PYTHONPATH": str(ROOT), **environment}
    return subprocess.run([sys.executable, "-m", "study", *arguments], capture_output=True, check=False, env=plain)


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment",
    [
        {"LANG": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "latin-1"},
    ],
)
def test_chinese_comes_out_as_chinese_whatever_the_locale(environment: dict[str, str]) -> None:
    wrong = fusion("validate", "no_such_scenario.yaml", "--lang", "zh", **environment)
    said = wrong.stderr.decode("utf-8")
    assert "\\u" not in said and "没有" in said
    helped = fusion("validate", "--help", "--lang", "zh", **environment)
    assert helped.returncode == 0 and "选项" in helped.stdout.decode("utf-8")


@pytest.mark.slow
def test_a_locale_that_has_chinese_keeps_its_own_encoding() -> None:
    wrong = fusion("validate", "no_such_scenario.yaml", "--lang", "zh", PYTHONIOENCODING="gb18030")
    assert "没有" in wrong.stderr.decode("gb18030")


ASK = """
import sys
from study.cli.surroundings import settle
settle()
import matplotlib
import os
print(matplotlib.get_configdir(), matplotlib.get_cachedir())
"""


def test_a_home_that_cannot_be_written_is_not_talked_about(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("no folder\n")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("XDG", "MPL"))}
    plain |= {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path / "home"), "TMPDIR": str(temporary)}
    for _ in range(2):
        ran = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=False, env=plain)
        assert ran.returncode == 0 and ran.stderr == ""
        # One folder for every start: Matplotlib alone would look for all fonts anew each time.
        assert ran.stdout.split() == [str(temporary / f"frontline-fusion-matplotlib-{os.getuid()}")] * 2
