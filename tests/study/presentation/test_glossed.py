"""What the program says when something is wrong has a Chinese text: read from the code, looked up in the glossary."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from scenarios import InfeasibleError, Problem, Scenario, generate_city
from scenarios.schema.error_wording import model_in
from study.cli import main
from study.presentation.error_messages import ending, worded
from study.presentation.language import APART, Language, glossary
from tests.study.presentation.said_in_code import NAME, NUMBER, Sources, UnreadableError

PASSED_ON = re.compile(r"\w+\.(rule|remedy)|w\['(rule|remedy)'\]")
"""What hands on a text of another problem, which is met where it is first said."""

SAMPLES = {"n": "7", "name": "Abc", "text": "Abc", "texts": "Abc", "list": "Abc, Xyz", "where": "Abc: "}


@pytest.fixture(scope="module")
def sources() -> Sources:
    return Sources()


def spoken(text: str) -> Iterator[str]:
    """Yield a text as it may be said, with numbers and names filled in."""
    for values in itertools.product(("Abc", "7"), repeat=min(text.count(NAME), 5)):
        filled = text.replace(NUMBER, "7")
        for value in values:
            filled = filled.replace(NAME, value, 1)
        yield from (filled.replace(NAME, "Abc"), filled.replace(NAME, "Abc").rstrip("."))


def without_chinese(sources: Sources) -> tuple[dict[str, str], dict[str, str]]:
    """Return the texts that have no gloss and the expressions that cannot be read, each with its place."""
    say = Language("zh")
    lacking: dict[str, str] = {}
    unread: dict[str, str] = {}
    for place, said in sources.said():
        try:
            texts = sources.texts(said)
        except UnreadableError as error:
            if not PASSED_ON.fullmatch(str(error)):
                unread[f"{place.split(':')[0]}: {error}"] = place
        else:
            lacking |= {text: place for text in texts if not any(say.tongue(x) == "zh" for x in spoken(text))}
    return lacking, unread


def test_whatever_is_said_of_a_wrong_input_has_a_chinese_text(sources: Sources) -> None:
    lacking, _ = without_chinese(sources)
    assert not lacking


@pytest.mark.parametrize(
    ("code", "lacking"),
    [
        ('raise InputError(Problem("x", 1, "the moon is made of cheese", "Eat it."))', 2),
        ('def f(n):\n    rule = f"{n:g} moons are too many"\n    raise InputError(Problem("x", n, rule, "Add."))', 2),
        ('def f(a):\n    rule, remedy = ("too big", "Cut.") if a else ("too small", "Add it.")\n'
         '    return Problem("x", a, rule, remedy)', 3),
        ('def g(findings):\n    findings.error("x", 1, "it is blue", "Add it.")', 1),
        ('raise LimitError(f"the sea took {name}")', 1),
    ],
)  # fmt: skip
def test_a_new_message_without_chinese_is_noticed(code: str, lacking: int) -> None:
    sources = Sources(())
    sources.read(code, "new.py")
    assert len(without_chinese(sources)[0]) == lacking


@pytest.mark.parametrize("part", ["", *APART])
def test_no_gloss_takes_the_texts_of_a_later_one(part: str) -> None:
    exact, _ = glossary("zh", part)
    say, taken = Language("zh"), {}
    for text, said in exact.items():
        holes = dict(re.findall(r"{((n|name|texts?|list|where)\d?)}", text))
        if not holes:
            continue
        english = re.sub(r"{((?:n|name|texts?|list|where)\d?)}", lambda hole: SAMPLES[hole[1].rstrip("23456789")], text)
        chinese = {
            hole: "Abc：" if kind == "where" else SAMPLES[kind].replace(", ", "、") for hole, kind in holes.items()
        }
        if say.gloss(english, part) != said.format(**chinese):
            taken[text] = say.gloss(english, part)
    assert not taken


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
        ("simulate plan --set calendar.start=2021-13-45", 2, "有无法读取的值：月份须为1至12。文本请加引号"),
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


def test_every_contradiction_of_wishes_is_told_on_a_line_of_its_own_in_chinese() -> None:
    english = (
        "stage1 fixed growth: no split keeps the part of CM by its weight 1 (64) and targets.pins[0] (centre 北: "
        "at least 300). The smallest relaxation: targets.pins[0] to 64, targets.floor from 0.5 to 0.4."
    )
    chinese = (
        "stage1固网发展用户：无法同时满足社区经理按权重1承担的部分（64）、targets.pins[0]（中心“北”：至少300）。"
        "最小的放宽：targets.pins[0]改为64、targets.floor由0.5改为0.4。"
    )
    assert ending(InfeasibleError(f"{english}\n{english}"), "zh") == [f"无解：{chinese}\n{chinese}"]


def test_a_word_of_the_user_is_never_taken_for_one_of_the_program() -> None:
    problem = Problem("part", "share", "the territory has no such column", "Known: share, demand and 3 more.")
    assert worded(problem, Language("zh")) == "part：现为share；区域数据中没有这一列。现有：share、demand、另有3项。"


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
