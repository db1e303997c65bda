"""What the options of `fusion partition` say: numbers, pairs and small files, every problem at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from foundation.findings import Findings
from foundation.messages import Message, external
from scenarios import InputError, Problem, Territory
from scenarios.territory.raw_tables import read_records


def read_balance(texts: Sequence[str]) -> dict[str, float]:
    """Read ``NAME=TOL`` options."""
    found, problems = {}, []
    for text in texts:
        name, _, value = text.partition("=")
        try:
            found[name] = float(value)
        except ValueError:
            problems.append(
                Problem(
                    f"--balance {text}",
                    None,
                    Message("it must be NAME=TOL"),
                    Message("Example: --balance population=0.05"),
                )
            )
    _refuse(problems)
    return found


def read_bounds(texts: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Read ``NAME=LOW:HIGH`` options; one of the two may be left out."""
    found, problems = {}, []
    for text in texts:
        name, _, values = text.partition("=")
        low, colon, high = values.partition(":")
        try:
            if not colon or not low + high:
                raise ValueError
            found[name] = (float(low or -math.inf), float(high or math.inf))
        except ValueError:
            problems.append(
                Problem(
                    f"--bounds {text}",
                    None,
                    Message("it must be NAME=LOW:HIGH"),
                    Message("Example: --bounds population=9000:11000"),
                )
            )
    _refuse(problems)
    return found


def read_composites(texts: Sequence[str]) -> dict[str, dict[str, float]]:
    """Read ``NAME=A:W,B:W`` options."""
    found, problems = {}, []
    for text in texts:
        name, _, parts = text.partition("=")
        try:
            found[name] = {a: float(w) for a, _, w in (part.partition(":") for part in parts.split(","))}
        except ValueError:
            remedy = Message("Example: --composite load=population:0.5,income:0.5")
            problems.append(
                Problem(f"--composite {text}", None, Message("it must be NAME=A:W,B:W with numbers"), remedy)
            )
    _refuse(problems)
    return found


def read_groups(path: Path | None) -> list[tuple[str, ...]]:
    """Read a CSV of ``unit_id,group``."""
    groups: dict[str, list[str]] = {}
    for row in _two_columns(path, "unit_id", "group"):
        groups.setdefault(row[1], []).append(row[0])
    return [tuple(units) for units in groups.values()]


def read_pairs(path: Path | None) -> list[tuple[str, str]]:
    """Read a CSV of ``a,b``."""
    return [(row[0], row[1]) for row in _two_columns(path, "a", "b")]


def _two_columns(path: Path | None, first: str, second: str) -> list[list[str]]:
    if path is None:
        return []
    table = rows(path)
    headed = bool(table) and table[0][:2] == [first, second]
    table = table[headed:]
    _refuse(
        [
            _wrong(path, number, row, Message("it must be {first},{second}", first=first, second=second))
            for number, row in enumerate(table, start=1 + headed)
            if len(row) < 2 or not all(row[:2])
        ]
    )
    return table


def _wrong(path: Path | str, number: int, row: Sequence[str], rule: str) -> Problem:
    return Problem(
        Message("{path} row {number}", path=path, number=number), ",".join(row), rule, Message("Correct it.")
    )


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise InputError(problems)


def read_communities(text: str, within: str | None) -> int | range | dict[str, int]:
    """Read the number of communities, a range ``A:B``, or a CSV of ``group,communities``."""
    first, colon, last = text.partition(":")
    try:
        if not colon:
            return int(text)
        counts = range(int(first), int(last) + 1)
    except ValueError:
        pass
    else:
        if not counts:
            rule = Message("the range must run from the smaller to the larger number")
            raise InputError(Problem(f"--communities {text}", None, rule, Message("Example: --communities 10:14")))
        return counts
    if within is None:
        raise InputError(
            Problem(
                f"--communities {text}",
                None,
                Message("it must be a whole number"),
                Message("A CSV of group,communities needs --within."),
            )
        )
    found: dict[str, int] = {}
    problems = []
    for number, row in enumerate(rows(Path(text)), start=1):
        try:
            group, value = row[0], int(row[1])
            if not group:
                raise ValueError
        except (IndexError, ValueError):
            if number > 1 or not row[0]:
                problems.append(_wrong(text, number, row, Message("it must be group,communities")))
            continue
        if group in found:
            problems.append(
                Problem(
                    Message("{text} row {number}", text=text, number=number),
                    group,
                    Message("this group stands here twice"),
                    Message("Keep one row."),
                )
            )
        found[group] = value
    if not found and not problems:
        problems.append(
            Problem(text, None, Message("no row of it is group,communities"), Message("Write one row per group."))
        )
    _refuse(problems)
    return found


def read_plan(path: Path, territory: Territory) -> dict[str, str]:
    """Read the communities of an earlier plan: a CSV with the columns unit_id and community, as plan.csv is."""
    table = rows(path)
    head = table[0] if table else []
    if "unit_id" not in head or "community" not in head:
        rule = Message("its first row must name unit_id and community")
        raise InputError(
            Problem(str(path), ",".join(head) or None, rule, Message("Name the plan.csv of an earlier result."))
        )
    unit, community = head.index("unit_id"), head.index("community")
    long_enough = [row for row in table[1:] if len(row) > max(unit, community)]
    found = {row[unit]: row[community] for row in long_enough if row[community]}
    wrong = (
        (
            [u for u in territory.unit_ids if u not in found],
            Message("these units of the territory have no community in it"),
        ),
        (sorted(set(found) - set(territory.unit_ids)), Message("these units are not in the territory")),
    )
    _refuse(
        [
            Problem(
                str(path),
                ", ".join(units[:5]) + (", ..." if len(units) > 5 else ""),
                rule,
                Message("Take the plan of this territory."),
            )
            for units, rule in wrong
            if units
        ]
    )
    return found


def read_seats(path: Path | None) -> list[str]:
    """Read the units that must be seats: the first column of a CSV."""
    table = [] if path is None else rows(path)
    _refuse(
        [
            _wrong(path or "", number, row, Message("its first column must name a unit"))
            for number, row in enumerate(table, start=1)
            if not row[0]
        ]
    )
    return [row[0] for row in table if row[0] != "unit_id"]


def rows(path: Path) -> list[list[str]]:
    """Return the rows of a small CSV file as text, the empty ones left out; it may be of any encoding tables have."""
    findings = Findings()
    try:
        table = read_records(path, findings)
    except OSError as error:
        findings.error(
            str(path),
            None,
            Message("it cannot be read: {strerror}", strerror=external(error.strerror)),
            Message("Name a CSV file."),
        )
    findings.stop()
    table = [[cell.strip() for cell in row] for row in table or []]
    return [row for row in table if any(row) and not row[0].startswith("#")]
