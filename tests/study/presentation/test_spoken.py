"""What a terminal says in Chinese: every verb, its warnings, its steps and its errors, with no English in between."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from rich.cells import cell_len

from foundation.messages import Message
from scenarios import InfeasibleError, LimitError, Problem, generate_city, load_scenario
from scenarios.loading.cautions import IN_TERRITORY, SYNTHETIC, UNREACHED
from study.cli import main
from study.cli.execute import BAD_INPUT, DONE
from study.comparison.select_best import selection_text
from study.pipeline.repeat import Verdict
from study.presentation.error_messages import ending, error_text, go_on
from study.presentation.language import Language
from study.presentation.text_table import aligned
from study.reporting.terminal import cautions

NAMES = {"Model", "City", "synthetic", "plan", "fusion", "town", "as_asked", "today", "waves"}
"""Names of the territory, of scenarios and of the program, which have no Chinese."""


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town") / "town"
    generate_city(units=14, centres=1, seed=1).save(folder)
    return folder


def english_in(text: str, *paths: Path) -> set[str]:
    """Return the words of Latin letters that are no name, no dotted key, no option, no path and no code of the plan."""
    for path in paths:
        text = text.replace(str(path), "")
    text = re.sub(r"--[\w-]+|\b\w+\.[\w.]+\b|\bF\d+\b|\bG网", " ", text)
    return set(re.findall(r"[A-Za-z_]{2,}", text)) - NAMES


def said_by(arguments: list[str], capsys: pytest.CaptureFixture[str], code: int = DONE) -> str:
    assert main([*arguments, "--lang", "zh"]) == code
    shown = capsys.readouterr()
    return shown.err + shown.out


def short(verb: str, town: Path, out: Path, *more: str) -> list[str]:
    where = ["--territory", str(town), "--set", "partition.time_limit=0.5", "--set", "run.days=20", "--out", str(out)]
    return [verb, *more, *where]


def test_a_city_is_told_in_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = said_by(["city", "--units", "30", "--centres", "2", "--out", str(tmp_path)], capsys)
    assert "30个基本单元" in said and not english_in(said, tmp_path)


def test_targets_are_told_in_chinese(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = said_by(short("targets", town, tmp_path, "plan"), capsys)
    assert "发展用户 [户]" in said and "项限制起作用：" in said and "说明：" in said
    assert not english_in(said, tmp_path)


def test_a_simulation_and_its_warnings_are_told_in_chinese(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = said_by([*short("simulate", town, tmp_path, "plan"), "--replications", "2"], capsys)
    assert "仿真2次" in said and "95%置信区间" in said and said.count("警告：") >= 4
    assert not english_in(said, tmp_path)


def test_a_repeated_result_is_judged_in_chinese(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    cut = ["partition", str(town), "--communities", "2", "--balance", "population=0.4", "--effort", "quick"]
    assert main([*cut, "--out", str(out), "--quiet"]) == DONE
    said = said_by(["repeat", str(out)], capsys)
    assert said.startswith("一致：") and not english_in(said)
    differing = (
        Message("{name} line {line}: {then!r} then, {now!r} now", name="plan.csv", line=2, then="a", now="b"),
        Message("{name}: only in the first result", name="map.csv"),
    )
    other = Verdict((), differing, (), (Message("scenario {name}", name="x"),))
    assert other.in_text("zh").splitlines() == [
        "不一致：2处差异；0个表相同",
        "plan.csv第2行：当时'a'，现在'b'",
        "map.csv：仅存在于第一次结果",
        "输入与当时不同：方案x",
    ]


def test_a_partition_and_its_further_answers_are_told_in_chinese(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = ["partition", str(town), "--balance", "population=0.4", "--effort", "quick", "--out", str(tmp_path)]
    more = ["--why", "U0001", "--ensemble", "5", "--frontier", "balance"]
    said = said_by([*cut, "--communities", "2", *more], capsys)
    assert "转动惯量" in said and "随机有效方案" in said and "该限度内已知最小值" in said
    assert not english_in(said, tmp_path) - {"U0001"}
    assert "推荐" in said_by([*cut, "--communities", "2:3"], capsys)


def test_a_selection_is_told_by_title_and_in_money() -> None:
    rows = [{"scenario": name, "replications": 9, "left": 1, "best": 0} for name in ("plan", "waves")]
    found = {"kpi": "contribution", "best": "plan", "probability": 0.95, "indifference": 40_310.0, "scenarios": rows}
    scenarios = {name: load_scenario(name) for name in ("plan", "waves")}
    assert "4.03万元" in selection_text({**found, "decided": True}, scenarios, "zh")
    said = selection_text({**found, "decided": False}, scenarios, "zh")
    assert "尚无定论" in said and "分批推进" in said and not english_in(said)


def test_a_warning_is_said_in_chinese_after_a_trip_through_a_file_and_one_of_an_old_file_stays_whole() -> None:
    note = Problem(IN_TERRITORY.again(name="甲"), None, SYNTHETIC, Message("Add them to the territory."), "warning")
    late = Problem("scenario x", "trial", UNREACHED.again(count=2, total=8, days=date(2022, 8, 1)), "", "warning")
    kept = [json.loads(json.dumps(problem.to_data())) for problem in (note, late)]
    read = [Problem.from_data(one) for one in kept]
    assert read == [note, late] and cautions(read, {}, "zh") == cautions([note, late], {}, "zh")
    assert "2022-08-01" in cautions(read, {}, "zh")[1] and not english_in(cautions(read, {}, "zh")[0])
    old = [{key: text for key, text in one.items() if key != "said"} for one in kept]
    assert "it is synthetic" not in cautions([Problem.from_data(old[0])], {}, "zh")[0]  # the page has words of its own
    assert (
        str(UNREACHED.again(count=2, total=8, days="2022-08-01")) in cautions([Problem.from_data(old[1])], {}, "zh")[0]
    )
    other = Problem("x", None, "the moon is made of cheese", "Eat it.", "warning")
    assert "the moon is made of cheese. Eat it." in cautions([other], {}, "zh")[0]
    assert cautions([other], {}, "en") == [f"warning: {other}"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["simulate", "plan", "--set", "training.seats=0"],
            "training.seats：现为0；须不小于1（一名培训师一次可带的人数",
        ),
        (["simulate", "pln"], "没有这个名称的方案，也没有这个文件。是否指'plan'？"),
        (["compare", "plan"], "比较至少需要两个方案"),
        (["validate"], "没有可检查的内容"),
        (["report", "nowhere"], "不是已完成的研究：文件或文件夹不存在"),
        (["resume", "nowhere"], "其中没有未完成的结果"),
        (["city", "--units", "3", "--out", "/dev/null/x"], "无法在此写入结果：这不是文件夹"),
    ],
)
def test_the_commonest_errors_are_said_in_chinese(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    said = said_by(arguments, capsys, BAD_INPUT)
    assert said.startswith("fusion：") and words in said
    assert not english_in(said, tmp_path) - {"pln", "PATH", "SCENARIO", "nowhere", "study", "dev", "null", "run"}


def test_an_error_that_the_catalogue_lacks_stays_whole_in_english() -> None:
    problem = Problem("a.csv row 3", 7, "the sea is too deep", "Drain it.")
    assert error_text(problem, Language("zh")) == str(problem)


def test_the_frames_of_endings_speak_the_language() -> None:
    assert ending(InfeasibleError("why"), "zh") == ["无解：why"]
    assert ending(LimitError("why"), "zh") == ["达到限度而停止：why"]
    assert ending(KeyboardInterrupt(), "zh") == ["已中断；已完成的文件均完整。"]
    assert ending(MemoryError(), "zh")[0].startswith("内存不足")
    assert ending(OSError(28, "No space left on device", "out"), "zh") == ["out：磁盘空间不足"]
    assert go_on("out", "zh") == "已完成的部分均已保留，可用以下命令继续：fusion resume out"
    assert go_on("out") == "what is finished is kept; go on with: fusion resume out"


def test_columns_stand_below_one_another_however_wide_the_characters() -> None:
    table = pd.DataFrame({"结果": ["发展用户", "KPI"], "单位": ["户", "万元"], "均值": ["6,458", "−3.1"]})
    lines = aligned(table).splitlines()
    assert {cell_len(line) for line in lines} == {cell_len(lines[0])}
    starts = [cell_len(line[: line.index(text)]) for line, text in zip(lines, ("单位", " 户 ", "万元"), strict=True)]
    assert starts == [10, 9, 10]
