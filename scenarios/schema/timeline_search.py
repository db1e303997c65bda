"""What the search for a better timeline may change, within which limits, and how hard it looks."""

from __future__ import annotations

from pydantic import model_validator

from foundation.errors import InputError, Problem
from foundation.messages import Message
from scenarios.schema.fields import Count, NonNegative, Part, Positive, Share, Whole, of


class TimelineSettings(Part):
    """The search for a better timeline (F2, F10-F16, F19-F23); what the scenario itself says is always tried."""

    phase_lengths: tuple[Positive, ...] = of(
        "lengths tried of every phase but the last, as multiples of the scenario's",
        default=(0.5, 0.75, 1.0, 1.25, 1.5),
    )
    stage_pace: tuple[Positive, ...] = of(
        "when stages begin within a phase: the part of the phase before them, to this power; above 1: earlier",
        default=(0.5, 1.0, 2.0),
    )
    seats: tuple[Positive, ...] = of("seats of a course, as multiples of the scenario's", default=(0.5, 1.0, 1.5, 2.0))
    first_own_shares: tuple[Share, ...] = of(
        "weights tried of each force's own business in the first stage", default=(0.8, 0.9, 1.0)
    )
    weight_steps: tuple[Share, ...] = of(
        "by how much that weight may fall from stage to stage, never below that of the last stage",
        default=(0.0, 0.1, 0.2, 0.3),
    )
    centres_per_wave: tuple[Count, ...] = of("sizes of a wave", "centres", default=(1, 2, 3))
    days_between_waves: tuple[Whole, ...] = of(
        "delays from wave to wave; 0: all at once", "calendar days", default=(0, 7, 14)
    )

    max_dip_depth: Share | None = of(
        "deepest dip that is allowed on average (F2); none: no deeper than the scenario's own", default=None
    )
    max_dip_days: NonNegative | None = of(
        "most days of dip that are allowed on average (F2); none: no more than the scenario's own",
        "working days",
        default=None,
    )
    depth_slack: Share = of("how much deeper than the scenario's own dip is still no deeper", default=0.01)
    days_slack: NonNegative = of(
        "how many days more than the scenario's own are still no more", "working days", default=2.0
    )

    trials: Count = of("timelines tried unless the command line says otherwise", "timelines", default=60)
    replications: Count = of("runs of each timeline tried", "runs", ge=2, default=5)
    finalists: Count = of("timelines that reach the selection", "timelines", default=5)
    last_replications: Count = of("runs under fresh random numbers for margin and neighbours", "runs", ge=2, default=20)
    indifference: Positive = of(
        "smallest difference worth detecting, as a share of the scenario's contribution", default=0.001
    )
    probability: Share = of("of correct selection among the finalists", default=0.95)

    @model_validator(mode="after")
    def _has_choices(self) -> TimelineSettings:
        problems = [
            Problem(
                name,
                Message("empty"),
                Message("the search needs at least one value"),
                Message("Write [1.0], or leave the key out."),
            )
            for name in CHOICES
            if not getattr(self, name)
        ]
        if not 0.5 <= self.probability < 1:
            problems.append(
                Problem(
                    "probability",
                    self.probability,
                    Message("it must be at least 0.5 and below 1"),
                    Message("Write 0.95."),
                )
            )
        if problems:
            raise InputError(problems)
        return self


CHOICES = (
    *("phase_lengths", "stage_pace", "seats", "first_own_shares", "weight_steps"),
    *("centres_per_wave", "days_between_waves"),
)
"""Fields that list what is tried."""
