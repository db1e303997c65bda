"""The question put: every timeline in every world, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from foundation.messages import Message
from foundation.parallel import notes_stops
from scenarios import InputError, Problem, Scenario, Territory
from scenarios.loading.cautions import warnings_of
from scenarios.schema.study_settings import MOST_WORLDS
from study.evaluation.decisions import Decisions
from study.evaluation.experiment import Experiment
from study.evaluation.simulate import inputs_of
from study.presentation.progress import Reporter
from study.robustness.advice import choices_in
from study.robustness.answer import answer_of
from study.robustness.effort import explore
from study.robustness.outcomes import Outcomes, check_principles, twice
from study.robustness.result import Robust
from study.robustness.simulate import Row, simulate_worlds
from study.robustness.worlds import check_beliefs, draw_worlds

DEFAULT = 256
"""Worlds where neither the call nor the scenario says how many."""


@notes_stops
def robust(
    *scenarios: Scenario | str,
    territory: Territory | str | Path | None = None,
    worlds: int | None = None,
    seed: int | None = None,
    jobs: int = 1,
    solver: str = "highs",
    reporter: Reporter | None = None,
    arguments: Sequence[str] | None = None,
) -> Robust:
    """Simulate every timeline in worlds drawn from what is believed, and say what holds.

    Parameters
    ----------
    *scenarios : Scenario or str
        Scenarios, files or names; the first is the one studied. With one (default: the plan) its own alternatives join.
    territory : Territory, str or Path, optional
        Default: that of the first scenario.
    worlds : int, optional
        Default: those of the first scenario (`study.worlds`), or 256.
    seed : int, optional
        Default: that of the first scenario.
    jobs : int
        Worker processes; the result does not depend on it.
    solver : {"highs", "cbc"}
    reporter : Reporter, optional
    arguments : sequence of str, optional
        What the command line was called with, for run.json.

    Raises
    ------
    InputError
        A scenario or the territory cannot be used, nothing is believed or nothing is to choose, or there are too many
        or too few worlds.

    Examples
    --------
    >>> robust("plan", "big_bang", worlds=64).recommended  # doctest: +SKIP
    'plan'
    """
    experiment = Experiment.set_up(
        scenarios or ("plan",),
        territory,
        seed=seed,
        replications=1,
        alternatives=True,
        jobs=jobs,
        solver=solver,
        reporter=reporter,
    )
    count = worlds if worlds is not None else experiment.first.study.worlds or DEFAULT
    check_question(experiment.scenarios, count)
    decisions = experiment.decide()
    result, _ = robust_of(experiment, decisions, count)
    base = decisions[experiment.first.name]
    run = experiment.run_json("robust", arguments, base.territory, worlds=count)
    notes = (*warnings_of(experiment.first, base.territory), *base.warnings)
    return Robust(experiment.named, result.answer, result.worlds, result.again, run, notes)


def robust_of(experiment: Experiment, decisions: Mapping[str, Decisions], count: int) -> tuple[Robust, Outcomes]:
    """Return the answer for decisions that are made already, and what every timeline brings in every world."""
    scenarios, seed, jobs = experiment.scenarios, experiment.seed, experiment.jobs
    worlds = draw_worlds(experiment.first, count, seed)
    inputs = {s.name: inputs_of(s, decisions[s.name]).laid_out() for s in scenarios}
    reporter, total = experiment.reporter, count + twice(count)
    with reporter.bar(reporter.language("robust.bar", worlds=count)) as tick:
        done = 0

        def simulate(numbers: Sequence[int], names: Sequence[str], again: bool) -> list[list[Row]]:
            nonlocal done
            there, before = [inputs[name] for name in names], done
            done += len(numbers)
            return simulate_worlds(
                *(there, worlds, numbers),
                seed=seed,
                jobs=jobs,
                again=again,
                progress=lambda finished, _: tick(before + finished, total),
            )

        outcomes, effort = explore(scenarios, worlds, simulate)
        tick(total, total)
    answer = answer_of(outcomes, seed, effort)
    return Robust(experiment.named, answer, outcomes.table, outcomes.again), outcomes


def worlds_asked(experiment: Experiment, asked: int | None = None) -> int:
    """Return how many worlds a full study draws: those asked for, else its scenario's; none where nothing is to choose.

    Raises
    ------
    InputError
        See `check_question`.
    """
    count = experiment.first.study.worlds if asked is None else asked
    if not count or not experiment.first.study.beliefs or not choices_in(experiment.scenarios):
        return 0
    check_question(experiment.scenarios, count)
    return count


def check_question(scenarios: Sequence[Scenario], count: int) -> None:
    """Refuse what cannot be answered, before anything is simulated.

    Raises
    ------
    InputError
        Every problem at once.
    """
    first, problems = scenarios[0], []
    if not choices_in(scenarios):
        rule = Message("no scenario has a merger, so there is no timeline to choose")
        problems.append(Problem("scenario", first.name, rule, Message("Name plan or another timeline.")))
    if not first.study.beliefs:
        rule = Message("nothing is believed, so there is one world only")
        problems.append(Problem("study.beliefs", None, rule, Message("State beliefs, or use fusion compare.")))
    if not 1 <= count <= MOST_WORLDS:
        rule = Message("there must be 1 to {most} worlds", most=MOST_WORLDS)
        problems.append(Problem("--worlds", count, rule, Message("Give --worlds 256.")))
    for check in (check_beliefs, check_principles):
        try:
            check(first)
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
