"""How the territory is divided and given targets: partition, placement and target settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from foundation.errors import InputError, Problem
from foundation.messages import Message
from scenarios.schema.beliefs import Belief, Correlation, Principle
from scenarios.schema.fields import (
    Bounded,
    Business,
    Count,
    FileName,
    Flag,
    Name,
    NonNegative,
    Number,
    Part,
    PerBusiness,
    Place,
    Positive,
    Share,
    Whole,
    of,
)
from scenarios.schema.partition_settings import PartitionSettings

Level = Literal["company", "centre", "community", "person"]
Measure = Literal["growth", "revenue", "arrears", "channel"]
IN_CENTS: tuple[Measure, ...] = ("revenue", "arrears")
"""Measures in yuan, exact to the cent; the others are whole subscribers."""


Ends = tuple[Number, Number]
"""The two ends of a range."""

Setting = bool | int | float | str | None
"""A value of a key; None takes out what is named."""

MOST_WORLDS = 100_000
"""Most worlds of a study."""


class Indicators(Part):
    """Weights of a unit's indicators in its workload; each indicator enters as its share of the territory's total."""

    population: NonNegative = of("weight of population")
    households: NonNegative = of("weight of households")
    income: NonNegative = of("weight of total income (income per person times population)")
    enterprises: NonNegative = of("weight of enterprises")
    fixed_subscribers: NonNegative = of("weight of fixed-line subscribers")
    mobile_subscribers: NonNegative = of("weight of mobile subscribers")

    @model_validator(mode="after")
    def _some_weight(self) -> Indicators:
        if not any(self.model_dump().values()):
            raise InputError(
                Problem(
                    "",
                    Message("all 0"),
                    Message("at least one weight must be above 0"),
                    Message("Give population a weight of 1."),
                )
            )
        return self


class PlacementSettings(Part):
    """How sellers are placed (F8, F15)."""

    gm_share_tolerance: Share = of("allowed deviation of a community's share of grid managers from its centre's share")
    distance_weight: NonNegative = of("weight of a seller's way against the territory he knows", "per km")
    outlet_weight: NonNegative = of(
        "weight of an outlet that keeps its supporter, against all of the territory he knows", "per outlet", default=0.0
    )


class TargetTotals(Part):
    """The company's totals for one business (F18), stated per year and cut to the working days of a stage."""

    growth: NonNegative = of("new subscribers", "share of current subscribers per year")
    revenue: NonNegative = of("revenue", "multiple of current subscribers times ARPU")
    arrears: NonNegative = of("arrears to recover", "share of arrears falling due")
    channel: NonNegative = of("part of the growth that outlets sell; G-net side only (F18)", "share of growth")


class Pin(Part):
    """A wish of the user about one target: pinned to a value, or kept between limits."""

    stage: Name | None = of("target stage by name; none: every stage in which the id exists", default=None)
    level: Level = of("company (replaces the computed total), centre, community or person")
    id: Name = of("name of the centre or community, or id of the seller; company for the company")
    business: Business = of("fixed or mobile")
    measure: Measure = of("growth, revenue, arrears or channel")
    value: NonNegative | None = of("exactly this much", "subscribers or yuan", default=None)
    least: NonNegative | None = of("at least this much", "subscribers or yuan", default=None)
    most: NonNegative | None = of("at most this much", "subscribers or yuan", default=None)

    @property
    def limits(self) -> str:
        """What the wish gives: value, least, most, or both of these."""
        given = (("value", self.value), ("least", self.least), ("most", self.most))
        return " ".join(name for name, number in given if number is not None)

    @model_validator(mode="after")
    def _says_one_thing(self) -> Pin:
        problems = []
        if (self.value is None) == (self.least is None and self.most is None):
            problems.append(
                Problem(
                    "", None, Message("it needs either value, or least or most or both"), Message("Write value: 120.")
                )
            )
        if self.least is not None and self.most is not None and self.least > self.most:
            rule = Message("it must not be above most ({most:g})", most=self.most)
            problems.append(Problem("least", self.least, rule, Message("Swap the two.")))
        if self.level == "company" and self.id != "company":
            problems.append(
                Problem("id", self.id, Message("the id of the company is company"), Message("Write id: company."))
            )
        if self.level == "company" and self.value is None:
            problems.append(
                Problem("level", self.level, Message("a company total needs value"), Message("Write value: 12000."))
            )
        money = self.measure in IN_CENTS
        digits, rule = (2, Message("cents are whole")) if money else (0, Message("subscribers are whole"))
        for name, number in (("value", self.value), ("least", self.least), ("most", self.most)):
            if number is not None and abs(round(number, digits) - number) > 1e-9 * max(1.0, number):
                problems.append(Problem(name, number, rule, Message("Round it.")))
        if problems:
            raise InputError(problems)
        return self


Year = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]


class LastPeriod(Part):
    """Results of earlier years, read from the columns ``<business>_<measure>_<year>`` of the units."""

    years: dict[Year, NonNegative] = of("year -> weight in the blend; only ratios matter", default_factory=dict)
    part: Share = of("part of the fair share that follows the blended results instead of the area", default=0.0)
    change_cap: NonNegative | None = of(
        "largest change of a community's part of a total against its part of the blended results; none: no cap",
        "share",
        default=None,
    )

    @model_validator(mode="after")
    def _has_years(self) -> LastPeriod:
        if self.years and not any(self.years.values()):
            raise InputError(
                Problem(
                    "years",
                    Message("all 0"),
                    Message("at least one year must have a weight"),
                    Message('Write {"2021": 1.0}.'),
                )
            )
        if not self.years and (self.part or self.change_cap is not None):
            raise InputError(
                Problem(
                    "years",
                    Message("empty"),
                    Message("part and change_cap need years"),
                    Message('Write {"2021": 1.0}.'),
                )
            )
        return self


class TargetSettings(Part):
    """How targets are broken down (F18-F23)."""

    fixed: TargetTotals = of("fixed-line totals")
    mobile: TargetTotals = of("mobile (G-net) totals")
    change_cap: NonNegative = of("largest change of a community's share against its area's weight", "share")
    capacity_slack: NonNegative = of(
        "how far a target may exceed what skills and hours allow at best", "share of capacity"
    )
    hold_back: Share = of("share of each total that the company keeps in reserve")
    padding: NonNegative = of(
        "by how much what is handed down exceeds what the company needs", "share of the total", default=0.0
    )
    work_limit: Positive = of("deterministic work for each programme, the same on every machine", "units", default=30.0)
    solver_time_limit: Positive = of("safety stop for each programme; a result that it cuts short says so", "seconds")
    floor: Share = of("least target of a team as a share of its fair share", default=0.0)
    priority: Literal["fairness", "capacity"] = of(
        "where skills and hours cannot do a total: the fair share stands, or the least stretch comes first",
        default="fairness",
    )
    fairness_tolerance: NonNegative = of(
        "how far a deviation may exceed the fairest one to relieve the teams stretched most", "share", default=0.0
    )
    seasonal: Flag = of("totals follow the season of the market (market.*.season) month by month", default=False)
    last_period: LastPeriod = Field(default_factory=LastPeriod, description="results of earlier years")
    pins: tuple[Pin, ...] = of("wishes about single targets", default=())


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


__all__ = [
    "IN_CENTS",
    "Indicators",
    "LastPeriod",
    "Level",
    "Measure",
    "PartitionSettings",
    "PerBusiness",
    "Pin",
    "PlacementSettings",
    "StudySettings",
    "TargetSettings",
    "TargetTotals",
]
