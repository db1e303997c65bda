"""The scenario: everything a study depends on, as one frozen, validated value."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Literal

from pydantic import Field, model_validator

from scenarios.schema.fields import FileName, Name, Part, Place, Text, of
from scenarios.schema.operations import (
    Arrears,
    Costs,
    Effort,
    Halls,
    HandOver,
    Learning,
    Market,
    Outlets,
    Retention,
    Selling,
    Support,
    Training,
    TrialRun,
)
from scenarios.schema.organisation import Calendar, ForceWeights, Phase, RollOut, Run, TargetStage, check_sequence
from scenarios.schema.planning import (
    Indicators,
    PartitionSettings,
    PlacementSettings,
    StudySettings,
    TargetSettings,
)
from scenarios.schema.territory_settings import TerritorySettings
from scenarios.schema.timeline_search import TimelineSettings


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

    @property
    def sha256(self) -> str:
        """Digest of every value that can change a result; labels and provenance do not count."""
        content = self.model_dump(
            mode="json", exclude={"name", "title", "base", "overrides", "facts", "findings", "evidence"}
        )
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def source_of(self, key: str) -> str:
        """Return the evidence for a dotted key: that of its longest prefix that has any, or ``""``."""
        for steps in (key, re.sub(r"\[\w+\]", "", key)):
            parts = steps.split(".")
            for length in range(len(parts), 0, -1):
                found = self.evidence.get(".".join(parts[:length]))
                if found is not None:
                    return found
        return ""
