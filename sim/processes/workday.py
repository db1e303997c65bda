"""A seller's working day: course, counter, outlets, customers who think of leaving, overdue bills, doors.

The process decides what is done for how long and writes it into the diary; visits were arranged in the morning
(`sim.processes.company_day`), and what the hours brought is settled in the evening (`sim.settlement.evening`).
"""

from __future__ import annotations

from collections.abc import Generator

import simpy

from sim.processes.channel import support_outlets
from sim.state.fast_timeouts import Pause, Process
from sim.state.model import Model


def work(model: Model, i: int, pause: Pause) -> Process:
    """Live one seller's working days.

    He waits where the hour matters to somebody else: in a course, at the counter, before he looks into an inbox. Visits
    and doors fill the rest of the day; the evening settles them, so nobody waits for their end.
    """
    diary, duties, hours_per_day, outlet_part = model.diary, model.duties, model.hours_per_day, model.outlet_part
    retention, arrears, selling = diary.retention, diary.arrears, diary.selling
    vacant_until = model.vacant_until
    on_counter = float(model.world.sellers.counter_share[i]) * hours_per_day
    while True:
        yield pause.until(model.morning)
        if vacant_until[i] > model.day:
            continue
        duty, left = duties[i], hours_per_day
        attended = 0.0
        if duty.course:
            attended = yield from attend_course(model, i, pause, left)
            left -= attended
        if on_counter > 0 and left > 0:
            diary.counter[i] = hours = min(left, on_counter)
            yield pause.hours(hours)
            left -= hours
        hours = 0.0
        if outlet_part[i] > 0:
            hours = support_outlets(model, i, duty.inbox, left * outlet_part[i])
            left -= hours
        if duty.course and not attended:
            if hours > 0:
                yield pause.hours(hours)
            left -= yield from attend_course(model, i, pause, left - retention[i] - arrears[i])
        left -= retention[i] + arrears[i]  # as arranged in the morning
        if left > 0:
            selling[i] = left


def attend_course(model: Model, i: int, pause: Pause, hours: float) -> Generator[simpy.Event, None, float]:
    """Take a seat in the centre's course if hours are still due and a seat is free (F10, F14); return the hours."""
    rules = model.world.scenario.training
    room = model.rooms[int(model.world.sellers.centre[i])]
    length = min(rules.session_hours, rules.hours_needed - model.course_hours[i], hours)
    if length <= 0 or room.count >= room.capacity:
        return 0.0
    model.diary.training[i] += length
    with room.request() as seat:
        yield pause.until(seat)
        yield pause.hours(length)
    model.course_hours[i] += length
    return length
