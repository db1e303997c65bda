"""What people wish of the communities, as the partition is asked for it, group by group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from foundation.messages import Message
from optimize.districting.problem.side_constraints import Wishes, check_wishes, without_borders
from scenarios import InputError, Problem, Scenario, Territory
from scenarios.schema.dotted_keys import near

KEYS = {
    "keep_together": "partition.wishes.keep_together",
    "keep_apart": "partition.wishes.keep_apart",
    "lock": "partition.wishes.lock",
    "fix_seats": "partition.wishes.fix_seats",
    "forbid": "partition.wishes.forbid",
    "max_radius": "partition.wishes.max_radius_km",
    "max_moved": "partition.wishes.max_moved",
    "splits": "partition.wishes.splits",
    "size": "partition.wishes.sizes",
}
"""What a wish is called by `optimize.partition` -> its key in a scenario."""


@dataclass(frozen=True)
class Wished:
    """Wishes that hold at one level of the communities.

    Attributes
    ----------
    keep_together, keep_apart, forbid, fix_seats, lock, max_radius, max_moved, splits, sizes
        As in `optimize.partition`.
    """

    keep_together: tuple[tuple[str, ...], ...] = ()
    keep_apart: tuple[tuple[str, ...], ...] = ()
    lock: tuple[str, ...] = ()
    fix_seats: tuple[str, ...] = ()
    forbid: tuple[tuple[str, ...], ...] = ()
    max_radius: float | None = None
    max_moved: float | None = None
    splits: Mapping[str, int] = field(default_factory=dict)
    sizes: Mapping[str, float] = field(default_factory=dict)

    def options(self) -> dict[str, Any]:
        """Return the wishes as options of `optimize.partition`."""
        return {
            "keep_together": self.keep_together,
            "keep_apart": [(a, b) for a, b in self.keep_apart],
            "lock": self.lock,
            "fix_seats": self.fix_seats,
            "forbid": [(a, b) for a, b in self.forbid],
            "max_radius": self.max_radius,
            "max_moved": self.max_moved,
            "splits": self.splits,
            "sizes": self.sizes,
        }

    def inside(self, territory: Territory) -> Wished:
        """Return what concerns a part of a territory."""
        known = territory.units.index
        today = set(territory.units["community"].astype(str)) if self.lock or self.sizes else set()
        ends = {frozenset(pair) for pair in zip(territory.edges["a"], territory.edges["b"], strict=True)}
        return replace(
            self,
            keep_together=tuple(g for g in self.keep_together if all(u in known for u in g)),
            keep_apart=tuple(p for p in self.keep_apart if all(u in known for u in p)),
            lock=tuple(name for name in self.lock if name in today),
            fix_seats=tuple(u for u in self.fix_seats if u in known),
            forbid=tuple(p for p in self.forbid if frozenset(p) in ends),
            sizes={name: share for name, share in self.sizes.items() if name in today},
        )


def wished(scenario: Scenario, whole: Sequence[Sequence[str]] = ()) -> Wished:
    """Return the wishes of a scenario for its redrawn communities.

    Parameters
    ----------
    scenario : Scenario
    whole : sequence of groups of units
        That stay together besides, such as subdivided communities that are given.
    """
    wishes, own = scenario.partition.wishes, scenario.partition.max_moved
    limits = [limit for limit in (own, wishes.max_moved) if limit is not None]
    return Wished(
        merged([*wishes.keep_together, *whole]),
        wishes.keep_apart,
        wishes.lock,
        wishes.fix_seats,
        wishes.forbid,
        wishes.max_radius_km,
        min(limits, default=None),
        wishes.splits,
        wishes.sizes,
    )


def below(wishes: Wished) -> Wished:
    """Return what of the wishes holds when redrawn communities are subdivided.

    Locks and moves concern today's communities; splits and sizes those that are redrawn.
    """
    return replace(wishes, lock=(), max_moved=None, splits={}, sizes={})


def merged(groups: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Return groups that share a unit as one: all of them stay together."""
    found: list[dict[str, None]] = []
    for group in groups:
        mine = dict.fromkeys(group)
        apart = []
        for other in found:
            if mine.keys() & other.keys():
                mine = {**other, **mine}
            else:
                apart.append(other)
        found = [*apart, mine]
    return tuple(tuple(group) for group in found)


