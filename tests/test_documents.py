"""Every command and scenario that README and docs show is one that the program takes."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from scenarios import load_scenario
from study.cli import build_parser

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "reference").glob("*.md"))]
DIRECTIVE = re.compile(r"{[\w-]+}")


def fences(page: Path) -> list[tuple[str, str]]:
    """Language and text of every fenced block of a page, in order."""
    return re.findall(r"^```(\S*)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def blocks(language: str) -> list[tuple[str, str]]:
    return [(page.name, text) for page in PAGES for found, text in fences(page) if found == language]


def test_every_block_is_a_kind_that_is_run_loaded_or_plain() -> None:
    found = {language for page in PAGES for language, _ in fences(page) if not DIRECTIVE.fullmatch(language)}
    assert found <= {"sh", "yaml", "python", ""}
    for _, text in blocks("sh"):
        assert all(line.startswith(("fusion ", "make ")) for line in text.splitlines() if line)


COMMANDS = [
    (page, line.split("#")[0].split(" > ")[0].strip())
    for page, text in blocks("sh")
    for line in text.splitlines()
    if line.startswith("fusion ")
]


@pytest.mark.parametrize(("page", "command"), COMMANDS, ids=[c for _, c in COMMANDS])
def test_every_command_shown_is_one_that_fusion_takes(page: str, command: str) -> None:
    options = build_parser().parse_args(shlex.split(command)[1:])
    assert callable(options.run)


def test_there_are_commands_to_check() -> None:
    assert len(COMMANDS) >= 8


@pytest.mark.parametrize(("page", "text"), blocks("yaml"))
def test_every_scenario_shown_loads(page: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "shown.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_scenario(path).name == yaml.safe_load(text)["name"]


def test_make_targets_shown_exist() -> None:
    rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = set(
        re.findall(r"(?:`|^)make ([a-z-]+)", "\n".join(p.read_text(encoding="utf-8") for p in PAGES), re.MULTILINE)
    )
    assert shown <= rules
