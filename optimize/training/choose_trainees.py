"""Trainees: who is trained in the business that is new to him, when there are fewer seats than people (F14)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from foundation.arrays import Ints
from foundation.atomic_files import write_text
from foundation.messages import Message
from foundation.plurals import counted
from foundation.safe_csv import csv_text
from optimize.solving.solver import relative_gap, solve
from optimize.training.formulations import trainees
from optimize.training.formulations.trainees import Staff
from optimize.training.staff import company_of, staff_of
from scenarios import InputError, LimitError, Placement, Plan, Problem, Scenario, Territory

PROVEN = 1e-6
"""Relative distance of bound and value below which the value is proven: the solver's own tolerance."""


@dataclass(frozen=True)
class TrainingPlan:
    """Who is trained.

    Attributes
    ----------
    table : DataFrame
        ``seller_id, force, centre, community, trained``, sorted by seller_id.
    value : float
        Expected worth of the demand covered, less what training costs [yuan per day].
    nobody, everybody : float
        The same if nobody, or everybody, were trained.
    bound : float or None
        No choice within the seats is worth more.
    proof : str
        ``optimal`` or ``feasible``.
    """

    table: pd.DataFrame
    value: float
    nobody: float
    everybody: float
    bound: float | None
    proof: str

    @property
    def people(self) -> tuple[str, ...]:
        """Ids of those who are trained."""
        return tuple(self.table["seller_id"][self.table["trained"]])

    @property
    def gap(self) -> float | None:
        """Relative distance between value and bound; None where one is missing."""
        return relative_gap(self.value, self.bound)

    @property
    def earned(self) -> float:
        """What the choice earns of what training everybody would; NaN where that earns nothing."""
        most = self.everybody - self.nobody
        return (self.value - self.nobody) / most if most > 0 else math.nan

    def __str__(self) -> str:
        """Say how many are trained, what that earns in the model, and what is proven."""
        table = self.table
        of = ", ".join(
            f"{int(group['trained'].sum())} of {len(group)} {force}" for force, group in table.groupby("force")
        )
        lines = [f"{counted(int(table['trained'].sum()), 'seller')} trained in both businesses ({of})"]
        if not math.isnan(self.earned):
            lines.append(f"  in the model {self.earned:.0%} of what training everybody earns")
        return "\n".join([*lines, f"  proof: {self.proof}"])

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False, escape=True, max_rows=20))

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table

    def save(self, folder: Path | str) -> Path:
        """Write training.csv."""
        out = Path(folder)
        write_text(out / "training.csv", csv_text(self.table))
        return out


def choose_trainees(
    scenario: Scenario,
    territory: Territory,
    plans: Mapping[str, Plan] | None = None,
    placements: Mapping[str, Placement] | None = None,
    *,
    seats: Mapping[str, int] | None = None,
    hours: Mapping[str, float] | None = None,
    seed: int = 0,
    solver: str = "highs",
) -> TrainingPlan:
    """Choose whom to train in each centre so that expected demand of both businesses is covered best.

    Parameters
    ----------
    scenario : Scenario
    territory : Territory
        Complete: centres, communities, sellers, subscribers.
    plans, placements : mapping, optional
        ``redrawn``, ``subdivided`` -> Plan, Placement; default today's communities and the sellers' homes.
    seats : mapping of centre to int, optional
        People who may be trained in each centre; default: the share `training.cross_trained`.
    hours : mapping of centre to float, optional
        Course hours instead of seats: as many seats as they last for.
    seed : int
        Of the draws of demand.
    solver : {"highs", "cbc"}

    Raises
    ------
    InputError
        There are no sellers, or seats or hours are negative or name no centre: all at once.
    LimitError
        No choice was found in time.

    Notes
    -----
    The model sees one usual day with everybody at the skill that he has on average over the study. It knows nothing of
    outlets, halls, hand-overs or targets; the simulation judges its choice.
    """
    if territory.sellers is None or not len(territory.sellers):
        raise InputError(Problem(territory.name, None, Message("training needs sellers"), Message("Add sellers.csv.")))
    company = company_of(scenario, territory, plans, placements)
    centres = sorted(company.people["centre"].unique())
    given = _seats(scenario, centres, seats, hours)
    found = [_of_centre(*staff_of(scenario, company, c, given.get(c), seed), c, scenario, solver) for c in centres]
    trained = np.zeros(len(company.people), dtype=np.bool_)
    for one in found:
        trained[one.people] = True
    value, nobody, everybody = (sum(getattr(one, k) for one in found) for k in ("value", "nobody", "everybody"))
    bound = None if any(one.bound is None for one in found) else sum(one.bound or 0.0 for one in found)
    proven = all(one.proof == "optimal" for one in found)
    table = company.people[["seller_id", "force", "centre", "community"]].assign(trained=trained)
    return TrainingPlan(table, value, nobody, everybody, bound, "optimal" if proven else "feasible")


