"""Column names and cell values of a territory's tables: what each column means, numbers, text, and what is wrong."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation.findings import Findings, named
from foundation.messages import Message
from scenarios.territory.tables.known_columns import TableKind
from scenarios.territory.tables.raw_table import RawTable
from scenarios.territory.tables.workbook import FORMULA, MERGED, unmarked
from scenarios.territory.tables.written_numbers import plain_number, written_number

HUGE = 1e15
"""Largest number that is believed; whole numbers beyond about 9e15 are not even exact."""

ABSENT = frozenset({"", "NA", "N/A", "n/a", "null", "NULL", "None", "-", "--", "—", "/", "无", "暂无", "未知", "不详"})
"""Cells that say "not known"."""

_COMMA = re.compile(r"[+-]?\d+(?:\.\d{3})*,\d+")
_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d{3})*,(?:\d{1,2}|\d{4,})|\d{4,},\d+|0,\d+)")
"""A number whose comma can part no thousands."""

_POINT = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})*|\d+)\.\d+")
_LEADING_ZERO = re.compile(r"0\d+")
_WHOLE = re.compile(r"[+-]?\d{1,15}")


def rename_columns(table: RawTable, rename: Mapping[str, str], findings: Findings) -> RawTable:
    """Apply the user's OLD=NEW names; an unknown OLD or a NEW that is taken is a problem."""
    have = list(table.frame.columns)
    for old, new in rename.items():
        if old not in have:
            near = difflib.get_close_matches(old, have, 3, 0.5) or have
            option = f"--id {old}" if new == "unit_id" else f"--rename {old}={new}"
            findings.error(
                option,
                None,
                Message("{source} has no column {old}", source=table.source, old=old),
                Message("Choose {names}.", names=named(near)),
            )
        elif new in have and new not in rename and new != old:
            findings.error(
                f"--rename {old}={new}",
                None,
                Message("{source} already has a column {new}", source=table.source, new=new),
                Message("Rename {new} as well.", new=new),
            )
    targets = list(rename.values())
    for new in sorted({t for t in targets if targets.count(t) > 1}):
        findings.error(
            f"--rename …={new}",
            None,
            Message("two columns cannot get one name"),
            Message("Choose another name for one."),
        )
    return table.renamed({old: new for old, new in rename.items() if old in have})


def typed(table: RawTable, kind: TableKind, findings: Findings) -> pd.DataFrame:
    """Turn cells into text and numbers; every cell that does not fit is a problem of its own.

    A column is numeric when it is known to be, or when more than half of its filled cells are numbers and none
    is a code with leading zeros. Whole-number columns come as int64, others as float64 with NaN where empty.
    """
    missing = [column for column in kind.needed if column not in table.frame.columns]
    if missing:
        have = named(str(c) for c in table.frame.columns)
        findings.error(
            table.source,
            None,
            Message("the column {names} is missing; there are {have}", names=named(missing), have=have),
            Message("Add it, or rename one."),
        )
    table = _with_points(_without_marks(table, kind, findings), kind, findings)
    columns: dict[str, Any] = {}
    for column in map(str, table.frame.columns):
        cells = table.frame[column]
        if column in kind.text:
            columns[column] = _as_text(cells)
        elif column in (*kind.counts, *kind.numbers):
            columns[column] = _numbers(table, column, findings, negative=column not in kind.counts)
        elif _looks_numeric(cells, all_of_them=table.counts == "feature"):
            columns[column] = _numbers(table, column, findings, negative=True)
        else:
            columns[column] = _as_text(cells)
    return pd.DataFrame(columns)


def _with_points(table: RawTable, kind: TableKind, findings: Findings) -> RawTable:
    """Return the table with points in decimals, where it writes them with commas throughout.

    It is taken for such a table where semicolons or tabs part its cells, a number has a comma that can part no
    thousands, and none has a point. Only columns of numbers are looked at: 7,12 may as well be two units.
    """
    columns = [str(c) for c in table.frame.columns if c in (*kind.counts, *kind.numbers)]
    cells = [cell for column in columns for cell in table.frame[column].tolist() if isinstance(cell, str)]
    written = [cell for cell in cells if _COMMA.fullmatch(cell)]
    sure = any(_DECIMAL.fullmatch(cell) for cell in written) and not any(_POINT.fullmatch(cell) for cell in cells)
    if table.commas_part_cells or not sure:
        return table
    findings.note(
        Message(
            "{name}: decimals are written with a comma ({count} {count:cell|cells}); read {old} as {new}.",
            name=table.source,
            count=len(written),
            old=written[0],
            new=_pointed(written[0]),
        )
    )
    return replace(table, frame=table.frame.assign(**{c: table.frame[c].map(_pointed) for c in columns}))


def _pointed(cell: Any) -> Any:
    return cell.replace(".", "").replace(",", ".") if isinstance(cell, str) and _COMMA.fullmatch(cell) else cell


def texts(values: Any) -> pd.Series[str]:
    """Return values as a Series of text, whatever pandas makes of an empty one."""
    return pd.Series(values, dtype="str")


