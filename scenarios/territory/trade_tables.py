"""Outlets, halls and sellers as the territory's contract wants them, checked against its units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from foundation.findings import Findings, named
from foundation.messages import Joined, Message
from scenarios.territory.account import Account
from scenarios.territory.checks import check_ids
from scenarios.territory.columns import texts, typed
from scenarios.territory.maps.point_reader import PointReader
from scenarios.territory.tables.column_meanings import resolve_aliases
from scenarios.territory.tables.known_columns import COORDINATES, HALLS, OUTLETS, SELLERS, TableKind
from scenarios.territory.tables.raw_table import RawTable, plain
from scenarios.territory.tables.references import References

_FORCES = {
    "CM": ("cm", "社区经理", "community manager", "community_manager", "社区客户经理", "固网社区经理"),
    "GM": ("gm", "网格经理", "grid manager", "grid_manager", "网格客户经理", "g网网格经理", "移动网格经理"),
}
_BUSINESSES = {
    "fixed": ("fixed", "固网", "固话", "网通", "netcom"),
    "mobile": ("mobile", "移动", "g网", "g-net", "移网", "联通", "unicom"),
}


@dataclass(frozen=True)
class Ground:
    """What the tables of outlets, halls and sellers stand on.

    Attributes
    ----------
    units : DataFrame
        Indexed by unit id, with ``x``, ``y`` [km].
    place : PointReader
        How coordinates of tables come onto the plane of the units.
    findings : Findings
        Takes every problem and what was filled in.
    account : Account
        Takes what became of each column.
    """

    units: pd.DataFrame
    place: PointReader
    findings: Findings
    account: Account

    def references(self) -> References:
        """Return the units by id and name."""
        names = self.units["name"].tolist() if "name" in self.units.columns else ()
        return References(self.units.index.tolist(), names)


def read_tables(tables: Mapping[str, RawTable], ground: Ground) -> dict[str, pd.DataFrame | None]:
    """Return ``outlets``, ``halls`` and ``sellers`` with the contract's columns first, sorted by id; None: absent."""
    sellers = _sellers(tables.get("sellers"), ground)
    return {
        "sellers": sellers,
        "outlets": _outlets(tables.get("outlets"), ground, sellers),
        "halls": _halls(tables.get("halls"), ground),
    }


def _outlets(raw: RawTable | None, ground: Ground, sellers: pd.DataFrame | None) -> pd.DataFrame | None:
    table = _typed(raw, OUTLETS, "outlets", ground)
    if raw is None or table is None:
        return None
    table = _located(raw, table, ground)
    table = _with(table, "seller_id", "")
    named_sellers = table["seller_id"] != ""
    if sellers is None and named_sellers.any():
        ground.findings.note(
            Message("{source}: seller_id was left out, because there is no table of sellers.", source=raw.source)
        )
        table["seller_id"] = texts([""] * len(table))
    elif sellers is not None:
        table["seller_id"] = _supporters(raw, table, sellers, ground.findings)
    table = _with(table, "mobile_sales_per_month", np.nan)
    return _ordered(table, ["outlet_id", "name", "unit_id", "x", "y", "seller_id", "mobile_sales_per_month"])


def _supporters(raw: RawTable, table: pd.DataFrame, sellers: pd.DataFrame, findings: Findings) -> pd.Series[str]:
    """Return the seller of each outlet, by id or by name; of several with one name, the grid manager of its unit."""
    every = References(sellers["seller_id"].tolist(), sellers["name"].tolist())
    known = sellers.set_index("seller_id")
    chosen, bad, open_cells = [], [], []
    for i, (cell, unit) in enumerate(zip(table["seller_id"], table["unit_id"], strict=True)):
        seller = every.one(cell) if cell else ""
        if seller is None:
            alike = known[known["name"] == cell]
            alike = alike[alike["force"] == "GM"] if len(alike) > 1 else alike
            here = alike[[unit in k.split(";") for k in alike["knows"]]] if len(alike) > 1 else alike
            if len(here) == 1:
                seller = str(here.index[0])
                every.by_name.append(cell)
            elif len(alike):
                seller = ""
                open_cells.append(f"{cell} ({table['outlet_id'].iloc[i]})")
            else:
                bad.append((raw.place(i, "seller_id"), cell))
        chosen.append(seller or "")
    findings.cells(
        bad, Message("it must be a seller of the table of sellers"), Message("Correct the id, or empty the cell.")
    )
    if open_cells:
        findings.note(
            Message(
                "{source}: several grid managers share a name, so who supports {names} was left open; give "
                "their ids in seller_id.",
                source=raw.source,
                names=named(open_cells),
            )
        )
    if every.by_name:
        findings.note(
            Message(
                "{source}: sellers named in {count} {count:row was|rows were} read as their ids.",
                source=raw.source,
                count=len(every.by_name),
            )
        )
    return texts(chosen)


