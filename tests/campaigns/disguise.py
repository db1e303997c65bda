"""The same question in other words: other names, another order, a turned map, other units of measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.campaigns.question import Plan, Question

FACTORS = (2, 3, 10, 0.5)
"""By which loads are multiplied; half a person makes a whole number a fraction, which is rounded by another rule."""


@dataclass(frozen=True)
class Disguise:
    """A question in other words.

    Attributes
    ----------
    question : Question
    names : mapping of the old name of a unit to the new one
    factor : float
        By which a plan's objective is multiplied.
    """

    question: Question
    names: Mapping[str, str]
    factor: float = 1.0

    def worn(self, plan: Plan) -> dict[str, str]:
        """Return a plan in the disguise's names."""
        return {self.names[unit]: community for unit, community in plan.items()}

    def bared(self, plan: Plan) -> dict[str, str]:
        """Return a plan of the disguise in the names of the question."""
        return {unit: plan[name] for unit, name in self.names.items()}


def plain(question: Question) -> Disguise:
    """Return the question as it is."""
    return Disguise(question, {unit: unit for unit in question.units})


def disguise(question: Question, rng: np.random.Generator) -> Disguise:
    """Change everything at once that must not matter: what then differs is hunted down afterwards."""
    worn = plain(question)
    for change in (_renamed, _shuffled, _turned, _measured):
        next_one = change(worn.question, rng)
        names = {unit: next_one.names[name] for unit, name in worn.names.items()}
        worn = Disguise(next_one.question, names, worn.factor * next_one.factor)
    return worn


def _renamed(question: Question, rng: np.random.Generator) -> Disguise:
    """Give every unit, and every community of today, another name: what is sorted by name comes in another order."""
    places = rng.permutation(len(question.units))
    name = {unit: f"n{k:03d}" for unit, k in zip(question.units, places, strict=True)}
    homes = sorted(set(question.today))
    home = {h: f"t{k}" for h, k in zip(homes, rng.permutation(len(homes)), strict=True)}
    towns = sorted(set(question.towns) - {""})
    town = {"": "", **{t: f"z{k}" for t, k in zip(towns, rng.permutation(len(towns)), strict=True)}}
    changed = question.about(
        units=tuple(name[u] for u in question.units),
        edges=tuple((name[a], name[b]) for a, b in question.edges),
        today=tuple(home[h] for h in question.today),
        towns=tuple(town[t] for t in question.towns),
        wishes={key: _named(key, value, name, home) for key, value in question.wishes.items()},
        known={name[u]: c for u, c in question.known.items()},
    )
    return Disguise(changed, name)


def _named(key: str, value: Any, name: Mapping[str, str], home: Mapping[str, str]) -> Any:
    if key == "lock":
        return tuple(home[h] for h in value)
    if key == "fix_seats":
        return tuple(name[u] for u in value)
    if key in ("keep_together", "keep_apart", "forbid"):
        return tuple(tuple(name[u] for u in group) for group in value)
    return value


def _shuffled(question: Question, rng: np.random.Generator) -> Disguise:
    """Put units and edges in another order, and the ends of an edge."""
    order = rng.permutation(len(question.units)).tolist()
    edges = [question.edges[k][:: rng.choice([1, -1])] for k in rng.permutation(len(question.edges)).tolist()]
    changed = question.about(
        units=tuple(question.units[k] for k in order),
        points=tuple(question.points[k] for k in order),
        loads={name: tuple(column[k] for k in order) for name, column in question.loads.items()},
        today=tuple(question.today[k] for k in order) if question.today else (),
        towns=tuple(question.towns[k] for k in order) if question.towns else (),
        edges=tuple((a, b) for a, b in edges),
    )
    return Disguise(changed, {u: u for u in question.units})


def _turned(question: Question, rng: np.random.Generator) -> Disguise:
    """Mirror the map, turn it by right angles, shift it: distances stay what they are, to the last digit."""
    dx, dy = (int(v) for v in rng.integers(-500, 500, 2))
    mirror, turn = bool(rng.integers(2)), int(rng.integers(4))
    points = []
    for x, y in question.points:
        a, b = (-x if mirror else x), y
        for _ in range(turn):
            a, b = -b, a
        points.append((round(a + dx, 2), round(b + dy, 2)))
    return Disguise(question.about(points=tuple(points)), {u: u for u in question.units})


def _measured(question: Question, rng: np.random.Generator) -> Disguise:
    """Count loads in other units of measure, each attribute in its own."""
    factor = {name: FACTORS[int(rng.integers(len(FACTORS)))] for name in question.loads}
    loads = {name: tuple(round(v * factor[name], 2) for v in column) for name, column in question.loads.items()}
    worth = factor[question.weight] if question.objective in ("moment", "distance") else 1.0
    return Disguise(question.about(loads=loads), {u: u for u in question.units}, float(worth))
