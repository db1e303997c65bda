"""The one way to solve a PuLP model, and to say truly what the solver has proven."""

from __future__ import annotations

import ctypes
import math
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import pulp

from foundation.errors import InputError, LimitError, Problem
from foundation.messages import Message
from foundation.parallel import note_stop, noting_stops
from optimize.solving.deadline import Deadline
from optimize.solving.isolated_process import apart
from optimize.solving.solver_work import Meter, cbc_nodes

try:
    import highspy
except ImportError:  # CBC then solves instead; `usable` says so
    highspy = None  # type: ignore[assignment]

Proof = Literal["optimal", "feasible", "infeasible", "unknown"]
SOLVERS = ("highs", "cbc")
LEAST_SECONDS = 0.05
"""Seconds until the safety stop below which no model is begun."""

DRIFT = 1e-5
"""Relative difference between a solver's own objective and that of its values beyond which it is not believed."""


@dataclass(frozen=True)
class Solution:
    """What a solver found and proved; the values stand in the model's variables.

    Attributes
    ----------
    proof : {"optimal", "feasible", "infeasible", "unknown"}
        ``feasible``: values are there, optimality is not proven; ``unknown``: nothing usable at the limit.
    objective, bound : float or None
        Value found, and the proven limit of what any solution can reach.
    seconds : float
    solver : str
    work : float
        Units of deterministic work, about seconds of one quiet core.
    stopped : bool
        The clock stopped it: another machine may get further.
    """

    proof: Proof
    objective: float | None
    bound: float | None
    seconds: float
    solver: str
    work: float = 0.0
    stopped: bool = False

    @property
    def gap(self) -> float | None:
        """Relative distance between value and bound, None where one is missing."""
        return relative_gap(self.objective, self.bound)


def relative_gap(value: float | None, bound: float | None) -> float | None:
    """Return |value - bound| / |value|; 0 where both are 0, None where one is missing."""
    if value is None or bound is None:
        return None
    return 0.0 if value == bound else abs(value - bound) / max(abs(value), 1e-12)


def solve(
    problem: pulp.LpProblem,
    *,
    solver: str = "highs",
    time_limit: float | None = None,
    gap: float = 0.0,
    threads: int = 1,
    work: float = math.inf,
) -> Solution:
    """Solve a model.

    Models with whole numbers are solved in a process of their own: a crash of the solver's native code ends there.

    A start from known values is not offered: with one, HiGHS 1.16 has called plans optimal that were not (its own
    objective then differs from that of the values it returns, which is checked here in any case).

    Parameters
    ----------
    problem : LpProblem
        Built elsewhere; its variables hold the values afterwards.
    solver : {"highs", "cbc"}
    time_limit : float, optional
        Safety stop [s].
    gap : float
        Relative gap at which a solution counts as optimal.
    threads : int
    work : float
        Units of deterministic work after which the best solution and the bound so far are returned. HiGHS is stopped
        by the number of times it asks whether to go on, or by its pivots where there are no whole numbers, CBC by its
        nodes: all are the same on every machine.

    Raises
    ------
    InputError
        No solver is installed.
    LimitError
        The solver crashed.
    """
    solver = usable(solver)
    started = time.perf_counter()
    remedy = Message("Nothing was written. Try --solver {other}.", other="cbc" if solver == "highs" else "highs")
    what = Message("{solver} on {problem}", solver=solver, problem=problem.name)
    if solver == "highs" and any(v.cat == pulp.LpInteger for v in problem.variables()):
        limits = (time_limit, gap, threads, work)
        found = apart(lambda: _values(problem, solver, *limits), what, remedy, time_limit)
        outcome, values, problem.status, problem.sol_status = found
        for variable, value in zip(problem.variables(), values, strict=True):
            variable.varValue = value
    else:
        try:
            outcome = _solved(problem, solver, time_limit, gap, threads, work)
        except pulp.PulpSolverError as error:
            msg = Message("{what} failed: {error}. {remedy}", what=what, error=error, remedy=remedy)
            raise LimitError(msg) from None
    objective = pulp.value(problem.objective) if outcome.proof in ("optimal", "feasible") else None
    seconds = time.perf_counter() - started
    if outcome.stopped:
        note_stop(f"model {problem.name}")
    return Solution(outcome.proof, objective, outcome.bound, seconds, solver, outcome.work, outcome.stopped)


