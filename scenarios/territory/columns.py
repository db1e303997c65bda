"""Column names and cell values of a territory's tables: aliases, numbers, text, and what is wrong with them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation.findings import Findings, named
from foundation.messages import Joined, Message
from scenarios.territory.raw_tables import RawTable, plain

HUGE = 1e15
"""Largest number that is believed; whole numbers beyond about 9e15 are not even exact."""

ABSENT = frozenset({"", "NA", "N/A", "n/a", "null", "NULL", "None", "-", "--", "—", "/"})
"""Cells that say "not known"."""

UNIT_TEXT = ("unit_id", "name", "centre", "community", "province", "prefecture", "county", "city")
UNIT_COUNTS = (
    "population",
    "households",
    "enterprises",
    "fixed_subscribers",
    "mobile_subscribers",
    "income",
    "area_km2",
)
COORDINATES = ("x", "y", "x_m", "y_m")


@dataclass(frozen=True)
class TableKind:
    """What a table may hold.

    Attributes
    ----------
    needed : columns without which it is of no use
    text : columns read as text whatever they look like
    counts : columns that are numbers and never negative
    numbers : columns that are numbers of any sign
    aliases : other names (compared without case, width and unit in brackets) -> column
    """

    needed: tuple[str, ...]
    text: tuple[str, ...]
    counts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    aliases: Mapping[str, str] | None = None


def _aliases(**columns: str) -> dict[str, str]:
    return {alias: column for column, names in columns.items() for alias in names.split()}


_PLACE = _aliases(
    unit_id="单元 单元编号 单元编码 小区编号 小区编码 街区编号 所在单元 所在小区", x="横坐标 x坐标", y="纵坐标 y坐标"
)
_METRES = {
    "横坐标(米)": "x_m",
    "纵坐标(米)": "y_m",
    "x坐标(米)": "x_m",
    "y坐标(米)": "y_m",
    "x(m)": "x_m",
    "y(m)": "y_m",
}

UNITS = TableKind(
    needed=("unit_id",),
    text=UNIT_TEXT,
    counts=UNIT_COUNTS,
    numbers=COORDINATES,
    aliases=_PLACE
    | _METRES
    | _aliases(
        unit_id="编号 编码 行政区划代码 区划代码",
        name="名称 单元名称 小区名称 街区名称",
        population="人口 人口数 总人口 常住人口",
        households="户数 家庭户数 总户数",
        income="收入 人均收入 人均可支配收入",
        enterprises="企业数 企业 企业数量 企业单位数",
        fixed_subscribers="固网用户 固网用户数 固话用户 固定用户",
        mobile_subscribers="移动用户 移动用户数 g网用户 g网用户数",
        centre="中心 营销中心 center",
        community="社区 所属社区",
        area_km2="面积 面积(平方公里) 面积(km2)",
        prefecture="地级市 所属地市",
        province="省份",
        county="县区 区县",
    ),
)
ADJACENCY = TableKind(needed=(), text=(), counts=("shared_border_m", "shared_border_km"))
OUTLETS = TableKind(
    needed=("outlet_id", "unit_id"),
    text=("outlet_id", "name", "unit_id", "seller_id"),
    counts=("mobile_sales_per_month",),
    numbers=COORDINATES,
    aliases=_PLACE
    | _METRES
    | _aliases(
        outlet_id="网点 网点编号 网点编码 渠道编号 渠道编码",
        name="名称 网点名称 渠道名称",
        seller_id="网格经理 网格经理编号 负责人 负责人编号",
        mobile_sales_per_month="月销量 月发展量 月均发展",
    ),
)
HALLS = TableKind(
    needed=("hall_id", "unit_id"),
    text=("hall_id", "name", "unit_id", "business"),
    counts=("clerks",),
    numbers=COORDINATES,
    aliases=_PLACE
    | _METRES
    | _aliases(
        hall_id="营业厅 营业厅编号 厅编号",
        name="名称 营业厅名称",
        business="业务 原属业务 原公司",
        clerks="营业员 营业员数 人数",
    ),
)
SELLERS = TableKind(
    needed=("seller_id", "force"),
    text=("seller_id", "name", "force", "home_unit", "knows"),
    counts=("counter_share", "forecast_fixed", "forecast_mobile"),
    aliases=_aliases(
        seller_id="工号 人员编号 员工编号 编号",
        name="姓名 名称",
        force="队伍 岗位 人员类型",
        home_unit="驻地单元 居住单元 所在单元",
        knows="熟悉单元 负责单元 服务区域",
        counter_share="柜台占比 营业受理占比",
        forecast_fixed="固网预测 固网月发展预测",
        forecast_mobile="移网预测 移网月发展预测",
    ),
)

_BRACKETS = re.compile(r"[(\[](?:人|户|家|个|km2|平方公里|平方千米|元|公里|千米|km)[)\]]$")
_LEADING_ZERO = re.compile(r"0\d+")
_WHOLE = re.compile(r"[+-]?\d{1,15}")


def rename_columns(table: RawTable, rename: Mapping[str, str], findings: Findings) -> RawTable:
    """Apply the user's OLD=NEW names; an unknown OLD or a NEW that is taken is a problem.

    A `rename` that fits none of a territory's tables is for the caller to notice: here only `units` is meant.
    """
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


def resolve_aliases(table: RawTable, kind: TableKind, findings: Findings) -> RawTable:
    """Give columns with a known other name (Chinese, or other case) the project's name, and note it."""
    known = {*kind.needed, *kind.text, *kind.counts, *kind.numbers}
    aliases = {_key(alias): column for alias, column in (kind.aliases or {}).items()}
    aliases |= {_key(column): column for column in known if len(column) > 1}
    have, names = set(table.frame.columns), {}
    for column in table.frame.columns:
        target = aliases.get(_key(str(column)))
        if column in known or target is None or target in have:
            continue
        names[column] = target
        have.add(target)
    if names:
        read = Joined(Message("{old} as {new}", old=old, new=new) for old, new in names.items())
        findings.note(Message("{source}: read {columns}.", source=table.source, columns=read))
    return table.renamed(names)


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


