"""What lies on the table: scenarios, their timelines, a territory, and the levers that a person may move."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from foundation.messages import Message
from scenarios import InputError, Problem, Scenario, Territory, load_scenario
from scenarios.loading.case import case_of
from scenarios.loading.load import load_alternative, with_settings
from scenarios.loading.variants import settings_of
from scenarios.rules.scorecard import natural
from scenarios.rules.workload import workload
from scenarios.schema.organisation import Phase
from scenarios.territory.load import load_territory
from study.app.choice import Choice, Lever
from study.evaluation.decisions import WORKLOAD, prepare_territory
from study.evaluation.points import POINTS, Store
from study.presentation.language import Language
from study.reporting.html.answers import kind_of
from study.robustness.judge_again import stored
from study.robustness.outcomes import Outcomes

VARIABLE = "FUSION_APP"
"""Environment variable in which the command line tells pages and workers what to show, as JSON."""

PLAN = re.compile(r"plan-[0-9a-f]{16}\.csv")
"""Names of plans drawn by hand."""

BROKEN = "broken_at_most"
"""The one limit that is no principle's own: in how many runs or worlds one may be broken."""

STEP = {"indicators": 0.1, "weights": 0.05}
"""Steps of the sliders: round numbers that what-ifs from the command line hit as well."""


