"""A study on disk: every table as CSV, every decision as a file, each written whole."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from foundation.atomic_files import write_bytes, write_text
from foundation.safe_csv import csv_text
from optimize.targets.allocate import targets_csv
from scenarios import Plan
from study.results.record_data import RecordData

OPTIONAL = (
    *("tornado", "measures", "measures_in_worlds", "sensitivity", "validation", "horizons", "attainment"),
    *("worlds", "worlds_again"),
)
TABLES = ("placement", "overlay", "targets", "replications", "daily", "comparison")


def save_record(record: RecordData, out: Path) -> None:
    """Write a record to a folder; each file is whole or absent, and run.json, with their digests, comes last.

    Raises
    ------
    OSError
        The folder cannot be written or the disk is full; what is there already stays as it was.
    """
    out.mkdir(parents=True, exist_ok=True)
    record.territory.save(out / "territory")
    for name in TABLES:
        write_text(out / f"{name}.csv", _csv(name, getattr(record, name)))
    for name in OPTIONAL:
        if getattr(record, name) is not None:
            write_text(out / f"{name}.csv", csv_text(getattr(record, name)))
        else:
            (out / f"{name}.csv").unlink(missing_ok=True)  # of an earlier study in this folder
    for kind, plan in record.plans.items():
        write_bytes(out / plan_file(kind), plan_bytes(plan))
    for kind, card in record.scorecards.items():
        write_text(out / f"scorecard{suffix(kind)}.csv", csv_text(card))
    for kind, result in record.partition.items():
        write_text(out / f"result{suffix(kind)}.json", dump(result))
    if record.robust is not None:
        write_text(out / "robust.json", dump(record.robust))
    else:
        (out / "robust.json").unlink(missing_ok=True)
    write_text(out / "scenarios.json", dump({n: s.model_dump(mode="json") for n, s in record.scenarios.items()}))
    write_text(out / "warnings.json", dump([w.to_data() for w in record.warnings]))
    write_text(out / "run.json", dump({**record.run, "files": _digests(record, out)}))


def _digests(record: RecordData, out: Path) -> dict[str, str]:
    """Return file -> digest of what a report is drawn from, so that a reader sees whether it is still the same."""
    names = [f"{name}.csv" for name in TABLES]
    names += [f"{name}.csv" for name in OPTIONAL if getattr(record, name) is not None]
    names += [plan_file(kind) for kind in record.plans] + [f"scorecard{suffix(k)}.csv" for k in record.scorecards]
    names += [f"result{suffix(k)}.json" for k in record.partition] + ["scenarios.json", "warnings.json"]
    names += ["robust.json"] if record.robust is not None else []
    names += sorted(f"territory/{path.name}" for path in (out / "territory").iterdir() if path.is_file())
    return {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in names}


def plan_file(kind: str) -> str:
    """Return the file name of a plan: ``plan.csv`` is the recommended one (redrawn)."""
    return f"plan{suffix(kind)}.csv"


def plan_bytes(plan: Plan) -> bytes:
    """Return the content of plan.csv: a plan that people drew is the file they gave, byte for byte."""
    return plan.content if plan.content is not None else csv_text(plan_table(plan)).encode()


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
    return targets_csv(table) if name == "targets" else csv_text(table)


def _finite(content: Any) -> Any:
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    if isinstance(content, Mapping):
        return {str(k): _finite(v) for k, v in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(v) for v in content]
    return content.item() if hasattr(content, "item") else content


def suffix(kind: str) -> str:
    """Return what a kind of plan adds to a file's name; nothing for the recommended (redrawn) one."""
    return "" if kind == "redrawn" else f"_{kind}"
