"""Who works how and when: calendar, phases, target stages, courses and the roll-out over the centres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import model_validator

from foundation.errors import InputError, Problem
from foundation.messages import Message
from scenarios.schema.appraisal import ForceWeights, KpiWeights
from scenarios.schema.fields import (
    Bounded,
    Count,
    Day,
    Flag,
    Name,
    NonNegative,
    Part,
    Positive,
    Share,
    Shares,
    Text,
    Trainees,
    Whole,
    of,
)


class Calendar(Part):
    """Which days are worked, and for how long (F10-F12 give the plan's dates)."""

    start: Day = of("first calendar day of the study; the days before the first phase show the level before the merger")
    country: Literal["CN", ""] = of(
        "public holidays and make-up workdays of this country; empty: every weekday is worked", default="CN"
    )
    extra_holidays: tuple[Day, ...] = of("days off that the public calendar does not know", default=())
    extra_workdays: tuple[Day, ...] = of("worked days that the public calendar does not know", default=())
    workdays: tuple[Day, ...] = of(
        "make-up workdays, stated by the user for years whose official calendar is not out yet", default=()
    )
    holidays: tuple[Day, ...] = of(
        "days off, stated by the user for years whose official calendar is not out yet", default=()
    )
    hours_per_day: Positive = of("working time of a seller, a desk or a hall", "hours per working day", le=24)

    @model_validator(mode="after")
    def _no_day_is_both(self) -> Calendar:
        both = {*self.workdays, *self.extra_workdays} & {*self.holidays, *self.extra_holidays}
        if both:
            raise InputError(
                Problem(
                    "workdays",
                    min(both),
                    Message("a day is worked or off, and this one is stated to be both"),
                    Message("Leave it out of calendar.workdays or of calendar.holidays."),
                )
            )
        return self


class Run(Part):
    """How long and how often the model is run."""

    days: Bounded = of("length of the study", "working days", ge=1, le=5000)
    warm_up_days: Whole = of("working days at the start that no KPI counts", "working days", default=0)
    replications: Bounded = of(
        "seeded runs per scenario unless the command line says otherwise", "runs", ge=1, le=100_000
    )
    seed: Whole = of("root of every random stream")

    @model_validator(mode="after")
    def _warm_up_ends(self) -> Run:
        if self.warm_up_days >= self.days:
            raise InputError(
                Problem(
                    "warm_up_days",
                    self.warm_up_days,
                    Message("it must be less than days ({days})", days=self.days),
                    Message("Shorten it."),
                )
            )
        return self


class Phase(Part):
    """One phase of the merger (F10-F16)."""

    name: Name = of("key by which overrides and results name the phase")
    title: Text = of("label in reports")
    start: Day = of("first day")
    end: Day | None = of("last day; none for an open-ended phase (F12)")
    focus: Literal["training", "drills", "sales"] = of("what the phase is for (F10-F12)")
    organisation: Literal["virtual_community", "physical_communities", "unified"] = of(
        "where the grid managers belong: one G-net virtual community per centre (F10, F13), the physical "
        "communities (F11, F15), or one force of full-service community managers (F12)"
    )
    training: Flag = of("courses are held for both forces and for hall staff (F14)")
    mixed_teams: Flag = of("sellers of both forces work side by side and learn from each other (F15)")
    both_businesses: Flag = of("every seller sells both businesses (F15, F16)")
    shared_channels: Flag = of("every seller supports the outlets of the area (F15, F16)")
    hall_exchange: Flag = of("halls of both companies exchange clerks to learn on the job (F15)")
    communities: Literal["current", "redrawn", "subdivided"] = of(
        "communities are those of today, redrawn by staff (F15), or subdivided again (F16)"
    )
    data_support: Flag = of("the company gives communities full-service data support (F16)")
    local_incentives: Flag = of("centres add incentives of their own (F17)")


class TargetStage(Part):
    """One stage of target breakdown and appraisal (F19-F23)."""

    name: Name = of("key by which overrides and results name the stage")
    title: Text = of("label in reports")
    start: Day = of("first day")
    end: Day | None = of("last day; none for an open-ended stage")
    breakdown: Literal["by_force", "by_emphasis", "by_area"] = of(
        "each business only to its own force (F20), both businesses with each force's emphasis (F21), "
        "or by the population and economic indicators of the area (F22)"
    )
    weights: ForceWeights = of("appraisal weights of the stage")
    kpis: KpiWeights = of(
        "weights on the measures of appraisal; 1 each: hours are split as `effort` says", default=KpiWeights()
    )


class Turnover(Part):
    """Sellers leave and newcomers come in their places; a rate of 0 keeps everybody."""

    per_year: Share = of("sellers who leave in a year in which nothing changes", "share per year", default=0.0)
    unrest: NonNegative = of(
        "growth of that rate after another community, or a change of all appraisal weights; smaller changes count less",
        "share of the rate",
        default=0.0,
    )
    unrest_days: Whole = of("time over which a change is felt", "working days", default=60)
    vacancy_days: Whole = of("time until a newcomer comes in a leaver's place", "working days", default=20)
    newcomer: Share = of("experience of a newcomer against his force's at the start", "share", default=0.1)


class Training(Part):
    """Courses of the training phase (F10, F14)."""

    hours_needed: NonNegative = of("course hours for each person in the business that is new to him", "hours")
    session_hours: Positive = of("length of a session", "hours")
    trainers: Count = of("trainers, each of whom holds a course of his own", "trainers per centre")
    seats: Count = of("sellers whom one trainer can teach at a time", "seats per course")
    shared_trainers: Count | None = of(
        "trainers whom all centres share; none: every centre has trainers of its own", "trainers", default=None
    )
    clerk_hours_per_day: NonNegative = of("course hours of a clerk per training day", "hours per day")
    cross_trained: Shares = of(
        "people of each force who are trained in the business that is new to them and sell both afterwards, one number "
        "or one for each force; the others go on selling and keeping their own business alone",
        "share of people",
        default=1.0,
    )
    trainees: Trainees = of(
        "who they are: spread evenly over centres and communities, chosen by the model of optimize/training, or these "
        "sellers by id and nobody else",
        default="spread",
    )
    demand_spread: NonNegative = of(
        "how far demand of a business in a community may lie from what is expected when trainees are chosen",
        "coefficient of variation",
        default=0.2,
        le=2,
    )
    neighbour_share: Share = of(
        "part of the selling time that people may give to communities beside their own when trainees are chosen; in "
        "the simulation nobody crosses a border",
        "share of selling time",
        default=0.0,
    )

    @model_validator(mode="after")
    def _says_who_once(self) -> Training:
        if not isinstance(self.trainees, str) and self.cross_trained != 1.0:
            raise InputError(
                Problem(
                    "trainees",
                    Message("{count} {count:seller|sellers} by id", count=len(self.trainees)),
                    Message("it must not stand beside {key}", key="cross_trained"),
                    Message("Drop one of them."),
                )
            )
        return self


class TrialRun(Part):
    """Solving the problems found in the trial run (F17)."""

    improvement: NonNegative = of("gain in all selling that the improved scheme approaches", "share")
    days: Positive = of("time constant of the improvement", "working days")


class Costs(Part):
    """What a merger costs beside the hours it takes from work; contribution is net of it. 0 leaves a cost out."""

    trainer_day: NonNegative = of("a trainer on a day of courses", "yuan per trainer and day", default=0.0)
    seat_hour: NonNegative = of("room and material of a person in a course", "yuan per hour", default=0.0)
    exchange_hour: NonNegative = of("way and allowance of a clerk on exchange", "yuan per hour", default=0.0)
    office_month: NonNegative = of(
        "office space of a grid manager in the marketing centre, once the merger has begun (F13)",
        "yuan per grid manager and month",
        default=0.0,
    )
    overtime_hour: NonNegative = of("a clerk's work after the hall has closed", "yuan per hour", default=0.0)


class RollOut(Part):
    """In which order the centres start; every date of a later wave moves by the same number of days."""

    centres_per_wave: Count | None = of("centres that start together; none: all at once", "centres", default=None)
    days_between_waves: Whole = of("delay from wave to wave", "calendar days", default=0)
    order: tuple[Name, ...] = of("centres by name in starting order; those left out follow by name", default=())
    waves: tuple[tuple[Name, ...], ...] = of(
        "centres by name, wave by wave, where waves differ in size; empty: by order and centres_per_wave", default=()
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> RollOut:
        problems = []
        if self.waves and (self.centres_per_wave is not None or self.order):
            other = "order" if self.order else "centres_per_wave"
            problems.append(
                Problem(
                    "waves",
                    len(self.waves),
                    Message("it must not stand beside {key}", key=other),
                    Message("Drop one of them."),
                )
            )
        problems += [
            Problem(f"waves[{i}]", Message("empty"), Message("a wave has at least one centre"), Message("Drop it."))
            for i, wave in enumerate(self.waves)
            if not wave
        ]
        if problems:
            raise InputError(problems)
        return self


def check_sequence(what: str, items: Sequence[Phase | TargetStage]) -> None:
    """Refuse repeated names, ends before starts, overlaps, and an open end that is not the last (F24)."""
    problems = []
    for i, item in enumerate(items):
        if item.name in [other.name for other in items[:i]]:
            problems.append(
                Problem(f"{what}[{i}].name", item.name, Message("names must differ"), Message("Rename one of the two."))
            )
        if item.end is not None and item.end < item.start:
            problems.append(
                Problem(
                    f"{what}[{i}].end",
                    str(item.end),
                    Message("it must not lie before the start {start}", start=item.start),
                    Message("Swap them."),
                )
            )
        if i == 0:
            continue
        last = items[i - 1]
        if last.end is None:
            problems.append(
                Problem(
                    f"{what}[{i - 1}].end",
                    Message("empty"),
                    Message("only the last may be open-ended"),
                    Message("Give it an end date."),
                )
            )
        elif item.start <= last.end:
            problems.append(
                Problem(
                    f"{what}[{i}].start",
                    str(item.start),
                    Message(
                        "it must lie after {what}[{i}].end ({end}): the two overlap", what=what, i=i - 1, end=last.end
                    ),
                    Message("Move one of the two dates."),
                )
            )
    if problems:
        raise InputError(problems)
