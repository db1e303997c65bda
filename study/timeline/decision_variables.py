"""From choices to a scenario: phase lengths, seats, weights, communities and roll-out as axes of a search."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from foundation.machine.causes import cause
from foundation.messages import Message
from optimize import roll_out
from scenarios import InfeasibleError, InputError, LimitError, Problem, Scenario, Territory
from scenarios.loading.load import with_settings
from scenarios.rules.timetable import timetable
from scenarios.schema.appraisal import ForceWeights
from study.timeline.dates import entry, lengths_of, moved_dates, paced
from study.timeline.search_space import Axis, Point, Space

KINDS = ("current", "redrawn", "subdivided")
ORDERS = ("as given", "most persons first", "fewest sellers first", "by trainers")
"""In which order the centres start; the last is that of the model of the trainers' hours (`roll_out`)."""

PACE, SEATS, FIRST, STEP = "stage_pace", "seats", "own_share.first", "own_share.step."
REDRAWN, SUBDIVIDED = "redrawn_from", "subdivided_from"
WAVE_DAYS, WAVE_SIZE, WAVE_ORDER = "days_between_waves", "centres_per_wave", "wave_order"


@dataclass
class Moves:
    """What may change in a scenario, and what each choice means.

    Parameters
    ----------
    scenario : Scenario
        As it is: the start of the search, left untouched wherever nothing is chosen otherwise.
    sellers : mapping of centre to int
    persons : mapping of centre to float
        Served by each centre.
    """

    scenario: Scenario
    sellers: Mapping[str, int]
    persons: Mapping[str, float]
    axes: tuple[Axis, ...] = field(init=False)
    start: Point = field(init=False)
    _made: dict[Point, Scenario | str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        pairs = [*_date_axes(self.scenario), *_weight_axes(self.scenario)]
        pairs += [*_community_axes(self.scenario), *_wave_axes(self.scenario, len(self.sellers))]
        pairs = [(axis, now) for axis, now in pairs if len(axis.values) > 1]
        self.axes = tuple(axis for axis, _ in pairs)
        self.start = tuple(axis.values.index(now) for axis, now in pairs)

    def space(self) -> Space:
        """Return the space to search."""
        return Space(self.axes, self.start, self.refuse, lambda point: timeline_key(self.scenario_of(point)))

    def refuse(self, point: Point) -> str:
        """Say why a point cannot be, as a clause; empty where it can. The scenario as it is always can."""
        found = self._scenario(point)
        return found if isinstance(found, str) else ""

    def scenario_of(self, point: Point) -> Scenario:
        """Return the scenario of a point.

        Raises
        ------
        InputError
            The point cannot be.
        """
        found = self._scenario(point)
        if isinstance(found, str):
            raise InputError(Problem("timeline", str(point), found, Message("Choose otherwise.")))
        return found

    def _scenario(self, point: Point) -> Scenario | str:
        if point not in self._made:
            self._made[point] = self._make(point)
        return self._made[point]

    def _make(self, point: Point) -> Scenario | str:
        if point == self.start:
            return self.scenario
        try:
            settings = self.settings(point)
            made = with_settings(self.scenario, settings) if settings else self.scenario
        except (InputError, InfeasibleError, LimitError) as error:
            return cause(error)
        return self._unfinished(made) or made

    def _unfinished(self, made: Scenario) -> str:
        """Say so where the merger is not over soon enough to be measured: putting it off is no timeline."""
        table = timetable(made, self.sellers)
        last = len(made.phases) - 1
        needed = made.study.synergy_window_days
        begun = int((table.phase == last).all(axis=0).sum())
        if begun >= needed:
            return ""
        return Message(
            "its last phase holds everywhere for {begun} working days of the study and {needed} are needed",
            begun=begun,
            needed=needed,
        )

    def settings(self, point: Point) -> dict[str, Any]:
        """Return what a point overrides in the scenario; nothing where it chooses what the scenario says.

        Raises
        ------
        InputError, InfeasibleError, LimitError
            The point cannot be.
        """
        chosen = {axis.name: axis.values[k] for axis, k in zip(self.axes, point, strict=True)}
        now = {axis.name: axis.values[k] for axis, k in zip(self.axes, self.start, strict=True)}
        changed = {name for name, value in chosen.items() if value != now[name]}
        found: dict[str, Any] = {}
        if any(name == PACE or name.startswith("length.") for name in changed):
            found |= moved_dates(self.scenario, chosen, chosen.get(PACE, 1.0))
        if any(name.startswith("own_share.") for name in changed):
            found |= _weights(self.scenario, chosen)
        if SEATS in changed:
            found["training.seats"] = chosen[SEATS]
        if {REDRAWN, SUBDIVIDED} & changed:
            found |= _communities(self.scenario, chosen)
        if {WAVE_DAYS, WAVE_SIZE, WAVE_ORDER} & changed:
            found["roll_out"] = self._roll_out(chosen, found)
        return found

    def _roll_out(self, chosen: Mapping[str, Any], so_far: Mapping[str, Any]) -> dict[str, Any]:
        given, (days, size) = self.scenario.roll_out, _waves_now(self.scenario)
        days, size, order = chosen.get(WAVE_DAYS, days), chosen.get(WAVE_SIZE, size), chosen.get(WAVE_ORDER, ORDERS[0])
        result: dict[str, Any] = {"centres_per_wave": None, "days_between_waves": days, "order": [], "waves": []}
        if days == 0:
            return result
        if order == ORDERS[0] and given.waves:
            return {**result, "waves": [list(wave) for wave in given.waves]}
        if order == ORDERS[3]:
            candidate = with_settings(self.scenario, so_far) if so_far else self.scenario
            plan = roll_out(candidate, self.sellers, self.persons, days_between_waves=days, most=size)
            return {**result, "waves": [list(wave) for wave in plan.waves]}
        return {**result, "centres_per_wave": size, "order": self._order(order)}

    def _order(self, rule: str) -> list[str]:
        names = sorted(self.sellers)
        if rule == ORDERS[1]:
            return sorted(names, key=lambda name: (-self.persons[name], name))
        if rule == ORDERS[2]:
            return sorted(names, key=lambda name: (self.sellers[name], name))
        return list(self.scenario.roll_out.order)


def moves_of(scenario: Scenario, territory: Territory, staff: Sequence[str]) -> Moves:
    """Return what may change in a scenario on a territory.

    Parameters
    ----------
    scenario : Scenario
    territory : Territory
        With centres.
    staff : sequence of str
        Centre of every seller.

    Raises
    ------
    InputError
        Nothing may change.
    """
    centre = territory.units["centre"].astype(str)
    persons = np.asarray(territory.attribute("population"), dtype=np.float64)
    names = sorted(centre.unique())
    moves = Moves(
        scenario,
        {name: sum(place == name for place in staff) for name in names},
        {name: float(persons[(centre == name).to_numpy()].sum()) for name in names},
    )
    if not moves.axes:
        raise InputError(
            Problem(
                "timeline",
                None,
                Message("every choice has one value, so nothing can be searched"),
                Message("Give it more values."),
            )
        )
    return moves


def timeline_key(scenario: Scenario) -> str:
    """Return a digest of all that a run depends on; how the search is made is no part of it."""
    neutral = scenario.model_copy(update={"run": scenario.run.model_copy(update={"replications": 1})})
    content = neutral.model_dump(
        mode="json", exclude={"name", "title", "base", "overrides", "facts", "findings", "evidence", "timeline"}
    )
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _date_axes(scenario: Scenario) -> list[tuple[Axis, Any]]:
    settings = scenario.timeline
    found: list[tuple[Axis, Any]] = []
    for name, now in lengths_of(scenario).items():
        lengths = {max(1, round(now * factor)) for factor in settings.phase_lengths} | {now}
        found.append((Axis(f"length.{name}", tuple(sorted(lengths))), now))
    if paced(scenario):
        found.append((Axis(PACE, tuple(sorted({*settings.stage_pace, 1.0}))), 1.0))
    seats = scenario.training.seats
    found.append((Axis(SEATS, tuple(sorted({max(1, round(seats * f)) for f in settings.seats} | {seats}))), seats))
    return found


def _weight_axes(scenario: Scenario) -> list[tuple[Axis, Any]]:
    """Return how the weight of a person's own business begins, and by how much it falls from stage to stage.

    The last stage keeps its weights: they are where the merger is to arrive.
    """
    stages, settings = scenario.target_stages, scenario.timeline
    if len(stages) < 2:
        return []
    own = [_own(stage.weights) for stage in stages]
    found = [(Axis(FIRST, tuple(sorted({*settings.first_own_shares, own[0]}))), own[0])]
    for k, stage in enumerate(stages[1:-1], start=1):
        step = round(own[k - 1] - own[k], 6)
        found.append((Axis(f"{STEP}{stage.name}", tuple(sorted({*settings.weight_steps, step}))), step))
    return found


def _own(weights: ForceWeights) -> float:
    """Return the mean weight of both forces' own business."""
    return round((weights.CM.fixed + weights.GM.mobile) / 2, 6)


def _weights(scenario: Scenario, chosen: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    stages = scenario.target_stages
    own = chosen.get(FIRST, _own(stages[0].weights))
    for k, stage in enumerate(stages[:-1]):
        if k:
            step = chosen.get(f"{STEP}{stage.name}", 0.0)
            own = min(own, max(_own(stages[-1].weights), own - step)) if step >= 0 else min(1.0, own - step)
        mine, other = round(own, 6), round(1 - own, 6)
        found[f"{entry('target_stages', k, stage.name)}.weights"] = {
            "CM": {"fixed": mine, "mobile": other},
            "GM": {"fixed": other, "mobile": mine},
        }
    return found


def _community_axes(scenario: Scenario) -> list[tuple[Axis, Any]]:
    """Return from which phase communities are redrawn and subdivided; whether they are at all is not in question."""
    names = tuple(phase.name for phase in scenario.phases)
    now = [KINDS.index(phase.communities) for phase in scenario.phases]
    found = []
    for axis, kind in ((REDRAWN, 1), (SUBDIVIDED, 2)):
        if now[-1] >= kind:
            first = next(k for k, level in enumerate(now) if level >= kind)
            found.append((Axis(axis, names), names[first]))
    return found


def _communities(scenario: Scenario, chosen: Mapping[str, Any]) -> dict[str, Any]:
    names = [phase.name for phase in scenario.phases]
    first = [names.index(chosen[axis]) if axis in chosen else len(names) for axis in (REDRAWN, SUBDIVIDED)]
    return {
        f"{entry('phases', k, name)}.communities": KINDS[2 if k >= first[1] else 1 if k >= first[0] else 0]
        for k, name in enumerate(names)
    }


def _waves_now(scenario: Scenario) -> tuple[int, int]:
    """Return the days between waves, 0 where all begin at once, and the size of a wave, as the scenario is."""
    given = scenario.roll_out
    days = given.days_between_waves if given.waves or given.centres_per_wave is not None else 0
    return days, given.centres_per_wave or min(scenario.timeline.centres_per_wave)


def _wave_axes(scenario: Scenario, centres: int) -> list[tuple[Axis, Any]]:
    if centres < 2:
        return []
    settings, (days, size) = scenario.timeline, _waves_now(scenario)
    delays, sizes = {*settings.days_between_waves, days}, {n for n in settings.centres_per_wave if n < centres} | {size}
    if delays == {0}:
        return []
    return [
        (Axis(WAVE_DAYS, tuple(sorted(delays))), days),
        (Axis(WAVE_SIZE, tuple(sorted(sizes))), size),
        (Axis(WAVE_ORDER, ORDERS, ordered=False), ORDERS[0]),
    ]
