"""What the fuzzing campaign feeds: each target turns bytes into an input, reads it as a command would, and judges."""

from __future__ import annotations

import argparse
import copy
import io
import json
import random
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from optimize.districting.problem.side_constraints import Wishes, check_wishes
from scenarios import InputError, Scenario, Territory, generate_city, load_scenario
from scenarios.loading import load
from scenarios.loading.history import load_history
from scenarios.loading.import_templates import write_templates
from scenarios.loading.load import parse_setting, plain, with_settings
from scenarios.loading.small_tables import read_groups, read_pairs, read_seats
from scenarios.loading.strict_yaml import read_mapping
from scenarios.rules.workload import composite, workload
from scenarios.schema.reference import describe_schema
from sim import Inputs
from study.calibration.parameters import read_fit
from study.cli import build_parser
from study.cli.execute import BAD_INPUT, DONE, explain
from study.cli.partition_options import (
    read_balance,
    read_bounds,
    read_communities,
    read_composites,
)
from study.cli.validate import check
from study.evaluation.decisions import WORKLOAD, prepare_territory
from study.pipeline.repeat import command_of, read_run
from study.results.interrupted import read_unfinished
from study.results.read_back import read_record
from study.sensitivity.design import read_vary
from tests.campaigns.mutate import NASTY, mutate

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = build_parser("validate").parse_args(["validate", "."])


@dataclass(frozen=True)
class Target:
    """One kind of input.

    Attributes
    ----------
    name : str
    seeds : tuple of bytes
        Sound inputs that mutations start from.
    read : callable
        Reads bytes as that kind of input, in a folder of its own; raises what the reader raises.
    mutate : callable
        Changes bytes of that kind.
    """

    name: str
    seeds: tuple[bytes, ...]
    read: Callable[[bytes, Path], None]
    mutate: Callable[[bytes, random.Random], bytes] = mutate


def judge(target: Target, data: bytes, folder: Path) -> str:
    """Return ``taken`` or ``refused``.

    Raises
    ------
    AssertionError
        The reader failed otherwise, or refused without naming the place and the rule.
    """
    try:
        target.read(data, folder)
    except InputError as error:
        code, said = explain(error)
        assert code == BAD_INPUT and said, error
        for problem in error.problems:
            assert problem.path.strip() and problem.rule.strip(), problem
            assert len(str(problem)) < 5_000 and "Traceback" not in str(problem), problem
            json.dumps(problem.to_dict(), ensure_ascii=False).encode("utf-8")
        return "refused"
    except OSError as error:
        code, said = explain(error)
        assert code in (DONE, BAD_INPUT) and error.filename, repr(error)
        return "refused"
    return "taken"


def _raise(problems: list[Any]) -> None:
    errors = [p for p in problems if p.severity == "error"]
    if errors:
        raise InputError(errors)


def _read_yaml(data: bytes, folder: Path) -> None:
    path = folder / "scenario.yaml"
    path.write_bytes(data)
    _raise(check(str(path), OPTIONS))


def _read_setting(data: bytes, folder: Path) -> None:
    found, problems = {}, []
    for line in data.decode("utf-8", "replace").split("\n"):
        try:
            key, value = parse_setting(line)
            found[key] = value
        except InputError as error:
            problems += error.problems
    _raise(problems)
    with_settings(_plan(), found)


def _read_world(data: bytes, _: Path) -> None:
    """Build all that a simulation starts from, on a bare territory: sizes that no machine holds must be refused."""
    values = dict(line.split("=", 1) for line in data.decode("ascii", "ignore").split("\n") if "=" in line)
    scenario = with_settings(_plan(), {key: parse_setting(f"x={value}")[1] for key, value in values.items()})
    town = _bare()
    bare = replace(town, outlets=None, halls=None, sellers=None, units=town.units.drop(columns=["community"]))
    Inputs(scenario, prepare_territory(scenario, bare, seed=1)).world()


def _mutate_world(data: bytes, rng: random.Random) -> bytes:
    """Draw numbers of the scenario with extreme values."""
    drawn = rng.sample(_numbers(), rng.randint(1, 3))
    return "\n".join(f"{key}={rng.choice(EXTREME)}" for key in drawn).encode()


