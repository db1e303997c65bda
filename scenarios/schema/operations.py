"""The trade and the craft: market, a seller's day, learning, outlets, support desk and halls."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from foundation.errors import InputError, Problem
from foundation.messages import Message
from scenarios.schema.appraisal import KpiWeights
from scenarios.schema.fields import (
    FORCES,
    Count,
    Flag,
    Force,
    NonNegative,
    Number,
    Part,
    PerBusiness,
    Positive,
    Share,
    Text,
    Whole,
    of,
)

Factor = Annotated[float, Field(strict=True, ge=0, le=10, allow_inf_nan=False)]


class BusinessMarket(Part):
    """Demand for one business in a basic unit."""

    base: Literal["households", "population"] = of("what the reachable market is counted from")
    reachable: Positive = of("subscribers the company could have at most", "subscribers per household or person")
    arpu: NonNegative = of("average revenue", "yuan per subscriber and month")
    churn_per_year: Share = of("subscribers who would leave in a year without retention work", "share per year")
    arrears_per_month: Share = of("subscribers whose bill falls overdue in a month", "share per month")
    arrears_bills: NonNegative = of("size of an overdue account", "monthly bills")
    elasticity: NonNegative = of("response of propensity to buy to the unit's economic index", "exponent")
    season: tuple[Factor, ...] = of(
        "demand by calendar month, January first, against the year's mean", "factor", min_length=12, max_length=12
    )


class SpringFestival(Part):
    """Demand around the Spring Festival, for door-to-door work and outlets alike."""

    before_days: Whole = of("days of festival trade before the first holiday", "calendar days")
    before: Factor = of("demand in those days", "factor")
    after_days: Whole = of("quiet days after the last holiday", "calendar days")
    after: Factor = of("demand in those days", "factor")


class Market(Part):
    """Both businesses and what moves them together."""

    fixed: BusinessMarket = of("fixed-line business")
    mobile: BusinessMarket = of("mobile (G-net) business")
    spring_festival: SpringFestival = of("festival trade")
    bundle_share: Share = of(
        "sales in which a seller who masters both businesses sells the other one too (at full skill in it)",
        "share of sales",
    )
    bundle_keeps: Share = of(
        "part by which a household with both businesses leaves less often than one with a single one; 0: none",
        "share of churn",
        default=0.0,
    )
    rival_pull: NonNegative = of(
        "growth of churn where a customer's relationship is lost altogether and a competitor offers himself; 0: none",
        "share of churn",
        default=0.0,
    )
    month_spread: Share = of(
        "how good or bad a month is for everybody alike, against the season; 0: none",
        "coefficient of variation",
        default=0.0,
    )


class Selling(Part):
    """Direct selling from door to door (陌拜)."""

    contact_minutes: Positive = of("a conversation at the door, with the doors that stay shut", "minutes per contact")
    conversion: PerBusiness = of("contacts that become a sale at full skill in an average unit", "share of contacts")
    speed_km_per_hour: Positive = of("speed between contacts", "km per hour")
    second_offer_minutes: NonNegative | None = of(
        "time at a door that a seller of both businesses takes to offer the second one, too; none: a tour for each",
        "minutes per offer",
        default=None,
    )
    response_elasticity: Share = of(
        "growth of sales in an area with contacts there, at today's contacts per prospect: sales saturate along a "
        "hyperbola; 1: twice the contacts sell twice as much",
        "per cent per per cent",
        default=1.0,
        gt=0,
    )
    data_support_lift: NonNegative = of("gain in conversion by the company's data support (F16)", "share")
    incentive_lift: NonNegative = of(
        "gain in effort by a centre's own rewards and penalties (F17); where effort follows targets: what they add to "
        "a push and take from slackening and giving up",
        "share",
    )


class Retention(Part):
    """Visits to subscribers who think of leaving (维系)."""

    visit_minutes: Positive = of("a retention visit", "minutes per visit")
    notice_share: Share = of("leavers who show it beforehand", "share of leavers")
    notice_days: Positive = of("time from the sign to the leaving", "working days")
    save_share: Share = of("visits by a seller of full skill that keep the subscriber", "share of visits")


class Arrears(Part):
    """Visits that recover overdue bills (欠费)."""

    visit_minutes: Positive = of("an arrears visit", "minutes per visit")
    recover_share: Share = of("visits by a seller of full skill that recover the bill", "share of visits")
    write_off_days: Positive = of("time until an overdue bill is written off", "working days")


class Outlets(Part):
    """Independent outlets: they sell, they ask for support, and neglect costs sales (F4)."""

    visit_minutes: Positive = of("a routine visit", "minutes per visit")
    visits_per_month: NonNegative = of("routine visits that keep an outlet at its level", "visits per month")
    requests_per_month: NonNegative = of("service requests of an outlet", "requests per month")
    first_line_minutes: Positive = of("a request settled by the outlet's own seller", "minutes per request")
    first_line_share: Share = of("requests a seller of full channel skill settles alone", "share of requests")
    first_line_wait_hours: Positive = of("wait for the own seller before the request goes to level 1", "working hours")
    quality_floor: Share = of("sales of a wholly neglected outlet against one in good order", "share")
    quality_memory_days: Positive = of("time over which service quality is remembered", "working days")
    loss_per_year: Share = of("outlets of poor quality that close or go to a competitor in a year", "share per year")


class SupportLevel(Part):
    """One desk of the support chain."""

    agents: Count = of("agents on duty", "agents")
    mean_minutes: Positive = of("time to settle a request, exponential", "minutes per request")


class Support(Part):
    """The support chain of a centre: marketing centre, then individual-customer department (F13)."""

    requests_per_day: NonNegative = of("requests from elsewhere than the outlets, Poisson, per centre", "per day")
    escalation_share: Share = of("requests that level 1 passes on to level 2", "share of requests")
    level1: SupportLevel = of("marketing centre; one desk per centre")
    level2: SupportLevel = of("individual-customer department; one desk for the company")
    sla_hours: Positive = of("wait before service that still counts as in time", "working hours")


class Halls(Part):
    """Own service halls: customers come, wait, are served or turned away (F3, F14, F15)."""

    customers_per_clerk_per_hour: NonNegative = of("arrivals, Poisson", "customers per clerk and hour")
    other_business_share: Share = of(
        "customers who ask for the business the hall did not come from, once the merger has begun", "share"
    )
    mean_minutes: Positive = of("service time, exponential", "minutes per customer")
    patience_minutes: Positive = of("wait after which a customer leaves, exponential mean", "minutes")
    sales_per_customer: PerBusiness = of("new subscribers per customer served", "subscribers per customer")
    learn_hours: Positive = of(
        "practice in the other business, by courses, exchange or serving, from nothing to half of a clerk's skill",
        "hours",
    )
    novice_slowdown: NonNegative = of(
        "time that a clerk without skill in a business takes for a customer beyond the usual time; 0: none", "share"
    )
    referral_share: Share = of(
        "customers of the other business whom a clerk without skill in it sends elsewhere; 0: none", "share"
    )
    exchange_clerks_share: Share = of("clerks on exchange in the other company's hall during drills (F15)", "share")


class Curve(Part):
    """Three-parameter hyperbolic learning curve: skill = ceiling (x + p) / (x + p + half)."""

    ceiling: Positive = of("skill that practice approaches; 1 is a master", "skill", le=1)
    half: Positive = of("practice from nothing to half the ceiling", "hours")


class Experience(Part):
    """Experience a force brings along, as hours of practice already done (F5, F6)."""

    fixed: NonNegative = of("in fixed-line selling", "hours")
    mobile: NonNegative = of("in mobile selling", "hours")
    channel: NonNegative = of("in channel support", "hours")


class Learning(Part):
    """How sellers learn: courses, practice, and colleagues in the same team (F14, F15)."""

    fixed: Curve = of("fixed-line selling")
    mobile: Curve = of("mobile selling")
    channel: Curve = of("channel support")
    CM: Experience = of("community managers at the start")
    GM: Experience = of("grid managers at the start")
    spread: Share = of("spread of experience between persons of a force", "coefficient of variation")
    course_value: NonNegative = of("worth of a course hour", "hours of practice per hour")
    peer_value: NonNegative = of(
        "worth of an hour in a mixed team per unit of skill that the best colleague is ahead",
        "hours of practice per hour",
    )
    forgetting_per_day: Share = of("experience lost per working day without practice", "share per day")
    competent: Share = of("skill at which a person counts as fully competent", "skill")


class Effort(Part):
    """How the free hours of a seller's day are split, and how appraisal shifts the split."""

    selling: NonNegative = of("claim of direct selling", "parts")
    retention: NonNegative = of("claim of retention visits", "parts")
    arrears: NonNegative = of("claim of arrears visits", "parts")
    channel: NonNegative = of("claim of outlet support", "parts")
    returns: Share = of(
        "returns to hours in one business: the seller maximises the sum of weight times (skill times hours) to this "
        "power, so hours follow (weight * skill^returns)^(1 / (1 - returns))",
        "exponent",
        le=0.95,
    )
    drill_share: Share = of(
        "part of the selling time that drills give to the business that is new to a seller, whatever the weights (F15)",
        "share",
        le=0.5,
    )
    follows_targets: Flag = of(
        "sellers do as much as their growth target asks, within reach; false: targets move nobody", default=False
    )
    push: NonNegative = of("most that a seller adds to his usual effort for a target in reach", "share", default=0.0)
    slacken: Share = of(
        "most that a seller takes off his usual effort once the target is safe", "share of effort", default=0.0
    )
    give_up: Share = of(
        "what a seller takes off his usual effort for a target that is out of reach", "share of effort", default=0.0
    )
    hopeless: Positive = of(
        "effort asked for, against the usual, at which a target is out of reach altogether",
        "multiple",
        default=1.5,
        ge=1,
    )

    def parts(self, kpis: KpiWeights, *, outlets: bool = True, retains: bool = True) -> dict[str, float]:
        """Return the parts of the free time, of 1, that the claims give each work under an appraisal.

        Parameters
        ----------
        kpis : KpiWeights
            Of the target stage.
        outlets, retains : bool
            Whether there are outlets to support, and customers to keep.
        """
        claims = {
            "selling": self.selling * kpis.growth,
            "channel": self.channel * kpis.channel * outlets,
            "retention": self.retention * kpis.revenue * retains,
            "arrears": self.arrears * kpis.arrears * retains,
        }
        total = sum(claims.values())
        return {work: claim / total if total > 0 else float(work == "selling") for work, claim in claims.items()}

    @model_validator(mode="after")
    def _some_claim(self) -> Effort:
        if self.selling + self.retention + self.arrears + self.channel <= 0:
            raise InputError(
                Problem(
                    "",
                    Message("all 0"),
                    Message("a seller must have something to do"),
                    Message("Give selling a claim above 0."),
                )
            )
        return self


