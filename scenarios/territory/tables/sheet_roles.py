"""Which sheet of a workbook is which table: as stated, by its name, or by what its columns say."""

from __future__ import annotations

from collections.abc import Mapping

from foundation.findings import Findings, named
from foundation.messages import Joined, Message
from scenarios.territory.tables.known_columns import KINDS
from scenarios.territory.tables.raw_table import plain

_WORDS = {
    "adjacency": ("adjacency", "adjacent", "neighbour", "neighbor", "edges", "邻接", "相邻", "毗邻", "邻居", "接壤"),
    "halls": ("halls", "hall", "营业厅", "自有厅", "厅店"),
    "outlets": ("outlets", "outlet", "渠道", "网点", "代理商", "代理点", "门店"),
    "sellers": ("sellers", "seller", "staff", "人员", "员工", "花名册", "营销员", "客户经理", "销售经理"),
    "units": ("units", "unit", "单元", "小区", "街区", "区县", "乡镇", "街道"),
}
"""What the names of sheets hold, the surest first: 小区邻接表 is about neighbours."""

HISTORY_SHEETS = ("history", "历史", "历史数据", "历史业绩", "历史结果")
"""Names of the sheet of a history, which is no part of a territory."""

EXPLANATIONS = ("guide", "readme", "read me", "notes", "说明", "填写说明", "填表说明", "使用说明")
"""Names of sheets that explain the others, as `fusion template` writes one."""

_LEAST = {"units": 3, "outlets": 2, "halls": 2, "sellers": 2}
"""How many of a table's columns a sheet must have to be taken for it by its columns."""


def sheet_roles(
    source: str, sheets: Mapping[str, list[list[str]]], stated: Mapping[str, str], findings: Findings
) -> dict[str, str]:
    """Return table -> title of its sheet.

    Parameters
    ----------
    source : str
        What messages call the workbook.
    sheets : mapping of title to rows
    stated : mapping of table to title
        What ``--sheet`` says.
    findings : Findings
        Takes a problem where several sheets may be one table, and a note of names that were understood.
    """
    titles = {plain(title).casefold(): title for title in sheets}
    roles: dict[str, str] = {}
    for role, title in stated.items():
        found = titles.get(plain(title).casefold())
        if found is None:
            rule = Message("{source} has no sheet of this name; there are {names}", source=source, names=named(sheets))
            findings.error(
                f"--sheet {role}={title}", None, rule, Message("Write the name as it stands on the sheet's tab.")
            )
        else:
            roles[role] = found
    free = [title for title in sheets if title not in roles.values()]
    for claim in (_called, _named, _by_columns):
        claims: dict[str, list[str]] = {}
        for title in free:
            role = claim(title, sheets[title])
            if role and role not in roles and role not in stated:
                claims.setdefault(role, []).append(title)
        for role, claimants in claims.items():
            full = [title for title in claimants if _by_columns(title, sheets[title]) == role]
            able = full if len(claimants) > 1 and len(full) == 1 else claimants
            if len(able) > 1:
                remedy = Message("Name the one that is meant: --sheet {role}={sheet}.", role=role, sheet=able[0])
                place = Message("{source}, sheets {names}", source=source, names=named(able))
                rule = Message("each of these sheets may be the table {role}", role=role)
                findings.error(place, None, rule, remedy)
            roles[role] = able[0]
        free = [title for title in free if title not in roles.values()]
    other = {role: title for role, title in roles.items() if plain(title).casefold() != role}
    if other:
        told = Joined(Message("{old} as {new}", old=title, new=role) for role, title in other.items())
        findings.note(Message("{source}: read the sheets {told}.", source=source, told=told))
    for title in [title for title in free if plain(title).casefold() in HISTORY_SHEETS]:
        free.remove(title)
        findings.note(
            Message("{source}: the sheet {name} is a history, which fusion calibrate reads.", source=source, name=title)
        )
    free = [title for title in free if plain(title).casefold() not in EXPLANATIONS]
    if free and roles:
        findings.note(
            Message(
                "{source}: the {count:sheet|sheets} {names} {count:was|were} not read.",
                source=source,
                count=len(free),
                names=named(free),
            )
        )
    return roles


def _called(title: str, _: list[list[str]]) -> str:
    name = plain(title).casefold()
    return name if name in KINDS else ""


def _named(title: str, _: list[list[str]]) -> str:
    name = plain(title).casefold().replace(" ", "")
    return next((role for role, words in _WORDS.items() if any(word in name for word in words)), "")


def _by_columns(_: str, records: list[list[str]]) -> str:
    """Return the table whose columns a sheet has most of, or nothing where it has too few."""
    best, most = "", 0
    for role, least in _LEAST.items():
        kind = KINDS[role]
        for record in records[:16]:
            found = {m.column for cell in record if cell.strip() and (m := kind.meaning(cell.strip()))}
            keys = set(kind.needed) & found or ({"x", "y"} <= found or {"lon", "lat"} <= found)
            if len(found) >= least and keys and len(found) > most:
                best, most = role, len(found)
    return best
