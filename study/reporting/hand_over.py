"""Who hands what over to whom, and when: every unit and outlet whose seller changes, and what changes for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from optimize import place_sellers
from optimize.placement.outlets_and_clerks import assign_outlets
from scenarios import Placement
from scenarios.rules.moved import work_of
from scenarios.rules.timetable import timetable
from study.presentation.language import Language
from study.reporting.workbook_sheets import names_of_people
from study.results.record import StudyRecord

COLUMNS = ("centre", "what", "id", "name", "community", "from", "from_name", "to", "to_name", "date", "redraw")
"""Of the file: ``what`` is unit or outlet; ``to`` names all who serve it from then on, separated by ``;``; ``redraw``
is 1 where today's communities are redrawn, 2 where the redrawn ones are subdivided."""


@dataclass(frozen=True)
class Change:
    """What changes for one seller.

    Attributes
    ----------
    seller_id, name, force, centre : str
    before, after : str
        Community today in which most of what he knows lies, and the redrawn one where he works.
    familiar : float
        Share of what he knows, by workload, that lies in the new community.
    most : str
        New community in which most of what he knows lies.
    outlets, taken, given : tuple of str
        Outlets that he supports, those of them that are new to him, and those that he gives up.
    """

    seller_id: str
    name: str
    force: str
    centre: str
    before: str
    after: str
    familiar: float
    most: str
    outlets: tuple[str, ...]
    taken: tuple[str, ...]
    given: tuple[str, ...]

    def why(self, say: Language) -> str:
        """Return what led to it, as the placement model weighs it (F8, F15)."""
        share = say.percent(self.familiar, 0)
        if not self.most:
            return say("packs.why_unknown")
        if self.most == self.after:
            return say("packs.why_familiar", share=share)
        return say("packs.why_team", community=self.most, share=share)


def starting_days(record: StudyRecord, redraw: int = 1) -> dict[str, date]:
    """Return centre -> the day on which its new communities begin; empty if they never do.

    The first redraw makes redrawn communities (or at once subdivided ones), the second subdivides the redrawn ones.
    """
    scenario = record.scenario
    phase = next((p for p in scenario.phases if p.communities != "current"), None)
    if redraw > 1:
        once = phase is None or phase.communities == "subdivided"
        phase = None if once else next((p for p in scenario.phases if p.communities == "subdivided"), None)
    if phase is None:
        return {}
    table = timetable(scenario, record.territory.units["centre"].astype(str))
    gap = scenario.roll_out.days_between_waves
    return {c: phase.start + timedelta(days=wave * gap) for c, wave in zip(table.centres, table.wave, strict=True)}


def supporters(record: StudyRecord) -> pd.DataFrame:
    """Return ``outlet_id, centre, community, seller_id, before``: who supports each outlet then, and who does today."""
    table, _ = assign_outlets(record.scenario, record.territory, Placement(record.placement), record.plans)
    return table


def hand_overs(record: StudyRecord) -> pd.DataFrame:
    """Return every customer-facing hand-over, a row each: `COLUMNS`.

    A unit is handed over by each seller who knows it today and does not work in its community then, to those of the
    new team who know it, else to the whole team; an outlet by its supporter of today to the next one. Where redrawn
    communities are subdivided, a unit is handed over once more, by those who served it and work in another part then.
    Outlets keep their supporter there.
    """
    days, home = starting_days(record), record.plans["redrawn"].assignment
    units, names = record.territory.units, names_of_people(record)
    team = {str(c): sorted(t.astype(str)) for c, t in record.placement.groupby("community")["seller_id"]}
    knows = known_units(record)
    who: dict[str, list[str]] = {}
    for seller, known in knows.items():
        for unit in known:
            who.setdefault(unit, []).append(seller)
    centre = units["centre"].astype(str)
    titles = units["name"].astype(str) if "name" in units else pd.Series("", index=units.index)
    rows: list[tuple[Any, ...]] = []
    served: dict[str, list[str]] = {}
    for unit in units.index if days else ():
        community = str(home[unit])
        serving = team.get(community, [])
        acquainted = [seller for seller in serving if seller in who.get(unit, [])]
        served[str(unit)] = acquainted or serving
        for seller in sorted(set(who.get(unit, [])) - set(serving)):
            rows.append((centre[unit], "unit", str(unit), titles[unit], community, [seller], acquainted or serving))
    shops = record.territory.outlets
    called = {} if shops is None or "name" not in shops else dict(zip(shops["outlet_id"], shops["name"], strict=True))
    for o in supporters(record).to_dict("records") if days else ():
        if o["before"] != o["seller_id"]:
            old, new = ([str(s)] if s else [] for s in (o["before"], o["seller_id"]))
            title = called.get(o["outlet_id"])
            text = "" if title is None or pd.isna(title) else str(title)
            rows.append((o["centre"], "outlet", o["outlet_id"], text, o["community"], old, new))
    second = [(centre[u], "unit", u, titles[u], k, [old], new) for u, k, old, new in _subdivided(record, served, who)]
    again = starting_days(record, 2)
    return pd.DataFrame(
        [
            (c, what, i, title, k, *_people(old, names), *_people(new, names), str(day[str(c)]), redraw)
            for redraw, day, part in ((1, days, rows), (2, again, second))
            for c, what, i, title, k, old, new in part
        ],
        columns=list(COLUMNS),
    )


