"""The command that simulates a choice without the dashboard, held against the choice before it is shown."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from scenarios import InputError, Scenario, load_scenario
from scenarios.loading.case import case_of
from scenarios.loading.load import Alternative, parse_setting
from scenarios.loading.variants import settings_of
from study.app.choice import Choice
from study.app.choices import Deck


def command(deck: Deck, choice: Choice) -> str:
    """Return the command that simulates a choice without the dashboard.

    The shortest one is shown that gives the very scenario of the choice: the scenario or the timeline by its name; else
    the scenario on the table with the overrides of both on top; else with every field that differs.
    """
    wanted = case_of(deck.scenario(choice)).key
    found = None
    for source, moved in _candidates(deck, choice):
        found = _words(deck, source, moved)
        if _made(source, found, wanted):
            break
    assert found is not None  # there is always a first candidate
    return shlex.join(["fusion", "simulate", *found])


def _candidates(deck: Deck, choice: Choice) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return scenarios by name or file, each with what is set on top of it."""
    stated = dict(deck.content.get("settings") or {})
    own = {**_levers(deck, choice), **deck.settings(choice)}
    if not (choice.timeline and choice.scenario != deck.first.name):
        yield choice.timeline or _source(deck, choice.scenario), {**stated, **own}
    source, layers = _source(deck, choice.scenario), []
    if choice.scenario not in _given(deck):
        source, layers = _source(deck, deck.first.name), [choice.scenario]
    layers += [choice.timeline] if choice.timeline else []
    moved = dict(stated)
    for name in layers:
        for layer in Alternative.read(name).layers:
            moved |= layer.get("set") or {}
    yield source, {**moved, **own}
    yield source, {**stated, **_differing(deck.scenario(choice), load_scenario(source, stated))}


def _levers(deck: Deck, choice: Choice) -> dict[str, Any]:
    """Return what the sliders set, a number each."""
    moved = settings_of(deck.without_levers(choice), dict(choice.levers)) if choice.levers else {}
    return {
        f"{key}.{part}".rstrip("."): value
        for key, values in moved.items()
        for part, value in (values.items() if isinstance(values, Mapping) else [("", values)])
    }


def _differing(wanted: Scenario, there: Scenario) -> dict[str, Any]:
    """Return the parts of a scenario that differ, whole."""
    labels = {"name", "title", "base", "overrides", "evidence", "facts", "findings"}
    mine, other = (scenario.model_dump(mode="json", exclude=labels) for scenario in (wanted, there))
    return {key: value for key, value in mine.items() if other.get(key) != value}


def _given(deck: Deck) -> dict[str, str]:
    """Return what the scenarios that were asked for are called, and by which name or file."""
    sources = deck.content.get("scenarios") or ["plan"]
    return dict(zip(deck.scenarios, sources, strict=False))


def _source(deck: Deck, name: str) -> str:
    return _given(deck).get(name, name)


def _words(deck: Deck, source: str, moved: Mapping[str, Any]) -> list[str]:
    """Return the words of the command behind the verb."""
    words = [source]
    for key, value in moved.items():
        words += ["--set", f"{key}={json.dumps(value, ensure_ascii=False, default=str)}"]
    reading = dict(deck.content.get("territory") or {})
    ground = reading.pop("source", None)
    if ground is not None:
        words += ["--territory", str(ground)]
    for key, value in reading.items():
        if isinstance(value, Mapping):
            words += [word for pair in value.items() for word in (f"--{key}", "=".join(map(str, pair)))]
        else:
            words += [f"--{key}"] if value is True else [f"--{key}", str(value)]
    for key in ("seed", "replications"):
        words += [f"--{key}", str(deck.content[key])] if deck.content.get(key) is not None else []
    solver = deck.content.get("solver")
    return words + (["--solver", solver] if solver and solver != "highs" else [])


def _made(source: str, words: list[str], wanted: str) -> bool:
    """Return whether a command simulates what is wanted: the same scenario against the same counterfactual."""
    settings = dict(parse_setting(word) for before, word in pairwise(words) if before == "--set")
    try:
        return case_of(load_scenario(source, settings)).key == wanted
    except (InputError, OSError):
        return False
