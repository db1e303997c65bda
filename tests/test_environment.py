"""The three lists of packages (pip, conda, pinned) say the same."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


APART = "cbc"
"""The extra that `make` leaves out: 190 MB that PuLP 3 does not need; conda has its own (coin-or-cbc)."""


def declared(*, apart: bool = True) -> dict[str, SpecifierSet]:
    extras = PROJECT["optional-dependencies"].items()
    lines = [*PROJECT["dependencies"], *(line for name, extra in extras if apart or name != APART for line in extra)]
    return {canonicalize_name(Requirement(line).name): Requirement(line).specifier for line in lines}


def pins() -> list[Requirement]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def pinned(python: str | None = None) -> dict[str, str]:
    """Return the pinned versions, of one Python where it is named."""
    asked = None if python is None else {"python_version": python, "python_full_version": f"{python}.0"}
    taken = [pin for pin in pins() if asked is None or pin.marker is None or pin.marker.evaluate(asked)]
    return {canonicalize_name(pin.name): next(iter(pin.specifier)).version for pin in taken}


def pythons() -> list[str]:
    supported = SpecifierSet(PROJECT["requires-python"])
    return [f"3.{minor}" for minor in range(30) if f"3.{minor}.0" in supported]


def conda() -> dict[str, SpecifierSet]:
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    found = {
        canonicalize_name(Requirement(line).name): Requirement(line).specifier
        for line in entries
        if isinstance(line, str)
    }
    del found["pip"]
    return found


def test_conda_lists_the_same_packages_and_bounds_as_pip() -> None:
    listed = conda()
    assert listed.pop("python") == SpecifierSet(PROJECT["requires-python"])
    assert listed == declared(apart=False)


@pytest.mark.parametrize("python", pythons())
def test_every_declared_package_is_pinned_within_its_bounds_on_every_python(python: str) -> None:
    versions = pinned(python)
    assert {name: versions.get(name) for name, bounds in declared().items() if versions.get(name) not in bounds} == {}


def test_every_package_is_pinned_once_for_each_python() -> None:
    for python in pythons():
        asked = {"python_version": python, "python_full_version": f"{python}.0"}
        names = [canonicalize_name(p.name) for p in pins() if p.marker is None or p.marker.evaluate(asked)]
        assert sorted(names) == sorted(set(names)), python


def test_every_place_that_names_the_pythons_names_the_same() -> None:
    makefile = (ROOT / "Makefile").read_text()
    low, high = pythons()[0], pythons()[-1]
    assert f"({low.replace('.', ', ')}) <= sys.version_info[:2] <= ({high.replace('.', ', ')})" in makefile
    assert all(
        f"python{python}" in makefile and f"python{python}" in (ROOT / ".ci/other-pythons").read_text()
        for python in pythons()
    )
    assert (ROOT / "README.md").read_text().count(f"Python {', '.join(pythons()[:-1])} or {high}") == 1


def test_this_python_is_supported() -> None:
    assert "{}.{}".format(*sys.version_info) in pythons()


@pytest.mark.skipif("CONDA_PREFIX" in os.environ, reason="conda resolves within the bounds, not to the pinned versions")
def test_installed_packages_are_the_pinned_ones() -> None:
    from importlib.metadata import PackageNotFoundError, version

    differing = {}
    apart = set(declared()) - set(declared(apart=False))
    for name, wanted in pinned("{}.{}".format(*sys.version_info)).items():
        if name in apart:
            continue
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "nothing"
        if found != wanted:
            differing[name] = (wanted, found)
    assert differing == {}


@pytest.mark.parametrize(
    "name", ["constraints.txt", "environment.yml", "pyproject.toml", "Makefile", ".ci/run", ".ci/other-pythons"]
)
def test_no_list_of_packages_names_a_registry_host(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"index-url|find-links|https?://", text)


def test_the_fixed_packages_of_the_study_are_all_declared() -> None:
    assert {"numpy", "scipy", "pulp", "simpy", "jupyter", "matplotlib", "pytest"} <= set(declared())


def test_every_installed_package_states_its_licence() -> None:
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        from directives import licences
    finally:
        sys.path.remove(str(ROOT / "docs"))
    found = licences()
    assert len(found) > 100
    assert [name for name, _, licence in found if licence == "not stated" or licence.startswith(("GPL", "AGPL"))] == []


def made(target: str, folder: Path, *dry: str, **pythons: int) -> subprocess.CompletedProcess[str]:
    """Ask make for a target where each named Python ends with an exit code."""
    for name in ("python3.13", "python3.12", "python3.11", "python3", "python"):
        stub = folder / name
        stub.write_text(f"#!/bin/sh\nexit {pythons.get(name.replace('.', '_'), 127)}\n")
        stub.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHON", "MAKEFLAGS", "VENV")}
    environment["PATH"] = f"{folder}:{os.environ['PATH']}"
    command = ["make", *dry, target, f"VENV={folder}/venv"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        ({"python3_13": 0, "python3_11": 0}, "python3.13"),
        ({"python3_13": 1, "python3_12": 0, "python3_11": 0}, "python3.12"),  # a shim of pyenv that has no such version
        ({"python3": 0}, "python3"),
    ],
)
def test_make_takes_the_newest_python_that_runs(there: dict[str, int], taken: str, tmp_path: Path) -> None:
    planned = made("study", tmp_path, "--dry-run", **there)
    assert f"{taken} -m venv" in planned.stdout, planned.stdout + planned.stderr


def test_make_says_which_pythons_would_do_where_there_is_none(tmp_path: Path) -> None:
    refused = made("study", tmp_path)
    assert refused.returncode != 0 and "No Python 3.11, 3.12 or 3.13 with venv is on the path" in refused.stdout
    assert not (tmp_path / "venv").exists()


def test_a_study_installs_no_more_than_it_needs(tmp_path: Path) -> None:
    study = made("study", tmp_path, "--dry-run", python3_12=0).stdout
    assert "'.[geo]'" in study and "precompile study" in study
    every = made("test", tmp_path, "--dry-run", python3_12=0).stdout
    extras = set(PROJECT["optional-dependencies"]) - {APART}
    assert all(re.search(rf"[\[,]{extra}[\],]", every) for extra in extras), every


def test_modules_stay_compiled_whatever_the_shell_says() -> None:
    """Else each process of a target, a worker of the tests as well, compiles a thousand modules anew."""
    asked = ["make", "--silent", "--eval", 'told: ; @echo "[$$PYTHONDONTWRITEBYTECODE]"', "told"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    told = subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
