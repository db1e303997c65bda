"""What the program says when something is wrong is said in the reader's language."""

from __future__ import annotations

import argparse
import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from pydantic import BaseModel

from scenarios import Scenario, generate_city
from scenarios.schema.error_wording import model_in
from study.cli import main
from study.presentation.catalogues import sources
from study.presentation.language import Language, stated

SPEAKERS = {"Problem": (2, 3), "error": (2, 3), "cells": (1, 2), "note": (0,), "Note": (0,)}
"""Calls that tell a person what is wrong, with the places of their texts."""


def plain_texts(code: str) -> list[str]:
    """Return the texts in code that are told to a person and are no `Message`: they have one language only."""
    told: list[ast.expr] = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            places = SPEAKERS.get(ast.unparse(node.func).split(".")[-1], ())
            told += [node.args[place] for place in places if place < len(node.args)]
            told += [k.value for k in node.keywords if places and k.arg in ("rule", "remedy")]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("rule", "remedy"):
            told.append(node.value)
    return [ast.unparse(text) for text in told if is_plain(text)]


def is_plain(text: ast.expr) -> bool:
    """Say whether an expression is, or may be, a literal with words in it."""
    match text:
        case ast.Constant(value=str(words)):
            return " " in words.strip()
        case ast.JoinedStr():
            return True
        case ast.IfExp():
            return is_plain(text.body) or is_plain(text.orelse)
        case ast.BoolOp():
            return any(map(is_plain, text.values))
        case ast.Tuple():
            return any(map(is_plain, text.elts))
    return False


@pytest.mark.slow
def test_whatever_is_said_of_a_wrong_input_is_a_message() -> None:
    found = {str(path): plain_texts(path.read_text("utf-8")) for path in sources()}
    assert not {path: texts for path, texts in found.items() if texts}


@pytest.mark.parametrize(
    ("code", "plain"),
    [
        ('raise InputError(Problem("x", 1, "the moon is made of cheese", "Eat it."))', 2),
        (
            'def f(n):\n    rule = f"{n:g} moons are too many"\n    raise InputError(Problem("x", n, rule, M("Add.")))',
            1,
        ),
        ('def g(findings):\n    findings.error("x", 1, "it is blue", Message("Add it."))', 1),
        ('Problem("x", 1, Message("it is {n}", n=1) if a else "it is many things")', 1),
        ('Problem("x", 1, Message("it is {n}", n=1), problem.remedy)', 0),
    ],
)
def test_a_text_that_is_no_message_is_noticed(code: str, plain: int) -> None:
    assert len(plain_texts(code)) == plain


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """Return a folder of files with something wrong in each."""
    folder = tmp_path / "town"
    generate_city(units=14, centres=1, seed=1).save(folder)
    for name in ("units.geojson", "features.geojson"):
        (folder / name).unlink()
    units = (folder / "units.csv").read_text("utf-8").splitlines()
    cells = units[3].split(",")
    place = units[0].split(",").index("population")
    faulty = {"many": "many", "negative": "-5", "percent": "12%"}
    for name, value in faulty.items():
        shutil.copytree(folder, tmp_path / name)
        row = ",".join([*cells[:place], value, *cells[place + 1 :]])
        (tmp_path / name / "units.csv").write_text("\n".join([*units[:3], row, *units[4:]]), "utf-8")
    shutil.copytree(folder, tmp_path / "torn")
    (tmp_path / "torn" / "adjacency.csv").write_text("a,b\nU0001,U9999\n")
    (tmp_path / "history.csv").write_text("date,kpi,business,value\n2021/12/11,sails,fixed,x\n")
    (tmp_path / "twice.yaml").write_text("a: 1\na: 2\n")
    (tmp_path / "circle.yaml").write_text("base: circle.yaml\n")
    (tmp_path / "apart.csv").write_text("U0001,U0014\nU0002\n")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "run.json").write_text('{"format": 999}')
    return tmp_path


