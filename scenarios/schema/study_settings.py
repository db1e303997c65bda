"""What a study compares, what is believed about unmeasured numbers, and which principles advice keeps (F2)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Strict, model_validator

from foundation.errors import InputError, Problem
from foundation.messages import Message
from scenarios.schema.fields import (
    Bounded,
    Count,
    FileName,
    Flag,
    Name,
    NonNegative,
    Number,
    Part,
    Place,
    Positive,
    Share,
    Whole,
    of,
)

Shape = Literal["pert", "triangular", "uniform", "log_uniform"]

Correlation = Annotated[float, Strict(), Field(ge=0, lt=1, allow_inf_nan=False)]


class Belief(Part):
    """What is believed about one assumed number: between two ends, with a likeliest value.

    References
    ----------
    Malcolm, Roseboom, Clark & Fazar (1959), Operations Research 7(5): the beta distribution of PERT.
    """

    low: Number = of("lowest value that is held possible", "that of the key")
    likely: Number | None = of("likeliest value; none: the scenario's own", "that of the key", default=None)
    high: Number = of("highest value that is held possible", "that of the key")
    shape: Shape = of(
        "how likely the values between the ends are: beta as in PERT, triangular, uniform, or uniform on the "
        "logarithm (the last two have no likeliest value)",
        default="pert",
    )
    group: Name | None = of(
        "beliefs that rise and fall together; their correlation is in study.belief_groups", default=None
    )
    evidence: str = of("source, or 'assumed: why'; empty: that of the key under evidence", default="")

    @model_validator(mode="after")
    def _in_order(self) -> Belief:
        problems = []
        if not self.low < self.high:
            rule = Message("it must be below high ({high})", high=f"{self.high:g}")
            problems.append(Problem("low", self.low, rule, Message("Swap the two, or leave the belief out.")))
        elif self.likely is not None and not self.low <= self.likely <= self.high:
            ends = {"low": f"{self.low:g}", "high": f"{self.high:g}"}
            rule = Message("it must lie between low ({low}) and high ({high})", **ends)
            problems.append(Problem("likely", self.likely, rule, Message("Widen the range.")))
        if self.shape == "log_uniform" and self.low <= 0:
            rule = Message("a logarithm needs values above 0")
            problems.append(Problem("low", self.low, rule, Message("Use shape: uniform.")))
        if problems:
            raise InputError(problems)
        return self


class Principle(Part):
    """How far one KPI may go before business counts as interrupted (F2).

    ``most`` and ``least`` are limits for every timeline, the studied one too. ``slack`` and ``slack_share`` set a limit
    by the result of the studied scenario itself in the same world: worse than that by so much at most, which the
    studied one keeps by construction. A principle may have one limit of each kind, and is broken where one is passed.
    """

    most: Number | None = of("at most this much", "that of the KPI", default=None)
    least: Number | None = of("at least this much", "that of the KPI", default=None)
    slack: NonNegative | None = of(
        "worse than the studied scenario's own result by at most this much", "that of the KPI", default=None
    )
    slack_share: NonNegative | None = of(
        "worse than the studied scenario's own result by at most this share of it", default=None
    )

    @model_validator(mode="after")
    def _limits(self) -> Principle:
        for one, other in (("most", "least"), ("slack", "slack_share")):
            if getattr(self, one) is not None and getattr(self, other) is not None:
                rule = Message("it takes only one of {one} and {other}", one=one, other=other)
                raise InputError(Problem("", f"{one}, {other}", rule, Message("Leave one of them out.")))
        if not self.model_dump(exclude_none=True):
            rule = Message("it needs a limit: most, least, slack or slack_share")
            raise InputError(Problem("", "none", rule, Message("Write most: 0.15.")))
        return self


Ends = tuple[Number, Number]
"""The two ends of a range."""

Setting = bool | int | float | str | None
"""A value of a key; None takes out what is named."""

MOST_WORLDS = 100_000
"""Most worlds of a study."""


class StudySettings(Part):
    """What a full study compares."""

    alternatives: tuple[Place, ...] = of(
        "scenarios simulated beside this one under the same random numbers", default=()
    )
    counterfactual: Place | None = of("the scenario of no merger, against which dip and synergy are measured")
    dip_window_days: Count = of("moving average over which a dip is read", "working days")
    dip_tolerance: Share = of("shortfall that still counts as not interrupted (F2)")
    synergy_window_days: Count = of("last days over which synergy is measured", "working days")
    value_months: Positive = of("monthly bills that a subscriber won or kept counts in the contribution", "months")
    confidence: Share = of("level of every interval")
    bootstrap: Whole = of("resamples where an interval has no closed form", default=2000)
    animate: Flag = of("draw the animation of the phases", default=False)
    sensitivity: dict[str, Ends] = of(
        "keys of assumptions and the two ends of their ranges, tried one at a time", default_factory=dict
    )
    sensitivity_replications: Count = of("seeded runs at each of these ends", default=4)
    measures: dict[FileName, dict[str, Setting]] = of(
        "measures of the plan, each with the keys and values by which the plan does without it; what each is worth is "
        "simulated, with `study.sensitivity_replications` runs",
        default_factory=dict,
    )
    horizons: tuple[Count, ...] = of(
        "days at which results are reported from the same runs; later than the study's last day means that day",
        "working days",
        default=(120, 250),
        min_length=1,
    )
    beliefs: dict[str, Belief] = of(
        "keys of assumed numbers and what is believed about them; worlds are drawn from it", default_factory=dict
    )
    belief_groups: dict[Name, Correlation] = of(
        "groups of beliefs that rise and fall together, and the correlation within each", default_factory=dict
    )
    worlds: Bounded = of(
        "worlds drawn from the beliefs in a full study; 0 leaves them out", default=0, ge=0, le=MOST_WORLDS
    )
    best_known_to: Share = of(
        "worlds are added until the leading alternative's chance of being best is known to within this much",
        default=0.02,
    )
    principles: dict[str, Principle] = of(
        "KPIs and the limits within which business counts as not interrupted (F2)", default_factory=dict
    )
    broken_at_most: Share = of(
        "a recommendation names no timeline that breaks a principle in more than this share of the worlds, unless it "
        "says so",
        default=0.1,
    )

    @model_validator(mode="after")
    def _groups_fit(self) -> StudySettings:
        used = {belief.group for belief in self.beliefs.values() if belief.group is not None}
        unknown = Message("belief_groups has no such group")
        problems = [
            Problem(f"beliefs.{key}.group", belief.group, unknown, Message("Give its correlation."))
            for key, belief in self.beliefs.items()
            if belief.group is not None and belief.group not in self.belief_groups
        ]
        empty, remedy = Message("no belief is in this group"), Message("Drop it, or name it in a belief.")
        problems += [
            Problem(f"belief_groups.{name}", None, empty, remedy) for name in self.belief_groups if name not in used
        ]
        if problems:
            raise InputError(problems)
        return self
