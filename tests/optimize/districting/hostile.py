"""Tiny maps made to mislead a prover: bounds hit in the last digit, scales far apart, lumps, coincidences, wishes."""

from dataclasses import replace

import numpy as np

from foundation.arrays import Ints
from optimize.districting.problem.instance import Instance
from optimize.districting.problem.verify import check_plan
from tests.optimize.districting.divisions import every_division

SCALES = (1, 1, 1e-9, 1e-6, 1e3, 1e6, 1e9, 1e12)
NOBODY = np.zeros(0, dtype=np.int64)


def an_instance(points, edges, loads, communities, objective, lower, upper, weight, **wishes) -> Instance:
    n = len(points)
    near = [sorted({b for a, b in edges if a == i} | {a for a, b in edges if b == i}) for i in range(n)]
    loads = np.asarray(loads, dtype=float).reshape(n, -1)
    return Instance(
        tuple(f"u{i}" for i in range(n)),
        communities,
        objective,
        np.asarray(points, dtype=float),
        np.asarray(weight, dtype=float),
        np.concatenate([[0], np.cumsum([len(x) for x in near])]).astype(np.int64),
        np.array([b for x in near for b in x], dtype=np.int64),
        np.array(edges, dtype=np.int64),
        tuple(f"a{q}" for q in range(loads.shape[1])),
        loads,
        np.asarray(lower, dtype=float),
        np.asarray(upper, dtype=float),
        loads.sum(axis=0) / communities,
        **({"seats": NOBODY} | wishes),
    )


def valid_plans(instance: Instance) -> list[tuple[float, Ints]]:
    """Every plan that the check accepts, with its value, the best first."""
    found = []
    for label in every_division(instance):
        check = check_plan(instance, label)
        if not check.faults:
            found.append((check.value, label))
    return sorted(found, key=lambda plan: plan[0])


def hostile_map(seed: int, most: int = 7) -> tuple[Instance, np.random.Generator]:
    """A map of 5 units or more, with what has misled provers before; the same for the same seed."""
    rng = np.random.default_rng(seed)
    n, k, attributes = int(rng.integers(5, most + 1)), int(rng.integers(2, 4)), int(rng.integers(1, 3))
    points, edges = _places(rng, n)
    loads = _loads(rng, n, attributes) * float(rng.choice(SCALES))
    weight = [loads[:, 0], rng.integers(1, 9, n), np.where(rng.random(n) < 0.3, 0, rng.integers(1, 9, n))][seed % 3]
    weight = np.asarray(weight, dtype=float)
    weight[0] = max(weight[0], weight.max(), 1e-9)
    objective = ["moment", "cut-edges"][int(rng.integers(2))]
    nothing = np.full(attributes, np.inf)
    instance = an_instance(points, edges, loads, k, objective, -nothing, nothing, weight)
    if rng.random() < 0.6:
        instance = _with_wishes(rng, instance)
    return _within_bounds(rng, instance), rng


def _places(rng, n):
    if rng.integers(4) == 0:
        width = int(rng.integers(2, 4))
        points = np.array([(i % width, i // width) for i in range(n)], dtype=float)
        edges = [(i, i + 1) for i in range(n - 1) if i % width < width - 1] + [(i, i + width) for i in range(n - width)]
    else:
        points = rng.random((n, 2))
        tree = {(int(np.argmin(((points[:i] - points[i]) ** 2).sum(axis=1))), i) for i in range(1, n)}
        more = {tuple(sorted(rng.choice(n, 2, replace=False).tolist())) for _ in range(int(rng.integers(0, n)))}
        edges = sorted(tree | more)
    kind = rng.integers(7)
    if kind == 1:
        points[:, 1] = 0  # on a line
    elif kind == 2:
        points[rng.integers(n)] = points[rng.integers(n)]
    elif kind == 3:
        points = points * 1e-3
    elif kind == 4:
        points = points * 1e3 + 1e5
    elif kind == 5:  # tight clusters, far apart
        cluster = rng.integers(0, 3, n)
        points = points * 1e-4 + np.column_stack([cluster * 50.0, cluster % 2 * 30.0])
    return points, edges


def _loads(rng, n, attributes):
    size = (n, attributes)
    kind = rng.integers(6)
    if kind == 0:
        return rng.integers(1, 20, size).astype(float)
    if kind == 1:
        return np.ones(size)
    if kind == 2:
        return np.round(rng.lognormal(0, 1, size), 1) + 0.1
    if kind == 3:
        return rng.lognormal(0, 1, size)
    if kind == 4:
        loads = rng.integers(0, 3, size).astype(float)
        loads[0] += 1
        return loads
    return rng.integers(1, 6, size) / 10


def _with_wishes(rng, instance: Instance) -> Instance:
    n, k, asked = len(instance), instance.communities, int(rng.integers(1, 16))
    wishes: dict[str, object] = {}
    if asked & 1:
        wishes["together"] = (tuple(sorted(instance.edges[int(rng.integers(len(instance.edges)))].tolist())),)
    if asked & 2:
        pairs = {tuple(sorted(rng.choice(n, 2, replace=False).tolist())) for _ in range(int(rng.integers(1, 3)))}
        wishes["apart"] = np.array(sorted(pairs - set(wishes.get("together", ()))), dtype=np.int64).reshape(-1, 2)
    if asked & 4:
        away = np.sqrt(instance.squared_distances())
        wishes["radius"] = float(rng.choice(away[away > 0])) * float(rng.choice([1, 1.0001, 1.3]))
    if asked & 8:
        wishes["seats"] = np.sort(rng.choice(n, int(rng.integers(1, k + 1)), replace=False)).astype(np.int64)
    return replace(instance, **wishes)


def _within_bounds(rng, instance: Instance) -> Instance:
    """Bounds by a tolerance, or just those of a plan: as they are, a little inside the check's slack, or outside it."""
    mean, plans, kind = instance.mean, valid_plans(instance), int(rng.integers(6))
    if kind <= 1 or not plans:
        share = float(rng.choice([0, 0.05, 0.2, 0.5]))
        low, high = mean * (1 - share), mean * (1 + share)
    else:
        sums = check_plan(instance, plans[int(rng.integers(len(plans)))][1]).sums
        slack = {2: 0.0, 3: 0.9e-9, 4: 1.1e-9, 5: -1e-6}[kind] * mean
        low, high = sums.min(axis=0) + slack, sums.max(axis=0) - slack
        low, high = np.where(low > high, (low + high) / 2, low), np.where(low > high, (low + high) / 2, high)
    if rng.random() < 0.15:
        high = np.full(len(mean), np.inf)
    if rng.random() < 0.15:
        low = np.full(len(mean), -np.inf)
    return replace(instance, lower=low, upper=high)