def solved_within(problem: pulp.LpProblem, solver: str, deadline: Deadline) -> Solution:
    """Solve a model with the work that is left; "unknown" where there is none."""
    if deadline.over or deadline.seconds < LEAST_SECONDS:
        return Solution("unknown", None, None, 0.0, solver)
    seconds = deadline.seconds if math.isfinite(deadline.seconds) else None
    with noting_stops(outward=False):  # the deadline notes it
        outcome = solve(problem, solver=solver, time_limit=seconds, work=deadline.left)
    deadline.spend(outcome.work)
    if outcome.stopped:
        deadline.note()
    return outcome


def usable(solver: str) -> str:
    """Return the solver that is used where this one is asked for: CBC where HiGHS is not installed."""
    return "cbc" if solver == "highs" and highspy is None else solver


@dataclass
class _Outcome:
    """What a solver says, and what it took."""

    proof: Proof = "unknown"
    bound: float | None = None
    work: float = 0.0
    stopped: bool = False


def _values(
    problem: pulp.LpProblem, solver: str, time_limit: float | None, gap: float, threads: int, work: float
) -> tuple[_Outcome, list[float | None], int, int]:
    """Solve, and return all that the process that asked must be told."""
    outcome = _solved(problem, solver, time_limit, gap, threads, work)
    return outcome, [v.varValue for v in problem.variables()], problem.status, problem.sol_status


def _solved(
    problem: pulp.LpProblem, solver: str, time_limit: float | None, gap: float, threads: int, work: float
) -> _Outcome:
    """Solve; return the proof, the bound, and what it took."""
    outcome = _Outcome()
    if solver == "highs":
        _let_highs_greet()
        whole = any(v.cat == pulp.LpInteger for v in problem.variables())
        for more in ({}, {"presolve": "off"}):
            meter = Meter(problem, work - outcome.work)
            pivots = {} if whole or meter.pivots is None else {"simplex_iteration_limit": meter.pivots}
            problem.solve(
                pulp.HiGHS(
                    msg=False,
                    gapRel=gap,
                    threads=threads,
                    timeLimit=time_limit,
                    callbackTuple=(meter, None),
                    callbacksToActivate=[highspy.cb.HighsCallbackType.kCallbackMipInterrupt],
                    **more,
                    **pivots,
                )
            )
            outcome.work += meter.spent
            outcome.stopped = problem.solverModel.getModelStatus() == highspy.HighsModelStatus.kTimeLimit
            if _consistent(problem):
                outcome.proof, outcome.bound = _highs_verdict(problem)
                break
        return outcome
    meter = Meter(problem, work)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "cbc.log"
        started = time.perf_counter()
        problem.solve(_cbc(time_limit, gap, threads, log, meter.nodes))
        outcome.stopped = time.perf_counter() - started > (time_limit or math.inf)
        outcome.proof, outcome.work = _verdict(problem), meter.of_nodes(cbc_nodes(log))
        if outcome.proof == "infeasible" and (outcome.stopped or outcome.work >= work):
            outcome.proof = "unknown"  # its word at the limit is not told from its having given up
        if outcome.proof == "optimal":
            outcome.bound = pulp.value(problem.objective)
        elif outcome.proof == "feasible":
            outcome.bound = _cbc_bound(problem, log)
    return outcome


