"""Help in Chinese: every text, wherever the language is asked for, in lines that fit a terminal; English as before."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from study.cli import build_parser, main
from study.cli.completion import script
from study.cli.parser import VerbParser
from study.cli.translated_help import EXAMPLE
from study.cli.verbs import VERBS
from study.presentation.language import Language, stated
from study.presentation.text_table import columns, wrapped

SAY = Language("zh")
PARSERS = {"": build_parser(), **build_parser().verbs()}
CALLS = [pytest.param([verb] if verb else [], id=verb or "fusion") for verb in PARSERS]
UNBROKEN = re.compile(r"  fusion .*")


def help_of(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    shown = capsys.readouterr()
    assert stopped.value.code == 0 and not shown.err
    return shown.out


def meanings(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the help of every argument, and of every verb."""
    for action in parser._actions:
        inner = action._get_subactions() if isinstance(action, argparse._SubParsersAction) else []
        yield from (str(a.help) for a in (action, *inner) if a.help not in (None, argparse.SUPPRESS))


def texts(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield every text of a parser's help that is for people."""
    yield from ("usage: ", parser.description or "", *meanings(parser))
    yield from (group.title or "" for group in parser._action_groups)
    for line in (parser.epilog or "").splitlines():
        example = EXAMPLE.fullmatch(line)
        if example or (line.strip() and not line.startswith("  ")):
            yield example[2] if example else line


@pytest.mark.parametrize("verb", PARSERS)
def test_every_text_of_help_has_its_chinese(verb: str) -> None:
    assert not {text for text in texts(PARSERS[verb]) if SAY.gloss(text, "help") == text}


def test_the_catalogue_of_help_holds_nothing_that_no_help_says() -> None:
    said = {text for parser in PARSERS.values() for text in texts(parser)}
    assert not set(stated("zh", "help")) - said


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("width", [60, 80])
def test_help_is_in_chinese_and_as_wide_as_the_terminal(
    call: list[str], width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    parser = PARSERS["".join(call)]
    shown = help_of([*call, "--help", "--lang", "zh"], capsys)
    assert not [text for text in texts(parser) if text.split("%(")[0] in shown]
    assert not [line for line in shown.splitlines() if cell_len(line) > width and not UNBROKEN.fullmatch(line)]
    assert all(line in shown for line in re.findall(r"^  fusion .*?(?=\s{3}|$)", parser.epilog or "", re.MULTILINE))


@pytest.mark.parametrize("call", CALLS)
def test_meanings_stand_below_one_another(
    call: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = help_of([*call, "--lang", "zh", "-h"], capsys).splitlines()
    starts = set()
    for text in meanings(PARSERS["".join(call)]):
        begun = SAY.gloss(text, "help").split("%(")[0][:10]
        found = {cell_len(line.partition(begun)[0]) for line in lines if f"  {begun}" in line}
        assert found, text
        starts |= found
    assert len(starts) == 1


@pytest.mark.parametrize(
    ("call", "same"),
    [
        ("--lang zh --help", "--help --lang zh"),
        ("--help --lang=zh", "--help --lang zh"),
        ("study --lang zh --help", "study --help --lang zh"),
        ("--lang=zh study -h", "study --help --lang zh"),
        ("study plan --jobs 2 --lang zh --help", "study --help --lang zh"),
        ("completion bash --help --lang zh", "completion --lang zh --help"),
        ("--lang en --help", "--help"),
        ("completion --lang=en --help", "completion --help"),
    ],
)
def test_the_language_of_help_may_stand_anywhere(call: str, same: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert help_of(call.split(), capsys) == help_of(same.split(), capsys)


@pytest.mark.parametrize("call", CALLS)
def test_help_in_english_is_what_argparse_makes_of_it(
    call: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = help_of([*call, "--help"], capsys)
    monkeypatch.delattr(VerbParser, "_get_formatter")
    assert shown == help_of([*call, "--help"], capsys)
    assert shown.startswith("usage: fusion") and not re.search("[\u3000-\u9fff]", shown.replace("东一", ""))


@pytest.mark.parametrize(
    ("call", "left_out"), [("--help", {"yaml", "numpy", "pandas"}), ("--help --lang zh", {"numpy", "pandas"})]
)
def test_help_waits_for_nothing_it_does_not_need(call: str, left_out: set[str]) -> None:
    asked = f"try: main({call.split()})\nfinally: print(*sys.modules, file=sys.stderr)"
    program = f"import sys; from study.cli import main\n{asked}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not left_out & set(done.stderr.split())


def test_a_wrong_call_shows_a_usage_that_lines_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit, match="2"):
        main(["whatif", "plan", "--lang", "zh"])
    first, second, *_ = capsys.readouterr().err.splitlines()
    assert cell_len(first[: first.index("[-h]")]) == cell_len(second) - len(second.lstrip())


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_shells_tell_in_chinese_what_they_complete(
    shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", shell, "--lang", "zh"]) == 0
    text = capsys.readouterr().out
    assert all(SAY.gloss(summary, "help") in text and summary not in text for summary in VERBS.values())
    assert main(["completion", shell]) == 0
    assert capsys.readouterr().out == script(build_parser(), shell) + "\n"
    program = shutil.which(shell)
    if program is not None:
        (tmp_path / "fusion").write_text(text, encoding="utf-8")
        done = subprocess.run([program, "-n", str(tmp_path / "fusion")], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, [""]),
        ("社区边界", 8, ["社区边界"]),
        ("社区边界", 7, ["社区边", "界"]),
        ("社区边界，均衡", 8, ["社区边", "界，均衡"]),
        ("社区（默认moment）", 8, ["社区（默", "认", "moment）"]),
        ("two words", 5, ["two", "words"]),
        ("unbreakable", 5, ["unbreakable"]),
    ],
)
def test_lines_break_between_chinese_characters_and_never_before_punctuation(
    text: str, width: int, lines: list[str]
) -> None:
    assert wrapped(text, width) == lines
    assert columns(text) == cell_len(text)
