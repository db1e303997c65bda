"""Hostile and damaged input is refused with its place: a share of the fuzzing campaign, and known attacks."""

import contextlib
import io
import json
import random
import signal
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

import geopandas
import pytest

from scenarios import InputError, generate_city, load_scenario, load_territory
from scenarios.loading import load
from scenarios.loading.load import with_settings
from study.cli import main
from study.cli.execute import BAD_INPUT
from study.evaluation.decisions import prepare_territory
from tests.campaigns.fuzz import TooLongError, feed
from tests.campaigns.targets import Target, build

INPUTS = {"yaml": 60, "set": 300, "world": 15, "csv": 80, "geojson": 30, "gpkg": 40, "xlsx": 30, "names": 40}
INPUTS |= {"history": 80, "wishes": 40, "options": 60, "request": 60, "result": 15}


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Target]]:
    def late(*_: object) -> None:
        raise TooLongError

    before, reader = signal.signal(signal.SIGALRM, late), load.read_mapping
    yield build(tmp_path_factory.mktemp("seeds"))
    signal.signal(signal.SIGALRM, before)
    load.read_mapping = reader


@pytest.mark.slow
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
        (LAUGHS, "more than 20000 keys and values"),
        ("a: " + "[" * 5000, "nesting is deeper"),
        ("base: plan\nset: {training.seats: " + "9" * 6000 + "}", "training.seats|cannot be read"),
        ("base: plan\nbase: plan\n", "stands here and in line"),
        ("base: plan\nset: {training.seats: .nan}", "training.seats"),
        ("base: plan\nset: {learning.CM.fixed: .inf}", "learning.CM.fixed"),
        ("base: !!python/object/apply:os.system [id]\n", "cannot be read as YAML"),
        ("base: ../../../../etc/passwd\n", "no scenario has this name|cannot be read|a scenario is a mapping"),
        ("base: scenario\n", "bases go in a circle"),
        ("x" * 1_000_001, "at most 1000000 bytes"),
        ("base: plan\nset: {training.seats: " + "1:" * 200_000 + "1}", "a number has at most 100 characters"),
        ("base: plan\nset: {training.seats: 0x" + "f" * 9000 + "}", "a number has at most 100 characters"),
        ("base: plan\nset: {" + ", ".join(f"k{i}: 1" for i in range(15_000)) + "}", "more than 20000 keys and values"),
        ("base: plan\nset: {phases: [" + "{}, " * 9000 + "{}]}", "and after is 12.* more; only the first are told"),
        ("base: plan\nset:\n  ? 'phases" + "[0]" * 100_000 + "'\n  : 1", "a key has at most 500"),
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


def sheet(path: Path, cells: str, parts: dict[str, str]) -> Path:
    """Write a workbook whose only sheet is given as XML."""
    import openpyxl

    plain = io.BytesIO()
    openpyxl.Workbook().save(plain)
    head = (
        '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    )
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        changed = {"xl/worksheets/sheet1.xml": f"{head}{cells}</sheetData></worksheet>", **parts}
        for name in source.namelist():
            book.writestr(name, changed.get(name, source.read(name)))
    return path


WIDE = "".join(f'<row r="{n}"><c r="XFD{n}"{{0}}</row>' for n in range(1, 4000))
STYLES = '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs>' + "<xf/>" * 900_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "parts", "says"),
    [
        (WIDE.format(' t="n"><v>1</v></c>'), {}, "row 1 has 16384 cells; there must be at most 2000"),
        (WIDE.format("/>"), {}, "most of them empty"),
        ("", {"xl/styles.xml": STYLES + "</cellXfs></styleSheet>"}, "styles and the like must unpack to at most"),
    ],
)
def test_a_small_workbook_that_stands_for_a_huge_table_is_refused(
    cells: str, parts: dict[str, str], says: str, tmp_path: Path
) -> None:
    path = sheet(tmp_path / "units.xlsx", cells, parts)
    assert path.stat().st_size < 200_000
    with pytest.raises(InputError, match=says):
        load_territory(path)


