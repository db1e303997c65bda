"""How evenly targets are spread: over persons of both forces, and over the inhabitants of the centres."""

from __future__ import annotations

import numpy as np
import pandas as pd

from study.evaluation.fairness import gini
from study.presentation.language import Language
from study.reporting.html.tables import Grid
from study.results.record import StudyRecord

FORCES = ("CM", "GM")
PER = 1000
"""Inhabitants that a centre's target is counted on."""


def of_persons(record: StudyRecord) -> pd.DataFrame:
    """Return the growth target of every person in every stage, both businesses together: ``stage, id, force, value``.

    Sellers without any target in a stage are no part of it.
    """
    table = record.targets
    mine = table[(table["level"] == "person") & (table["measure"] == "growth")]
    sums = mine.groupby(["stage", "id"], sort=False)["value"].sum().reset_index()
    forces = dict(zip(record.placement["seller_id"].astype(str), record.placement["force"].astype(str), strict=True))
    return sums.assign(force=sums["id"].astype(str).map(forces))


def persons(record: StudyRecord, say: Language) -> Grid:
    """Return for every stage and force: how many persons, least, median and most growth target, and the Gini index."""
    table = of_persons(record)
    rows = []
    for stage in record.scenario.target_stages:
        own = table[table["stage"] == stage.name]
        for force in (*FORCES, "all"):
            values = own.loc[(own["force"] == force) | (force == "all"), "value"].to_numpy(dtype=np.float64)
            if not len(values):
                continue
            found = (values.min(), float(np.median(values)), values.max())
            rows.append(
                (
                    f"{stage.title.say(say.code)}{say('comma')}{say(f'force.{force}')}",
                    say.number(len(values)),
                    *(say.number(float(v), 1 if v % 1 else 0) for v in found),
                    say.number(gini(values), 3),
                )
            )
    names = ("stage", "persons", "least", "median", "most", "gini")
    return Grid(tuple(say(f"table.{n}") for n in names), tuple(rows))


def by_inhabitants(record: StudyRecord, say: Language) -> Grid:
    """Return the growth target of every centre for a thousand inhabitants, a column for each stage (F22)."""
    units, table = record.territory.units, record.targets
    stages = [s for s in record.scenario.target_stages if (table["stage"] == s.name).any()] if len(table) else []
    head = (say("table.centre"), *(s.title.say(say.code) for s in stages))
    if not stages or "population" not in units or "centre" not in units or units["population"].isna().any():
        return Grid(head, ())
    people = units["population"].astype(float).groupby(units["centre"].astype(str)).sum()
    mine = table[(table["level"] == "centre") & (table["measure"] == "growth")]
    sums = mine.pivot_table(index="id", columns="stage", values="value", aggfunc="sum")
    rates = sums.div(people.reindex(sums.index), axis=0) * PER
    rows = [
        (str(centre), *(say.number(float(row[s.name]), 2) if s.name in row else "–" for s in stages))
        for centre, row in rates.iterrows()
    ]
    return Grid(head, tuple(rows))