def _subdivided(
    record: StudyRecord, served: Mapping[str, list[str]], who: Mapping[str, list[str]]
) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield unit, subdivided community, who served it and works elsewhere then, and who serves it from then on."""
    if "subdivided" not in record.plans or not starting_days(record, 2):
        return
    kinds = {kind: record.plans[kind] for kind in ("redrawn", "subdivided")}
    placed = place_sellers(record.scenario, record.territory, kinds).placements["subdivided"].table
    team = {str(c): sorted(t.astype(str)) for c, t in placed.groupby("community")["seller_id"]}
    home = kinds["subdivided"].assignment
    for unit, before in served.items():
        community = str(home[unit])
        serving = team.get(community, [])
        acquainted = [seller for seller in serving if seller in before and seller in who.get(unit, [])]
        stay = acquainted or [seller for seller in serving if seller in before] or serving
        for seller in sorted(set(before) - set(serving)):
            yield unit, community, seller, stay


def _people(ids: list[str], names: dict[str, str]) -> tuple[str, str]:
    return ";".join(ids), ";".join(names[i] for i in ids if i in names)


def known_units(record: StudyRecord) -> dict[str, list[str]]:
    """Return seller -> the units that he knows today."""
    sellers, index = record.territory.sellers, record.territory.units.index
    if sellers is None:
        return {}
    cells = zip(sellers["seller_id"].astype(str), sellers["knows"].fillna("").astype(str), strict=True)
    return {seller: [unit for unit in text.split(";") if unit in index] for seller, text in cells}


def changes(record: StudyRecord) -> list[Change]:
    """Return what changes for every seller, in the order of the placement."""
    names, knows, work = names_of_people(record), known_units(record), work_of(record.territory)
    today, then = (record.plans[kind].assignment for kind in ("current", "redrawn"))
    support = supporters(record)
    now = {str(s): tuple(t.astype(str)) for s, t in support.groupby("seller_id")["outlet_id"]}
    before = {str(s): tuple(t.astype(str)) for s, t in support.groupby("before")["outlet_id"]}
    found = []
    for row in record.placement.to_dict("records"):
        seller, known = str(row["seller_id"]), knows.get(str(row["seller_id"]), [])
        parts = work[known].groupby(then[known].astype(str)).sum()
        total = float(parts.sum())
        mine, old = now.get(seller, ()), before.get(seller, ())
        found.append(
            Change(
                seller,
                names.get(seller, ""),
                str(row["force"]),
                str(row["centre"]),
                _most(work[known].groupby(today[known].astype(str)).sum()),
                str(row["community"]),
                float(parts.get(str(row["community"]), 0.0)) / total if total else 0.0,
                _most(parts),
                mine,
                tuple(o for o in mine if o not in old),
                tuple(o for o in old if o not in mine),
            )
        )
    return found


def _most(parts: pd.Series[float]) -> str:
    """Return the name with the largest part, of equals the first; nothing where there is none."""
    return str(parts.sort_index().idxmax()) if len(parts) and float(parts.sum()) > 0 else ""
