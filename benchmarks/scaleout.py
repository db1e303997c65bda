"""Sizes and costs of the tasks of a cluster: ``python -m benchmarks.scaleout``, and what follows for many machines.

CPU seconds are measured, not wall time, so that other work on the machine matters little; the projection is arithmetic.
"""

from __future__ import annotations

import json
import pickle
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from foundation.machine.dask_cluster import joined
from foundation.parallel import Task, spread
from foundation.result_cache import Pieces
from scenarios import load_scenario, load_territory
from scenarios.loading.case import counterfactual_of
from scenarios.loading.load import with_settings
from sim import Inputs
from sim.output_analysis.outcome import packed
from sim.output_analysis.replications import Runner, _replication
from study.evaluation.decisions import decide, prepare_territory
from study.whatif.points import BLOCK

CORES, SCENARIOS, REPLICATIONS = 1_000, 10_000, 10
TASKS = 200


def nothing(_: Any, item: int) -> int:
    """Do nothing: what is measured is the way there and back."""
    return item


def seconds(work: Callable[[], Any]) -> float:
    """Return the CPU seconds of this process that the work takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def measure() -> dict[str, float]:
    """Measure a replication of the embedded city beside its counterfactual, and an empty task on a real cluster."""
    from distributed import LocalCluster  # noqa: PLC0415 (an optional package)

    scenario = load_scenario("plan")
    ground = prepare_territory(scenario, load_territory("model_city"), seed=1)
    runner = Runner([Inputs(scenario, ground)], counterfactual=counterfactual_of(scenario), seed=1, jobs=1)
    variants = [Inputs(with_settings(scenario, {"training.seats": k + 1}), ground) for k in range(BLOCK)]
    many = Runner(variants, counterfactual=counterfactual_of(scenario), seed=1, jobs=1)
    shared = (runner.worlds, runner.alone, runner.seed, False)
    parcel = pickle.dumps(shared)
    outcome = _replication(shared, 0)
    took = [seconds(lambda n=n: _replication(shared, n)) for n in range(3)]  # type: ignore[misc]
    found = {
        "replication_seconds": statistics.median(took),
        "block_replication_seconds": seconds(lambda: _replication((many.worlds, many.alone, many.seed, False), 0)),
        "decide_seconds": seconds(lambda: decide(scenario, ground, seed=1)),
        "parcel_bytes": len(parcel),
        "unpack_seconds": statistics.median(seconds(lambda: pickle.loads(parcel)) for _ in range(5)),
        "result_bytes": len(pickle.dumps(outcome)),
        "block_bytes": len(pickle.dumps((many.worlds, many.alone, many.seed))),
    }
    with tempfile.TemporaryDirectory() as folder:
        found["keep_seconds"] = seconds(lambda: Pieces(folder).write("a", packed(outcome)))
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as cluster, joined(cluster.scheduler_address.replace("tcp", "dask")):
        spread(nothing, None, [Task(k, f"{k}") for k in range(10)])
        took_all = seconds(lambda: spread(nothing, None, [Task(k, f"{k}") for k in range(TASKS)]))
    found["coordinator_seconds_per_task"] = took_all / TASKS  # client and scheduler together: they share this process
    return found


def project(found: dict[str, float]) -> dict[str, float]:
    """Return what the measured figures mean for many cores and scenarios."""
    blocks = SCENARIOS / BLOCK
    task = found["block_replication_seconds"]
    simulation, decisions = blocks * REPLICATIONS * task, SCENARIOS * found["decide_seconds"]
    coordinator = found["coordinator_seconds_per_task"] + found["keep_seconds"]
    return {
        "tasks": blocks * REPLICATIONS,
        "simulation_core_hours": simulation / 3600,
        "decision_core_hours_if_every_point_redraws": decisions / 3600,
        "minutes_on_all_cores": (simulation + decisions) / CORES / 60,
        "cores_one_what_if_keeps_busy": REPLICATIONS,
        "what_ifs_side_by_side": CORES / REPLICATIONS,
        "share_of_a_core_for_each_coordinator": REPLICATIONS * coordinator / task,
        "gigabytes_of_parcels": blocks * REPLICATIONS * found["block_bytes"] / 1e9,
        "gigabytes_of_results": blocks * BLOCK * REPLICATIONS * found["result_bytes"] / 1e9,
    }


if __name__ == "__main__":
    measured = measure()
    json.dump({"measured": measured, "projected": project(measured)}, sys.stdout, indent=1)
    print()