@dataclass(frozen=True)
class _Choice:
    """What was chosen in one centre; ``people`` are positions in the company."""

    people: Ints
    value: float
    nobody: float
    everybody: float
    bound: float | None
    proof: str


def _seats(
    scenario: Scenario,
    centres: list[str],
    seats: Mapping[str, int] | None,
    hours: Mapping[str, float] | None,
) -> dict[str, int]:
    """Return the seats of the centres for which they are given; every fault at once."""
    rule = Message("there is no such centre")
    problems = []
    for what, given in (("seats", seats or {}), ("hours", hours or {})):
        for centre, amount in given.items():
            if centre not in centres:
                problems.append(
                    Problem(f"{what}.{centre}", None, rule, Message("Known: {names}.", names=", ".join(centres)))
                )
            if not amount >= 0 or not math.isfinite(amount):
                least = Message("it must be at least 0 and finite")
                problems.append(Problem(f"{what}.{centre}", amount, least, Message("Write 0 for nobody.")))
    both = sorted(set(seats or {}) & set(hours or {}))
    problems += [
        Problem(f"hours.{c}", None, Message("seats are given, too"), Message("Give one of the two.")) for c in both
    ]
    if problems:
        raise InputError(problems)
    needed = scenario.training.hours_needed
    lasting = {c: int(amount / needed + 1e-9) if needed > 0 else 10**9 for c, amount in (hours or {}).items()}
    return {c: int(number) for c, number in (seats or {}).items()} | lasting


def _of_centre(staff: Staff, group_of: Ints, centre: str, scenario: Scenario, solver: str) -> _Choice:
    """Solve one centre, and check the seats without the solver."""
    rules = scenario.partition
    model = trainees.build(staff)
    outcome = solve(model.problem, solver=solver, time_limit=rules.time_limit, work=rules.work_limit)
    if outcome.objective is None:
        raise LimitError(Message("{centre}: no choice of trainees was found in time.", centre=centre))
    counts = [round(model.T[g].varValue or 0.0) for g in range(len(staff.size))]
    for groups, seats in staff.limits:
        assert sum(counts[g] for g in groups) <= seats, "more people than seats"
    people = np.concatenate([np.flatnonzero(group_of == g)[:count] for g, count in enumerate(counts)])
    value = worth(staff, counts)
    bound = None if outcome.bound is None else max(outcome.bound, value)
    near = bound is not None and bound - value <= PROVEN * max(1.0, abs(value))
    proof = "optimal" if outcome.proof == "optimal" and near else "feasible"
    nobody, everybody = worth(staff, [0] * len(counts)), worth(staff, staff.size.tolist())
    return _Choice(people.astype(np.int64), value, nobody, everybody, value if proof == "optimal" else bound, proof)


def worth(staff: Staff, counts: list[int]) -> float:
    """Return what so many trained people of each group are worth: a linear programme, solved on its own."""
    outcome = solve(trainees.build(staff, exactly=counts).problem)
    if outcome.objective is None:
        raise LimitError(Message("the worth of a choice of trainees was not found."))
    return float(outcome.objective)
