"""What machines read: with ``--json`` a verb prints exactly one JSON document to stdout, whatever happens."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import Any

import pandas as pd

from scenarios import Problem
from study.results.storage import dump


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add the switch."""
    parser.add_argument("--json", action="store_true", help="print one JSON document of the result to stdout")


def answer(options: argparse.Namespace, **facts: Any) -> None:
    """Keep what the verb found until it has ended; see :func:`print_answer`."""
    options.answer = {**getattr(options, "answer", {}), **facts}


def print_answer(options: argparse.Namespace, code: int, problems: Iterable[Problem | str]) -> None:
    """Print the document: verb, exit code, what was found, and what went wrong.

    A verb whose document is no mapping (the findings of `fusion validate`) keeps it in ``options.document``.
    """
    if not getattr(options, "json", False):
        return
    if hasattr(options, "document"):
        sys.stdout.write(dump(options.document))
        return
    wrong = [p.to_dict() if isinstance(p, Problem) else {"rule": p, "severity": "error"} for p in problems]
    found = {} if wrong else getattr(options, "answer", {})
    head = {"verb": options.verb, "exit_code": code}
    out = getattr(options, "folder_made", None)
    if out is not None:
        head["out"] = str(out)
    sys.stdout.write(dump({**head, **found, **({"problems": wrong} if wrong else {})}))


def rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table as JSON rows."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def to_json_rows(warnings: Iterable[Problem]) -> list[dict[str, str]]:
    """Return warnings as JSON."""
    return [warning.to_dict() for warning in warnings]
