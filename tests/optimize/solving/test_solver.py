"""Solvers fail in many ways; each is either made good or said, and no number is claimed that is not proven."""

import os
import random
import signal
import time
from pathlib import Path

import highspy
import pulp
import pytest

from foundation.errors import InputError
from optimize.solving import isolated_process as apart_module
from optimize.solving import solver as solver_module
from optimize.solving.isolated_process import apart
from optimize.solving.solver import solve, usable
from scenarios import LimitError


def cover(sense: int, seed: int, columns: int = 120) -> pulp.LpProblem:
    """A covering (or packing) model that takes a solver longer than a second."""
    rng = random.Random(seed)
    problem = pulp.LpProblem("cover", sense)
    x = [problem.add_variable(f"x{i}", 0, 1, pulp.LpInteger) for i in range(columns)]
    problem += pulp.lpSum(rng.randint(5, 40) * v for v in x) + 7
    for _ in range(40):
        row = pulp.lpSum(rng.randint(1, 9) * v for v in rng.sample(x, 25))
        problem += row >= 40 if sense == pulp.LpMinimize else row <= 30
    return problem


@pytest.mark.slow
@pytest.mark.parametrize("solver", ["highs", "cbc"])
@pytest.mark.parametrize("sense", [pulp.LpMinimize, pulp.LpMaximize])
def test_a_time_limit_gives_an_incumbent_with_a_gap_that_another_solver_confirms(solver: str, sense: int) -> None:
    sign = 1 if sense == pulp.LpMinimize else -1
    found = solve(cover(sense, 3), solver=solver, time_limit=1.0)
    other = solve(cover(sense, 3), solver="cbc" if solver == "highs" else "highs", time_limit=2.0)
    assert found.proof in ("feasible", "optimal") and found.objective is not None and found.gap is not None
    assert found.bound is not None and sign * found.bound <= sign * found.objective + 1e-6
    assert other.objective is not None and other.bound is not None
    assert sign * found.bound <= sign * other.objective + 1e-6  # no bound lies beyond a plan that exists
    assert sign * other.bound <= sign * found.objective + 1e-6


@pytest.mark.parametrize("sense", [pulp.LpMinimize, pulp.LpMaximize])
def test_values_come_back_from_the_process_of_the_solver(sense: int) -> None:
    problem = cover(sense, 1, columns=30)
    found = solve(problem)
    assert found.proof == "optimal" and found.objective == pulp.value(problem.objective)
    assert found.bound == pytest.approx(found.objective)
    assert {round(v.varValue, 9) for v in problem.variables()} <= {0.0, 1.0}
    again = cover(sense, 1, columns=30)
    assert solve(again, solver="cbc").objective == pytest.approx(found.objective)


def test_without_highs_cbc_solves_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver_module, "highspy", None)
    assert usable("highs") == "cbc" and usable("cbc") == "cbc"
    found = solve(cover(pulp.LpMinimize, 1, columns=30))
    assert found.solver == "cbc" and found.proof == "optimal"


def test_where_no_cbc_is_installed_it_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulp.COIN_CMD, "available", lambda self: False)
    monkeypatch.delattr(pulp, "PULP_CBC_CMD", raising=False)  # PuLP 4 has none
    with pytest.raises(InputError, match=r"CBC is not installed.*frontline-fusion\[cbc\]"):
        solve(cover(pulp.LpMinimize, 1, columns=30), solver="cbc")


def test_a_solver_that_crashes_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver_module, "_solved", lambda *_: os.kill(os.getpid(), signal.SIGSEGV))
    with pytest.raises(LimitError, match=r"highs on cover crashed \(signal 11, SIGSEGV\).*Try --solver cbc"):
        solve(cover(pulp.LpMinimize, 1, columns=30))


def test_cbc_that_fails_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "cbc"
    broken.write_text("#!/bin/sh\nkill -SEGV $$\n")
    broken.chmod(0o755)
    monkeypatch.setattr(solver_module, "_cbc", lambda *_: pulp.COIN_CMD(path=str(broken), msg=False))
    with pytest.raises(LimitError, match=r"cbc on cover failed: .*Try --solver highs"):
        solve(cover(pulp.LpMinimize, 1, columns=30), solver="cbc")


def test_work_apart_hands_over_results_and_errors_and_is_ended_when_it_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    here = os.getpid()
    assert apart(os.getpid, "work", "") != here
    assert len(apart(lambda: b"x" * 3_000_000, "work", "")) == 3_000_000
    with pytest.raises(ZeroDivisionError):
        apart(lambda: 1 / 0, "work", "")
    with pytest.raises(LimitError, match="exit code 7"):
        apart(lambda: os._exit(7), "work", "")
    monkeypatch.setattr(apart_module, "GRACE", 0.1)
    with pytest.raises(LimitError, match="did not stop"):
        apart(lambda: time.sleep(600), "work", "Wait.", limit=0.1)


def test_nothing_is_said_of_a_model_without_an_end() -> None:
    problem = pulp.LpProblem("endless", pulp.LpMaximize)
    x, y = problem.add_variable("x", 0, None, pulp.LpInteger), problem.add_variable("y", 0)
    problem += x + y
    problem += x - y >= 1
    found = solve(problem)
    assert found.proof == "unknown" and found.bound is None


def test_what_highs_leaves_open_is_not_taken_for_infeasible(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, object]] = []

    class Undecided(pulp.HiGHS):
        def __init__(self, **options: object) -> None:
            asked.append(options)
            super().__init__(**options)

        def findSolutionValues(self, lp: pulp.LpProblem) -> tuple[int, int]:  # noqa: N802 (PuLP's name)
            super().findSolutionValues(lp)
            undecided = highspy.HighsModelStatus.kUnboundedOrInfeasible
            monkeypatch.setattr(lp.solverModel, "getModelStatus", lambda: undecided, raising=False)
            return pulp.LpStatusInfeasible, pulp.LpSolutionInfeasible

    monkeypatch.setattr(pulp, "HiGHS", Undecided)
    problem = pulp.LpProblem("open", pulp.LpMinimize)
    problem += problem.add_variable("x", 0)
    found = solve(problem)
    assert found.proof == "unknown" and found.bound is None
    assert [options.get("presolve") for options in asked] == [None, "off"]


def test_cbc_that_gives_up_at_its_limit_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class GivesUp(pulp.LpSolver):
        def actualSolve(self, lp: pulp.LpProblem) -> int:  # noqa: N802 (PuLP's name)
            time.sleep(0.02)
            lp.assignStatus(pulp.LpStatusInfeasible, pulp.LpSolutionInfeasible)
            return pulp.LpStatusInfeasible

    monkeypatch.setattr(solver_module, "_cbc", lambda *_: GivesUp())
    assert solve(cover(pulp.LpMinimize, 1, columns=30), solver="cbc", time_limit=0.01).proof == "unknown"
    assert solve(cover(pulp.LpMinimize, 1, columns=30), solver="cbc", time_limit=60.0).proof == "infeasible"