def _halls(raw: RawTable | None, ground: Ground) -> pd.DataFrame | None:
    table = _typed(raw, HALLS, "halls", ground)
    if raw is None or table is None:
        return None
    table = _located(raw, table, ground)
    table["business"] = _chosen(raw, _with(table, "business", ""), "business", _BUSINESSES, ground.findings)
    table = _with(table, "clerks", np.nan)
    parts = [
        (raw.place(i, "clerks"), f"{c:g}") for i, c in enumerate(table["clerks"]) if np.isfinite(c) and c != int(c)
    ]
    ground.findings.cells(parts, Message("it must be a whole number"), Message("Count persons."))
    return _ordered(table, ["hall_id", "name", "unit_id", "x", "y", "business", "clerks"])


def _sellers(raw: RawTable | None, ground: Ground) -> pd.DataFrame | None:
    table, findings = _typed(raw, SELLERS, "sellers", ground), ground.findings
    if raw is None or table is None:
        return None
    table = _with(_with(_with(table, "home_unit", ""), "knows", ""), "counter_share", np.nan)
    table["force"] = _chosen(raw, table, "force", _FORCES, findings)
    units = ground.references()
    table["home_unit"] = _units(raw, table, "home_unit", units, findings, empty=True)
    lists, stray, cells = [], [], table["knows"].tolist()
    for i, cell in enumerate(cells):
        known, unknown = units.many(cell) if cell else ([], [])
        lists.append(known)
        if unknown:
            stray.append((raw.place(i, "knows"), named(_why(units, unknown))))
    findings.cells(stray, Message("it must list units of the territory, separated by ;"), Message("Correct the ids."))
    _note_names(raw, units, findings)
    table["knows"] = texts([";".join(sorted(set(known))) for known in lists])
    nowhere = [
        (raw.place(i), s)
        for i, (s, home, cell) in enumerate(zip(table["seller_id"], table["home_unit"], cells, strict=True))
        if not home and not cell
    ]
    findings.cells(nowhere, Message("a seller needs a home_unit or units he knows"), Message("Fill in one of the two."))
    share = table["counter_share"].to_numpy(dtype=np.float64)
    over = [(raw.place(int(i), "counter_share"), f"{share[i]:g}") for i in np.flatnonzero(share > 1)]
    findings.cells(over, Message("it must lie between 0 and 1"), Message("Write 25 % as 0.25."))
    table["counter_share"] = share
    return _ordered(table, ["seller_id", "name", "force", "home_unit", "knows", "counter_share"])


def _why(units: References, unknown: list[str]) -> list[str]:
    return [f"{u} ({why})" if (why := units.meant(u)) else u for u in unknown]


def _note_names(raw: RawTable, units: References, findings: Findings) -> None:
    if units.by_name:
        findings.note(
            Message(
                "{source}: units named in {count} {count:place was|places were} read as their ids.",
                source=raw.source,
                count=len(units.by_name),
            )
        )


def _typed(raw: RawTable | None, kind: TableKind, role: str, ground: Ground) -> pd.DataFrame | None:
    """Return the table with typed cells and checked ids, or None where it or a column that it needs is absent."""
    if raw is None:
        return None
    findings = ground.findings
    raw = resolve_aliases(raw, kind, findings, role=role, account=ground.account)
    table = typed(raw, kind, findings)
    if not set(kind.needed) <= set(table.columns):
        return None
    key = kind.needed[0]
    check_ids(raw, table[key].tolist(), key, findings)
    table = _with(table, "name", "")
    table["name"] = texts([n or i for n, i in zip(table["name"], table[key], strict=True)])
    return table


def _located(raw: RawTable, table: pd.DataFrame, ground: Ground) -> pd.DataFrame:
    """Return the table with x, y [km]: its own, or those of the unit where it has none."""
    units = ground.references()
    table = table.assign(unit_id=_units(raw, table, "unit_id", units, ground.findings))
    _note_names(raw, units, ground.findings)
    places = ground.units[["x", "y"]].reindex(table["unit_id"].tolist()).to_numpy(dtype=np.float64)
    own = ground.place.read(raw, table, ground.findings, near=places)
    lacking = int(np.isnan(own).any(axis=1).sum())
    table = table.drop(columns=[c for c in COORDINATES if c in table.columns])
    table["x"], table["y"] = np.where(np.isnan(own), places, own).T
    if lacking:
        ground.findings.note(
            Message(
                "{source}: {lacking} of {count} have no coordinates and are placed at their unit.",
                source=raw.source,
                lacking=lacking,
                count=len(table),
            )
        )
    return table


def _units(
    raw: RawTable,
    table: pd.DataFrame,
    column: str,
    units: References,
    findings: Findings,
    *,
    empty: bool = False,
) -> pd.Series[str]:
    """Return the units that a column names, by id or by name; what is none is a problem."""
    cells = table[column].tolist()
    found = [units.one(cell) if cell else "" for cell in cells]
    bad = [
        (raw.place(i, column), _why(units, [c])[0])
        for i, (c, f) in enumerate(zip(cells, found, strict=True))
        if f is None
    ]
    findings.cells(bad, Message("it must be a unit of the territory"), Message("Correct the id, or add the unit."))
    if not empty:
        void = [(raw.place(i, column), None) for i, c in enumerate(cells) if not c]
        findings.cells(void, Message("it must name a unit"), Message("Give the unit id."))
    return texts([f or "" for f in found])


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
