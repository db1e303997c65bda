"""Given plans on maps so small that every plan can be looked at: faults, smallest repairs, objections."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from optimize.districting.given.check import check
from optimize.districting.objections.weigh import Objection, weigh
from scenarios import Plan, Territory
from tests.sizes import size

Label = tuple[int, ...]


def tiny(random: np.random.Generator) -> tuple[Territory, int]:
    """A connected map of a few units, drawn at random, and a number of communities."""
    units = int(random.integers(5, 8))
    points = random.uniform(0, 4, (units, 2))
    borders = {(int(random.integers(i)), i) for i in range(1, units)}
    for _ in range(int(random.integers(1, units))):
        a, b = sorted(random.choice(units, 2, replace=False).tolist())
        borders.add((a, b))
    people = random.integers(1, 12, units)
    ids = [f"u{i}" for i in range(units)]
    table = pd.DataFrame(
        {"x": points[:, 0], "y": points[:, 1], "population": people}, index=pd.Index(ids, name="unit_id")
    )
    edges = pd.DataFrame([(ids[a], ids[b]) for a, b in sorted(borders)], columns=["a", "b"])
    return Territory("tiny", table, edges), int(random.integers(2, 4))


def connected(members: list[int], borders: list[tuple[int, int]]) -> bool:
    seen, queue = {members[0]}, [members[0]]
    while queue:
        here = queue.pop()
        for a, b in borders:
            for x, y in ((a, b), (b, a)):
                if x == here and y in members and y not in seen:
                    seen.add(y)
                    queue.append(y)
    return len(seen) == len(members)


class Asked:
    """Limits and wishes drawn at random, and their check from the definitions alone."""

    def __init__(self, town: Territory, count: int, random: np.random.Generator) -> None:
        self.town, self.count = town, count
        self.people = town.attribute("population")
        self.points = town.coordinates
        self.borders = [(int(a), int(b)) for a, b in town.edge_positions]
        self.tolerance = float(random.choice([0.2, 0.4, 0.7]))
        ids = list(town.unit_ids)
        kind = int(random.integers(5))
        a, b = self.borders[int(random.integers(len(self.borders)))]
        self.together = [(a, b)] if kind == 0 else []
        self.apart = [(a, b)] if kind == 1 else []
        self.radius = float(random.uniform(1.5, 4)) if kind == 2 else None
        self.forbid = [(a, b)] if kind == 3 and self._holds((a, b)) else []
        self.options: dict[str, Any] = {"balance": {"population": self.tolerance}, "effort": "quick"}
        self.options["keep_together"] = [(ids[a], ids[b]) for a, b in self.together]
        self.options["keep_apart"] = [(ids[a], ids[b]) for a, b in self.apart]
        self.options["max_radius"] = self.radius
        self.options["forbid"] = [(ids[a], ids[b]) for a, b in self.forbid]

    def _holds(self, closed: tuple[int, int]) -> bool:
        return connected(list(range(len(self.people))), [e for e in self.borders if e != closed])

    def keeps(self, label: Label) -> bool:
        mean = self.people.sum() / self.count
        low, high = np.ceil(mean * (1 - self.tolerance) - 1e-9), np.floor(mean * (1 + self.tolerance) + 1e-9)
        open_borders = [e for e in self.borders if e not in self.forbid]
        for k in range(self.count):
            members = [i for i, c in enumerate(label) if c == k]
            if not members or not connected(members, open_borders):
                return False
            if not low <= self.people[members].sum() <= high:
                return False
            if self.radius is not None:
                away = np.linalg.norm(self.points[members][:, None] - self.points[members][None], axis=2)
                moment = (self.people[members][:, None] * away**2).sum(axis=0)
                best = min(away[:, s].max() for s in range(len(members)) if moment[s] <= moment.min() * (1 + 1e-9))
                if best > self.radius * (1 + 1e-9):
                    return False
        return all(label[a] == label[b] for a, b in self.together) and all(label[a] != label[b] for a, b in self.apart)

    def plans(self) -> Iterator[Label]:
        return (p for p in itertools.product(range(self.count), repeat=len(self.people)) if self.keeps(p))


def some_plan(town: Territory, count: int, random: np.random.Generator) -> Label:
    """Every community has units; whether they hang together is left to chance."""
    while True:
        label = tuple(random.integers(0, count, len(town)).tolist())
        if len(set(label)) == count:
            return label


def named(town: Territory, label: Label) -> Plan:
    return Plan(pd.Series([f"c{k}" for k in label], index=town.units.index))


def cases(number: int) -> Iterator[tuple[Territory, Asked, Label, np.random.Generator]]:
    for seed in range(number):
        random = np.random.default_rng(seed)
        town, count = tiny(random)
        yield town, Asked(town, count, random), some_plan(town, count, random), random


def held(number: int) -> None:
    mended = broken = 0
    for town, asked, given, _ in cases(number):
        found = check(town, named(town, given), asked.count, **asked.options)
        assert found.keeps_everything == asked.keeps(given)
        least = min((sum(a != b for a, b in zip(plan, given, strict=True)) for plan in asked.plans()), default=None)
        if least is None:
            assert found.repaired is None and found.repair_proof == "infeasible" and found.bound is None
            continue
        assert found.repaired is not None and found.repair_proof == "optimal"
        made = tuple(int(name[1:]) for name in found.repaired.assignment)
        assert asked.keeps(made)
        assert len(found.moves()) == sum(a != b for a, b in zip(made, given, strict=True)) == least
        mended, broken = mended + (least > 0), broken + 1
        best = min(moment(asked, plan) for plan in asked.plans())
        if found.bound is not None:
            assert found.bound <= best * (1 + 1e-9)
    assert mended > number / 4 and broken > mended


def moment(asked: Asked, label: Label) -> float:
    total = 0.0
    for k in set(label):
        members = [i for i, c in enumerate(label) if c == k]
        away = ((asked.points[members][:, None] - asked.points[members][None]) ** 2).sum(axis=2)
        total += float((asked.people[members][:, None] * away).sum(axis=0).min())
    return total


@pytest.mark.slow
def test_faults_and_smallest_repairs_are_those_of_brute_force() -> None:
    held(12)


@pytest.mark.slow
def test_faults_and_smallest_repairs_are_those_of_brute_force_on_many_maps() -> None:
    held(size(40, 300))


def weighed(number: int) -> None:
    together = 0
    for town, asked, given, random in cases(number):
        plans = list(asked.plans())
        base = plans[int(random.integers(len(plans)))] if plans else given
        units = random.choice(len(town), min(3, len(town)), replace=False).tolist()
        wants = [(u, int(random.integers(asked.count))) for u in units]
        wants = [(u, k) for u, k in wants if k in base]
        said = [Objection(town.unit_ids[u], f"c{k}", who="somebody") for u, k in wants]
        found = weigh(town, named(town, base), said, asked.count, **asked.options)
        for (u, k), row in zip(wants, found.table.to_dict("records"), strict=True):
            moves = [sum(a != b for a, b in zip(p, base, strict=True)) for p in plans if p[u] == k]
            if base[u] == k:
                assert row["verdict"] == "already"
            elif not moves:
                assert row["verdict"] == "impossible"
            else:
                assert row["moves"] == min(moves)
                assert row["verdict"] == ("granted" if min(moves) == 1 else "with_others")
        if not plans:
            continue
        most = max(sum(p[u] == k for u, k in wants) for p in plans)
        fewest = min(
            sum(a != b for a, b in zip(p, base, strict=True)) for p in plans if sum(p[u] == k for u, k in wants) == most
        )
        made = tuple(int(name[1:]) for name in found.result.assignment)
        assert asked.keeps(made) and found.proof == "optimal"
        assert found.table["granted"].sum() == sum(made[u] == k for u, k in wants) == most
        assert sum(a != b for a, b in zip(made, base, strict=True)) == fewest
        together += 0 < most < len(wants)
    assert together


@pytest.mark.slow
def test_objections_are_granted_as_enumeration_would() -> None:
    weighed(8)


@pytest.mark.slow
def test_objections_are_granted_as_enumeration_would_on_many_maps() -> None:
    weighed(size(20, 150))


def test_a_result_is_called_in_a_line_and_shown_in_a_notebook() -> None:
    town, count = tiny(np.random.default_rng(3))
    found = check(town, Plan(pd.Series(["a"] * len(town), index=town.units.index)), 1, balance={"population": 1.0})
    assert "\n" not in repr(found.result) and "tiny" in repr(found.result) and count
    assert "<table" in found.result._repr_html_()