@dataclass(frozen=True)
class Deck:
    """Everything that may be chosen.

    Attributes
    ----------
    scenarios : mapping of name to Scenario
        The first, as written, is what everything else is compared with.
    ground : Territory
        As loaded.
    seed, replications, jobs : int
    solver : str
    cache : Path
        Folder of finished points, shared with ``fusion whatif``.
    study : Path or None
        Folder of a finished study of the first scenario.
    language : {"en", "zh"}
        The first shown.
    content : mapping
        What `read_deck` laid it from.
    """

    scenarios: Mapping[str, Scenario]
    ground: Territory
    seed: int
    replications: int
    jobs: int
    solver: str
    cache: Path
    study: Path | None
    language: str
    content: Mapping[str, Any]

    def elsewhere(self, source: str) -> Deck:
        """Return the same scenarios on another territory, of which no study is known.

        Raises
        ------
        InputError
            As `read_deck` raises it.
        """
        return read_deck(json.dumps({**self.content, "territory": {"source": source}, "study": None}))

    @property
    def first(self) -> Scenario:
        """The scenario that everything is compared with."""
        return next(iter(self.scenarios.values()))

    @property
    def reference(self) -> Choice:
        """The first scenario as written."""
        return Choice(self.first.name)

    @cached_property
    def store(self) -> Store:
        """The finished points."""
        also = None if self.study is None else self.study / POINTS
        return Store(self.cache, self.ground, self.seed, self.solver, also)

    @cached_property
    def robust(self) -> tuple[Mapping[str, Any], Mapping[str, Scenario]] | None:
        """What the finished study says over its worlds, and its scenarios; None where it is of something else."""
        if self.study is None or not is_of(self, self.study):
            return None
        try:
            answer = json.loads((self.study / "robust.json").read_text(encoding="utf-8"))
            stated = json.loads((self.study / "scenarios.json").read_text(encoding="utf-8"))
            scenarios = {name: Scenario.model_validate(content) for name, content in stated.items()}
        except (OSError, ValueError, AttributeError):
            return None
        return (answer, scenarios) if set(answer.get("scenarios", ())) <= set(scenarios) else None

    @cached_property
    def ready(self) -> Territory:
        """The territory with everything that was generated filled in."""
        return prepare_territory(self.first, self.ground, seed=self.seed)

    def territory(self, scenario: Scenario) -> Territory:
        """Return the territory with the workload that a scenario's indicators give."""
        return self.ready.with_columns({WORKLOAD: workload(self.ready, scenario.indicators)})

    def fits(self, choice: Choice) -> bool:
        """Return whether a choice from elsewhere can be made here: scenario, timeline, phases, weights and locks."""
        known = choice.scenario in self.scenarios
        if not {unit for group in choice.together for unit in group} <= set(self.ready.unit_ids):
            return False
        if not known or (choice.timeline and choice.timeline not in self.timelines(choice.scenario)):
            return False
        if choice.plan and not (PLAN.fullmatch(choice.plan) and (self.uploads / choice.plan).is_file()):
            return False
        try:
            levers = {lever.key for lever in self.levers(replace(choice, levers=()), Language("en"))}
            self.scenario(choice)
        except InputError:
            return False
        return {key for key, _ in choice.levers} <= levers and set(choice.locks) <= set(self.communities)

    @cached_property
    def outcomes(self) -> Outcomes | None:
        """What every timeline brought in every world of the finished study; None where that is not known."""
        if self.study is None or self.robust is None:
            return None
        answer, scenarios = self.robust
        return stored(self.study, scenarios, answer)

    @cached_property
    def communities(self) -> list[str]:
        """Today's communities, in order."""
        return sorted(set(self.ready.units["community"].astype(str)), key=natural)

    def closed_phases(self, choice: Choice) -> list[Phase]:
        """Return the phases of a choice that have an end: those whose length can be set."""
        return [phase for phase in self.without_levers(choice).phases if phase.end is not None]

    def timelines(self, name: str) -> list[str]:
        """Return the alternatives of a scenario that change its dates."""
        scenario = self.scenarios[name]
        if not scenario.phases:
            return []
        return [n for n, other in _alternatives(scenario).items() if kind_of(other, scenario) == "timeline"]

    def without_levers(self, choice: Choice) -> Scenario:
        """Return the scenario on its timeline, with its own weights.

        Raises
        ------
        InputError
            A phase or a lock that the scenario does not know, or that does not fit.
        """
        scenario = self.scenarios[choice.scenario]
        base = load_alternative(scenario, choice.timeline) if choice.timeline else scenario
        settings = self.settings(choice)
        return with_settings(base, settings) if settings else base

    def settings(self, choice: Choice) -> dict[str, Any]:
        """Return what a choice sets of a scenario besides the levers, by dotted key."""
        days = {f"phases.{phase}.days": count for phase, count in choice.days}
        locks = {"partition.wishes.lock": list(choice.locks)} if choice.locks else {}
        plan = {"partition.plan": str((self.uploads / choice.plan).resolve())} if choice.plan else {}
        groups = [list(group) for group in choice.together]
        together = {"partition.wishes.keep_together": groups} if groups else {}
        return {**days, **locks, **plan, **together, **self.limits(choice)}

    def limits(self, choice: Choice) -> dict[str, float | None]:
        """Return the limits of the principles that a choice sets, by dotted key."""
        whole = {BROKEN}
        return {f"study.{key}" if key in whole else f"study.principles.{key}": value for key, value in choice.limits}

    def judge(self, choice: Choice) -> Scenario:
        """Return the first scenario with the principles that a choice is held against."""
        return with_settings(self.first, self.limits(choice)) if choice.limits else self.first

    @property
    def uploads(self) -> Path:
        """Where files lie that came from a page; nowhere else is anything read or written for it."""
        return self.cache.parent / "app-uploads"

    def scenario(self, choice: Choice) -> Scenario:
        """Return the scenario of a choice.

        Raises
        ------
        InputError
            The weights do not fit: all indicators at zero, say.
        """
        base = self.without_levers(choice)
        return with_settings(base, settings_of(base, dict(choice.levers))) if choice.levers else base

    def levers(self, choice: Choice, say: Language) -> list[Lever]:
        """Return the sliders of a scenario on its timeline: indicators, then appraisal weights stage by stage."""
        base = self.without_levers(choice)
        found = [
            Lever(f"indicators.{name}", "indicators", say(f"app.indicator.{name}"), float(value), STEP["indicators"])
            for name, value in base.indicators.model_dump().items()
            if value > 0 or name in ("population", "households")
        ]
        for stage in base.target_stages:
            for force in ("CM", "GM"):
                own = getattr(stage.weights, force).fixed
                key = f"target_stages.{stage.name}.weights.{force}.fixed"
                group = say("app.stage", stage=_short(stage.title.say(say.code)), start=say.day(stage.start))
                found.append(Lever(key, group, say(f"force.{force}"), float(own), STEP["weights"]))
        return found

    def title(self, choice: Choice, say: Language) -> str:
        """Return a choice in words."""
        words = [self.scenarios[choice.scenario].title.say(say.code)]
        if choice.timeline:
            words.append(self.without_levers(choice).title.say(say.code))
        if choice.levers:
            words.append(say("app.moved", count=len(choice.levers)))
        if choice.days:
            words.append(say("app.own_days", count=len(choice.days)))
        if choice.plan:
            words.append(say("app.by_hand"))
        if choice.together:
            words.append(say("app.together", count=len(choice.together)))
        if choice.limits:
            words.append(say("app.own_limits", count=len(choice.limits)))
        if choice.locks:
            words.append(say("app.locked", count=len(choice.locks)))
        return say("app.and").join(words)

    def point(self, choice: Choice) -> dict[str, Any] | None:
        """Return the finished point of a choice, whatever its number of replications; None where there is none."""
        return self.store.read(case_of(self.scenario(choice)))


