"""A finished study, read back from its folder for another report."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from foundation.machine.causes import cause
from foundation.messages import Message
from foundation.safe_csv import restored
from scenarios import InputError, Plan, Problem, Scenario
from scenarios.loading.plan_files import read_plan_file
from scenarios.territory.load import load_territory
from study.results.interrupted import refuse_unfinished
from study.results.record import StudyRecord
from study.results.run_json import check_format
from study.results.storage import OPTIONAL, TABLES, plan_file, suffix

_TEXT = {"seller_id", "unit_id", "community", "centre", "id", "parent", "stage", "scenario", "baseline"}


def read_record(folder: Path) -> StudyRecord:
    """Read a finished study back.

    Raises
    ------
    InputError
        The folder is not a finished study, or one of a format this version cannot read.
    """
    run = _json(folder / "run.json", folder)
    check_format(folder / "run.json", run)
    refuse_unfinished(folder)
    if run.get("verb") != "study":
        rule = Message("a report is drawn from a study")
        raise InputError(
            Problem(
                str(folder / "run.json"),
                Message("verb {get!r}", get=run.get("verb")),
                rule,
                Message("Run fusion study."),
            )
        )
    _check_digests(folder, run.get("files"))
    try:
        return _record(folder, run)
    except InputError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:  # a result without digests
        raise InputError(_incomplete(folder, folder, error)) from None


def _check_digests(folder: Path, stated: Any) -> None:
    """Refuse a result whose files are not those that were written; results of older versions state no digests.

    Raises
    ------
    InputError
        Files are missing or were changed, each named.
    """
    problems = []
    for name, digest in stated.items() if isinstance(stated, dict) else ():
        path = folder / name
        inside = path.resolve().is_relative_to(folder.resolve())
        if not inside or not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            rule = Message("it is not the file that the study wrote")
            problems.append(Problem(str(path), None, rule, Message("Put it back, or run fusion study again.")))
    if problems:
        raise InputError(problems)


def _record(folder: Path, run: Any) -> StudyRecord:
    try:
        scenarios = {n: Scenario.model_validate(s) for n, s in _json(folder / "scenarios.json", folder).items()}
    except ValidationError as error:
        raise InputError(
            Problem(
                str(folder / "scenarios.json"),
                None,
                Message("it cannot be read: {error_count} faults", error_count=error.error_count()),
                Message("Run again."),
            )
        ) from None
    kinds = [k for k in ("current", "redrawn", "subdivided") if (folder / plan_file(k)).is_file()]
    return StudyRecord(
        scenarios=scenarios,
        territory=load_territory(folder / "territory"),
        plans={kind: _plan(folder, kind) for kind in kinds},
        scorecards={kind: _table(folder / f"scorecard{suffix(kind)}.csv", folder) for kind in kinds},
        partition={k: _json(folder / f"result{suffix(k)}.json", folder) for k in kinds if k != "current"},
        **{name: _table(folder / f"{name}.csv", folder) for name in TABLES},
        **{n: _table(folder / f"{n}.csv", folder) for n in OPTIONAL if (folder / f"{n}.csv").is_file()},
        robust=_json(folder / "robust.json", folder) if (folder / "robust.json").is_file() else None,
        run=run,
        warnings=tuple(Problem.from_data(w) for w in _json(folder / "warnings.json", folder)),
    )


def read_sensitivity(folder: Path, record: StudyRecord) -> pd.DataFrame:
    """Read how a what-if's results hang on what it varied.

    Raises
    ------
    InputError
        The folder is not a finished what-if of the studied scenario on the same territory.
    """
    run = _json(folder / "run.json", folder)
    stated = [about.get("sha256") for about in dict(run.get("scenarios") or {}).values()]
    ground = dict(run.get("territory") or {}).get("sha256")
    if run.get("verb") != "whatif" or stated != [record.scenario.sha256] or ground != _ground(record):
        rule = Message(
            "it must be a finished what-if of {name} on {name2}", name=record.scenario.name, name2=record.territory.name
        )
        raise InputError(
            Problem(
                str(folder),
                Message("verb {get!r}", get=run.get("verb")),
                rule,
                Message("Run fusion whatif on the same two."),
            )
        )
    return _table(folder / "sensitivity.csv", folder)


def _ground(record: StudyRecord) -> str | None:
    return dict(record.run.get("territory") or {}).get("sha256")


def _plan(folder: Path, kind: str) -> Plan:
    """Return a plan as its file has it; one that people drew may lack seats and stand in any order."""
    try:
        made = read_plan_file(folder / plan_file(kind))
    except InputError as error:
        raise InputError(_incomplete(folder / plan_file(kind), folder, error)) from None
    return Plan(made.table.set_index("unit_id")["community"], made.seats, made.content)


def _table(path: Path, folder: Path) -> pd.DataFrame:
    try:
        header = pd.read_csv(path, nrows=0).columns
        table = pd.read_csv(path, dtype={c: str for c in header if c in _TEXT})
        table = table.fillna({c: "" for c in header if c in _TEXT})
        table = table.assign(**{c: table[c].map(restored) for c in header if c in _TEXT})
        return table.rename(columns=restored)
    except (OSError, RecursionError, ValueError) as error:
        raise InputError(_incomplete(path, folder, error)) from None


def _json(path: Path, folder: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, RecursionError, ValueError) as error:
        raise InputError(_incomplete(path, folder, error)) from None


def _incomplete(path: Path, folder: Path, error: Exception) -> Problem:
    return Problem(
        str(path),
        None,
        Message("{folder} is not a finished study: {reason}", folder=folder, reason=cause(error)),
        Message("Run fusion study again."),
    )
