"""Outlets, halls and sellers as the territory's contract wants them, checked against its units."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from foundation.findings import Findings, named
from foundation.messages import Joined, Message
from scenarios.territory.checks import check_ids
from scenarios.territory.columns import HALLS, OUTLETS, SELLERS, TableKind, resolve_aliases, texts, typed
from scenarios.territory.raw_tables import RawTable, plain

_FORCES = {
    "CM": ("cm", "社区经理", "community manager", "community_manager"),
    "GM": ("gm", "网格经理", "grid manager", "grid_manager"),
}
_BUSINESSES = {
    "fixed": ("fixed", "固网", "固话", "网通", "netcom"),
    "mobile": ("mobile", "移动", "g网", "g-net", "联通", "unicom"),
}
_SEPARATORS = re.compile(r"[;；,，、|\s]+")


def read_tables(tables: dict[str, RawTable], units: pd.DataFrame, findings: Findings) -> dict[str, pd.DataFrame | None]:
    """Return ``outlets``, ``halls`` and ``sellers`` with the contract's columns first, sorted by id; None where absent.

    Parameters
    ----------
    tables : dict
        Raw tables by name.
    units : DataFrame
        Indexed by unit id, with ``x``, ``y`` [km].
    findings : Findings
        Takes every problem and what was filled in.
    """
    sellers = _sellers(tables.get("sellers"), units, findings)
    return {
        "sellers": sellers,
        "outlets": _outlets(tables.get("outlets"), units, sellers, findings),
        "halls": _halls(tables.get("halls"), units, findings),
    }


def _outlets(
    raw: RawTable | None, units: pd.DataFrame, sellers: pd.DataFrame | None, findings: Findings
) -> pd.DataFrame | None:
    table = _typed(raw, OUTLETS, findings)
    if raw is None or table is None:
        return None
    table = _located(raw, table, units, findings)
    table = _with(table, "seller_id", "")
    named_sellers = table["seller_id"] != ""
    if sellers is None and named_sellers.any():
        findings.note(
            Message("{source}: seller_id was left out, because there is no table of sellers.", source=raw.source)
        )
        table["seller_id"] = texts([""] * len(table))
    elif sellers is not None:
        known = set(sellers["seller_id"])
        bad = [(raw.place(i, "seller_id"), s) for i, s in enumerate(table["seller_id"]) if s and s not in known]
        findings.cells(
            bad, Message("it must be a seller of the table of sellers"), Message("Correct the id, or empty the cell.")
        )
    table = _with(table, "mobile_sales_per_month", np.nan)
    return _ordered(table, ["outlet_id", "name", "unit_id", "x", "y", "seller_id", "mobile_sales_per_month"])


def _halls(raw: RawTable | None, units: pd.DataFrame, findings: Findings) -> pd.DataFrame | None:
    table = _typed(raw, HALLS, findings)
    if raw is None or table is None:
        return None
    table = _located(raw, table, units, findings)
    table["business"] = _chosen(raw, _with(table, "business", ""), "business", _BUSINESSES, findings)
    table = _with(table, "clerks", np.nan)
    parts = [
        (raw.place(i, "clerks"), f"{c:g}") for i, c in enumerate(table["clerks"]) if np.isfinite(c) and c != int(c)
    ]
    findings.cells(parts, Message("it must be a whole number"), Message("Count persons."))
    return _ordered(table, ["hall_id", "name", "unit_id", "x", "y", "business", "clerks"])


def _sellers(raw: RawTable | None, units: pd.DataFrame, findings: Findings) -> pd.DataFrame | None:
    table = _typed(raw, SELLERS, findings)
    if raw is None or table is None:
        return None
    table = _with(_with(_with(table, "home_unit", ""), "knows", ""), "counter_share", np.nan)
    table["force"] = _chosen(raw, table, "force", _FORCES, findings)
    _check_units(raw, table, "home_unit", units, findings, empty=True)
    lists = [[part for part in _SEPARATORS.split(cell) if part] for cell in table["knows"].tolist()]
    stray = [
        (raw.place(i, "knows"), named(bad))
        for i, known in enumerate(lists)
        if (bad := [u for u in known if u not in units.index])
    ]
    findings.cells(stray, Message("it must list units of the territory, separated by ;"), Message("Correct the ids."))
    table["knows"] = texts([";".join(sorted(set(known))) for known in lists])
    nowhere = [
        (raw.place(i), s)
        for i, (s, home, known) in enumerate(zip(table["seller_id"], table["home_unit"], table["knows"], strict=True))
        if not home and not known
    ]
    findings.cells(nowhere, Message("a seller needs a home_unit or units he knows"), Message("Fill in one of the two."))
    share = table["counter_share"].to_numpy(dtype=np.float64)
    over = [(raw.place(int(i), "counter_share"), f"{share[i]:g}") for i in np.flatnonzero(share > 1)]
    findings.cells(over, Message("it must lie between 0 and 1"), Message("Write 25 % as 0.25."))
    table["counter_share"] = share
    return _ordered(table, ["seller_id", "name", "force", "home_unit", "knows", "counter_share"])


def _typed(raw: RawTable | None, kind: TableKind, findings: Findings) -> pd.DataFrame | None:
    """Return the table with typed cells and checked ids, or None where it is absent or cannot be used."""
    if raw is None:
        return None
    raw = resolve_aliases(raw, kind, findings)
    before = len(findings.problems)
    table = typed(raw, kind, findings)
    if not set(kind.needed) <= set(table.columns):
        return None
    key = kind.needed[0]
    check_ids(raw, table[key].tolist(), key, findings)
    table = _with(table, "name", "")
    table["name"] = texts([n or i for n, i in zip(table["name"], table[key], strict=True)])
    return table if len(findings.problems) == before else None


def _located(raw: RawTable, table: pd.DataFrame, units: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Return the table with x, y [km]: its own, or those of the unit where it has none."""
    _check_units(raw, table, "unit_id", units, findings)
    place = units[["x", "y"]].reindex(table["unit_id"].tolist())
    lacking = 0
    for axis in ("x", "y"):
        if f"{axis}_m" in table.columns and axis not in table.columns:
            table[axis] = table[f"{axis}_m"] / 1000
        own = table[axis].to_numpy(dtype=np.float64) if axis in table.columns else np.full(len(table), np.nan)
        lacking = max(lacking, int(np.isnan(own).sum()))
        table[axis] = np.where(np.isnan(own), place[axis].to_numpy(dtype=np.float64), own)
    if lacking:
        findings.note(
            Message(
                "{source}: {lacking} of {count} have no coordinates and are placed at their unit.",
                source=raw.source,
                lacking=lacking,
                count=len(table),
            )
        )
    return table.drop(columns=[c for c in ("x_m", "y_m") if c in table.columns])


