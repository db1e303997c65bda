"""What is believed about numbers that nobody has measured, and the principles that a recommendation keeps (F2)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Strict, model_validator

from foundation.errors import InputError, Problem
from foundation.messages import Message
from scenarios.schema.fields import Name, NonNegative, Number, Part, of

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