@contextmanager
def by_scenario_keys() -> Iterator[None]:
    """Name what is wrong with a wish by its key in the scenario.

    Raises
    ------
    InputError
        As it was raised, with the keys of the scenario.
    """
    try:
        yield
    except InputError as error:
        raise InputError(
            Problem(scenario_key(p.path), p.value, p.rule, p.remedy, p.severity) for p in error.problems
        ) from None


def scenario_key(path: str) -> str:
    """Return the key in a scenario of what `optimize.partition` calls a wish; anything else as it is."""
    word, _, rest = path.partition(" ")
    return f"{KEYS[word]} {rest}".strip() if word in KEYS else path


def check_against(scenario: Scenario, territory: Territory) -> list[Problem]:
    """Return the wishes that do not fit a territory whose units have a centre and a community."""
    wishes, units = wished(scenario), territory.units
    asked = Wishes(
        wishes.keep_together,
        tuple((a, b) for a, b in wishes.keep_apart),
        wishes.lock,
        wishes.max_radius,
        tuple((a, b) for a, b in wishes.forbid),
        wishes.splits,
    )
    found = [
        Problem("fix_seats", unit, Message("the territory has no such unit"), Message("Correct the unit id."))
        for unit in wishes.fix_seats
        if unit not in units.index
    ]
    try:
        ground = without_borders(territory, asked.forbid)
    except InputError as error:
        found += error.problems
        ground = territory
    found += check_wishes(asked, ground, within="centre", current="community")
    centre, today = units["centre"].astype(str), units["community"].astype(str)
    for name in sorted(centre.unique()):
        inside = centre.index[centre == name]
        if len(ground.subset(inside).components()) > len(territory.subset(inside).components()):
            rule = Message("without these borders centre {name} falls into pieces", name=name)
            found.append(Problem("forbid", None, rule, Message("Forbid fewer borders.")))
    names, unknown = sorted(today.unique()), Message("{current} has no such community", current="community")
    found += [
        Problem(f"size {name}", share, unknown, near(name, names))
        for name, share in wishes.sizes.items()
        if name not in names
    ]
    for name in wishes.lock:
        if centre[today == name].nunique() > 1:
            rule = Message("this community of today lies in several centres, so it cannot stay as it is")
            found.append(Problem("lock", name, rule, Message("Unlock it.")))
    return [Problem(scenario_key(p.path), p.value, p.rule, p.remedy) for p in found]


def least_counts(wanted: Mapping[str, int], wishes: Wished, territory: Territory, within: str) -> dict[str, int]:
    """Return the fewest communities that each group can have with the wishes.

    Locked communities count, and every piece that they leave needs one, and so does every fixed seat; units that are
    kept apart need two. With a limit of moves the number stays today's: what is new or gone would move more than the
    limit counts.
    """
    units = territory.units
    found: dict[str, int] = {}
    for group in wanted:
        inside = units.index[units[within].astype(str) == group]
        apart = any(a in inside and b in inside for a, b in wishes.keep_apart)
        found[group] = max(1 + apart, sum(unit in inside for unit in wishes.fix_seats))
        if wishes.max_moved is None and not wishes.lock and not wishes.sizes:
            continue
        before = units.loc[inside, "community"].astype(str)
        sized = [wishes.sizes[name] for name in set(before) & set(wishes.sizes)]
        found[group] = max(found[group], len(sized) + (sum(sized) < 1))
        if wishes.max_moved is not None:
            found[group] = int(before.nunique())
            continue
        locks = [name for name in wishes.lock if (before == name).any()]
        rest = inside[~before.isin(locks)]
        pieces = len(territory.subset(rest).components()) if len(rest) else 0
        found[group] = max(found[group], len(locks) + pieces)
    return found


def most_counts(wanted: Mapping[str, int], wishes: Wished, territory: Territory, within: str) -> dict[str, int]:
    """Return the most communities that each group can have: locked ones are one, of the rest each unit may be one."""
    units = territory.units
    found: dict[str, int] = {}
    for group in wanted:
        before = units.loc[units[within].astype(str) == group, "community"].astype(str)
        if wishes.max_moved is not None:
            found[group] = int(before.nunique())
            continue
        locked = before[before.isin(wishes.lock)]
        found[group] = int(locked.nunique()) + len(before) - len(locked)
    return found
