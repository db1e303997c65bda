"""The roll-out: which centres start together, when trainers are too few to teach everywhere at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pandas as pd

from foundation.atomic_files import write_text
from foundation.messages import Message
from foundation.safe_csv import csv_text
from optimize.rollout.formulations import waves
from optimize.solving.solver import solve
from scenarios import InfeasibleError, InputError, LimitError, Problem, Scenario
from scenarios.rules.workdays import is_working_day

FINE = 1e4
"""Persons of the largest centre, as the model counts them: by the million they would strain the solver's tolerances."""

SURE, SURE_A_CENTRE = 2e-6, 1e-7
"""By how much a solver's bound may be too high, in these persons: its gap, and its tolerance of prices for a centre."""

PROVEN = 1e-7
"""Relative distance of bound and value below which the value is proven, where persons are not whole."""

ROUNDING = 1e-9
"""Relative slack for sums of fractional hours."""


@dataclass(frozen=True)
class RollOutPlan:
    """The waves that the model chose.

    Attributes
    ----------
    waves : tuple of tuple of str
        Centres, wave by wave; none of them is empty.
    table : DataFrame
        ``wave, centre, course_hours, persons, room``: what each centre needs and what its wave has.
    value : float
        Waves waited through, summed over persons.
    bound : float or None
        No roll-out waits through less.
    proof : str
        ``optimal`` or ``feasible``.
    """

    waves: tuple[tuple[str, ...], ...]
    table: pd.DataFrame
    value: float
    bound: float | None
    proof: str

    def __str__(self) -> str:
        """Name the centres of every wave."""
        lines = [f"wave {w + 1}: {', '.join(wave)}" for w, wave in enumerate(self.waves)]
        return "\n".join([*lines, f"proof: {self.proof}"])

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False, escape=True))

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table

    def save(self, folder: Path | str) -> Path:
        """Write rollout.csv."""
        out = Path(folder)
        write_text(out / "rollout.csv", csv_text(self.table))
        return out


def roll_out(
    scenario: Scenario,
    sellers: Mapping[str, int],
    persons: Mapping[str, float],
    *,
    days_between_waves: int,
    most: int | None = None,
) -> RollOutPlan:
    """Choose the waves: the centres that serve most persons first, as far as the trainers reach.

    Each wave's courses have to be over before the next wave's begin, so that the trainers can move on.

    Parameters
    ----------
    scenario : Scenario
        With ``training`` and the first phase that trains.
    sellers : mapping of centre to int
        Who needs the course.
    persons : mapping of centre to float
        Served by each centre: what waits there.
    days_between_waves : int
        [calendar days]
    most : int, optional
        Most centres in a wave.

    Raises
    ------
    InputError
        There are no centres, or the gap has no working day.
    InfeasibleError
        One centre alone needs more than the trainers can give between two waves.
    LimitError
        No waves were found in time.

    Notes
    -----
    The model sees hours of courses and nothing of what training does to sales; the simulation judges its waves.
    """
    names = sorted(sellers)
    if not names:
        raise InputError(
            Problem("roll_out", None, Message("there are no centres to roll out to"), Message("Give a territory."))
        )
    hours = [float(sellers[name]) * scenario.training.hours_needed for name in names]
    room = course_hours(scenario, len(names), days_between_waves)
    _check_room(names, hours, room, days_between_waves)
    stake = [float(persons[name]) for name in names]
    scale = (max(stake) or 1.0) / FINE
    model = waves.build(hours, [p / scale for p in stake], room * (1 + ROUNDING), most)
    outcome = solve(model.problem, time_limit=scenario.partition.time_limit, work=scenario.partition.work_limit)
    if outcome.objective is None:
        msg = Message(
            "no waves of {count} {count:centre|centres} were found within partition.time_limit.", count=len(names)
        )
        raise LimitError(msg)
    wave_of = [next(w for w in range(len(names)) if (model.x[c, w].varValue or 0.0) > 0.5) for c in range(len(names))]
    used = sorted(set(wave_of))
    chosen = tuple(tuple(name for name, w in zip(names, wave_of, strict=True) if w == wave) for wave in used)
    table = pd.DataFrame(
        {
            "wave": [used.index(w) + 1 for w in wave_of],
            "centre": names,
            "course_hours": hours,
            "persons": stake,
            "room": room,
        }
    ).sort_values(["wave", "centre"], ignore_index=True)
    value = sum(p * w for p, w in zip(stake, wave_of, strict=True))
    sure = None if outcome.bound is None else outcome.bound - SURE - SURE_A_CENTRE * len(names)
    bound = None if sure is None else min(max(sure * scale, 0.0), value)
    # Whole persons need no more of a bound than to lie within one of the value.
    near = 1.0 if all(p == round(p) for p in stake) else PROVEN * value
    proven = value == 0 or (outcome.proof == "optimal" and bound is not None and value - bound < near)
    return RollOutPlan(chosen, table, value, value if proven else bound, "optimal" if proven else "feasible")


def course_hours(scenario: Scenario, centres: int, days_between_waves: int) -> float:
    """Return the course hours that all trainers can give between two waves [seat-hours].

    Working days of the gap (or of the training phase, where that is shorter) x whole sessions of a day x seats x
    trainers; without shared trainers, those of all centres together.
    """
    training, calendar = scenario.training, scenario.calendar
    phases = scenario.phases
    at = next((i for i, phase in enumerate(phases) if phase.training), None)
    if at is None:
        return 0.0
    start = phases[at].start
    length = (phases[at + 1].start - start).days if at + 1 < len(phases) else days_between_waves
    days = sum(is_working_day(calendar, start + timedelta(days=k)) for k in range(min(days_between_waves, length)))
    sessions = int(calendar.hours_per_day // training.session_hours) or 1
    trainers = training.trainers * centres if training.shared_trainers is None else training.shared_trainers
    return float(days * sessions * training.session_hours * training.seats * trainers)


def _check_room(names: Sequence[str], hours: Sequence[float], room: float, days: int) -> None:
    tight = [(name, need) for name, need in zip(names, hours, strict=True) if need > room * (1 + ROUNDING)]
    if tight:
        name, need = max(tight, key=lambda pair: pair[1])
        msg = Message(
            "{name} needs {need:g} course hours and the trainers can give {room:g} in the {days} days "
            "between two waves ({count} of {total} centres need more than that). Widen "
            "roll_out.days_between_waves, or raise training.shared_trainers or training.seats.",
            name=name,
            need=need,
            room=room,
            days=days,
            count=len(tight),
            total=len(names),
        )
        raise InfeasibleError(msg)