class HandOver(Part):
    """What a unit or an outlet loses when it changes hands."""

    loss: Share = of("relationship lost on the day of the hand-over", "share")
    recovery_days: Positive = of("time constant of the recovery", "working days")
    weight: Share = of("part of sales that rests on the relationship", "share of sales")
    known_saves: Share = of(
        "part of the loss that is spared where the successor knows the area or has worked there; 0: none",
        "share of the loss",
        default=0.0,
    )


RESERVED = ("fixed", "mobile", "channel", "all", "outlet", "hall", "company", *FORCES)
"""Names that results give to something else."""


class MoreBusiness(Part):
    """One more business, such as broadband: its market, how it is sold, and how it is learnt."""

    title: Text = of("label in reports")
    own: tuple[Force, ...] = of(
        "forces that sell it before the merger; to the others it is new, as mobile is to community managers", default=()
    )
    market: BusinessMarket = Field(description="demand")
    penetration: NonNegative = of(
        "subscribers where the units have no column <name>_subscribers", "subscribers per household", default=0.0
    )
    conversion: NonNegative = of("contacts that become a sale at full skill in an average unit", "share of contacts")
    sales_per_customer: NonNegative = of("new subscribers per customer served", "subscribers per customer", default=0.0)
    curve: Curve = Field(description="how it is learnt")
    CM: Number = of("experience of community managers at the start", "hours", ge=0)
    GM: Number = of("experience of grid managers at the start", "hours", ge=0)