def _read_tables(data: bytes, folder: Path) -> None:
    """Read a folder of CSV files, laid one after the other with their names in lines of their own."""
    for old in folder.iterdir():
        old.unlink()
    name, lines = "units.csv", []
    for line in [*data.split(b"\n"), b"#####end"]:
        if line.startswith(b"#####"):
            if lines:
                (folder / name).write_bytes(b"\n".join(lines))
            name, lines = line[5:].decode("ascii", "replace").replace("/", "_").replace("\0", "_")[:40] or "x", []
        else:
            lines.append(line)
    _raise(check(str(folder), OPTIONS))


def _file_reader(suffix: str) -> Callable[[bytes, Path], None]:
    def read(data: bytes, folder: Path) -> None:
        path = folder / f"units{suffix}"
        path.write_bytes(data)
        _raise(check(str(path), OPTIONS))

    return read


def _read_names(data: bytes, folder: Path) -> None:
    """Read what names things: paths, columns to rename, the column of ids."""
    fields = [*data.decode("utf-8", "replace").split("\n"), "", "", ""]
    path = fields[0] or "x"
    if path.startswith(("/", "~")) or ".." in path:  # may name any file of this machine: only that it is refused
        path = str(folder / path.lstrip("/"))
    options = argparse.Namespace(**{**vars(OPTIONS), "id": fields[1] or None, "rename": [f for f in fields[2:] if f]})
    _raise(check(path, options))


def _mutate_book(data: bytes, rng: random.Random) -> bytes:
    """Change a part inside an .xlsx, or the file as bytes."""
    if rng.random() < 0.25:
        return mutate(data, rng, 1)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            parts = {name: book.read(name) for name in book.namelist()}
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError, ValueError):
        return mutate(data, rng, 1)
    name = rng.choice(sorted(parts))
    parts[name] = mutate(parts[name], rng)
    if rng.random() < 0.1:
        parts[rng.choice(["../../evil.xml", "xl/worksheets/sheet1.xml", "/etc/passwd"])] = b"<x/>"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as book:
        for key, content in parts.items():
            book.writestr(key, content)
    return made.getvalue()


def _mutate_setting(data: bytes, rng: random.Random) -> bytes:
    """Draw keys of the schema with nasty values; now and then damage the text."""
    keys = _keys()
    lines = [f"{rng.choice(keys)}={rng.choice(NASTY)}" for _ in range(rng.randint(1, 3))]
    made = "\n".join(lines).encode("utf-8", "surrogatepass")
    return mutate(made, rng) if rng.random() < 0.4 else made


def _mutate_package(data: bytes, rng: random.Random) -> bytes:
    """Change what a GeoPackage says with the database's own means, or the file as bytes."""
    if rng.random() < 0.25:
        return mutate(data, rng, 1)
    with closing(sqlite3.connect(":memory:")) as base:
        try:
            base.deserialize(data)
            triggers = base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in triggers:  # they call functions that only spatial databases have
                base.execute(f'DROP TRIGGER "{name}"')
            tables = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for _ in range(rng.randint(1, 3)):
                _change_row(base, rng.choice(sorted(tables)), rng)
            base.commit()
            return bytes(base.serialize())
        except (sqlite3.Error, UnicodeError, IndexError):  # damaged already
            return mutate(data, rng, 1)


