"""Community boundaries against peers in one run, on the same units and adjacencies: GerryChain, and KaHIP for cuts."""

from __future__ import annotations

import random
import time
import warnings
from functools import partial
from importlib.util import find_spec

import numpy as np

from benchmarks.partitions import boundary_cases
from optimize import partition
from optimize.districting.problem.instance import instance_of
from optimize.districting.problem.verify import check_plan
from scenarios import Territory

SECONDS = 60.0
BURST = 10
TOLERANCE = 0.05


def peers() -> None:
    """Both objectives at five percent: GerryChain's best in a minute, ours with limits of 5 s and a minute."""
    missing = [name for name in ("gerrychain", "kahip") if find_spec(name) is None]
    if missing:
        print(f"  not installed: pip install {' '.join(missing)}")
        return
    for name, communities, territory in boundary_cases():
        for objective in ("moment", "cut-edges"):
            peer = _bursts(territory, communities, objective)
            print(f"  {name} {objective}: GerryChain {peer}", flush=True)
            if objective == "cut-edges":
                print(f"    KaHIP {_partitioner(territory, communities)}", flush=True)
            for limit in (5.0, SECONDS):
                ours = partition(
                    territory,
                    communities,
                    objective=objective,
                    balance={"population": TOLERANCE},
                    time_limit=limit,
                    jobs=2,
                )
                gap = "none" if ours.gap is None else f"{ours.gap:.1%}"
                print(f"    limit {limit:.0f} s: {ours.value:,.6g}, gap {gap}, {ours.seconds:.1f} s", flush=True)


def _bursts(territory: Territory, communities: int, objective: str) -> str:
    """Return what short bursts reach within the time, from a start of their own, or how they end before."""
    import networkx as nx  # noqa: PLC0415 (GerryChain brings it)
    from gerrychain import Graph, Partition, constraints, updaters  # noqa: PLC0415
    from gerrychain.optimization import SingleMetricOptimizer  # noqa: PLC0415
    from gerrychain.partition import recursive_tree_part  # noqa: PLC0415
    from gerrychain.proposals import recom  # noqa: PLC0415

    population = territory.attribute("population")
    places = territory.units[["x", "y"]].to_numpy(dtype=float)
    plain = nx.Graph()
    plain.add_nodes_from((k, {"population": float(p)}) for k, p in enumerate(population))
    plain.add_edges_from(territory.edge_positions.tolist())
    mean = float(population.sum()) / communities

    def moment(plan: Partition) -> float:
        total = 0.0
        for members in plan.parts.values():
            inside = np.fromiter(members, dtype=np.int64)
            apart = ((places[inside][:, None] - places[inside][None, :]) ** 2).sum(axis=2)
            total += float((population[inside][:, None] * apart).sum(axis=0).min())
        return total

    random.seed(1)
    best, steps, started = float("inf"), 0, time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            graph = Graph.from_networkx(plain)
            begin = recursive_tree_part(graph, range(communities), mean, "population", TOLERANCE * 0.8)
            start = Partition(
                graph, begin, {"population": updaters.Tally("population"), "cut_edges": updaters.cut_edges}
            )
            score = moment if objective == "moment" else lambda plan: float(len(plan["cut_edges"]))
            step = partial(recom, pop_col="population", pop_target=mean, epsilon=TOLERANCE)
            rules = [constraints.contiguous, constraints.within_percent_of_ideal_population(start, TOLERANCE)]
            search = SingleMetricOptimizer(step, rules, start, score, maximize=False)
            for _ in search.short_bursts(BURST, 10**9):
                best, steps = float(search.best_score), steps + 1
                if time.perf_counter() - started > SECONDS:
                    break
    except Exception as error:  # a peer may end as it likes; the line says how
        return f"{best:,.6g} after {steps} steps, then {type(error).__name__}"
    return f"{best:,.6g} after {steps} steps"


def _partitioner(territory: Territory, communities: int) -> str:
    """Return the fewest cut edges of a graph partitioner within the time, one seed after the other.

    It keeps upper bounds only and knows no connection, so its problem is an easier one; what happens to be a plan even
    so is told apart.
    """
    import kahip  # noqa: PLC0415 (an aside that nobody else needs)

    instance = instance_of(
        territory, communities, objective="cut-edges", weight=None, balance={"population": TOLERANCE}, bounds={}
    )
    population, neighbours = np.rint(instance.loads[:, 0]).astype(int).tolist(), instance.indices.tolist()
    graph = (population, instance.indptr.tolist(), [1] * len(neighbours), neighbours)
    fewest, plan, seed, started = float("inf"), float("inf"), 0, time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        label = np.array(kahip.kaffpa(*graph, communities, TOLERANCE, True, seed, kahip.STRONG)[1], dtype=np.int64)
        seed += 1
        found = check_plan(instance, label)
        fewest = min(fewest, found.value)
        plan = plan if found.faults else min(plan, found.value)
    return f"{fewest:,.6g} of {seed} seeds where upper bounds are all that is kept; {plan:,.6g} of those that are plans"