def texts(values: Any) -> pd.Series[str]:
    """Return values as a Series of text, whatever pandas makes of an empty one."""
    return pd.Series(values, dtype="str")


def _key(name: str) -> str:
    return _BRACKETS.sub("", plain(name).casefold().replace(" ", "").replace("²", "2"))


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
    numbers = sum(_parsed(c) is not None for c in filled)
    return numbers == len(filled) if all_of_them else numbers * 2 > len(filled)


def _parsed(cell: str) -> float | None:
    if "_" in cell:  # Python reads 1_000 as a number; no table means it so
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _numbers(table: RawTable, column: str, findings: Findings, *, negative: bool) -> NDArray[Any]:
    cells = table.frame[column]
    if pd.api.types.is_numeric_dtype(cells):
        values, whole = cells.to_numpy(dtype=np.float64, copy=True), pd.api.types.is_integer_dtype(cells)
        wrong: list[int] = []
    else:
        written = ["" if pd.isna(c) else str(c) for c in cells.tolist()]
        parsed = [np.nan if c in ABSENT else _parsed(c) for c in written]
        wrong = [i for i, (c, p) in enumerate(zip(written, parsed, strict=True)) if c not in ABSENT and not _finite(p)]
        values = np.array([p if _finite(p) else np.nan for p in parsed], dtype=np.float64)
        whole = all(_WHOLE.fullmatch(c) for c in written)
    _report_numbers(table, column, findings, wrong)
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
    literal = [(table.place(i, column), c) for i, c in zip(wrong, cells, strict=True) if _parsed(c) is not None]
    other = [(table.place(i, column), c) for i, c in zip(wrong, cells, strict=True) if _parsed(c) is None]
    findings.cells(
        literal, Message("it must be a finite number"), Message("Leave the cell empty if the value is unknown.")
    )
    remedy = Message("Correct it, or leave the cell empty if unknown.")
    if any(c.endswith(("%", "％")) for _, c in other):
        remedy = Message("Write 15 % as 0.15.")
    elif any(re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", c) for _, c in other):
        remedy = Message("Write thousands without separators: 1200, not 1,200.")
    findings.cells(other, Message("it must be a number"), remedy)
