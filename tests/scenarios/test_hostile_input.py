"""Hostile and damaged input is refused with its place: a share of the fuzzing campaign, and known attacks."""

import io
import random
import signal
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scenarios import InputError, generate_city, load, load_scenario, load_territory
from scenarios.load import with_settings
from study.cli import BAD_INPUT, main
from study.decide import prepare_territory
from tests.campaigns.fuzz import TooLongError, feed
from tests.campaigns.targets import Target, build

INPUTS = {"yaml": 60, "set": 300, "world": 15, "csv": 80, "geojson": 30, "gpkg": 20, "xlsx": 30, "names": 40}


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Target]]:
    def late(*_: object) -> None:
        raise TooLongError

    before, reader = signal.signal(signal.SIGALRM, late), load.read_mapping
    yield build(tmp_path_factory.mktemp("seeds"))
    signal.signal(signal.SIGALRM, before)
    load.read_mapping = reader


@pytest.mark.parametrize("name", INPUTS)
def test_mutated_input_is_taken_or_refused_with_its_place(
    name: str, targets: dict[str, Target], tmp_path: Path
) -> None:
    found = feed(targets[name], INPUTS[name], random.Random(f"ci {name}"), tmp_path)
    assert found["findings"] == [] and found["inputs"] == INPUTS[name]


STEPS = zip("abcdefgh", "bcdefghi", strict=True)
LAUGHS = "\n".join(["a: &a [x, x, x]", *(f"{k}: &{k} [*{p}, *{p}, *{p}]" for p, k in STEPS)])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (LAUGHS, "aliases"),
        ("a: " + "[" * 5000, "nesting is deeper"),
        ("base: plan\nset: {training.seats: " + "9" * 6000 + "}", "training.seats|cannot be read"),
        ("base: plan\nbase: plan\n", "stands here and in line"),
        ("base: plan\nset: {training.seats: .nan}", "training.seats"),
        ("base: plan\nset: {learning.CM.fixed: .inf}", "learning.CM.fixed"),
        ("base: !!python/object/apply:os.system [id]\n", "cannot be read as YAML"),
        ("base: ../../../../etc/passwd\n", "no scenario has this name|cannot be read|a scenario is a mapping"),
        ("base: scenario\n", "bases go in a circle"),
        ("x" * 1_000_001, "at most 1000000 bytes"),
    ],
)
def test_known_attacks_on_scenarios_are_refused(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    import re

    assert re.search(says, "\n".join(map(str, caught.value.problems)))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_text_is_read_in_every_encoding_people_save_it_in(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_bytes("base: plan\ntitle: {en: Ours, zh: 我们的融合方案}\n".encode(encoding))
    assert load_scenario(path).title.zh == "我们的融合方案"


def test_mixed_encodings_in_one_table_are_refused_with_the_line(tmp_path: Path) -> None:
    generate_city(units=12, centres=1, seed=1).save(tmp_path)
    lines = (tmp_path / "units.csv").read_bytes().split(b"\n")
    lines[3] += b"\xff\xff\xfe"
    (tmp_path / "units.csv").write_bytes(b"\n".join(lines))
    with pytest.raises(InputError, match=r"units.csv line 4"):
        load_territory(tmp_path)


def test_a_zip_bomb_in_a_workbook_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as book:
        for part in range(3):
            book.writestr(f"xl/worksheets/sheet{part}.xml", b"\0" * 50_000_000)
    path = tmp_path / "units.xlsx"
    path.write_bytes(made.getvalue())
    assert path.stat().st_size < 200_000
    with pytest.raises(InputError, match="must unpack to at most"):
        load_territory(path)


def test_a_table_too_large_to_hold_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate_city(units=12, centres=1, seed=1).save(tmp_path)
    with (tmp_path / "units.csv").open("ab") as file:
        file.truncate(60_000_000)  # a hole in the file: it takes no room
    with pytest.raises(InputError, match="must have at most 50000000 bytes"):
        load_territory(tmp_path)


def test_more_people_than_any_city_has_are_not_generated() -> None:
    town = generate_city(units=12, centres=1, seed=1)
    scenario = with_settings(load_scenario("plan"), {"territory.rates.outlets_per_10k_persons": 1e9})
    import dataclasses

    with pytest.raises(InputError, match=r"territory.rates.outlets_per_10k_persons.*at most 200000 are generated"):
        prepare_territory(scenario, dataclasses.replace(town, outlets=None), seed=1)


@pytest.mark.parametrize(
    ("key", "value"), [("run.days", "5001"), ("run.replications", "100001"), ("run.days", "1000000000")]
)
def test_runs_have_a_longest_length(key: str, value: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    asked = ["simulate", "erlang_c", "--set", f"{key}={value}", "--out", str(tmp_path / "out")]
    assert main(asked) == BAD_INPUT
    assert f"{key} is {value}; it must be at most" in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_a_what_if_of_too_many_points_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for vary in (["indicators.income=0:1:1e-9"], [f"indicators.{k}=0:1:0.001" for k in ("income", "population")]):
        asked = ["whatif", "plan", "--out", str(tmp_path / "out"), *[f"--vary={v}" for v in vary]]
        assert main(asked) == BAD_INPUT
        assert "100000" in capsys.readouterr().err


def test_what_a_terminal_would_obey_is_shown_as_an_escape(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "\x1b[2J\u202eplan", "x" * 9000]) == BAD_INPUT
    said = capsys.readouterr().err
    assert "\x1b" not in said and "\\x1b[2J" in said and max(map(len, said.splitlines())) < 4000