def plan_of(point: Mapping[str, Any], kind: str, territory: Territory) -> pd.Series[Any]:
    """Return unit -> community of a point: ``current``, ``redrawn`` or ``subdivided``."""
    if kind == "current":
        return territory.units["community"].astype(str)
    return pd.Series(point["plans"][kind]).reindex(territory.units.index).astype(str)


def is_of(deck: Deck, folder: Path) -> bool:
    """Return whether a folder holds a finished study of the first scenario on this territory."""
    try:
        run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        stated = run["verb"], run["scenarios"][deck.first.name]["sha256"], run["territory"]["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return bool(stated == ("study", deck.first.sha256, deck.ground.provenance.sha256))


def describe_deck(
    scenarios: list[str], settings: Mapping[str, Any], territory: Mapping[str, Any], **rest: Any
) -> dict[str, Any]:
    """Return what :func:`read_deck` reads, as plain values."""
    return {"scenarios": scenarios, "settings": dict(settings), "territory": dict(territory), **rest}


def read_deck(text: str | None = None) -> Deck:
    """Lay the table from JSON text (default: that of the environment; without any, the plan on its own city).

    Raises
    ------
    InputError
        As the scenarios and the territory raise it.
    """
    content = json.loads(text or os.environ.get(VARIABLE) or "{}")
    given = [load_scenario(name, content.get("settings")) for name in content.get("scenarios") or ["plan"]]
    first = given[0]
    shown = [*given, *(s for s in _alternatives(first).values() if kind_of(s, first) != "timeline")]
    reading = dict(content.get("territory") or {})
    source = reading.pop("source", None)
    if source is None:
        source, reading = first.territory.source, {**first.territory.reading(), **reading}
    if source is None:
        remedy = Message("Name one with --territory PATH.")
        raise InputError(
            Problem("territory.source", Message("empty"), Message("the dashboard needs a territory"), remedy)
        )
    study = content.get("study")
    return Deck(
        scenarios={s.name: s for s in shown},
        ground=load_territory(source, **reading),
        seed=first.run.seed if content.get("seed") is None else int(content["seed"]),
        replications=int(content.get("replications") or first.run.replications),
        jobs=int(content.get("jobs") or 1),
        solver=content.get("solver") or "highs",
        cache=Path(content.get("cache") or "results/whatif-cache"),
        study=None if study is None else Path(study),
        language=content.get("language") or "en",
        content=content,
    )


def _alternatives(scenario: Scenario) -> dict[str, Scenario]:
    """Return a scenario's alternatives by name; those that do not fit on top of it are left out."""
    found = {}
    for name in scenario.study.alternatives:
        with suppress(InputError):
            found[name] = load_alternative(scenario, name)
    return found


def _short(title: str) -> str:
    """Return a title before its colon."""
    return title.split(":", maxsplit=1)[0].split("：", maxsplit=1)[0]
