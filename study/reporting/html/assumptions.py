"""Every number the study rests on, with its unit, its meaning and where it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from scenarios import Scenario
from scenarios.schema.overlay import SET_BY
from scenarios.schema.reference import describe_schema
from study.presentation.language import Language
from study.reporting.html.tables import Grid
from study.results.record import StudyRecord
from study.sensitivity.summary import by_weight, key_label

MOST = 10
"""Assumptions that the report tells before its appendix of all."""

LABELS = ("name", "title", "base", "overrides", "facts", "findings", "evidence")
"""Parts of a scenario that are about it rather than in it."""


@dataclass(frozen=True)
class Assumption:
    """One value of the scenario."""

    key: str
    value: str
    unit: str
    meaning: str
    evidence: str

    @property
    def assumed(self) -> bool:
        """Whether nobody measured or decreed the value."""
        return self.evidence.startswith("assumed") or not self.evidence

    def reason(self, say: Language) -> str:
        """Return where the value comes from, without the word "assumed", which the report shows as a badge."""
        text = self.source(say)
        return text.removeprefix(say("table.assumed")).lstrip(":;：； ") if self.assumed else text

    def source(self, say: Language) -> str:
        """Return where the value comes from."""
        if self.evidence.startswith(SET_BY):
            return say("assumption.set_by", name=self.evidence.removeprefix(SET_BY))
        return say.gloss(self.evidence)

    @property
    def group(self) -> str:
        """The part of the scenario it belongs to."""
        return self.key.split(".")[0]


@dataclass(frozen=True)
class Chapter:
    """A part of the scenario: its key, what it is about in words, and its values."""

    key: str
    title: str
    items: tuple[Assumption, ...]


def assumptions(record: StudyRecord) -> list[Assumption]:
    """Return every value of the studied scenario, in the order of the schema."""
    return list(listed(record.scenario))


def weighty(record: StudyRecord, say: Language) -> Grid:
    """Return the assumptions over whose range the contribution changes most, each with what it rests on."""
    table = record.tornado
    keys = [] if table is None or table.empty else by_weight(table)
    known = {item.key: item for item in listed(record.scenario)}
    rows = [
        (key_label(key, say), " ".join((item.value, say.gloss(item.unit))).strip(), item.reason(say))
        for key in keys
        if (item := known.get(key)) is not None
    ]
    return Grid((say("table.assumption"), say("table.value"), say("table.evidence")), tuple(rows[:MOST]))


def chapters(record: StudyRecord, say: Language) -> list[Chapter]:
    """Return the values of the studied scenario part by part, each part named in the reader's language."""
    found: dict[str, list[Assumption]] = {}
    for item in listed(record.scenario):
        found.setdefault(item.group, []).append(item)
    fields = type(record.scenario).model_fields
    return [Chapter(key, say.gloss(fields[key].description or key), tuple(items)) for key, items in found.items()]


def listed(scenario: Scenario) -> Iterator[Assumption]:
    """Yield every value of a scenario; entries of lists are named, as in `phases.transition.end`."""
    meanings = {key: (unit, meaning) for key, unit, meaning in describe_schema()}
    for key, generic, value in _walk(scenario.model_dump(mode="json"), "", ""):
        if key.split(".")[0] in LABELS or generic.rsplit(".", 1)[0].endswith("title"):
            continue
        unit, meaning = meanings.get(generic, ("", ""))
        yield Assumption(key, value, unit, meaning, scenario.source_of(key))


def overrides(record: StudyRecord, say: Language) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return for every alternative its title and what it sets differently from the studied scenario."""
    base = {a.key: a.value for a in listed(record.scenario)}
    found = []
    for scenario in list(record.scenarios.values())[1:]:
        own = {a.key: a.value for a in listed(scenario)}
        changed = [(key, value) for key, value in own.items() if base.get(key) != value]
        gone = [(key, say("table.removed")) for key in base if key not in own]
        found.append((scenario.name, scenario.title.say(say.code), [*changed, *_groups(gone)]))
    return found


def _groups(gone: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return removed keys by the entry they belong to: a whole phase is one line."""
    return sorted({(".".join(key.split(".")[:2]), text) for key, text in gone})


def _walk(content: Any, key: str, generic: str) -> Iterator[tuple[str, str, str]]:
    if isinstance(content, Mapping):
        for name, value in content.items():
            yield from _walk(value, f"{key}.{name}".lstrip("."), f"{generic}.{name}".lstrip("."))
    elif isinstance(content, list) and content and isinstance(content[0], Mapping):
        for number, item in enumerate(content):
            yield from _walk(item, f"{key}.{item.get('name', number)}", f"{generic}[]")
    elif isinstance(content, list):
        yield key, generic, ", ".join(str(item) for item in content) or "–"
    else:
        yield key, generic, _written(content)


def _written(value: Any) -> str:
    """Return a value as a scenario file holds it."""
    if value is None:
        return "–"
    return str(value).lower() if isinstance(value, bool) else str(value)
