"""The account of a territory as a table in the reader's language: what was read, derived and generated."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from scenarios.territory.account import Entry
from study.presentation.language import Language

COLUMNS = ("table", "item", "status", "meaning", "source")


def account_table(entries: Iterable[Entry], say: Language) -> pd.DataFrame:
    """Return a row for each line of the account, every cell as it is to be read."""
    rows = [
        (
            say(f"account.table.{e.table}") if e.table else say("account.table.none"),
            _item(e, say),
            say(f"account.status.{e.status.replace(' ', '_')}"),
            _meaning(e, say),
            e.source,
        )
        for e in entries
    ]
    return pd.DataFrame(rows, columns=[say(f"account.head.{name}") for name in COLUMNS], dtype=object)


def _item(entry: Entry, say: Language) -> str:
    if not entry.item:
        return say("account.whole")
    known = f"generated.{entry.item}"
    return say(known) if entry.status == "generated" and say.has(known) else entry.item


def _meaning(entry: Entry, say: Language) -> str:
    if entry.near:
        return say("account.near", name=entry.near)
    if not entry.item and entry.status == "read":
        return say("account.rows", count=int(entry.meaning))
    known = f"account.how.{entry.meaning}"
    return say(known) if say.has(known) else entry.meaning
