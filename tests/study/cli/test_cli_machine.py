"""The command line for machines and shells: one JSON document, completion, suggestions, colours where they belong."""

import json
import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from foundation.messages import Message
from scenarios import generate_city
from scenarios.loading.load import scenario_names
from study.cli import build_parser, main
from study.cli.closed_pipes import CLOSED
from study.cli.completion import script
from study.cli.execute import BAD_INPUT, DONE, INFEASIBLE, LIMIT
from study.presentation.language import LANGUAGES
from study.presentation.progress import Reporter
from study.reporting.terminal import answer_lines, warned
from tests.study.sample_record import build_record

ROOT = Path(__file__).resolve().parents[3]
VERBS = build_parser().verbs()


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    return generate_city(units=60, centres=2, seed=3).save(folder / "small")


def document(capsys: pytest.CaptureFixture[str]) -> dict:
    return json.loads(capsys.readouterr().out)


def test_partition_prints_one_document_with_value_and_bound(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["partition", str(city), "--communities", "4", "--balance", "population=0.3", "--time-limit", "5"]
    assert main([*arguments, "--json", "--out", str(tmp_path)]) == DONE
    found = document(capsys)
    assert (found["verb"], found["exit_code"], found["out"]) == ("partition", 0, str(tmp_path))
    assert found["value"] == json.loads((tmp_path / "result.json").read_text())["value"]


def test_simulate_prints_the_kpis_with_their_intervals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["--set", "run.days=30", "--set", "run.warm_up_days=2"]
    assert main(["simulate", "erlang_c", "--replications", "3", *settings, "--json", "--out", str(tmp_path)]) == DONE
    wait = document(capsys)["kpis"]["support_wait_hours"]
    assert wait["low"] < wait["mean"] < wait["high"]


@pytest.mark.parametrize("arguments", [["city", "--units", "60"], ["template"]])
def test_small_verbs_print_one_document_and_nothing_else(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--json", "--quiet", "--out", str(tmp_path)]) == DONE
    assert document(capsys)["out"] == str(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "verb", ["study plan", "compare plan big_bang", "targets plan", "whatif plan --vary selling.contact_minutes=4,6"]
)
def test_long_verbs_print_one_document(
    verb: str, city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [*shlex.split(verb), "--territory", str(city), "--json", "--out", str(tmp_path / "out")]
    arguments += [] if verb.startswith("targets") else ["--replications", "2"]
    arguments += ["--set", "partition.time_limit=0.5", "--set", "study.alternatives=[]"]
    arguments += [
        "--set",
        "study.sensitivity={}",
        "--set",
        "study.measures={}",
        "--set",
        "run.days=60",
        "--set",
        "study.worlds=0",
    ]
    assert main(arguments) == DONE
    found = document(capsys)
    assert found["verb"] == arguments[0] and {"differences", "points", "stages"} & set(found)
    if "differences" in found and "compare" in verb:
        assert found["differences"][0].keys() == {
            "kpi",
            "baseline",
            "scenario",
            "difference",
            "low",
            "high",
            "replications",
        }


def test_a_failure_is_told_as_a_document_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "plan", "--set", "training.seats=0", "--json", "--out", str(tmp_path / "x")]) == BAD_INPUT
    found = document(capsys)
    assert found["exit_code"] == BAD_INPUT
    assert found["problems"][0]["path"].endswith("training.seats") and "at least 1" in found["problems"][0]["rule"]


@pytest.mark.parametrize(
    ("arguments", "verb", "says"),
    [
        (["simulte", "plan"], None, "there is no verb 'simulte'"),
        (["partition", "city", "--comunities", "3"], "partition", "Did you mean '--communities'"),
        (["partition", "city"], "partition", "the number of communities is missing"),
        (["city", "--seed", "x", "--lang", "zh"], "city", "must be a whole number of at least 0"),
        (["validate", "--bridge", "farthest"], "validate", "invalid choice: 'farthest'"),
    ],
)
def test_a_wrong_call_is_told_as_a_document_too(
    arguments: list[str], verb: str | None, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of([*arguments, "--json"]) == BAD_INPUT
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert (found["verb"], found["exit_code"]) == (verb, BAD_INPUT)
    assert says in found["problems"][0]["rule"] and said.err
    assert code_of(arguments) == BAD_INPUT
    assert capsys.readouterr().out == ""


def code_of(arguments: list[str]) -> int | str | None:
    """Return with what the program ends, whether what reads the options stops it or what they ask for."""
    try:
        return main(arguments)
    except SystemExit as stopped:
        return stopped.code


@pytest.mark.slow
def test_an_infeasible_request_is_told_as_a_document_too(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["partition", str(city), "--communities", "3", "--bounds", "population=1:2", "--out", str(tmp_path)]
    assert main([*arguments, "--json"]) == INFEASIBLE
    assert "infeasible" in document(capsys)["problems"][0]["rule"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [["validate", "--schema"], ["validate", "--schema", "--json"], ["validate", "plan"], ["--help"]]
)
@pytest.mark.parametrize("lines", [0, 1])
def test_a_reader_who_has_seen_enough_ends_the_work_without_a_word(arguments: list[str], lines: int) -> None:
    command = [sys.executable, "-m", "study", *arguments]
    stderr = subprocess.STDOUT if "plan" in arguments else subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr) as process:
        assert process.stdout is not None
        for _ in range(lines):
            assert process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read() if process.stderr is not None else b""
        code = process.wait(60)
    assert said == b""
    may_be_done = lines or arguments == ["--help"]  # all in the pipe before it is closed; argparse minds no closed one
    assert code == CLOSED or (may_be_done and code == DONE)


@pytest.mark.slow
def test_a_result_that_cannot_be_printed_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full")
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "study", "validate", "--schema"]
        code = subprocess.run(command, cwd=ROOT, stdout=full, check=False).returncode
    assert code == LIMIT
    assert capfd.readouterr().err.strip() == "fusion: No space left on device"


def test_without_json_nothing_is_printed_to_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["city", "--units", "60", "--out", str(tmp_path)]) == DONE
    said = capsys.readouterr()
    assert said.out == "" and "60 units" in said.err