@lru_cache(maxsize=1)
def _let_highs_greet() -> None:
    """Let HiGHS print its banner, which no option silences, where nobody reads it: once per process."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highspy.Highs().setOptionValue("output_flag", False)
        ctypes.CDLL(None).fflush(None)
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _verdict(problem: pulp.LpProblem) -> Proof:
    """Return what PuLP's solution status proves; the plain status says Optimal even at a time limit."""
    match problem.sol_status:
        case pulp.LpSolutionOptimal:
            return "optimal"
        case pulp.LpSolutionIntegerFeasible:
            return "feasible"
        case pulp.LpSolutionInfeasible:
            return "infeasible"
    return "unknown"


def _consistent(problem: pulp.LpProblem) -> bool:
    """Say whether HiGHS has made up its mind, and the objective that it states is that of the values it returns."""
    if problem.solverModel.getModelStatus() == highspy.HighsModelStatus.kUnboundedOrInfeasible:
        return False  # PuLP calls it infeasible; without presolve HiGHS says which
    if _verdict(problem) not in ("optimal", "feasible"):
        return True
    stated, found = problem.solverModel.getInfo().objective_function_value, pulp.value(problem.objective)
    if found is None or not math.isfinite(stated):
        return True
    sign = -1.0 if problem.sense == pulp.LpMaximize else 1.0
    return bool(abs(sign * stated + problem.objective.constant - found) <= DRIFT * max(1.0, abs(found)))


def _highs_verdict(problem: pulp.LpProblem) -> tuple[Proof, float | None]:
    """Return HiGHS's own verdict and its proven bound, in the sense of the model."""
    proof, info = _verdict(problem), problem.solverModel.getInfo()
    if (
        proof in ("optimal", "feasible")
        and info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible
    ):
        proof = "unknown"
    sign = -1.0 if problem.sense == pulp.LpMaximize else 1.0
    bound = None
    if any(v.cat == pulp.LpInteger for v in problem.variables()):
        # Where it neither solved the model nor was stopped, the number that stands there means nothing.
        stops = (highspy.HighsModelStatus.kTimeLimit, highspy.HighsModelStatus.kInterrupt)
        late = problem.solverModel.getModelStatus() in stops
        if (late or proof in ("optimal", "feasible")) and math.isfinite(info.mip_dual_bound):
            bound = sign * info.mip_dual_bound + problem.objective.constant
    elif proof == "optimal":
        bound = pulp.value(problem.objective)
    return proof, bound


def _cbc(time_limit: float | None, gap: float, threads: int, log: Path, nodes: int | None) -> Any:
    """Return CBC: the one that is installed, or the one that comes with PuLP 3 (PuLP 4 brings none)."""
    for make in (pulp.COIN_CMD, getattr(pulp, "PULP_CBC_CMD", None)):
        limits = {"timeLimit": time_limit, "gapRel": gap, "threads": threads, "maxNodes": nodes}
        engine = make and make(msg=False, logPath=str(log), **limits)
        if engine and engine.available():
            return engine
    remedy = Message("Install it: pip install 'frontline-fusion[cbc]'. Or use --solver highs.")
    raise InputError(Problem("--solver cbc", None, Message("CBC is not installed"), remedy))


def _cbc_bound(problem: pulp.LpProblem, log: Path) -> float | None:
    """Return the bound that CBC had proven when its time was over, as its log says it; None where it says none."""
    said = re.findall(r"^(?:Lower|Upper) bound:\s+(\S+)", log.read_text(errors="replace"), re.MULTILINE)
    try:
        stated = float(said[-1])
    except (IndexError, ValueError):
        return None
    # CBC leaves the constant out, and may state a maximum as the minimum of its negative.
    readings = [stated, -stated] if problem.sense == pulp.LpMaximize else [stated]
    value = pulp.value(problem.objective)
    sign = -1.0 if problem.sense == pulp.LpMaximize else 1.0
    bounds = [b + problem.objective.constant for b in readings if math.isfinite(b)]
    sound = [b for b in bounds if sign * b <= sign * value + DRIFT * max(1.0, abs(value))]
    return sound[0] if len(sound) == 1 else None