@pytest.mark.parametrize(
    ("call", "code", "words"),
    [
        ("simulate plan --set foo.bar=3", 2, "plan: foo.bar：方案中没有'foo'。现有：name、title、"),
        (
            "simulate plan --set phases.9.end=1",
            2,
            "phases共有3项，其中没有'9'。现有：adjustment、transition、trial_run。",
        ),
        (
            "simulate plan --set phases.1.focus=x",
            2,
            "须为以下之一：'training'、'drills'或'sales'（该阶段的重点（F10-F12））",
        ),
        (
            "simulate plan --set calendar.start=2021-13-45",
            2,
            "'2021-13-45'既不是有效的数字，也不是有效的日期",
        ),
        ("simulate plan --set run.warm_up_days=500", 2, "现为500；须小于days（250）。请缩短。"),
        ("validate many negative percent", 2, "units.csv第4行population列：现为many；须为数。请更正，未知时留空。"),
        ("validate negative", 2, "现为-5；不能为负。"),
        ("validate percent", 2, "现为12%；须为数。15%请写成0.15。"),
        ("validate torn", 2, "adjacency.csv第2行：现为U9999；邻接关系的两端须为已有单元。"),
        ("validate town --rename foo=population", 2, "units.csv中没有列foo。可选：unit_id、x、y、"),
        ("validate history.csv", 2, "history.csv第2行kpi列：现为sails；不是可比较的指标。是否指'sales'？"),
        (
            "validate twice.yaml circle.yaml",
            2,
            "twice.yaml第2行第1列：不是有效的YAML：键'a'与第1行重复，请只保留一个。",
        ),
        ("validate circle.yaml", 2, "base循环引用：circle.yaml -> circle.yaml。请修改其中一个base。"),
        ("repeat old", 2, "现为格式999；由较新版本写出；只能读取格式1。请使用写出它的版本。"),
        ("partition town --communities 9:3", 2, "--communities 9:3：范围须由小到大。"),
        ("partition town --communities 3 --keep-apart apart.csv", 2, "apart.csv第2行：现为U0002；每行须为a,b两列。"),
        ("partition town --communities 3 --current nope", 2, "current：现为nope；区域数据中没有这一列。"),
        (
            "partition town --communities 9 --balance population=0.02",
            3,
            "无解：仅单元U0012的population就有6952，超过社区上限",
        ),
        ("whatif plan --vary run.seed=1,2 --territory town", 2, "变动参数run.seed：假设分析的各点共用此值。"),
        ("whatif plan --vary indicators.income", 2, "须为KEY=LOW:HIGH:STEP（至多100000个数）或KEY=V,V,V的形式"),
        ("recommend plan --territory town --values a,b", 2, "--values：现为a,b；须为以逗号分隔的数。"),
        ("timeline no_merger --territory town", 2, "只能为至少有两个阶段的融合搜索时间表。"),
        ("calibrate plan history.csv --fit x=5:1", 2, "须为KEY=LOW:HIGH（LOW小于HIGH）或KEY的形式。"),
        ("city --units 30 --centres 9", 2, "centres：现为9；须不小于1，且每个中心至少有6个单元。"),
        ("compare plan waves --select nope --territory town", 2, "--select：现为nope；没有这个指标。现有：sales、"),
    ],
)
def test_a_wrong_call_is_answered_in_chinese(
    call: str, code: int, words: str, bad: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(bad)
    assert main([*call.split(), "--lang", "zh"]) == code
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ("simulat plan", "fusion：错误：没有'simulat'这个命令。是否指'simulate'"),
        ("simulate plan --bogus 3", "fusion simulate：错误：simulate没有选项--bogus。"),
        ("simulate plan --replications 0", "--replications：现为'0'，须为不小于1的整数"),
        ("whatif plan", "缺少参数：--vary"),
        ("validate x --bridge foo", "--bridge：没有'foo'这个选项，可选："),
    ],
)
def test_a_call_that_is_not_understood_is_answered_in_chinese(
    call: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([*call.split(), "--lang", "zh"])
    said = capsys.readouterr().err
    assert said.startswith("用法：fusion") and words in said


def test_argparse_has_a_chinese_text_for_whatever_it_can_say_of_a_call() -> None:
    found = extract_from_file("python", argparse.__file__, keywords={"_": None, "ngettext": (1, 2)})
    ids = {text for _, names, *_ in found for text in ([names] if isinstance(names, str) else names)}
    assert {"unrecognized arguments: %s", "expected %s arguments"} <= ids
    by_the_programmer = (
        "conflict",
        "invalid option string",
        "invalid conflict",
        "dest=",
        "mutually",
        "cannot ",
        "'req",
    )
    by_help = (
        *("positional arguments", "options", "subcommands", "show this help message and exit"),
        *("show program's version number and exit", "%(heading)s:", " (default: %(default)s)"),
        *("%(prog)s: error: %(message)s\n", "%(prog)s: warning: %(message)s\n"),
    )
    by_other_types = ('argument "-"', "%r is not", ".__call__", "unexpected option string")
    lacking = {i for i in ids if i not in stated("zh", "argparse") and i not in by_help}
    lacking = {i for i in lacking if not i.endswith("is deprecated")}  # nothing is, here
    assert not {i for i in lacking if not i.startswith(by_the_programmer + by_other_types)}


def test_argparse_speaks_as_ever_after_a_call_in_another_language(capsys: pytest.CaptureFixture[str]) -> None:
    for language, words in (("zh", "缺少参数"), ("en", "the following arguments are required: --vary")):
        with pytest.raises(SystemExit, match="2"):
            main(["whatif", "plan", "--lang", language])
        assert words in capsys.readouterr().err


def descriptions(model: type[BaseModel], met: set[type[BaseModel]]) -> Iterator[str]:
    """Yield the meaning and the unit of every key of a part of the schema, and of the parts in it."""
    for field in model.model_fields.values() if model not in met else ():
        extra = field.json_schema_extra
        yield from (field.description or "", str(extra["unit"]) if isinstance(extra, dict) else "")
        inner = model_in(field.annotation)
        if inner is not None:
            yield from descriptions(inner, met | {model})


def test_every_key_that_an_error_can_name_has_its_meaning_and_unit_in_chinese() -> None:
    say = Language("zh")
    assert not {text for text in descriptions(Scenario, set()) if say.tongue(text) != "zh"}
