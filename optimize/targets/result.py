"""What an allocation of targets hands over: the targets, how fair they are, what binds and what it would be worth."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from foundation.atomic_files import write_text
from foundation.plurals import counted
from foundation.safe_csv import csv_text
from optimize.targets.remarks import Note
from scenarios import Targets
from scenarios.schema.planning import IN_CENTS

COMPANY = "company"
STAGES = (
    *("stage", "business", "measure", "force", "total"),
    *("stretch", "least_stretch", "deviation", "rounds", "proof"),
)
BINDING = (
    *("stage", "business", "measure", "what", "entry", "community", "force"),
    *("priced", "price", "seller", "exact", "says"),
)
PARTS = ("stage", "business", "measure", "force", "weight", "wanted", "given")
DECIMALS = 6
"""Of an amount that is stated; whole subscribers and cents are exact, parts as weighed are not."""

MOST_SHOWN = 8
"""Lines of what binds that a one-screen summary shows; targets.json holds all."""


@dataclass(frozen=True)
class TargetResult:
    """Targets of every stage and level.

    Attributes
    ----------
    targets : Targets
    stages : DataFrame
        ``stage, business, measure, force, total, stretch, least_stretch, deviation, rounds, proof``: the total
        [subscribers or yuan], largest stretch beyond capacity, the least that any split needs, largest deviation from
        the fair share [shares], and how many programmes showed it (0: the fair share itself fits). ``force`` is all
        where nothing keeps the forces apart.
    binding : DataFrame
        ``stage, business, measure, what, entry, community, force, priced, price, seller, exact, says``: what binds (a
        capacity, a wish, a cap), by how much ``priced`` (the least stretch, or the largest deviation) falls per unit by
        which it gives way (the dual price), what one more seller of the team's mean capacity is worth (an upper limit
        where not ``exact``), and that in words.
    parts : DataFrame
        ``stage, business, measure, force, weight, wanted, given``: each force's part [subscribers or yuan], as weighed
        and in whole subscribers and cents.
    noted : tuple of Note
        What could not be met as asked.
    bottom_up : DataFrame
        ``stage, level, id, parent, business, fair, target, bottom_up, difference, ratio, source``: growth targets
        beside the weighted fair share and what the sellers' own forecasts, or else skills and hours at best, would
        give.
    waterfall : DataFrame
        ``stage, business, measure, step, change, running``: how the company's totals come about.
    """

    targets: Targets
    stages: pd.DataFrame
    binding: pd.DataFrame
    parts: pd.DataFrame
    noted: tuple[Note, ...]
    bottom_up: pd.DataFrame = field(default_factory=pd.DataFrame)
    waterfall: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def notes(self) -> tuple[str, ...]:
        """What could not be met as asked, in English."""
        return tuple(str(note) for note in self.noted)

    def __str__(self) -> str:
        """Return the company's totals and what binds."""
        table = self.targets.table
        company = table[table["level"] == COMPANY].pivot_table(
            index=["stage", "business"], columns="measure", values="value", sort=False
        )
        lines = [company.to_string(float_format=lambda x: f"{x:,.0f}"), *self._bottom_up()]
        if len(self.binding):
            worst = self.binding.sort_values("seller", ascending=False, kind="stable")["says"].tolist()
            lines += [
                f"  {counted(len(self.binding), 'limit binds', 'limits bind')}:",
                *(f"    {text}" for text in worst[:MOST_SHOWN]),
            ]
        return "\n".join([*lines, *(f"  note: {note}" for note in self.notes)])

    def _bottom_up(self) -> list[str]:
        """Say what the company asks for beside what its people could bring."""
        if self.bottom_up.empty:
            return []
        lines = []
        for (stage, business), rows in self.bottom_up.groupby(["stage", "business"], sort=False):
            whole = rows[rows["level"] == COMPANY].iloc[0]
            if not whole["target"]:
                continue
            over = int((rows.loc[rows["level"].isin(["community", "person"]), "ratio"] > 1).sum())
            asked = f"{whole['target']:,.0f} asked for, {whole['bottom_up']:,.0f} bottom-up ({whole['source']})"
            those = counted(over, "community or person", "communities and persons")
            lines.append(f"  {stage} {business}: {asked}; {those} asked for more than theirs")
        return lines

    def _repr_html_(self) -> str:
        company = self.targets.table[self.targets.table["level"] == COMPANY]
        wide = company.pivot_table(index="stage", columns=["business", "measure"], values="value", sort=False)
        wide.columns = wide.columns.map(lambda c: f"{c[0]} {c[1]} [{'yuan' if c[1] in IN_CENTS else 'subscribers'}]")
        says = f"<ul>{''.join(f'<li>{html.escape(text)}</li>' for text in self._says())}</ul>"
        return wide.to_html(escape=True, float_format=lambda x: f"{x:,.0f}") + says

    def _says(self) -> list[str]:
        """Return what binds most and what could not be met, a sentence each."""
        worst = self.binding.sort_values("seller", ascending=False, kind="stable")["says"].tolist()
        return [*worst[:MOST_SHOWN], *self.notes]

    def to_frame(self) -> pd.DataFrame:
        """Return ``stage, level, id, parent, business, measure, value``."""
        return self.targets.table

    def save(self, folder: Path | str) -> Path:
        """Write targets.csv, bottom_up.csv, waterfall.csv and, last, targets.json (the rest)."""
        out = Path(folder)
        for name, table in (("bottom_up", self.bottom_up), ("waterfall", self.waterfall)):
            write_text(out / f"{name}.csv", csv_text(table))
        write_text(out / "targets.csv", targets_csv(self.targets.table))
        content = {
            "stages": self.stages.to_dict("records"),
            "binding": self.binding.to_dict("records"),
            "parts": self.parts.to_dict("records"),
            "notes": list(self.notes),
        }
        write_text(out / "targets.json", json.dumps(content, ensure_ascii=False, indent=1, default=float) + "\n")
        return out


def stated(measure: str, amount: float) -> float:
    """Return an amount of subscribers or cents as subscribers or yuan, without what binary sums leave behind it.

    Examples
    --------
    >>> stated("growth", 708.0000000000001), stated("revenue", 120471189.0)
    (708.0, 1204711.89)
    """
    return round(float(amount) / (100 if measure in IN_CENTS else 1), DECIMALS)


def targets_csv(table: pd.DataFrame) -> str:
    """Return targets as CSV text: subscribers as whole numbers, money to the cent."""
    money = table["measure"].isin(IN_CENTS).to_numpy()
    text = [f"{v:.2f}" if m else f"{v:.0f}" for v, m in zip(table["value"], money, strict=True)]
    return csv_text(table.assign(value=text))


def empty_targets() -> pd.DataFrame:
    """Return a table of no targets."""
    columns = ["stage", "level", "id", "parent", "business", "measure", "value"]
    return pd.DataFrame({c: pd.Series(dtype=float if c == "value" else object) for c in columns})