def _check_units(
    raw: RawTable, table: pd.DataFrame, column: str, units: pd.DataFrame, findings: Findings, *, empty: bool = False
) -> None:
    cells = table[column].tolist()
    bad = [(raw.place(i, column), c) for i, c in enumerate(cells) if c and c not in units.index]
    findings.cells(bad, Message("it must be a unit of the territory"), Message("Correct the id, or add the unit."))
    if not empty:
        void = [(raw.place(i, column), None) for i, c in enumerate(cells) if not c]
        findings.cells(void, Message("it must name a unit"), Message("Give the unit id."))


def _chosen(
    raw: RawTable, table: pd.DataFrame, column: str, words: Mapping[str, tuple[str, ...]], findings: Findings
) -> pd.Series[str]:
    meaning = {word: value for value, known in words.items() for word in known}
    cells = table[column].tolist()
    found = [meaning.get(plain(cell).casefold(), "") for cell in cells]
    bad = [(raw.place(i, column), c or None) for i, (c, f) in enumerate(zip(cells, found, strict=True)) if not f]
    also = Joined(Message("{word} for {value}", word=known[1], value=value) for value, known in words.items())
    findings.cells(
        bad,
        Message("it must be {names}", names=Joined(words, " or ")),
        Message("Correct it ({also} is understood).", also=also),
    )
    return texts(found)


def _with(table: pd.DataFrame, column: str, value: Any) -> pd.DataFrame:
    if column in table.columns:
        return table
    return table.assign(**{column: texts([value] * len(table)) if isinstance(value, str) else value})


def _ordered(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    rest = [c for c in table.columns if c not in columns]
    return table[[*columns, *rest]].sort_values(columns[0], ignore_index=True)
