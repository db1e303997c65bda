"""Where another distribution owns one of our names, one message says so."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import frontline_fusion

ROOT = Path(__file__).resolve().parents[1]


def python(*arguments: str, path: list[Path], cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path))}
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=cwd)


@pytest.mark.parametrize("name", frontline_fusion.PACKAGES)
def test_the_program_says_which_name_is_taken_and_what_to_do(name: str, tmp_path: Path) -> None:
    other = tmp_path / name
    other.mkdir()
    (other / "__init__.py").write_text("def run(): return 1\n")
    ran = python("-m", "frontline_fusion", "--version", path=[tmp_path, ROOT], cwd=tmp_path)
    assert ran.returncode == 2
    assert ran.stderr.startswith(f"fusion: the name {name} belongs to another program here: Python finds it at {other}")
    assert "python -m venv" in ran.stderr and ran.stderr.count("\n") == 1


def test_importing_a_package_of_ours_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "sim.py").write_text("run = 1\n")
    ran = python("-c", "import study", path=[tmp_path, ROOT], cwd=tmp_path)
    assert ran.returncode == 1
    last = ran.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: the name sim belongs to another program here")


def test_a_package_that_another_has_been_installed_over_is_noticed(tmp_path: Path) -> None:
    for name in ("frontline_fusion", *frontline_fusion.PACKAGES):
        (tmp_path / name).mkdir()
        shutil.copy(ROOT / name / "__init__.py", tmp_path / name)
    shutil.copy(ROOT / "frontline_fusion/check.py", tmp_path / "frontline_fusion")
    assert python("-c", "import frontline_fusion.check", path=[tmp_path], cwd=tmp_path).returncode == 0
    (tmp_path / "optimize/__init__.py").write_text("from .optimizer import *\n")
    ran = python("-c", "import frontline_fusion.check", path=[tmp_path], cwd=tmp_path)
    assert "the name optimize belongs to another program here" in ran.stderr


def test_each_package_of_the_distribution_looks_first() -> None:
    for name in frontline_fusion.PACKAGES:
        lines = (ROOT / name / "__init__.py").read_text().splitlines()
        assert any(line.startswith("import frontline_fusion.check") for line in lines), name
