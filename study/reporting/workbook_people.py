"""Sheets to hand on: one row a person, and one sheet a centre, with targets by stage side by side."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from scenarios.schema.planning import IN_CENTS
from study.presentation.language import Language
from study.reporting.html.tables import MEASURES, TRAINED
from study.reporting.workbook_sheets import MONEY, SHARE, WHOLE, Column, Sheet, names_of_people
from study.results.record import StudyRecord

MOST_CENTRES, LONGEST_NAME = 60, 31
"""Sheets of centres at most, and characters of a sheet's name (a limit of Excel's)."""


def people_sheet(record: StudyRecord, say: Language) -> Sheet:
    """One row a person: where he works, how much of that he knows, and his targets in every stage."""
    names = names_of_people(record)
    columns = [Column(say(f"table.{n}")) for n in ("seller_id", "name", "force", "centre", "community")]
    columns.append(Column(say("table.overlap"), SHARE))
    trained = record.placement.set_index(record.placement["seller_id"].astype(str)).get(TRAINED)
    if trained is not None:
        columns.append(Column(say("table.trained")))
    more, values = by_stage(record, say, record.targets[record.targets["level"] == "person"])
    table = record.placement

    def able(seller: str) -> tuple[str, ...]:
        return () if trained is None else (say("table.trained.yes" if trained[seller] else "table.trained.no"),)

    rows = [
        (
            *(s, names.get(str(s), ""), say(f"force.{f}"), str(c), str(k), o),
            *able(str(s)),
            *values.get(str(s), (None,) * len(more)),
        )
        for s, f, c, k, o in zip(
            table["seller_id"], table["force"], table["centre"], table["community"], table["overlap"], strict=True
        )
    ]
    return Sheet(say("sheet.persons"), (*columns, *more), rows, "People")


def centre_sheets(record: StudyRecord, say: Language, taken: set[str]) -> list[Sheet]:
    """One sheet a centre: its communities with size, balance, teams and targets by stage.

    Parameters
    ----------
    taken : set of str
        Names of sheets that are there already, in lower case.
    """
    targets = record.targets[record.targets["level"] == "community"]
    cards = pd.concat([c for k, c in record.scorecards.items() if k != "current"] or [pd.DataFrame()])
    cards = cards.drop_duplicates("community").set_index("community") if len(cards) else cards
    teams = record.placement.groupby(["community", "force"]).size()
    more, values = by_stage(record, say, targets)
    head = (
        *(Column(say("table.community")), Column(say("table.units"), WHOLE)),
        *(Column(say("table.deviation"), SHARE), Column(say("force.CM"), WHOLE), Column(say("force.GM"), WHOLE)),
    )
    sheets = []
    for number, (centre, own) in enumerate(targets.groupby("parent", sort=True), start=1):
        rows = [
            (c, *_size(cards, c), *(int(teams.get((c, f), 0)) for f in ("CM", "GM")), *values[c])
            for c in dict.fromkeys(own["id"].astype(str))
        ]
        sheets.append(Sheet(_name(str(centre), taken), (*head, *more), rows, f"Centre_{number}"))
    return sheets[:MOST_CENTRES]


def _size(cards: pd.DataFrame, community: str) -> tuple[Any, Any]:
    """Return units and deviation of the workload; nothing where the plan has no such community."""
    if community not in cards.index:
        return None, None
    return cards.loc[community, "units"], cards.loc[community, "workload_deviation"]


def by_stage(
    record: StudyRecord, say: Language, table: pd.DataFrame
) -> tuple[list[Column], dict[str, tuple[Any, ...]]]:
    """Return a column for each stage, business and measure that has targets, and the values of each id."""
    wide = table.pivot_table(index="id", columns=["stage", "business", "measure"], values="value", aggfunc="sum")
    stages = [stage for stage in record.scenario.target_stages if stage.name in set(table["stage"])]
    keys = [(s.name, b, m) for s in stages for b, m in MEASURES if (s.name, b, m) in wide.columns]
    titles = {stage.name: stage.title.say(say.code) for stage in stages}
    columns = [
        Column(
            f"{titles[s]} · {say(f'measure.{m}')}{say('comma')}{say.business(b)} [{say(f'measure_unit.{m}')}]",
            MONEY if m in IN_CENTS else WHOLE,
        )
        for s, b, m in keys
    ]
    return columns, {str(i): tuple(row) for i, row in zip(wide.index, wide[keys].to_numpy(dtype=object), strict=True)}


def _name(centre: str, taken: set[str]) -> str:
    """Return a name that Excel takes: none of its signs, at most 31 characters, no name twice."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", centre).strip(" '") or "-"
    name, number = plain[:LONGEST_NAME], 2
    while name.lower() in taken:
        tail = f" ({number})"
        name, number = plain[: LONGEST_NAME - len(tail)] + tail, number + 1
    taken.add(name.lower())
    return name
