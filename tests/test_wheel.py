"""The built wheel alone is the whole program: it runs where no checkout is in sight."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

import frontline_fusion

ROOT = Path(__file__).resolve().parents[1]
STUDY = ["--replications", "2", "--quiet", "--set", "run.days=15", "--set", "study.worlds=0"]


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=alone, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    (made,) = folder.glob("*.whl")
    return made


@pytest.mark.slow
def test_it_holds_every_file_of_the_packages(wheel: Path) -> None:
    listed = run("git", "ls-files", "frontline_fusion", *frontline_fusion.PACKAGES, cwd=ROOT).stdout.split("\n")
    with zipfile.ZipFile(wheel) as archive:
        assert {name for name in listed if name} - set(archive.namelist()) == set()


@pytest.mark.slow
def test_it_runs_a_study_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv", cwd=tmp_path)
    python = tmp_path / "venv/bin/python"
    site = Path(
        run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=tmp_path).stdout.strip()
    )
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel, cwd=tmp_path)
    # What it depends on is taken from here; links to the checkout in this folder are not followed from there.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    where = run(python, "-c", "import study, sim; print(study.__file__, sim.__file__)", cwd=tmp_path).stdout
    assert all(Path(file).is_relative_to(site) for file in where.split()), where
    fusion = tmp_path / "venv/bin/fusion"
    run(fusion, "city", "--units", "24", "--centres", "2", "--seed", "3", "--out", "town", cwd=tmp_path)
    command = [
        "study",
        "plan",
        "big_bang",
        "--territory",
        "town",
        "--set",
        "study.sensitivity={}",
        "--set",
        "study.measures={}",
        "--out",
        "out",
    ]
    run(fusion, *command, *STUDY, cwd=tmp_path)
    there = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"report.html", "report.zh.html", "workbook.xlsx", "plan.csv", "targets.csv", "run.json"} <= there