def _change_row(base: sqlite3.Connection, table: str, rng: random.Random) -> None:
    """Change a cell, drop a column or a row, or make a view of a table."""
    columns = [row[1] for row in base.execute(f'PRAGMA table_info("{table}")')]
    column, nasty = rng.choice(columns), rng.choice(NASTY)
    match rng.randrange(8):
        case 0:
            base.execute(f'DELETE FROM "{table}" WHERE rowid % 3 = {rng.randrange(3)}')
        case 1:
            base.execute(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
        case 2:
            base.execute(f'ALTER TABLE "{table}" RENAME TO "kept"')
            base.execute(f'CREATE VIEW "{table}" AS SELECT * FROM kept')
        case 3:
            kept = base.execute(f'SELECT "{column}" FROM "{table}"').fetchone()
            if kept and isinstance(kept[0], bytes):  # a shape
                base.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = 1', (mutate(kept[0], rng, 1),))
        case _:
            text = nasty.encode("utf-8", "replace").decode()
            value: Any = rng.choice([text, None, 10 ** rng.randrange(18), float("inf"), b"\x00", rng.random()])
            base.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid % 5 = {rng.randrange(5)}', (value,))


def _read_history(data: bytes, folder: Path) -> None:
    path = folder / "history.csv"
    path.write_bytes(data)
    load_history(path, _plan())


def _read_wishes(data: bytes, folder: Path) -> None:
    """Read bytes as every small file of `fusion partition` in turn, and hold them to a territory."""
    path = folder / "wishes.csv"
    path.write_bytes(data)
    town, problems = _bare(), list[Any]()
    for read in (
        lambda: check_wishes(Wishes(keep_together=tuple(read_groups(path))), town, within="centre", current=None),
        lambda: check_wishes(Wishes(keep_apart=tuple(read_pairs(path))), town, within="centre", current=None),
        lambda: [p for p in read_seats(path) if not p],
        lambda: [p for p in read_communities(str(path), "centre") if not p],
    ):
        try:
            problems += read()
        except InputError as error:
            problems += error.problems
    _raise(problems)


def _read_options(data: bytes, _: Path) -> None:
    """Read texts as each of the options that hold numbers, and hold what is read to a territory."""
    problems: list[Any] = []
    for line in data.decode("utf-8", "replace").split("\n"):
        for read in (read_balance, read_bounds, read_composites, read_vary, read_fit):
            try:
                asked: Any = read([line]) if read not in (read_vary, read_fit) else read(line)
                for name, parts in asked.items() if read is read_composites else ():
                    composite(_bare(), name, parts)
            except InputError as error:
                problems += error.problems
    _raise(problems)


def _read_result(data: bytes, folder: Path) -> None:
    """Put the bytes in the place of a file of a finished study, and draw its report as far as reading goes."""
    name, _, content = data.partition(b"\n")
    out = folder / "study"
    if not out.exists():
        shutil.copytree(_memory["study"], out)
    path = out / Path(name.decode("ascii", "replace")).name
    before = path.read_bytes() if path.is_file() else None
    try:
        path.write_bytes(content)
        read_run(out)
        read_record(out)
    finally:
        path.unlink(missing_ok=True)
        if before is not None:
            path.write_bytes(before)


def _mutate_result(data: bytes, rng: random.Random) -> bytes:
    name, _, content = data.partition(b"\n")
    return name + b"\n" + mutate(content, rng)


def _read_request(data: bytes, folder: Path) -> None:
    """Read what an interrupted run leaves to be gone on with."""
    (folder / ".unfinished").mkdir(exist_ok=True)
    (folder / ".unfinished/request.json").write_bytes(data)
    left = read_unfinished(folder)
    command_of({"verb": left.verb, "arguments": list(left.arguments)}, folder)


EXTREME = (
    "0",
    "1",
    "2",
    "0.001",
    "1.0e-300",
    "0.5",
    "1.0",
    "100",
    "100000",
    "1000000000",
    "1.0e+15",
    "1.0e+300",
    "-1.0",
)

_memory: dict[str, Any] = {}


def _plan() -> Scenario:
    return _memory.setdefault("plan", load_scenario("plan"))  # type: ignore[no-any-return]


def _bare() -> Territory:
    return _memory.setdefault("bare", generate_city(units=12, centres=1, seed=1))  # type: ignore[no-any-return]


def _keys() -> list[str]:
    if "keys" not in _memory:
        _memory["keys"] = [key.replace("[]", "[0]") for key, _, _ in describe_schema()]
    return _memory["keys"]  # type: ignore[no-any-return]


def _numbers() -> list[str]:
    """Return the dotted key of every number of the plan."""

    def walk(value: Any, key: str) -> Iterator[str]:
        if isinstance(value, dict):
            for name, item in value.items():
                yield from walk(item, f"{key}.{name}" if key else str(name))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield key

    if "numbers" not in _memory:
        _memory["numbers"] = list(walk(plain(_plan()), ""))
    return _memory["numbers"]  # type: ignore[no-any-return]


@lru_cache(maxsize=64)
def _shipped(path: Path) -> dict[str, Any]:
    return read_mapping(path)


def _read_once(path: Path) -> dict[str, Any]:
    """Read a scenario of the project once: as a base it is read with every input, and never changes."""
    return copy.deepcopy(_shipped(path)) if path.is_relative_to(load.HERE) else read_mapping(path)


def build(scratch: Path) -> dict[str, Target]:
    """Return every target; the seeds are made in a scratch folder."""
    load.read_mapping = _read_once  # type: ignore[assignment]
    town = scratch / "town"
    generate_city(units=12, centres=1, seed=1).save(town)
    tables = b"".join(f"#####{p.name}\n".encode() + p.read_bytes() for p in sorted(town.glob("*.csv")))
    write_templates(scratch / "templates")
    empty = b"".join(
        f"#####{p.name}\n".encode() + p.read_bytes() for p in sorted((scratch / "templates").glob("*.csv"))
    )
    scenarios = [ROOT / "scenarios" / name for name in ("big_bang.yaml", "waves.yaml", "slow.yaml", "plan.yaml")]
    scenarios += sorted((ROOT / "scenarios/laboratory").glob("*.yaml"))
    found = [
        Target("yaml", tuple(p.read_bytes() for p in scenarios), _read_yaml),
        Target("set", (b"training.seats=20", b"run.days=30\nindicators.income=0.4"), _read_setting, _mutate_setting),
        Target("world", (b"",), _read_world, _mutate_world),
        Target("csv", (tables, *((empty,) if empty else ())), _read_tables),
        Target("geojson", ((town / "units.geojson").read_bytes(),), _file_reader(".geojson")),
        Target("gpkg", (_geopackage(town, scratch),), _file_reader(".gpkg"), _mutate_package),
        Target("xlsx", (_workbook(town),), _file_reader(".xlsx"), _mutate_book),
        Target("names", (f"{town}\nunit_id\nunit_id=id".encode(), b"model_town\nid\na=b\nb=a"), _read_names),
        Target("history", _histories(), _read_history),
        Target("wishes", (b"unit_id,group\nU0001,a\nU0002,a\nU0003,b\n", b"a,b\nU0001,U0002\n"), _read_wishes),
        Target(
            "options", (b"population=0.05", b"population=9000:11000", b"load=population:0.5,income:0.5"), _read_options
        ),
        Target("result", _results(scratch), _read_result, _mutate_result),
        Target("request", (_REQUEST,), _read_request),
    ]
    return {target.name: target for target in found}


_REQUEST = b"""{"format": 1, "verb": "study", "arguments": ["plan", "--jobs", "2", "--out", "x"], "folder": "/tmp"}"""


def _histories() -> tuple[bytes, ...]:
    made = "date,kpi,business,value,error\n" + "".join(
        f"{day},{kpi},{business},{value},\n"
        for day in ("2021-12-13", "2021-12-14", "2022-01-04")
        for kpi, business, value in (
            ("sales", "mobile", 41),
            ("revenue", "all", 9000.5),
            ("net_additions", "fixed", -3),
        )
    )
    return (made.encode(), (ROOT / "scenarios/histories/china_unicom_mobile.csv").read_bytes())


def _results(scratch: Path) -> tuple[bytes, ...]:
    """Return the small files of a finished study, each behind its name."""
    from tests.study.sample_record import build_record

    out = _memory["study"] = scratch / "study"
    plan = load_scenario("plan")
    town = prepare_territory(plan, generate_city(units=24, centres=2, seed=3), seed=1)
    record = build_record(territory=town.with_columns({WORKLOAD: workload(town, plan.indicators)}))
    record.save(out)
    run = json.loads((out / "run.json").read_text()) | {"arguments": ["plan"]}
    del run["files"]  # with digests every change would be refused at once: what older versions wrote has none
    (out / "run.json").write_text(json.dumps(run, indent=1))
    names = (
        "run.json",
        "scenarios.json",
        "warnings.json",
        "plan.csv",
        "scorecard.csv",
        "result.json",
        "comparison.csv",
    )
    return tuple(name.encode() + b"\n" + (out / name).read_bytes() for name in (*names, "placement.csv", "overlay.csv"))


def _geopackage(town: Path, scratch: Path) -> bytes:
    import geopandas as gpd

    path = scratch / "units.gpkg"
    gpd.read_file(town / "units.geojson").to_file(path, driver="GPKG")
    return path.read_bytes()


def _workbook(town: Path) -> bytes:
    import pandas as pd

    made = io.BytesIO()
    with pd.ExcelWriter(made, engine="openpyxl") as book:
        for path in sorted(town.glob("*.csv")):
            pd.read_csv(path).to_excel(book, sheet_name=path.stem, index=False)
    return made.getvalue()
