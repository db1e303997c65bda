"""Targets and what-ifs: many persons at once, and a grid of two weights with its second call."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from dataclasses import replace

import pandas as pd
from joblib.externals.loky import get_reusable_executor

from optimize import allocate_targets
from scenarios import Territory, generate_city, load_scenario
from study import what_if

PERSONS = 10_000


def targets() -> None:
    """Targets of 10,000 persons, 4 measures and 2 businesses: seconds for one stage, for all, and with all pinned."""
    city = _crowd()
    plan = load_scenario("plan", {"phases": []})
    for stages in (plan.target_stages[1:2], plan.target_stages):
        scenario = plan.model_copy(update={"target_stages": stages})
        started = time.perf_counter()
        rows = len(allocate_targets(scenario, city).to_frame())
        print(f"  {len(stages)} stage(s): {time.perf_counter() - started:5.1f} s, {rows:,} targets", flush=True)
    free = allocate_targets(plan, city).to_frame()
    people = free.query("level == 'person' and stage == 'stage2' and business == 'mobile' and measure == 'growth'")
    pins = people[["stage", "level", "id", "business", "measure", "value"]].to_dict("records")
    started = time.perf_counter()
    pinned = allocate_targets(load_scenario("plan", {"phases": [], "targets.pins": pins}), city).to_frame()
    same = "the same" if pinned["value"].equals(free["value"]) else "other"
    print(f"  {len(pins):,} pins at what was found: {time.perf_counter() - started:5.1f} s, {same} targets", flush=True)


def whatif() -> None:
    """Time a what-if of 25 points over two weights, 30 replications on two workers, and its second call."""
    weights = [0.0, 0.15, 0.3, 0.45, 0.6]
    vary = {"indicators.income": weights, "indicators.enterprises": weights}
    before = 0.0
    with tempfile.TemporaryDirectory() as cache:
        for call in ("first", "second"):
            started = time.perf_counter()
            result = what_if("plan", vary, replications=30, jobs=2, cache=cache)
            spent, load = time.perf_counter() - started, os.getloadavg()[0]
            get_reusable_executor().shutdown(wait=True)  # so that the workers' time is counted
            used = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
            work = f"{result.new} points computed, {used - before:.0f} s of processor time, load {load:.1f}"
            print(f"  {call} call: {spent:6.1f} s ({work})", flush=True)
            before = used


def _crowd() -> Territory:
    city = generate_city(units=400, centres=4, seed=2)
    people = pd.DataFrame(
        {
            "seller_id": [f"s{i:05d}" for i in range(PERSONS)],
            "name": "",
            "force": ["GM" if i % 3 == 2 else "CM" for i in range(PERSONS)],
            "home_unit": [city.units.index[(i * 7) % len(city)] for i in range(PERSONS)],
            "knows": "",
            "counter_share": [0.25 if i % 5 == 0 else 0.0 for i in range(PERSONS)],
        }
    )
    return replace(city, sellers=people)
