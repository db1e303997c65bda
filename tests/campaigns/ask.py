"""The only door to what is under attack: a question asked of `optimize.partition`, its answer, and its search alone."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from optimize import partition
from optimize.districting import prove, solve_part, solve_radius
from optimize.districting.exact import choose_method
from optimize.districting.heuristic.least_radius import Radius, search_radius
from optimize.districting.heuristic.one_start import Found
from optimize.districting.heuristic.search import search
from optimize.districting.problem.instance import instance_of
from optimize.districting.problem.side_constraints import Wishes
from optimize.districting.sizes import solve_sizes
from optimize.solving.deadline import Deadline
from scenarios import InfeasibleError, InputError, LimitError, Territory
from tests.campaigns.question import Question


@dataclass(frozen=True)
class Answer:
    """What was said.

    Attributes
    ----------
    proof : {"optimal", "feasible", "infeasible", "unknown", "refused"}
    value, bound : float
        Infinite, and minus infinite, where nothing was said.
    plan : dict of unit to community
        Empty where there is none.
    seconds : float
    how : dict
        The options that it was asked with.
    said : str
        The message of an error.
    certificates : sequence of mapping
        What the proofs rest on.
    """

    proof: str
    value: float = math.inf
    bound: float = -math.inf
    plan: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    how: dict[str, Any] = field(default_factory=dict)
    said: str = ""
    certificates: Sequence[Mapping[str, Any]] = ()

    @property
    def proven(self) -> bool:
        """Whether the question is called settled."""
        return self.proof in ("optimal", "infeasible")


def territory_of(question: Question) -> Territory:
    """Return the map of a question."""
    columns = {name: list(column) for name, column in question.loads.items()}
    if question.today:
        columns["today"] = list(question.today)  # type: ignore[arg-type]
    if question.towns:
        columns["town"] = list(question.towns)  # type: ignore[arg-type]
    units = pd.DataFrame(
        {"x": [x for x, _ in question.points], "y": [y for _, y in question.points], **columns},
        index=pd.Index(question.units, name="unit_id"),
    )
    return Territory("map", units, pd.DataFrame(question.edges, columns=["a", "b"]))


@contextmanager
def hampered(exhaust: bool, searching: bool, seats: bool) -> Iterator[None]:
    """Take away what hides a wrong proof: the look at every division of a small map; the search; proofs about seats.

    A proof that is true only since the search had found the best plan already is as false as any.
    """
    changes: dict[str, Any] = {}
    if not exhaust:
        changes["can_be_exhausted"] = lambda one: one.communities in (1, len(one))
        changes["exhausted"] = lambda _: False
    if not searching:
        changes |= {"search": _nothing_found, "search_radius": _no_radius_found, "shortened": _as_it_is}
    if not seats:  # whole communities then prove the moment of small maps, too
        changes |= {"fit_for_seats": lambda _: False, "EASY_PROOF": 0}
    places: list[Any] = [prove, choose_method, solve_part, solve_radius, solve_sizes]
    kept = [(place, name, getattr(place, name)) for place in places for name in changes if hasattr(place, name)]
    for place, name, _ in kept:
        setattr(place, name, changes[name])
    try:
        yield
    finally:
        for place, name, before in kept:
            setattr(place, name, before)


def _nothing_found(instance: Any, **_: Any) -> Found:
    """Return what a search ends with that found no valid plan."""
    return Found(np.arange(len(instance)) % instance.communities, math.inf, False, 1.0)


def _no_radius_found(instance: Any, **_: Any) -> Radius:
    """Return the same of a search for the least radius."""
    return Radius(_nothing_found(instance), math.inf)


def _as_it_is(_: Any, best: Radius, **__: Any) -> Radius:
    """Return the plan that a search might have improved."""
    return best


def ask(question: Question, *, exhaust: bool = True, searching: bool = True, seats: bool = True, **how: Any) -> Answer:
    """Ask; how it is asked (time_limit, effort, seed, jobs, solver) must not change what is proven."""
    if not (exhaust and searching and seats):
        with hampered(exhaust, searching, seats):
            crippled = {"exhaust": exhaust, "searching": searching, "seats": seats}
            return replace(ask(question, **how), how={**how, **crippled})
    began = time.perf_counter()

    def answer(proof: str, **more: Any) -> Answer:
        return Answer(proof, seconds=time.perf_counter() - began, how=how, **more)

    try:
        result = partition(
            territory_of(question),
            question.communities,
            objective=question.objective,
            balance=dict(question.balance),
            current="today" if question.today else None,
            **question.wishes,
            **how,
        )
    except InfeasibleError as error:
        return answer("infeasible", bound=math.inf, said=str(error))
    except LimitError as error:
        return answer("unknown", said=str(error))
    except InputError as error:
        return answer("refused", said=str(error))
    if result.contradictions:
        raise AssertionError("; ".join(result.contradictions))
    bound = -math.inf if result.bound is None else float(result.bound)
    plan = {str(u): str(c) for u, c in result.assignment.items()}
    proven = {"value": float(result.value), "bound": bound, "certificates": result.certificates}
    return answer(result.proof, plan=plan, **proven)


def look(question: Question, *, effort: str, seed: int, seconds: float) -> dict[str, str]:
    """Search only, without any proof; return the plan, empty where none was found.

    With a lock, a limit on moves, or sizes the whole of `optimize.partition` is asked.
    """
    wishes = question.wishes
    if question.today or question.slots or question.towns:
        return ask(question, effort=effort, seed=seed, time_limit=seconds).plan
    open_map = territory_of(question.about(edges=tuple(question.open_edges)))
    instance = instance_of(
        open_map,
        question.communities,
        objective=question.objective,
        weight=question.weight,
        balance=question.balance,
        bounds={},
        seats=wishes.get("fix_seats", ()),
        wishes=Wishes(wishes.get("keep_together", ()), wishes.get("keep_apart", ()), (), wishes.get("max_radius"), ()),
    )
    until = Deadline(seconds)
    if question.objective == "radius":
        found = search_radius(instance, effort=effort, seed=seed, deadline=until).found
    else:
        found = search(instance, effort=effort, seed=seed, deadline=until)
    label = found.label.tolist()
    return {u: f"c{k}" for u, k in zip(question.units, label, strict=True)} if found.valid else {}