def test_validate_keeps_its_list_of_findings_even_where_they_are_errors(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("base: plan\nset: {training.seats: 0}\n")
    assert main(["validate", str(path), "--json"]) == BAD_INPUT
    (found,) = json.loads(capsys.readouterr().out)
    assert found["path"].endswith("training.seats")
    assert main(["validate", "--schema", "--json"]) == DONE
    assert {"key", "unit", "meaning"} == set(json.loads(capsys.readouterr().out)[0])


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["simulte", "plan"], "'simulate'"),
        (["partition", "city", "--comunities", "3"], "--communities"),
        (["simulate", "plan", "--replication=3", "--jbos", "2"], "--jobs"),
        (["compare", "plan", "wavs"], "'waves'"),
        (["simulate", "plan", "--set", "trainig.seats=3"], "'training'"),
        (["simulate", "erlang_c", "--replications", "auto", "--watch", "support_wait_hour"], "'support_wait_hours'"),
        (["study", "--territory", "model_cty"], "model_city"),
    ],
)
def test_what_is_misspelt_is_answered_with_what_may_be_meant(
    arguments: list[str],
    meant: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert code_of(arguments) == BAD_INPUT
    said = capsys.readouterr().err
    assert "Did you mean" in said and meant in said


@pytest.mark.parametrize(
    ("arguments", "says", "chinese"),
    [
        (["city", "--out", ""], "--out: '' must be the name of a folder", "--out：现为''，须为文件夹名称"),
        (["template", "--out", "  "], "'  ' must be the name of a folder", "须为文件夹名称"),
        (["whatif", "plan", "--vary", "x=1,2", "--cache="], "--cache: '' must be the name", "--cache：现为''"),
        (["city", "--seed", "9" * 20], "must be at most 9223372036854775807", "不能大于9223372036854775807"),
        (["city", "--seed", "9" * 5000], "must be at most 9223372036854775807", "不能大于9223372036854775807"),
        (["city", "--units", "9" * 20], "must be at most 9223372036854775807", "不能大于9223372036854775807"),
        (["city", "--seed", "-1"], "must be a whole number of at least 0", "须为不小于0的整数"),
        (["city", "--seed", "x"], "must be a whole number of at least 0", "须为不小于0的整数"),
    ],
)
def test_a_wrong_value_is_answered_with_the_rule_that_it_breaks(
    arguments: list[str],
    says: str,
    chinese: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for more, words in (([], says), (["--lang", "zh"], chinese)):
        with pytest.raises(SystemExit, match="2"):
            main([*arguments, *more])
        assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_abbreviated_options_and_values_that_look_like_options_still_work() -> None:
    options = build_parser().parse_args(["partition", "city", "--comm", "3", "--balance=population=0.1"])
    assert options.communities == "3"


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_shows_examples_that_it_takes(verb: str) -> None:
    lines = re.sub(r"\s{2,}#.*", "", (VERBS[verb].epilog or "").replace("\n  fusion ", "\0fusion ")).split("\0")[1:]
    assert lines
    for line in lines:
        options = build_parser().parse_args(shlex.split(line.split(" > ")[0].split("   ")[0])[1:])
        assert options.verb == verb


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_one_that_the_shell_reads(shell: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    path = tmp_path / "fusion"
    path.write_text(script(build_parser(), shell), encoding="utf-8")
    done = subprocess.run([program, "-n", str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("fusion par", {"partition"}),
        ("fusion simulate big", {"big_bang"}),
        ("fusion partition --obj", {"--objections", "--objective"}),
        ("fusion partition --objective ", {"cut-edges", "distance", "moment", "radius"}),
        ("fusion simulate plan --set training.sea", {"training.seats"}),
        ("fusion compare plan --select syn", {"synergy"}),
        ("fusion completion ", {"bash", "zsh", "fish"}),
    ],
)
def test_bash_completes(typed: str, offered: set[str], tmp_path: Path) -> None:
    path = tmp_path / "fusion.bash"
    path.write_text(script(build_parser(), "bash"), encoding="utf-8")
    words = typed.split(" ")
    ask = (
        f"source {path}; COMP_WORDS=({' '.join(shlex.quote(w) for w in words)}); COMP_CWORD={len(words) - 1}; "
        "$(complete -p fusion | sed 's/.*-F \\([^ ]*\\).*/\\1/'); printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert set(done.stdout.split()) == offered


def test_every_scenario_is_completed() -> None:
    text = script(build_parser(), "bash")
    assert all(name in text for name in scenario_names())


def on_a_terminal(arguments: list[str], **environment: str) -> str:
    """Run the program with a terminal as stderr and return what it shows there."""
    terminal, other = pty.openpty()
    clean = {k: v for k, v in os.environ.items() if k not in {"NO_COLOR", "FORCE_COLOR"}}
    done = subprocess.Popen(
        [sys.executable, "-m", "study", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=other,
        cwd=ROOT,
        env={**clean, "TERM": "xterm-256color", **environment},
    )
    os.close(other)
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(terminal)
    done.wait()
    return shown.decode("utf-8", "replace")


COLOUR = re.compile(r"\x1b\[[0-9;]*(?:3[0-7]|9[0-7]|38;)[0-9;]*m")


@pytest.mark.slow
def test_colours_appear_on_a_terminal_and_never_with_no_color() -> None:
    wrong = ["simulate", "plan", "--set", "training.seats=0"]
    assert COLOUR.search(on_a_terminal(wrong))
    assert not COLOUR.search(on_a_terminal(wrong, NO_COLOR="1"))
    piped = subprocess.run(
        [sys.executable, "-m", "study", *wrong], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert "\x1b" not in piped.stderr and piped.returncode == BAD_INPUT


@pytest.mark.slow
def test_progress_on_a_terminal_shows_how_many_are_done_and_the_time_left(tmp_path: Path) -> None:
    arguments = ["simulate", "erlang_c", "--replications", "8", "--set", "run.days=300", "--out", str(tmp_path)]
    shown = on_a_terminal(arguments)
    assert "8/8" in shown and re.search(r"\d:\d\d:\d\d", shown)


def test_validate_speaks_chinese_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "plan", "--lang", "zh"]) == DONE
    told = capsys.readouterr().err
    assert "警告" in told and "warning" not in told and "第二阶段" in told
    assert main(["validate", "--schema", "--lang", "zh", "--json"]) == DONE
    assert {"key": "run.days", "unit": "工作日", "meaning": "研究时长"} in document(capsys)


def test_progress_names_its_steps_in_the_readers_language(capsys: pytest.CaptureFixture[str]) -> None:
    with Reporter(language="zh").busy("plan") as step:
        step(Message("redrawn communities"))
    assert capsys.readouterr().err == "plan：重新划分社区\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_study_closes_with_its_four_answers_and_its_warnings(language: str) -> None:
    record = build_record()
    answers, warnings = answer_lines(record, language), warned(record, language)
    assert len(answers) == 4  # timeline, targets, communities, weights
    assert len(warnings) >= 4 and all(re.search("[\u4e00-\u9fff]", line) for line in warnings) == (language == "zh")
