"""The working calendar: public holidays, make-up workdays, and the working days of a study."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays as public

from foundation.errors import InputError, Problem
from foundation.messages import Message
from scenarios.schema.organisation import Calendar

SATURDAY = 5
LONGEST_BREAK = 60
"""Calendar days without a single working day after which a calendar is taken to be broken."""


def is_working_day(calendar: Calendar, day: date) -> bool:
    """Say whether people work on a day.

    The scenario's own lists come first, then make-up workdays, public holidays and weekends.

    Raises
    ------
    InputError
        The year is one whose public holidays the calendar does not know.
    """
    if day in calendar.extra_workdays or day in calendar.workdays:
        return True
    if day in calendar.extra_holidays or day in calendar.holidays:
        return False
    if not calendar.country:
        return day.weekday() < SATURDAY
    return bool(_year(calendar.country, day.year).is_working_day(day))


def working_days(calendar: Calendar, days: int) -> tuple[date, ...]:
    """Return the first working days of the study.

    Parameters
    ----------
    calendar : Calendar
    days : int
        How many [working days].

    Returns
    -------
    tuple of date, length ``days``

    Raises
    ------
    InputError
        Two months pass without a working day, or the dates leave the known calendar.
    """
    return _working_days(calendar, days)


@lru_cache(maxsize=64)
def _working_days(calendar: Calendar, days: int) -> tuple[date, ...]:
    found: list[date] = []
    day, idle = calendar.start, 0
    while len(found) < days:
        if is_working_day(calendar, day):
            found.append(day)
            idle = 0
        elif (idle := idle + 1) > LONGEST_BREAK:
            raise InputError(
                Problem(
                    "calendar.extra_holidays",
                    Message("{count} {count:day|days}", count=len(calendar.extra_holidays)),
                    Message(
                        "no working day follows {found} within {longest_break} days",
                        found=found[-1] if found else calendar.start,
                        longest_break=LONGEST_BREAK,
                    ),
                    Message("Shorten the list of days off."),
                )
            )
        try:
            day += timedelta(days=1)
        except OverflowError:
            raise InputError(
                Problem(
                    "calendar.start",
                    calendar.start,
                    Message("the study must end before the year 9999"),
                    Message("Start earlier."),
                )
            ) from None
    return tuple(found)


def unannounced_years(calendar: Calendar, days: int) -> tuple[int, ...]:
    """Return the years of a study whose make-up workdays nobody knows: not announced, and not stated by the user.

    A year counts as stated when `calendar.workdays` or `calendar.holidays` has a day of it.
    """
    if calendar.country != "CN":
        return ()
    stated = {day.year for day in (*calendar.workdays, *calendar.holidays)}
    years = sorted({day.year for day in working_days(calendar, days)} - stated)
    return tuple(year for year in years if not _is_announced(calendar.country, year))


def _is_announced(country: str, year: int) -> bool:
    made_up = getattr(_year(country, year), "weekend_workdays", ())
    return any(day.year == year for day in made_up)


@lru_cache(maxsize=64)
def spring_festival(year: int) -> tuple[date, date] | None:
    """Return the first and last day off of the Spring Festival, or None for a year the calendar does not know."""
    try:
        days = sorted(d for d, n in _year("CN", year).items() if d.year == year and "Spring Festival" in n)
    except InputError:
        return None
    if not days:
        return None
    calendar = _year("CN", year)
    first, last = days[0], days[-1]
    while (first - timedelta(days=1)).year == year and not calendar.is_working_day(first - timedelta(days=1)):
        first -= timedelta(days=1)
    while not calendar.is_working_day(last + timedelta(days=1)):
        last += timedelta(days=1)
    return first, last


@lru_cache(maxsize=256)
def _year(country: str, year: int) -> public.HolidayBase:
    """Return the public holidays around a year; a fixed window, so that no answer depends on what was asked before."""
    known = public.country_holidays(country)
    first, last = known.start_year, known.end_year
    if not first <= year <= last:
        raise InputError(
            Problem(
                "calendar",
                year,
                Message(
                    "public holidays of {country} are known for {first} to {last}",
                    country=country,
                    first=first,
                    last=last,
                ),
                Message('Choose other dates, or set calendar.country to "" and list the holidays yourself.'),
            )
        )
    return public.country_holidays(country, years=[year - 1, year, year + 1], language="en_US", expand=False)
