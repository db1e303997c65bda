"""How the territory is divided and given targets: partition, placement and target settings."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Strict, model_validator

from foundation.errors import InputError, Problem
from foundation.messages import Message
from scenarios.schema.fields import (
    Business,
    Flag,
    Name,
    NonNegative,
    Part,
    Place,
    Positive,
    Share,
    Whole,
    of,
)

Level = Literal["company", "centre", "community", "person"]
Measure = Literal["growth", "revenue", "arrears", "channel"]
IN_CENTS: tuple[Measure, ...] = ("revenue", "arrears")
"""Measures in yuan, exact to the cent; the others are whole subscribers."""


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


def _as_text(value: Any) -> Any:
    """Read an id that YAML took for a whole number; everything else is left to the strict check."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


UnitId = Annotated[str, BeforeValidator(_as_text), Strict(), Field(min_length=1, max_length=200)]
Pair = Annotated[tuple[UnitId, ...], Field(min_length=2, max_length=2)]

EMPTY = Message("empty")

TABLES = ("keep_together", "keep_apart", "fix_seats", "forbid")
"""Wishes that may stand in a file of their own, named in their place."""


class PartitionWishes(Part):
    """Wishes of people about the communities; every verb that draws boundaries obeys them (F15)."""

    keep_together: tuple[tuple[UnitId, ...], ...] = of(
        "groups of units that stay in one community, or a CSV file of unit_id,group", default=()
    )
    keep_apart: tuple[Pair, ...] = of("pairs of units that never share a community, or a CSV file of a,b", default=())
    lock: tuple[Name, ...] = of("communities of today that stay as they are", default=())
    fix_seats: tuple[UnitId, ...] = of("units that are seats, or a CSV file with their ids", default=())
    forbid: tuple[Pair, ...] = of("borders that no community holds together across, or a CSV file of a,b", default=())
    max_radius_km: Positive | None = of("largest distance of a unit from its seat; none: no limit", "km", default=None)
    max_moved: Share | None = of("largest share of workload that may change community; none: no limit", default=None)
    splits: dict[Name, Whole] = of(
        "column of the units -> most splits of its groups in a centre: a group in two communities is split once",
        default_factory=dict,
    )
    sizes: dict[Name, Share] = of(
        "community of today -> share of its centre's workload that it is to have; the others share the rest alike",
        default_factory=dict,
    )

    @model_validator(mode="after")
    def _fits_together(self) -> PartitionWishes:
        problems = [
            Problem(f"sizes.{name}", share, Message("it must lie between 0 and 1"), Message("Write 20 % as 0.2."))
            for name, share in self.sizes.items()
            if not 0 < share < 1
        ]
        for key in ("splits", "sizes"):
            if self.lock and getattr(self, key):
                rule = Message("{key} do not go with it", key=key)
                problems.append(Problem("lock", self.lock[0], rule, Message("Use one of the two.")))
        if self.sizes and self.max_moved is not None:
            rule = Message("{key} do not go with it", key="sizes")
            problems.append(Problem("max_moved", self.max_moved, rule, Message("Use one of the two.")))
        problems += [
            Problem(f"keep_together[{n}]", EMPTY, Message("a group has at least one unit"), Message("Drop it."))
            for n, group in enumerate(self.keep_together)
            if not group
        ]
        if self.lock and self.max_moved is not None:
            rule = Message("it does not go with max_moved")
            problems.append(Problem("lock", self.lock[0], rule, Message("Use one of the two.")))
        if problems:
            raise InputError(problems)
        return self

    @property
    def any(self) -> bool:
        """Whether anything is wished at all."""
        return self != PartitionWishes()


class PartitionSettings(Part):
    """How communities are redrawn (F15) and subdivided (F16) inside each centre."""

    objective: Literal["moment", "distance", "radius", "cut-edges"] = of(
        "what is minimised: moment of inertia, distances to the seat, largest distance, or cut edges"
    )
    sellers_per_community: Positive = of("size of a team when a centre redraws its communities (F15)", "sellers")
    sellers_per_subdivision: Positive = of("size of a team when a centre subdivides again (F16)", "sellers")
    balance_tolerance: Share = of("allowed deviation of a community's workload from the centre's mean")
    max_moved: Share | None = of("largest share of workload that may change community; none: no limit", default=None)
    work_limit: Positive = of("deterministic work for each centre, the same on every machine", "units", default=20.0)
    time_limit: Positive = of("safety stop for each centre; a result that it cuts short says so", "seconds")
    plan: Place | None = of(
        "file of the redrawn communities (unit_id, community) that are used as they are; none: they are drawn",
        default=None,
    )
    plan_sha256: str = of("digest of that file, filled in by the program", default="")
    plan_subdivided: Place | None = of(
        "file of the subdivided communities (unit_id, community) that are used as they are; none: they are drawn",
        default=None,
    )
    plan_subdivided_sha256: str = of("digest of that file, filled in by the program", default="")
    wishes: PartitionWishes = Field(default_factory=PartitionWishes, description="what communities must respect")

    @model_validator(mode="after")
    def _says_one_thing(self) -> PartitionSettings:
        if self.wishes.lock and self.max_moved is not None:
            rule = Message("it does not go with max_moved")
            raise InputError(Problem("wishes.lock", self.wishes.lock[0], rule, Message("Use one of the two.")))
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
