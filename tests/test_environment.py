"""The three lists of packages (pip, conda, pinned) say the same."""

import os
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def declared() -> dict[str, SpecifierSet]:
    lines = [*PROJECT["dependencies"], *(line for extra in PROJECT["optional-dependencies"].values() for line in extra)]
    return {canonicalize_name(Requirement(line).name): Requirement(line).specifier for line in lines}


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


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
    assert listed == declared()


@pytest.mark.parametrize("name", sorted(declared()))
def test_every_declared_package_is_pinned_within_its_bounds(name: str) -> None:
    assert pinned()[name] in declared()[name]


@pytest.mark.skipif("CONDA_PREFIX" in os.environ, reason="conda resolves within the bounds, not to the pinned versions")
def test_installed_packages_are_the_pinned_ones() -> None:
    from importlib.metadata import PackageNotFoundError, version

    differing = {}
    for name, wanted in pinned().items():
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "nothing"
        if found != wanted:
            differing[name] = (wanted, found)
    assert differing == {}


@pytest.mark.parametrize("name", ["constraints.txt", "environment.yml", "pyproject.toml", "Makefile", ".ci/run"])
def test_no_list_of_packages_names_a_registry_host(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"index-url|find-links|https?://", text)


def test_the_fixed_packages_of_the_study_are_all_declared() -> None:
    assert {"numpy", "scipy", "pulp", "simpy", "jupyter", "matplotlib", "pytest"} <= set(declared())


def test_every_installed_package_states_its_licence() -> None:
    import sys

    sys.path.insert(0, str(ROOT / "docs"))
    try:
        from directives import licences
    finally:
        sys.path.remove(str(ROOT / "docs"))
    found = licences()
    assert len(found) > 100
    assert [name for name, _, licence in found if licence == "not stated" or licence.startswith(("GPL", "AGPL"))] == []
