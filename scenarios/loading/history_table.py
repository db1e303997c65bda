"""The table of a history as it stands in a CSV file or a workbook, its columns and words under the project's names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from foundation.findings import Findings, named
from foundation.messages import Joined, Message
from scenarios.territory.raw_tables import read_csv
from scenarios.territory.tables.known_columns import TableKind
from scenarios.territory.tables.raw_table import RawTable, plain
from scenarios.territory.tables.sheet_roles import HISTORY_SHEETS, sheet_roles
from scenarios.territory.tables.table_rows import table_of
from scenarios.territory.tables.workbook import FORMULA, MERGED, read_sheets, unmarked

WORKBOOKS = (".xlsx", ".xlsm")
HISTORY = TableKind(
    needed=("kpi", "business", "value"),
    text=("date", "month", "kpi", "business"),
    numbers=("value", "error"),
    aliases={
        **dict.fromkeys(("日期", "时间", "统计日期", "day"), "date"),
        **dict.fromkeys(("月份", "月", "统计月份", "账期"), "month"),
        **dict.fromkeys(("指标", "指标名称", "measure"), "kpi"),
        **dict.fromkeys(("业务", "业务类型", "业务类别"), "business"),
        **dict.fromkeys(("数值", "值", "结果", "完成值", "实际值", "observed"), "value"),
        **dict.fromkeys(("误差", "标准差", "标准误"), "error"),
    },
)

WORDS = {
    "kpi": {
        "发展用户": "sales", "新增用户": "sales", "发展量": "sales", "销量": "sales",
        "直销发展用户": "direct_sales", "渠道发展用户": "channel_sales",
        "离网用户": "churned", "离网": "churned", "拆机": "churned",
        "净增用户": "net_additions", "净增": "net_additions", "收入": "revenue", "业务收入": "revenue",
        "回收欠费": "arrears_recovered", "欠费回收": "arrears_recovered", "支撑请求": "support_requests",
        "支撑等待时间": "support_wait_hours", "营业厅等待时间": "hall_wait_minutes",
        "营业厅未能受理客户": "hall_refused",
    },
    "business": {
        "固网": "fixed", "固话": "fixed", "移动": "mobile", "移网": "mobile", "g网": "mobile",
        "合计": "all", "全部": "all", "总计": "all", "两类业务": "all",
    },
}  # fmt: skip
"""What offices write for KPIs and businesses."""


def history_table(path: Path, findings: Findings) -> RawTable | None:
    """Read the table of a history; None where there is none to read, with the reason found.

    Of a workbook it is the sheet called history or 历史, else the only one with the columns of a history.
    """
    if path.suffix.lower() not in WORKBOOKS:
        raw = read_csv(path, findings, kind=HISTORY)
        return None if raw is None else _in_our_words(raw, findings)
    sheets = read_sheets(path, findings)
    if findings.problems:
        return None
    fitting = [title for title in sheets if plain(title).casefold() in HISTORY_SHEETS]
    fitting = fitting or [title for title, rows in sheets.items() if _has_columns(rows)]
    fitting = fitting or (list(sheets) if len(sheets) == 1 else [])
    if len(fitting) != 1:
        rule = (
            Message("each of these sheets may be the history")
            if fitting
            else Message("it has no sheet called history or 历史, and none with the columns of a history")
        )
        place = Message("{source}, sheets {names}", source=path.name, names=named(fitting or sheets))
        findings.error(place, None, rule, Message("Name the sheet that is meant history, or 历史."))
        return None
    table = table_of(f"{path.name} sheet {fitting[0]}", sheets[fitting[0]], HISTORY, findings)
    return None if table is None else _in_our_words(_with_results(table, findings), findings)


def holds_history(path: Path) -> bool:
    """Say whether a file is meant as a history: a table with a KPI and a value, and no sheet of units beside it."""
    if path.suffix.lower() not in WORKBOOKS:
        raw = read_csv(path, Findings(), kind=HISTORY)
        columns = [] if raw is None else [str(c) for c in raw.frame.columns]
        return {"kpi", "value"} <= {m.column for c in columns if (m := HISTORY.meaning(c)) is not None}
    sheets = read_sheets(path, Findings())
    if "units" in sheet_roles(path.name, sheets, {}, Findings()):
        return False
    return any(plain(title).casefold() in HISTORY_SHEETS or _has_columns(rows) for title, rows in sheets.items())


def _has_columns(rows: list[list[str]]) -> bool:
    for row in rows[:16]:
        found = {m.column for cell in row if cell.strip() and (m := HISTORY.meaning(cell.strip())) is not None}
        if {"kpi", "value"} <= found:
            return True
    return False


def _with_results(table: RawTable, findings: Findings) -> RawTable:
    """Return the table without marks of merged cells; a formula without a stored result is a problem."""
    frame = table.frame.copy()
    for column in map(str, frame.columns):
        cells = frame[column].tolist()
        formulas = [i for i, cell in enumerate(cells) if cell.startswith(FORMULA)]
        if formulas and HISTORY.meaning(column) is not None:
            rule = Message("it is a formula whose result is not stored in the file")
            remedy = Message("Open the file in Excel and save it, or paste the values.")
            findings.error(table.places(formulas, column), unmarked(cells[formulas[0]]), rule, remedy)
        frame[column] = [unmarked(cell) if cell.startswith((FORMULA, MERGED)) else cell for cell in cells]
    return replace(table, frame=frame)


def _in_our_words(table: RawTable, findings: Findings) -> RawTable:
    """Return the table with the project's names of columns, KPIs and businesses; what was understood is noted."""
    columns = [str(c) for c in table.frame.columns]
    names: dict[str, str] = {}
    for column in columns:
        meaning = None if column in HISTORY.columns else HISTORY.meaning(column)
        if meaning is not None and meaning.column not in (*columns, *names.values()):
            names[column] = meaning.column
    table = table.renamed(names)
    read: dict[str, str] = {}
    for column, words in WORDS.items():
        if column in table.frame.columns:
            cells = table.frame[column].tolist()
            said = {cell: words[plain(cell).casefold()] for cell in cells if plain(cell).casefold() in words}
            read |= said
            table = replace(table, frame=table.frame.assign(**{column: [said.get(cell, cell) for cell in cells]}))
    if names or read:
        told = Joined(Message("{old} as {new}", old=old, new=new) for old, new in (names | read).items())
        findings.note(Message("{source}: read {columns}.", source=table.source, columns=told))
    return table