@pytest.mark.parametrize(
    ("units", "says"),
    [
        ("unit_id,x,y," + ",".join(f"c{n}" for n in range(1990)) + "\n" + "a\n" * 9000, "more than 5000000 cells"),
        ("unit_id,x,y\n" + "," * 100_000, "row 2 has 100001 cells; there must be at most 2000"),
        ('unit_id,x,y\n"' + "a" * 2_000_000 + '",1,2\n', "not a readable CSV table"),
    ],
)
def test_a_small_table_that_stands_for_a_huge_one_is_refused(units: str, says: str, tmp_path: Path) -> None:
    generate_city(units=12, centres=1, seed=1).save(tmp_path)
    (tmp_path / "units.csv").write_text(units)
    with pytest.raises(InputError, match=says):
        load_territory(tmp_path)


def test_polygons_with_an_attribute_each_are_refused(tmp_path: Path) -> None:
    ring = [[0, 0], [1, 0], [1, 1], [0, 0]]
    features = [
        {"type": "Feature", "properties": {f"p{n}": 1}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for n in range(3000)
    ]
    path = tmp_path / "units.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    with pytest.raises(InputError, match="3000 features with 3000 attributes; there must be at most 2000 attributes"):
        load_territory(path)


ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT"


@pytest.mark.parametrize(
    "statements",
    [
        ["ALTER TABLE units RENAME TO kept", f"CREATE VIEW units AS {ENDLESS} x AS fid, NULL AS geom FROM c"],
        [
            "ALTER TABLE gpkg_contents RENAME TO kept",
            f"CREATE VIEW gpkg_contents AS {ENDLESS} x AS table_name FROM c",
        ],
        ["ALTER TABLE units ADD COLUMN boom BLOB AS (zeroblob(900000000))"],
    ],
)
def test_a_geopackage_that_computes_its_content_is_refused(statements: list[str], tmp_path: Path) -> None:
    generate_city(units=12, centres=1, seed=1).save(tmp_path / "town")
    path = tmp_path / "units.gpkg"
    geopandas.read_file(tmp_path / "town/units.geojson").to_file(path, driver="GPKG", layer="units")
    with contextlib.closing(sqlite3.connect(path)) as base:
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            base.execute(statement)
        base.commit()
    with pytest.raises(InputError, match="must be stored tables"):
        load_territory(path)


def test_a_shapefile_whose_index_repeats_a_shape_is_refused(tmp_path: Path) -> None:
    generate_city(units=12, centres=1, seed=1).save(tmp_path / "town")
    path = tmp_path / "units.shp"
    geopandas.read_file(tmp_path / "town/units.geojson").to_file(path)
    index = path.with_suffix(".shx").read_bytes()
    path.with_suffix(".shx").write_bytes(index[:100] + index[100:108] * 100_000)
    with pytest.raises(InputError, match="names more than the file holds"):
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


@pytest.mark.parametrize(
    ("asked", "code", "says"),
    [
        (["--bounds", "population=-inf:inf"], 0, ""),
        (["--max-radius", "1e308"], 2, "at most 1e+09"),
        (["--time-limit", "1e308"], 2, "at most 1e+09"),
        (["--communities", "1:1000000000000"], 2, "number of units"),
        (["--fix-seats", "a\0b"], 2, "no name can have"),
        (["--out", "a\0b"], 2, "no name can have"),
        (["--communities", "9" * 5000], 2, "--communities"),
    ],
)
def test_options_of_extreme_size_are_taken_or_refused(
    asked: list[str], code: int, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generate_city(units=12, centres=1, seed=1).save(tmp_path / "town")
    base = ["partition", str(tmp_path / "town"), "--communities", "2", "--effort", "quick", "--quiet"]
    try:
        ended = main([*base, "--out", str(tmp_path / "out"), *asked])
    except SystemExit as error:  # as the parser of options ends
        ended = int(str(error.code))
    assert ended == code
    assert says in capsys.readouterr().err


def test_json_nested_without_end_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".unfinished").mkdir()
    for name, verb in (("run.json", "repeat"), ("run.json", "report"), (".unfinished/request.json", "resume")):
        (tmp_path / name).write_text("[" * 100_000)
        assert main([verb, str(tmp_path)]) == BAD_INPUT
        assert "Traceback" not in capsys.readouterr().err


def test_what_a_terminal_would_obey_is_shown_as_an_escape(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "\x1b[2J\u202eplan", "x" * 9000]) == BAD_INPUT
    said = capsys.readouterr().err
    assert "\x1b" not in said and "\\x1b[2J" in said and max(map(len, said.splitlines())) < 4000
