"""Questions drawn at random: a map, loads lumpy, even or equal, and one wish or none; half are made around a plan.

Loads at the edge are tenths, and the plan's communities have exactly the least, the mean or the largest sum: whoever
adds them up as doubles finds some of them outside.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.campaigns.maps import SHAPES, Edge, Floats, connected, grown
from tests.campaigns.question import Question, hang_together, neighbours_of

WISHES = (
    *("none", "none", "none", "none", "none", "none", "none"),
    *("fix_seats", "keep_together", "keep_apart", "lock", "max_radius", "forbid", "max_moved"),
)
"""None for half of the maps."""

LATER = ("splits", "sizes")
"""Wishes that came later: for some of the maps without another, from a stream of their own, so that maps stay."""

SHARE_LATER, SHARE_BESIDE = 0.2, 0.5
"""Of the maps without another wish; of these, those that have another beside it after all."""

BESIDE = {
    "splits": ("fix_seats", "keep_together", "keep_apart", "max_radius", "forbid", "max_moved"),
    "sizes": ("fix_seats", "keep_together", "keep_apart", "max_radius", "forbid"),
}
"""What goes together with a later wish."""

ATTRIBUTES = ("population", "households", "shops")


@dataclass(frozen=True)
class Course:
    """What kind of map a question is about; what is None is drawn."""

    units: int | None = None
    communities: int | None = None
    shape: str | None = None
    people: str | None = None
    sigma: float | None = None
    tolerance: float | None = None
    attributes: int | None = None
    objective: str | None = None
    wish: str | None = None
    beside: str | None = None
    planted: bool | None = None
    least: int = 12
    most: int = 80


def draw(seed: int, number: int, course: Course | None = None) -> Question:
    """Draw a question; the same numbers draw the same one."""
    rng, course = np.random.default_rng(np.random.SeedSequence([seed, number])), course or Course()

    def either(given: Any, drawn: Callable[[], Any]) -> Any:
        made = drawn()  # drawn in any case: what is given must not change the rest
        return made if given is None else given

    units = int(either(course.units, lambda: round(course.least * (course.most / course.least) ** rng.uniform())))
    most = max(2, min(9, units // 4))
    communities = int(either(course.communities, lambda: rng.integers(2, most + 1)))
    shape = either(course.shape, lambda: rng.choice([*SHAPES], p=[0.6, 0.25, 0.15]))
    people = either(course.people, lambda: rng.choice(["lumpy", "even", "equal"], p=[0.5, 0.3, 0.2]))
    edge = bool(either(None if course.people is None else course.people == "edge", lambda: rng.uniform() < 0.05))
    sigma = either(course.sigma, lambda: rng.uniform(0.9, 1.1))
    count = int(either(course.attributes, lambda: rng.choice([1, 2, 3], p=[0.6, 0.25, 0.15])))
    objective = str(either(course.objective, lambda: rng.choice(["moment", "cut-edges"])))
    if course.objective is None and objective == "moment":  # another stream: maps stay what they were
        objective = str(np.random.default_rng([seed, number, 1]).choice(["moment", "distance", "radius"]))
    wish = str(either(course.wish, lambda: rng.choice(WISHES)))
    later = np.random.default_rng([seed, number, 2])
    if course.wish is None and wish == "none" and later.uniform() < SHARE_LATER:
        wish = str(later.choice(LATER))
    planted = bool(either(course.planted, lambda: rng.uniform() < 0.5))
    tolerance = either(course.tolerance, lambda: 0.004 * 25 ** rng.uniform())

    if edge:
        people, planted, tolerance = "edge", True, round(max(tolerance, 0.01), 2)

    points, edges = SHAPES[shape](rng, units)
    label = grown(rng, units, edges, communities)
    loads = {name: _loads(rng, units, people, sigma) for name in ATTRIBUTES[:count]}
    shares = _unequal(later, communities) if wish == "sizes" and objective != "radius" and not edge else None
    if shares is not None:
        loads = {name: _levelled(rng, load, label, communities, tolerance, shares) for name, load in loads.items()}
    elif planted:
        level = _edged if edge else _levelled
        loads = {name: level(rng, load, label, communities, tolerance) for name, load in loads.items()}
        edges = _thinned(rng, edges, label, units)
    if planted:
        pass
    elif course.tolerance is None:  # as narrow as leaves a fair hope of a plan
        tolerance = max(tolerance, min(0.1, (0.3 if people == "equal" else 0.06) * communities / units * 3 * count))
    balance = {name: round(tolerance, 4) for name in loads}
    names = tuple(f"u{k:02d}" for k in range(units))
    plan = {u: f"c{k}" for u, k in zip(names, label, strict=True)}
    question = Question(
        names,
        tuple((float(x), float(y)) for x, y in points),
        {name: tuple(load.tolist()) for name, load in loads.items()},
        tuple((names[a], names[b]) for a, b in edges),
        communities,
        objective,
        balance,
        wishes={"weight": str(rng.choice([*loads]))} if objective != "cut-edges" and rng.uniform() < 0.3 else {},
        known=plan if planted or shares is not None else {},
    )
    if shares is not None:
        stated = [k for k in range(communities) if shares[k] != shares[-1]]
        sized = question.about(wishes={**question.wishes, "sizes": {f"c{k}": float(shares[k]) for k in stated}})
        return _beside(seed, number, course, sized, "sizes", plan, points)
    if wish == "splits":
        return _beside(seed, number, course, _with_towns(later, question, plan), "splits", plan, points)
    return _with_wish(rng, question, wish, plan, points)


def _beside(
    seed: int, number: int, course: Course, question: Question, wish: str, plan: Mapping[str, str], points: Floats
) -> Question:
    """Add another wish beside one that came later to some of the questions, from a stream of their own."""
    rng = np.random.default_rng([seed, number, 3])
    other, wanted = str(rng.choice(BESIDE[wish])), rng.uniform() < SHARE_BESIDE
    if course.beside is None:
        return _with_wish(rng, question, other, plan, points) if wanted else question
    return _with_wish(rng, question, course.beside, plan, points) if course.beside in BESIDE[wish] else question


def _unequal(rng: np.random.Generator, communities: int) -> list[float]:
    """Return the share of every community of all: one or two of other sizes than the rest, which are alike."""
    factor = [1.0] * communities
    for k in range(int(rng.integers(1, max(2, min(3, communities))))):
        factor[k] = float(rng.choice([0.4, 0.6, 1.5, 2.0]))
    total = sum(factor)
    made = [round(f / total, 3) for f in factor]
    stated = [k for k in range(communities) if factor[k] != 1.0 and k < communities - 1]
    rest = (1 - sum(made[k] for k in stated)) / (communities - len(stated))
    return [made[k] if k in stated else rest for k in range(communities)]


def _with_towns(rng: np.random.Generator, question: Question, plan: Mapping[str, str]) -> Question:
    """Give units towns, most of which the plan leaves whole, and allow as many splits as it makes."""
    near, town = neighbours_of(question), {u: f"{plan[u]}{'ab'[int(rng.integers(2))]}" for u in question.units}
    for unit in rng.choice(question.units, size=max(1, len(town) // 8), replace=False):
        town[str(unit)] = town[str(rng.choice(sorted(near[str(unit)])))]
    for unit in rng.choice(question.units, size=len(town) // 10, replace=False):
        town[str(unit)] = ""
    held: dict[str, set[str]] = {}
    for unit, name in town.items():
        held.setdefault(name, set()).add(plan[unit])
    most = sum(len(there) - 1 for name, there in held.items() if name)
    towns = tuple(town[u] for u in question.units)
    return question.about(wishes={**question.wishes, "splits": {"town": most}}, towns=towns)


def _loads(rng: np.random.Generator, units: int, people: str, sigma: float) -> Floats:
    if people == "equal":
        return np.ones(units, dtype=np.int64)
    if people in ("even", "edge"):
        return rng.integers(900, 1101, units)
    return np.maximum(np.rint(20_000 * rng.lognormal(0, sigma, units)), 1).astype(np.int64)


def _levelled(
    rng: np.random.Generator,
    load: Floats,
    label: list[int],
    communities: int,
    tolerance: float,
    shares: list[float] | None = None,
) -> Floats:
    """Return loads of which every community of the plan has about its share: within a third of the tolerance."""
    belongs, made = np.array(label), np.zeros(len(load), dtype=np.int64)
    size = max(int(load.sum()) // communities, 3000)
    for k in range(communities):
        members = np.flatnonzero(belongs == k)
        own = size if shares is None else size * communities * shares[k]
        target = round(own * (1 + rng.uniform(-1, 1) * tolerance / 3))
        made[members] = np.maximum(np.rint(load[members] * target / load[members].sum()), 1)
        made[members[int(np.argmax(made[members]))]] += target - made[members].sum()
    return made


def _edged(rng: np.random.Generator, load: Floats, label: list[int], communities: int, tolerance: float) -> Floats:
    """Return loads in tenths of which every community of the plan has just the least, the mean or the largest sum."""
    belongs, made = np.array(label), np.zeros(len(load), dtype=np.int64)
    pairs = communities // 2
    signs = rng.permutation([1] * pairs + [-1] * pairs + [0] * (communities - 2 * pairs))
    for k in range(communities):
        members = np.flatnonzero(belongs == k)
        target = round(1000 * (1 + signs[k] * tolerance))
        made[members] = np.maximum(load[members] * target // load[members].sum(), 1)
        made[members[int(np.argmax(made[members]))]] += target - made[members].sum()
    return made / 10


def _thinned(rng: np.random.Generator, edges: list[Edge], label: list[int], units: int) -> list[Edge]:
    """Take out some of the edges that the plan cuts, so that it has few."""
    kept, share = list(edges), rng.uniform(0, 0.6)
    for edge in edges:
        left = [e for e in kept if e != edge]
        if label[edge[0]] != label[edge[1]] and rng.uniform() < share and connected(units, left):
            kept = left
    return kept


def _with_wish(
    rng: np.random.Generator, question: Question, wish: str, plan: Mapping[str, str], points: Floats
) -> Question:
    """Add a wish; the plan around which the map was made keeps it."""
    groups = [[u for u in question.units if plan[u] == f"c{k}"] for k in range(question.communities)]
    count, today = int(rng.integers(1, 3)), ()
    asked: Any = None
    if wish == "fix_seats":
        seats = [_middle(question, group) for group in groups]
        asked = tuple(seats[int(k)] for k in rng.choice(len(seats), size=min(count, len(seats)), replace=False))
    elif wish == "max_radius":
        asked = _widest(question, groups, points) * rng.uniform(1.0, 1.3)
        asked = math.ceil(1000 * asked) / 1000
    elif wish == "keep_together":
        asked = _beside_each_other(rng, question, groups, count)
    elif wish == "keep_apart":
        cut = [e for e in question.edges if plan[e[0]] != plan[e[1]]]
        asked = tuple(cut[int(k)] for k in rng.choice(len(cut), size=min(count, len(cut)), replace=False))
    elif wish == "forbid":
        asked = _closed(rng, question, groups, count)
    elif wish in ("lock", "max_moved"):
        today = tuple(_moved(rng, question, plan) if wish == "max_moved" else [plan[u] for u in question.units])
        asked = ("c0",) if wish == "lock" else round(float(rng.uniform(0.15, 0.6)), 2)
        if len(set(today)) < question.communities:
            return question
    return question.about(wishes={**question.wishes, wish: asked}, today=today) if asked else question


def _widest(question: Question, groups: list[list[str]], points: Floats) -> float:
    """Return the largest distance of a unit from its seat."""
    place = dict(zip(question.units, points, strict=True))
    far = [np.linalg.norm(place[u] - place[_middle(question, group)]) for group in groups for u in group]
    return float(max(far))


def _beside_each_other(
    rng: np.random.Generator, question: Question, groups: list[list[str]], count: int
) -> tuple[tuple[str, ...], ...]:
    """Return units with one or two of their neighbours, of one community each."""
    near = neighbours_of(question)
    found: list[tuple[str, ...]] = []
    for k in rng.choice(len(groups), size=min(count, len(groups)), replace=False):
        one = str(rng.choice(groups[int(k)]))
        beside = sorted(near[one] & set(groups[int(k)]))[: int(rng.integers(1, 3))]
        found += [(one, *beside)] if beside else []
    return tuple(found)


def _moved(rng: np.random.Generator, question: Question, plan: Mapping[str, str]) -> list[str]:
    """Return the plan with an eighth of the units in a community next to them."""
    today, near = dict(plan), neighbours_of(question)
    for unit in rng.choice(question.units, size=len(today) // 8, replace=False):
        today[str(unit)] = str(rng.choice(sorted({plan[v] for v in near[str(unit)]})))
    return [today[u] for u in question.units]


def _middle(question: Question, group: list[str]) -> str:
    """Return the unit of a community nearest to its middle, by the weight of the moment."""
    place = dict(zip(question.units, np.array(question.points), strict=True))
    weight = dict(zip(question.units, question.loads[question.weight], strict=True))
    return min(group, key=lambda s: sum(weight[u] * float(((place[u] - place[s]) ** 2).sum()) for u in group))


def _closed(
    rng: np.random.Generator, question: Question, groups: list[list[str]], count: int
) -> tuple[tuple[str, str], ...]:
    """Return edges that may be closed while the map and the plan's communities hold together."""
    closed: tuple[tuple[str, str], ...] = ()
    for k in rng.permutation(len(question.edges)).tolist():
        more = (*closed, question.edges[k])
        near = neighbours_of(question.about(wishes={"forbid": more}))
        if all(hang_together(set(group), near) for group in [*groups, list(question.units)]):
            closed = more
        if len(closed) == count:
            break
    return closed
