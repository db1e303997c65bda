"""What a centre and its people are handed: a folder a centre with a page, a map and a workbook, and all hand-overs."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import xlsxwriter
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from foundation.atomic_files import atomic_path, write_bytes, write_text
from foundation.errors import InputError, Problem
from foundation.messages import Message
from foundation.safe_csv import csv_text
from study.plotting.maps import draw_map
from study.plotting.theme import to_png
from study.presentation.language import Language
from study.reporting.hand_over import Change, changes, hand_overs, starting_days
from study.reporting.workbook import CREATED, write_sheet
from study.reporting.workbook_people import by_stage
from study.reporting.workbook_sheets import SHARE, WHOLE, Column, Sheet
from study.results.record import StudyRecord

HERE = Path(__file__).parent
FOLDER = "packs"
PICTURE = "centre.png"
HEAD = ("seller_id", "name", "force")
MOST_SHOWN = 40
"""Hand-overs that the page shows; the files hold all of them."""


def write_packs(record: StudyRecord, folder: Path | str, language: str = "en") -> list[Path]:
    """Write ``packs/``: hand_over.csv, and a folder a centre with page.html, centre.png, people.xlsx and hand_over.csv.

    Parameters
    ----------
    record : StudyRecord
    folder : Path or str
        Of the study.
    language : {"en", "zh"}

    Returns
    -------
    list of Path
        The pages, centre by centre, after the file of all hand-overs.

    Raises
    ------
    InputError
        The study has no redrawn communities or no sellers.
    OSError
        The folder cannot be written.
    """
    if "redrawn" not in record.plans or not len(record.placement):
        rule = Message("packs need redrawn communities and sellers, and this study has none")
        raise InputError(Problem("--packs", None, rule, Message("Study a territory with sellers.")))
    say, out = Language(language), Path(folder) / FOLDER
    table, people = hand_overs(record), changes(record)
    made = [write_text(out / "hand_over.csv", csv_text(table))]
    centres = record.territory.units["centre"].astype(str)
    for centre, name in _folders(sorted(centres.unique())).items():
        own = [person for person in people if person.centre == centre]
        mine = table[table["centre"] == centre].reset_index(drop=True)
        made.append(_pack(record, centre, own, mine, out / name, say))
    return made


def _folders(centres: Sequence[str]) -> dict[str, str]:
    """Return centre -> a name that folders can have, no two alike."""
    found: dict[str, str] = {}
    for centre in centres:
        plain = "".join(c if c.isalnum() or c in "-_." else "_" for c in centre).strip("._") or "centre"
        name, number = plain, 2
        while name.casefold() in {other.casefold() for other in found.values()}:
            name, number = f"{plain}_{number}", number + 1
        found[centre] = name
    return found


def _pack(
    record: StudyRecord, centre: str, people: Sequence[Change], table: pd.DataFrame, out: Path, say: Language
) -> Path:
    picture = _map(record, centre, say)
    write_bytes(out / PICTURE, picture)
    write_text(out / "hand_over.csv", csv_text(table))
    sheet, moves = people_of(record, people, say), hand_over_sheet(table, say)
    with atomic_path(out / "people.xlsx") as draft:
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        with xlsxwriter.Workbook(draft, {**options, "nan_inf_to_errors": False}) as book:
            book.set_properties({"title": centre, "subject": record.territory.name, "created": CREATED})
            for content in (sheet, moves):
                write_sheet(book, content)
    environment = Environment(
        loader=FileSystemLoader(HERE / "html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    card = record.scorecards["redrawn"]
    page = environment.get_template("pack.html.j2").render(
        say=say,
        centre=centre,
        record=record,
        day=starting_days(record).get(centre),
        communities=_communities(card[card["centre"].astype(str) == centre], people, say),
        people=people,
        moves=table.head(MOST_SHOWN).to_dict("records"),
        more=max(len(table) - MOST_SHOWN, 0),
        picture=Markup(f"data:image/png;base64,{base64.b64encode(picture).decode()}"),
        style=Markup((HERE / "html" / "style.css").read_text(encoding="utf-8")),
        marks=record.warnings,
    )
    return write_text(out / "page.html", page)


def _map(record: StudyRecord, centre: str, say: Language) -> bytes:
    units = record.territory.units
    inside = units.index[units["centre"].astype(str) == centre]
    plan = record.plans["redrawn"].assignment[inside]
    ground = record.territory.subset(inside, name=centre)
    return to_png(draw_map(ground, plan, language=say.code, title=centre, outlets=ground.outlets is not None))


def _communities(card: pd.DataFrame, people: Sequence[Change], say: Language) -> list[tuple[str, ...]]:
    """Return community, units, deviation of workload, and team: a row each."""
    rows: list[tuple[str, ...]] = []
    for r in card.to_dict("records"):
        team = [person for person in people if person.after == str(r["community"])]
        off = say.percent(r.get("workload_deviation"), 1, sign=True)
        names = say.listed([person.name or person.seller_id for person in team])
        rows.append((str(r["community"]), say.number(r["units"], 0), off, names))
    return rows


def people_of(record: StudyRecord, people: Sequence[Change], say: Language) -> Sheet:
    """One row a person: community today and then, outlets, targets by stage, what changes and why."""
    ids = {person.seller_id for person in people}
    targets = record.targets[(record.targets["level"] == "person") & record.targets["id"].astype(str).isin(ids)]
    more, values = by_stage(record, say, targets)
    columns = [
        *(Column(say(f"table.{name}")) for name in HEAD),
        *(Column(say("packs.before")), Column(say("table.community")), Column(say("packs.familiar"), SHARE)),
        *(Column(say("packs.outlets")), Column(say("packs.taken"), WHOLE), Column(say("packs.given"), WHOLE)),
        *more,
        *(Column(say("packs.change")), Column(say("packs.why"))),
    ]
    rows = [
        (
            *(p.seller_id, p.name, say(f"force.{p.force}"), p.before, p.after, p.familiar),
            *(" ".join(p.outlets), len(p.taken), len(p.given)),
            *values.get(p.seller_id, (None,) * len(more)),
            *(changed(p, say), p.why(say)),
        )
        for p in people
    ]
    return Sheet(say("sheet.persons"), tuple(columns), rows, "People")


def changed(person: Change, say: Language) -> str:
    """Return what changes for a person against today, in a sentence."""
    if not person.before:
        return say("packs.starts", community=person.after)
    return say(
        "packs.moves",
        before=person.before,
        after=person.after,
        taken=len(person.taken),
        given=len(person.given),
    )


def hand_over_sheet(table: pd.DataFrame, say: Language) -> Sheet:
    """Return the hand-overs of a centre as a sheet."""
    shown = ("what", "id", "name", "community", "from", "from_name", "to", "to_name", "date")
    rows = [
        (say(f"packs.{what}"), *rest)
        for what, *rest in table[list(shown)].astype(str).itertuples(index=False, name=None)
    ]
    return Sheet(say("packs.hand_over"), tuple(Column(say(f"packs.column.{n}")) for n in shown), rows, "HandOver")
