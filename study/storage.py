"""A study on disk: every table as CSV, every decision as a file, written whole; and read back for another report."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from optimize.targets import targets_csv
from scenarios import InputError, Plan, Problem, Scenario
from scenarios.atomic import write_text
from scenarios.territory_files import load_territory
from study.provenance import FORMAT
from study.record import StudyRecord

TABLES = ("placement", "overlay", "targets", "replications", "daily", "comparison")
_TEXT = {"seller_id", "unit_id", "community", "centre", "id", "parent", "stage", "scenario", "baseline"}


def save_record(record: StudyRecord, out: Path) -> None:
    """Write a record to a folder; each file is whole or absent, and run.json comes last.

    Raises
    ------
    OSError
        The folder cannot be written or the disk is full; what is there already stays as it was.
    """
    out.mkdir(parents=True, exist_ok=True)
    record.territory.save(out / "territory")
    for name in TABLES:
        write_text(out / f"{name}.csv", _csv(name, getattr(record, name)))
    for kind, plan in record.plans.items():
        write_text(out / plan_file(kind), plan_table(plan).to_csv(index=False, lineterminator="\n"))
    for kind, card in record.scorecards.items():
        write_text(out / f"scorecard{_suffix(kind)}.csv", card.to_csv(index=False, lineterminator="\n"))
    for kind, result in record.partition.items():
        write_text(out / f"result{_suffix(kind)}.json", dump(result))
    write_text(out / "scenarios.json", dump({n: s.model_dump(mode="json") for n, s in record.scenarios.items()}))
    write_text(out / "warnings.json", dump([w.to_dict() for w in record.warnings]))
    write_text(out / "run.json", dump(record.run))


def read_record(folder: Path) -> StudyRecord:
    """Read a finished study back.

    Raises
    ------
    InputError
        The folder is not a finished study, or one of a format this version cannot read.
    """
    run = _json(folder / "run.json", folder)
    if run.get("format") != FORMAT or run.get("verb") != "study":
        raise InputError(
            Problem(
                str(folder / "run.json"),
                f"verb {run.get('verb')!r}, format {run.get('format')!r}",
                f"a report is drawn from a study of format {FORMAT}",
                "Run fusion study again.",
            )
        )
    try:
        scenarios = {n: Scenario.model_validate(s) for n, s in _json(folder / "scenarios.json", folder).items()}
    except ValidationError as error:
        raise InputError(
            Problem(
                str(folder / "scenarios.json"), None, f"it cannot be read: {error.error_count()} faults", "Run again."
            )
        ) from None
    kinds = [k for k in ("current", "redrawn", "subdivided") if (folder / plan_file(k)).is_file()]
    return StudyRecord(
        scenarios=scenarios,
        territory=load_territory(folder / "territory"),
        plans={kind: _plan(_table(folder / plan_file(kind), folder)) for kind in kinds},
        scorecards={kind: _table(folder / f"scorecard{_suffix(kind)}.csv", folder) for kind in kinds},
        partition={k: _json(folder / f"result{_suffix(k)}.json", folder) for k in kinds if k != "current"},
        **{name: _table(folder / f"{name}.csv", folder) for name in TABLES},
        run=run,
        warnings=tuple(
            Problem(w["path"], w["value"] or None, w["rule"], w["remedy"], w["severity"])
            for w in _json(folder / "warnings.json", folder)
        ),
    )


def plan_file(kind: str) -> str:
    """Return the file name of a plan: ``plan.csv`` is the recommended one (redrawn)."""
    return f"plan{_suffix(kind)}.csv"


def plan_table(plan: Plan) -> pd.DataFrame:
    """Return a plan as ``unit_id, community, is_seat``."""
    seats = set(plan.seats.values())
    ids = plan.assignment.index.astype(str)
    return pd.DataFrame(
        {"unit_id": ids, "community": plan.assignment.to_numpy(), "is_seat": [int(unit in seats) for unit in ids]}
    )


def dump(content: Any) -> str:
    """Return JSON text that is stable, readable and free of NaN (written as null)."""
    return json.dumps(_finite(content), ensure_ascii=False, indent=1, sort_keys=False, default=str) + "\n"


def _csv(name: str, table: pd.DataFrame) -> str:
    return targets_csv(table) if name == "targets" else str(table.to_csv(index=False, lineterminator="\n"))


def _finite(content: Any) -> Any:
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    if isinstance(content, Mapping):
        return {str(k): _finite(v) for k, v in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(v) for v in content]
    return content.item() if hasattr(content, "item") else content


def _suffix(kind: str) -> str:
    return "" if kind == "redrawn" else f"_{kind}"


def _plan(table: pd.DataFrame) -> Plan:
    seats = table[table["is_seat"].astype(int) == 1]
    return Plan(table.set_index("unit_id")["community"], dict(zip(seats["community"], seats["unit_id"], strict=True)))


def _table(path: Path, folder: Path) -> pd.DataFrame:
    try:
        header = pd.read_csv(path, nrows=0).columns
        return pd.read_csv(path, dtype={c: str for c in header if c in _TEXT}, keep_default_na=True)
    except (OSError, ValueError) as error:
        raise InputError(_incomplete(path, folder, error)) from None


def _json(path: Path, folder: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(_incomplete(path, folder, error)) from None


def _incomplete(path: Path, folder: Path, error: Exception) -> Problem:
    reason = getattr(error, "strerror", None) or type(error).__name__
    return Problem(str(path), None, f"{folder} is not a finished study: {reason}", "Run fusion study again.")
