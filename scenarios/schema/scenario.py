"""The scenario: everything a study depends on, as one frozen, validated value."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from foundation.errors import InputError, Problem
from foundation.messages import Message
from scenarios.schema.appraisal import ForceWeights
from scenarios.schema.error_wording import problems_of
from scenarios.schema.fields import FORCES, FileName, Name, Part, Place, Text, of
from scenarios.schema.operations import (
    RESERVED,
    Arrears,
    Effort,
    Halls,
    HandOver,
    Learning,
    Market,
    MoreBusiness,
    Outlets,
    Retention,
    Selling,
    Support,
)
from scenarios.schema.organisation import (
    Calendar,
    Costs,
    Phase,
    RollOut,
    Run,
    TargetStage,
    Training,
    TrialRun,
    Turnover,
    check_sequence,
)
from scenarios.schema.overlay import SET_BY_USER, overlay
from scenarios.schema.planning import (
    Indicators,
    PartitionSettings,
    PlacementSettings,
    TargetSettings,
)
from scenarios.schema.study_settings import StudySettings
from scenarios.schema.territory_settings import TerritorySettings
from scenarios.schema.timeline_search import TimelineSettings

LABELS = ("name", "title", "base", "overrides", "facts", "findings", "evidence")
"""What names and documents a scenario; it changes no result and has no source of its own."""


class Fact(Part):
    """Where a fact of the plan lives: as a value, as a rule of the model, or as a reported finding."""

    kind: Literal["value", "rule", "finding"] = of("how the study carries the fact")
    at: tuple[str, ...] = of("dotted keys of the values or settings that carry it", min_length=1)
    says: str = of("the fact in a clause")


class Finding(Part):
    """Something odd in the plan, reported with the assumption taken instead of being silently repaired (F24-F26)."""

    id: Name = of("fact id")
    at: str = of("dotted key of the value in question")
    printed: str = of("what the plan says")
    taken: str = of("what the study assumes")
    says: Text = of("the oddity in a sentence")


class Scenario(Part):
    """All inputs of a study.

    Numbers carry unit and meaning in their field; where they come from stands under ``evidence``.
    """

    name: FileName = of("short name; result files carry it")
    title: Text = of("label in reports")
    base: Place | None = of("scenario that this one overrides; none for a base scenario", default=None)
    overrides: dict[str, Any] = of("dotted keys set on top of the base, in order", default_factory=dict)

    calendar: Calendar = of("working calendar")
    run: Run = of("length, repetitions and seed")
    territory: TerritorySettings = of("the service area")
    phases: tuple[Phase, ...] = of("phases of the merger in order of time; none: no merger", default=())
    target_stages: tuple[TargetStage, ...] = of("stages of target breakdown in order of time", default=())
    weights_before: ForceWeights = of("appraisal weights before the first target stage")
    roll_out: RollOut = Field(default_factory=RollOut, description="order in which the centres start")

    market: Market = of("demand")
    more_businesses: dict[Name, MoreBusiness] = of(
        "businesses beside fixed and mobile, by name; none in the plan", default_factory=dict
    )
    selling: Selling = of("direct selling")
    retention: Retention = of("retention visits")
    arrears: Arrears = of("arrears visits")
    outlets: Outlets = of("the social channel")
    support: Support = of("support desks")
    halls: Halls = of("own service halls")
    learning: Learning = of("how sellers learn")
    training: Training = of("courses")
    effort: Effort = of("how a seller splits the day")
    hand_over: HandOver = of("the price of redrawing")
    trial_run: TrialRun = of("improvement in the trial run")
    turnover: Turnover = Field(default_factory=Turnover, description="sellers who leave and come")
    costs: Costs = Field(default_factory=Costs, description="what a merger costs beside working hours")

    indicators: Indicators = of("what makes workload")
    partition: PartitionSettings = of("how communities are redrawn")
    placement: PlacementSettings = of("how sellers are placed")
    targets: TargetSettings = of("how targets are broken down")
    study: StudySettings = of("what a full study compares")
    timeline: TimelineSettings = Field(
        default_factory=TimelineSettings, description="how a better timeline is searched for"
    )

    facts: dict[str, Fact] = of("where each fact of the plan lives", default_factory=dict)
    findings: tuple[Finding, ...] = of("what is odd in the plan", default=())
    evidence: dict[str, str] = of("dotted key or its beginning -> source, or 'assumed: why'", default_factory=dict)

    @model_validator(mode="after")
    def _in_order(self) -> Scenario:
        check_sequence("phases", self.phases)
        check_sequence("target_stages", self.target_stages)
        return self

    @model_validator(mode="after")
    def _knows_its_businesses(self) -> Scenario:
        problems = [
            Problem(
                f"more_businesses.{name}",
                name,
                Message("results give this name to something else, or it has other signs than letters, digits and _"),
                Message("Rename it, such as broadband."),
            )
            for name in self.more_businesses
            if name in RESERVED or not name.isidentifier()
        ]
        stages = [("weights_before", self.weights_before)]
        stages += [(f"target_stages[{n}].weights", stage.weights) for n, stage in enumerate(self.target_stages)]
        problems += [
            Problem(
                f"{where}.{force}.more.{name}",
                share,
                Message("more_businesses has no such business"),
                Message("Describe it there, or drop it here."),
            )
            for where, weights in stages
            for force in FORCES
            for name, share in weights[force].more.items()
            if name not in self.more_businesses
        ]
        if problems:
            raise InputError(problems)
        return self

    @property
    def sha256(self) -> str:
        """Digest of every value that can change a result; labels, provenance and where a plan lies do not count."""
        left_out: dict[str, Any] = dict.fromkeys((*LABELS, *(["more_businesses"] * (not self.more_businesses))), True)
        content = self.model_dump(mode="json", exclude=left_out | {"partition": {"plan", "plan_subdivided"}})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def with_phase(
        self,
        name: str,
        *,
        after: str | None = None,
        before: str | None = None,
        like: str | None = None,
        days: int | None = None,
        **fields: Any,
    ) -> Scenario:
        """Return the scenario with a phase changed or put in; what follows keeps its distance, target stages follow.

        Parameters
        ----------
        name : str
            Of a phase that is there, or of a new one.
        after, before : str, optional
            The phase beside which it goes.
        like : str, optional
            The phase that a new one takes after.
        days : int, optional
            How long it lasts [calendar days].
        **fields
            Any field of a phase: ``mixed_teams=False``, ``communities="current"``.

        Raises
        ------
        InputError
            A name, a field or a value does not fit; all of them at once.

        Examples
        --------
        >>> from scenarios import load_scenario
        >>> plan = load_scenario("plan")
        >>> [p.name for p in plan.with_phase("pilot", after="adjustment", like="transition", days=40).phases]
        ['adjustment', 'pilot', 'transition', 'trial_run']
        >>> str(plan.with_phase("transition", days=60).phases[-1].start)
        '2022-02-19'
        """
        directions = {"after": after, "before": before, "like": like, "days": days}
        return self._with({f"phases.{name}": {k: v for k, v in directions.items() if v is not None} | fields})

    def without_phase(self, name: str) -> Scenario:
        """Return the scenario without a phase: what follows begins sooner, and its target stages go with it.

        Raises
        ------
        InputError
            There is no such phase.
        """
        return self._with({f"phases.{name}": None})

    def with_weights(
        self,
        stage: str,
        CM: Mapping[str, float] | None = None,  # noqa: N803 (the forces are called so)
        GM: Mapping[str, float] | None = None,  # noqa: N803
    ) -> Scenario:
        """Return the scenario with other appraisal weights in a target stage.

        Parameters
        ----------
        stage : str
        CM, GM : mapping of business to weight, optional
            ``{"fixed": 0.7, "mobile": 0.3}``; a force that is left out keeps its weights.

        Raises
        ------
        InputError
            There is no such stage, or weights do not sum to 1.
        """
        given = {"CM": CM, "GM": GM}
        return self._with({f"target_stages.{stage}.weights.{k}": dict(v) for k, v in given.items() if v is not None})

    def moved_to(self, day: date | str) -> Scenario:
        """Return the scenario with every date moved so that its first phase begins on a day.

        Raises
        ------
        InputError
            The day is no date.
        """
        return self._with({"calendar.move_to": day})

    def _with(self, settings: Mapping[str, Any]) -> Scenario:
        content = _listed(self.model_dump(mode="python"))
        layer = {"set": dict(settings), "evidence": dict.fromkeys(settings, SET_BY_USER)}
        try:
            return Scenario.model_validate(overlay(content, layer))
        except ValidationError as error:
            raise InputError(problems_of(error, Scenario, f"{self.name}: ")) from None

    def source_of(self, key: str) -> str:
        """Return the evidence for a dotted key: that of its longest prefix that has any, or ``""``."""
        for steps in (key, re.sub(r"\[\w+\]", "", key)):
            parts = steps.split(".")
            for length in range(len(parts), 0, -1):
                found = self.evidence.get(".".join(parts[:length]))
                if found is not None:
                    return found
        return ""


def _listed(value: Any) -> Any:
    """Return nested tuples as lists, as a file has them."""
    if isinstance(value, dict):
        return {key: _listed(item) for key, item in value.items()}
    return [_listed(item) for item in value] if isinstance(value, list | tuple) else value