def _without_marks(table: RawTable, kind: TableKind, findings: Findings) -> RawTable:
    """Return the table without the marks of its workbook: formulas without a result, numbers of merged cells."""
    columns = {}
    for column in map(str, table.frame.columns):
        cells = table.frame[column]
        if not pd.api.types.is_object_dtype(cells):
            continue
        formulas = [i for i, c in enumerate(cells) if isinstance(c, str) and c.startswith(FORMULA)]
        merged = [i for i, c in enumerate(cells) if isinstance(c, str) and c.startswith(MERGED)]
        if not formulas and not merged:
            continue
        if formulas and column in kind.columns:
            rule = Message("it is a formula whose result is not stored in the file")
            remedy = Message("Open the file in Excel and save it, or paste the values.")
            findings.error(table.places(formulas, column), unmarked(cells.iloc[formulas[0]]), rule, remedy)
        elif formulas:
            findings.note(
                Message(
                    "{source}: {column} holds formulas without stored results and was left empty there.",
                    source=table.source,
                    column=column,
                )
            )
        if column in (*kind.counts, *kind.numbers):
            places = [(table.place(i, column), unmarked(cells.iloc[i])) for i in merged]
            rule = Message("it is one number for several rows, whose cells are merged")
            findings.cells(places, rule, Message("Unmerge the cells and give each unit its own number."))
        columns[column] = [
            ("" if isinstance(c, str) and c.startswith(FORMULA) else unmarked(c) if isinstance(c, str) else c)
            for c in cells
        ]
    return replace(table, frame=table.frame.assign(**columns)) if columns else table


def _as_text(cells: pd.Series[Any]) -> pd.Series[Any]:
    if pd.api.types.is_bool_dtype(cells):
        cells = cells.astype(int)
    if pd.api.types.is_numeric_dtype(cells):
        return texts([_written(v) for v in cells.tolist()])
    return texts(["" if pd.isna(v) else str(v).strip() for v in cells.tolist()])


def _written(value: float) -> str:
    if np.isnan(value):
        return ""
    return str(int(value)) if float(value).is_integer() else repr(value)


def _looks_numeric(cells: pd.Series[Any], *, all_of_them: bool) -> bool:
    """Return whether a column is meant as numbers; a polygon file's text column only if every cell is one."""
    if pd.api.types.is_numeric_dtype(cells):
        return True
    filled = [c for c in cells.tolist() if isinstance(c, str) and c not in ABSENT]
    if not filled or any(_LEADING_ZERO.fullmatch(c) for c in filled):
        return False
    numbers = sum(plain_number(c) is not None for c in filled)
    return numbers == len(filled) if all_of_them else numbers * 2 > len(filled)


def _numbers(table: RawTable, column: str, findings: Findings, *, negative: bool) -> NDArray[Any]:
    cells = table.frame[column]
    if pd.api.types.is_numeric_dtype(cells):
        values, whole = cells.to_numpy(dtype=np.float64, copy=True), pd.api.types.is_integer_dtype(cells)
        wrong: list[int] = []
    else:
        written = ["" if pd.isna(c) else str(c) for c in cells.tolist()]
        parsed = [np.nan if c in ABSENT else plain_number(c) for c in written]
        by_hand = [i for i, p in enumerate(parsed) if p is None and written_number(written[i]) is not None]
        for i in by_hand:
            parsed[i] = written_number(written[i])
        if by_hand:
            first = Message("{old} as {new}", old=written[by_hand[0]], new=f"{parsed[by_hand[0]]:.12g}")
            findings.note(
                Message(
                    "{source}: {column} is written out in {count} {count:cell|cells}; read {example}.",
                    source=table.source,
                    column=column,
                    count=len(by_hand),
                    example=first,
                )
            )
        wrong = [i for i, (c, p) in enumerate(zip(written, parsed, strict=True)) if c not in ABSENT and not _finite(p)]
        values = np.array([p if _finite(p) else np.nan for p in parsed], dtype=np.float64)
        hand = set(by_hand)
        whole = all(_WHOLE.fullmatch(c) or (i in hand and values[i].is_integer()) for i, c in enumerate(written))
    _report_numbers(table, column, findings, wrong)
    if (scale := table.scales.get(column, 1.0)) != 1.0:
        values = np.round(values * scale, 9)
        whole = bool(len(values)) and bool(np.isfinite(values).all()) and bool((values == np.rint(values)).all())
    for bad, rule, remedy in (
        (np.isinf(values), Message("it must be a finite number"), Message("Correct it.")),
        (
            np.abs(values) > HUGE,
            Message("it must not exceed {huge:g}", huge=HUGE),
            Message("Check the value and its unit."),
        ),
        (
            (values < 0) & (not negative),
            Message("it must not be negative"),
            Message("Correct it, or leave it empty if unknown."),
        ),
    ):
        places = [(table.place(int(i), column), f"{values[i]:g}") for i in np.flatnonzero(bad)]
        findings.cells(places, rule, remedy)
    return values.astype(np.int64) if whole and len(values) and np.abs(values).max() <= HUGE else values


def _finite(value: float | None) -> bool:
    return value is not None and bool(np.isfinite(value))


def _report_numbers(table: RawTable, column: str, findings: Findings, wrong: list[int]) -> None:
    cells = [str(table.frame[column].iloc[i]) for i in wrong]
    literal = [(table.place(i, column), c) for i, c in zip(wrong, cells, strict=True) if plain_number(c) is not None]
    other = [(table.place(i, column), c) for i, c in zip(wrong, cells, strict=True) if plain_number(c) is None]
    findings.cells(
        literal, Message("it must be a finite number"), Message("Leave the cell empty if the value is unknown.")
    )
    remedy = Message("Correct it, or leave the cell empty if unknown.")
    if any(c.endswith(("%", "％")) for _, c in other):
        remedy = Message("Write 15 % as 0.15.")
    elif any(re.fullmatch(r"[+-]?\d+,\d+", c) for _, c in other):
        remedy = Message("Write decimals with a point: 12.5, not 12,5.")
    elif any(re.search(r"\d", c) and not c[0].isascii() for _, c in other):
        remedy = Message("Write the number alone, without words, or leave the cell empty if unknown.")
    elif any(c.startswith("#") for _, c in other):
        remedy = Message("It is an error of Excel: correct the formula, or leave the cell empty if unknown.")
    findings.cells(other, Message("it must be a number"), remedy)
