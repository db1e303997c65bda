"""An allocation of targets on one screen: the company's totals, what its people could bring, what binds, what fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from optimize.targets.remarks import Note
from optimize.targets.result import COMPANY, MOST_SHOWN, TargetResult
from optimize.targets.top_down_bottom_up import CAPACITY, FORECAST, MIXED
from scenarios import Scenario
from scenarios.schema.planning import IN_CENTS
from study.presentation.language import NOTHING, Language
from study.presentation.text_table import aligned

GROUPS = ("business", "measure", "force")
"""Parts of the catalogue that name what a total is about."""

SOURCES = {CAPACITY: "capacity", FORECAST: "forecast", MIXED: "mixed"}
"""What people could bring, by what it goes by."""

ALL = "all"
"""Force of a team in stages that do not keep the forces apart."""

Row = Mapping[Any, Any]


def summary_text(result: TargetResult, scenario: Scenario, *, language: str = "en") -> str:
    """Return an allocation for a terminal.

    Parameters
    ----------
    result : TargetResult
    scenario : Scenario
        Whose stages the targets belong to.
    language : {"en", "zh"}
    """
    words = _Words(Language(language), scenario)
    lines = [aligned(words.totals(result.targets.table)), *words.bottom_up(result.bottom_up)]
    if len(result.binding):
        lines.append(f"  {words.say('aims.bind', count=len(result.binding))}")
        worst = result.binding.sort_values("seller", ascending=False, kind="stable").head(MOST_SHOWN)
        lines += [f"    {words.binding(row)}" for row in worst.to_dict("records")]
    return "\n".join([*lines, *(f"  {words.say('aims.note', text=words.note(note))}" for note in result.noted)])


class _Words:
    """Words for stages, businesses, measures and what happens to them."""

    def __init__(self, say: Language, scenario: Scenario) -> None:
        self.say = say
        self.stages = {s.name: s.title.short(say.code) for s in scenario.target_stages}

    def totals(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the company's totals: a row for each stage and business, a column for each measure."""
        say = self.say
        company = table[table["level"] == COMPANY]
        measures = list(dict.fromkeys(company["measure"]))
        known = company.set_index(["stage", "business", "measure"])["value"].to_dict()
        rows = []
        for stage, business in dict.fromkeys(zip(company["stage"], company["business"], strict=True)):
            row = {say("table.stage"): self.about((stage,)), say("table.business"): self.about((business,))}
            for measure in measures:
                value = known.get((stage, business, measure))
                head = f"{say(f'measure.{measure}')} [{say(f'measure_unit.{measure}')}]"
                row[head] = NOTHING if value is None else say.number(float(value), 0)
            rows.append(row)
        return pd.DataFrame(rows)

    def bottom_up(self, table: pd.DataFrame) -> list[str]:
        """Return what the company asks for beside what its people could bring."""
        lines = []
        for (stage, business), rows in table.groupby(["stage", "business"], sort=False) if len(table) else []:
            whole = rows[rows["level"] == COMPANY].iloc[0]
            if not whole["target"]:
                continue
            mine = rows[rows["level"].isin(["community", "person"])]
            over = int((mine["target"] > mine["bottom_up"]).sum())
            text = self.say(
                "aims.bottom_up",
                what=self.about((str(stage), str(business))),
                target=self.say.number(float(whole["target"]), 0),
                bottom_up=self.say.number(float(whole["bottom_up"]), 0),
                source=self.say(f"aims.source.{SOURCES[str(whole['source'])]}"),
                count=over,
            )
            lines.append(f"  {text}")
        return lines

    def binding(self, row: Row) -> str:
        """Return what binds, and what one more seller or a wider limit would be worth."""
        say = self.say
        what = self.about((row["stage"], row["business"], row["measure"]))
        values = {"what": what, "priced": say(f"aims.priced.{row['priced']}")}
        if row["what"] == "capacity":
            most = "" if row["exact"] else say("aims.most")
            values |= {"community": row["community"], "points": most + self._points(float(row["seller"]))}
            if row["force"] == ALL:
                return say("aims.one_more", **values)
            return say("aims.one_more_of", force=say(f"aims.one.{row['force']}"), **values)
        if row["what"] == "cap on change":
            return say("aims.cap", points=self._points(float(row["price"]) / 100), **values)
        entry = row["entry"]
        if row["what"] == "change from the last period":
            entry = say("aims.last", community=str(entry).removeprefix("community "))
        thing = say(f"measure_unit.{'revenue' if row['measure'] in IN_CENTS else 'growth'}")
        points = self._points(float(row["price"]))
        return say("aims.give", entry=say.gloss(entry), thing=thing, points=points, **values)

    def note(self, note: Note) -> str:
        """Return what could not be met as asked."""
        values = note.text.values
        facts = {name: self._fact(name, values[name]) for name in ("force", "names") if name in values}
        text = self.say.gloss(note.text.again(**facts))
        return f"{self.about(note.about)}{self.say('colon')}{self.say.space}{text}"

    def about(self, names: tuple[str, ...]) -> str:
        """Return a stage, a business, a measure and a force, as far as they are named."""
        words = []
        for name in names:
            key = next((f"{group}.{name}" for group in GROUPS if self.say.has(f"{group}.{name}")), None)
            words.append(self.stages.get(name) or (self.say(key) if key else name))
        return self.say("aims.of").join(words)

    def _fact(self, name: str, fact: Any) -> Any:
        if name == "force":
            return self.say(f"aims.one.{fact}")
        listed = self.say.listed(fact.parts)
        return self.say("aims.and_more", names=listed, count=fact.more) if fact.more else listed

    def _points(self, share: float) -> str:
        """Return a difference of shares in percentage points, with as many digits as it needs."""
        points = share * 100
        return self.say.number(points, int(np.clip(1 - np.floor(np.log10(max(points, 1e-9))), 1, 8)))
