"""The simulation: events against a bare SimPy loop, variance, workers, growth with the number of sellers."""

from __future__ import annotations

import resource
import time
from collections.abc import Generator

import numpy as np
import simpy

from scenarios import generate_city, load_scenario, load_territory
from sim import replicate
from sim.run import simulate_world
from sim.world.build import build_world

ROUNDS = 5


def events() -> None:
    """Events per second of the full model against a bare SimPy timeout loop, in turns."""
    world = build_world(load_scenario("plan"), load_territory("model_city"))
    simulate_world(world, 1, 0)
    ratios, rates, seconds, wider = [], [], [], []
    for number in range(ROUNDS):
        bare = _bare_loop(200, 1000)
        started = time.perf_counter()
        run = simulate_world(world, 1, number)
        seconds.append(time.perf_counter() - started)
        rates.append(run.events / seconds[-1])
        ratios.append(rates[-1] / bare)
        customers = int(run.records.hall_customers.sum() + run.records.hall_served.sum())
        wider.append((run.events + customers) / seconds[-1] / bare)
    print(f"  {np.median(rates):,.0f} events/s, {np.median(ratios):.2f} of the bare loop (median of {ROUNDS})")
    more = f"the {customers:,} arrivals and departures in halls, handled by a compiled loop"
    print(f"  {np.median(wider):.2f} with {more}")
    days, people = len(world.table.days), len(world.sellers.ids)
    print(f"  {np.median(seconds):.2f} s per replication of {days} days and {people} sellers")


def common_random_numbers() -> None:
    """Variance of a difference in sales under independent runs over that under common random numbers."""
    city, runs = load_territory("model_city"), 12
    plan, other = load_scenario("plan"), load_scenario("plan", {"training.seats": 6})
    base, same = (replicate(s, city, replications=runs, jobs=2).values["sales"] for s in (plan, other))
    apart = replicate(other, city, replications=runs, seed=4242, jobs=2).values["sales"]
    print(f"  {np.var(apart - base, ddof=1) / np.var(same - base, ddof=1):.1f}-fold ({runs} replications)")


def workers() -> None:
    """Parallel efficiency of two workers: time of one over twice the time of two."""
    city, plan = load_territory("model_city"), load_scenario("plan")
    replicate(plan, city, replications=2, jobs=2)
    seconds = []
    for jobs in (1, 2):
        started = time.perf_counter()
        replicate(plan, city, replications=32, jobs=jobs)
        seconds.append(time.perf_counter() - started)
    print(f"  {seconds[0] / (2 * seconds[1]):.2f} ({seconds[0]:.1f} s and {seconds[1]:.1f} s for 32 replications)")


def thousand() -> None:
    """Time and memory of the plan's replications on two workers, as their number grows."""
    city, plan = load_territory("model_city"), load_scenario("plan")
    replicate(plan, city, replications=2, jobs=2)
    for count in (50, 200):
        started = time.perf_counter()
        replicate(plan, city, replications=count, jobs=2)
        spent = time.perf_counter() - started
        memory = (
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            + 2 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        )
        pace = f"{spent:5.1f} s, {1000 * spent / count:4.0f} s per 1,000"
        print(f"  {count:4d} replications: {pace}; at most {memory / 1024:.0f} MB")


def sellers() -> None:
    """Processor time per seller and day as the city grows, to 5,000 sellers."""
    for units in (600, 1200, 2400, 4800, 13000):
        city = generate_city(units=units, centres=max(2, units // 75), seed=3)
        world = build_world(load_scenario("plan", {"run.days": 40}), city)
        simulate_world(world, 1, 0)
        started = time.process_time()
        simulate_world(world, 1, 1)
        spent, people = time.process_time() - started, len(world.sellers.ids)
        print(
            f"  {people:5d} sellers: {spent:6.2f} s, {1e6 * spent / people / 40:6.1f} microseconds per seller and day",
        )


def days() -> None:
    """Processor time per seller and day as the study gets longer."""
    city = load_territory("model_city")
    for count in (30, 60, 120, 240):
        world = build_world(load_scenario("plan", {"run.days": count}), city)
        simulate_world(world, 1, 0)
        started = time.process_time()
        simulate_world(world, 1, 1)
        spent, people = time.process_time() - started, len(world.sellers.ids)
        print(f"  {count:5d} days: {spent:6.2f} s, {1e6 * spent / people / count:6.1f} microseconds per seller and day")


def _bare_loop(processes: int, steps: int) -> float:
    """Return the events per second of processes that do nothing but wait."""

    def wait(env: simpy.Environment) -> Generator[simpy.Event, None, None]:
        for _ in range(steps):
            yield env.timeout(1)

    env = simpy.Environment()
    for _ in range(processes):
        env.process(wait(env))
    started = time.perf_counter()
    env.run()
    return processes * steps / (time.perf_counter() - started)
