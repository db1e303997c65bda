"""Appraisal: what each business, and each measure beside it, weighs for each force (F18-F22)."""

from __future__ import annotations

from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer, model_validator

from foundation.errors import InputError, Problem
from foundation.messages import Message
from scenarios.schema.fields import BUSINESSES, Force, Name, NonNegative, Part, Share, of


class Weights(Part):
    """Appraisal weights of one force (F19-F22)."""

    fixed: Share = of("share of a person's appraisal that rests on fixed-line results")
    mobile: Share = of("share of a person's appraisal that rests on mobile (G-net) results")
    more: dict[Name, Share] = of(
        "share that rests on businesses beside the two, by name; those left out have none", default_factory=dict
    )

    @model_validator(mode="after")
    def _sum_to_one(self) -> Weights:
        total = self.fixed + self.mobile + sum(self.more.values())
        if abs(total - 1) > 1e-9:
            raise InputError(
                Problem(
                    " + ".join(["fixed", "mobile", *self.more]),
                    total,
                    Message("the weights of a person must sum to 1"),
                    Message("Write 80/20 as fixed: 0.8, mobile: 0.2."),
                )
            )
        return self

    @model_serializer(mode="wrap")
    def _without_what_is_not_there(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out ``more`` where there are but the two businesses of the plan."""
        content: dict[str, Any] = dump(self)
        return content if self.more else {key: value for key, value in content.items() if key != "more"}

    def __getitem__(self, business: str) -> float:
        """Return the weight of one business; 0 where it has none."""
        return float(getattr(self, business)) if business in BUSINESSES else self.more.get(business, 0.0)


class ForceWeights(Part):
    """Appraisal weights of both forces."""

    CM: Weights = of("community managers")
    GM: Weights = of("grid managers")

    def __getitem__(self, force: Force) -> Weights:
        """Return the weights of one force."""
        return self.CM if force == "CM" else self.GM


class KpiWeights(Part):
    """What appraisal counts beside the business (the measures of F18); sellers give their hours accordingly."""

    growth: NonNegative = of("times the claim of direct selling", default=1.0)
    revenue: NonNegative = of("times the claim of retention visits: who stays goes on paying", default=1.0)
    arrears: NonNegative = of("times the claim of arrears visits", default=1.0)
    channel: NonNegative = of("times the claim of outlet support", default=1.0)

    @model_validator(mode="after")
    def _counts_something(self) -> KpiWeights:
        if self.growth + self.revenue + self.arrears + self.channel <= 0:
            raise InputError(
                Problem(
                    "",
                    Message("all 0"),
                    Message("appraisal must count something"),
                    Message("Give growth a weight above 0."),
                )
            )
        return self
