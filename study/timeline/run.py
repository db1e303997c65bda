"""The search for a better timeline from end to end: decide, search, select, measure, say what may be claimed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from foundation.machine.causes import cause
from foundation.messages import Message
from foundation.parallel import notes_stops
from foundation.result_cache import key_of
from scenarios import InfeasibleError, InputError, Problem, Scenario, Territory
from scenarios.loading.case import counterfactual_of
from scenarios.loading.cautions import warnings_of
from scenarios.loading.fingerprint import market_of, territory_key
from scenarios.loading.load import with_settings
from scenarios.rules.timetable import timetable
from scenarios.schema.fields import named_after
from sim import Inputs
from sim.output_analysis.replications import Replications, Runner
from study.evaluation.decisions import Decisions, decide_again
from study.evaluation.differences import compare_results
from study.evaluation.experiment import Experiment
from study.evaluation.principles import breaches
from study.evaluation.simulate import inputs_of
from study.presentation.language import Language
from study.presentation.progress import Reporter
from study.timeline.confirm import FRESH_FROM, LastWord, Rules, last_word
from study.timeline.decision_variables import Moves, moves_of, timeline_key
from study.timeline.memory import State
from study.timeline.objective import Limits, Remembering, limits_of
from study.timeline.result import TimelineSearch
from study.timeline.scenario_file import recipe
from study.timeline.search import Trial, best_of, seek
from study.timeline.search_space import Point, Space
from study.timeline.simulate import Simulation
from study.timeline.tables import summarise, trials_table

ENDLESS = 100_000
"""Most trials of a search that only the clock ends."""

ENDING = "timeline"
"""Ends the name of the recommended scenario."""

STATE = "state"
"""Folder of a search's memory, below that of its results."""


@notes_stops
def search_timeline(
    scenario: Scenario | str,
    *,
    territory: Territory | str | Path | None = None,
    trials: int | None = None,
    minutes: float | None = None,
    replications: int | None = None,
    seed: int | None = None,
    jobs: int = 1,
    solver: str = "highs",
    folder: Path | str | None = None,
    reporter: Reporter | None = None,
    arguments: Sequence[str] = (),
) -> TimelineSearch:
    """Search phase lengths, seats, weights, communities and roll-out for the largest contribution (F2).

    Every timeline meets the same random numbers. What may change, and how far the business may dip, stands under
    ``timeline`` in the scenario.

    Parameters
    ----------
    scenario : Scenario or str
    territory : Territory, str or Path, optional
        Default: that of the scenario.
    trials : int, optional
        Timelines to try; default: the scenario's, or as many as fit into ``minutes``.
    minutes : float, optional
        Budget of the search; the selection and the fresh runs come on top. With it the result depends on the clock.
    replications : int, optional
        Runs of each timeline tried; default: the scenario's ``timeline.replications``.
    seed : int, optional
    jobs : int
        Worker processes; the result does not depend on it.
    solver : {"highs", "cbc"}
    folder : Path, optional
        Of the search's memory: an interrupted search goes on where it stopped, a longer one uses what is there.
    reporter : Reporter, optional
    arguments : sequence of str
        What the command line was called with, for run.json.

    Raises
    ------
    InputError
        The scenario or the territory cannot be used, or the folder holds another search.

    Examples
    --------
    >>> search_timeline("plan", trials=40, jobs=2)  # doctest: +SKIP
    """
    experiment = Experiment.set_up(
        [scenario],
        territory,
        seed=seed,
        replications=replications,
        usual=lambda first: first.timeline.replications,
        jobs=jobs,
        solver=solver,
        reporter=reporter,
    )
    base, ground, seed = experiment.first, experiment.territory, experiment.seed
    alone = check_asked(base, ground, experiment.replications)
    limits = limits_of(base)
    state = State(
        None if folder is None else Path(folder),
        {"territory": territory_key(ground), "seed": seed, "solver": solver, "scenario": timeline_key(base)}
        | {"no merger": market_of(alone), "principles": sorted(limits.principles)},
    )
    made = experiment.decide()[base.name]
    moves = moves_of(base, made.territory, made.placement.to_frame()["centre"].astype(str).tolist())
    known: dict[Point, Inputs] = {}

    def simulated(point: Point) -> Inputs:
        if point not in known:
            known[point] = _inputs(moves.scenario_of(point), made)
        return known[point]

    def obstacle(point: Point) -> str:
        """Say why a timeline cannot be given targets; what has been simulated before could be."""
        try:
            if not judge.knows(point):
                simulated(point)
        except InfeasibleError as error:
            return cause(error)
        return ""

    judge = Remembering(
        Simulation(
            simulated,
            Inputs(alone, made.territory),
            seed=seed,
            jobs=jobs,
            more=tuple(limits.principles),
        ),
        state,
        lambda point: key_of(space.key(point)),  # another program makes its own runs
    )
    space = replace(moves.space(), obstacle=obstacle)
    most = trials or (ENDLESS if minutes else base.timeline.trials)
    found = _search(space, judge, limits, state, most, minutes, experiment)
    word = _last_word(space, judge, limits, found, experiment)
    return _result(experiment, alone, made, moves, space, found, word, limits, arguments)


def check_asked(scenario: Scenario, territory: Territory, replications: int) -> Scenario:
    """Return the counterfactual of a scenario that can be searched.

    Raises
    ------
    InputError
        There is no merger to time, nothing to measure its dip against, too few runs, a roll-out that does not fit the
        territory, or a name too long for another to be made of it.
    """
    named_after(scenario.name, ENDING)
    if replications < 2:
        rule = Message("it must be at least 2, so that luck can be told from merit")
        raise InputError(Problem("replications", replications, rule, Message("Give --replications 5.")))
    if len(scenario.phases) < 2:
        rule = Message("a timeline is searched for a merger of at least two phases")
        raise InputError(
            Problem("phases", len(scenario.phases), rule, Message("Name a scenario with phases, such as plan."))
        )
    alone = counterfactual_of(scenario)
    if alone is None:
        rule = Message("a dip is measured against the scenario of no merger")
        raise InputError(
            Problem("study.counterfactual", Message("empty"), rule, Message("Write study.counterfactual: no_merger."))
        )
    if "centre" in territory.units:
        timetable(scenario, territory.units["centre"].astype(str))
    return alone


def _inputs(scenario: Scenario, made: Decisions) -> Inputs:
    """Return what is simulated of a timeline: communities and places are the scenario's, targets those of its stages.

    Where effort does not follow targets they move no sale, and are not allocated anew.
    """
    return inputs_of(scenario, decide_again(made, scenario) if scenario.effort.follows_targets else made)


def _search(
    space: Space,
    judge: Remembering,
    limits: Limits,
    state: State,
    trials: int,
    minutes: float | None,
    experiment: Experiment,
) -> list[Trial]:
    """Search, showing the incumbent and keeping the clock."""
    reporter, how = experiment.reporter, {"replications": experiment.replications, "seed": experiment.seed}
    before, ended = state.clock()
    started = time.perf_counter()
    if minutes is not None and ended is not None and before >= minutes * 60:
        trials = min(trials, ended)

    def spent() -> float:
        return before + time.perf_counter() - started

    def go_on(made: int) -> bool:
        """Ask the clock, but never before the plan and one other have been tried, nor about what was tried before."""
        if minutes is None or made < 2 or (ended is not None and made < ended):
            return True
        return spent() < minutes * 60

    total = None if trials == ENDLESS else trials
    with reporter.bar(Message("search")) as tick:

        def told(trial: Trial, best: bool) -> None:
            tick(trial.number + 1, total or trial.number + 1)
            state.keep_clock(spent(), trial.number + 1)
            if best:
                reporter.say(_incumbent(trial, reporter.language))

        return seek(space, judge, limits, trials=trials, go_on=go_on, told=told, **how)


def _incumbent(trial: Trial, say: Language) -> str:
    """Return what the best timeline so far is worth."""
    return say(
        "timeline.incumbent",
        number=trial.number,
        contribution=say.money(trial.mean[0]),
        depth=say.percent(trial.mean[1]),
        days=say.number(trial.mean[2], 1),
        kept="" if trial.kept else say("timeline.beyond"),
    )


def _last_word(
    space: Space, judge: Remembering, limits: Limits, found: Sequence[Trial], experiment: Experiment
) -> LastWord:
    base = experiment.first
    settings = base.timeline
    rules = Rules(
        settings.finalists,
        settings.last_replications,
        settings.indifference,
        settings.probability,
        base.study.confidence,
    )
    with experiment.reporter.busy(Message("last word")) as step:
        return last_word(space, judge, limits, found, rules, told=step)


def _result(
    experiment: Experiment,
    alone: Scenario,
    made: Decisions,
    moves: Moves,
    space: Space,
    found: Sequence[Trial],
    word: LastWord,
    limits: Limits,
    arguments: Sequence[str],
) -> TimelineSearch:
    base, seed = experiment.first, experiment.seed
    best = None if word.best in (None, found[0].point) else word.best
    recommended, text = _recommended(base, moves, best, len(found), seed)
    shown = [s for s in (base, recommended, alone) if s is not None]
    results = _fresh(shown, alone, made, experiment)
    own = {name: result for name, result in results.items() if name != alone.name}
    runs = {name: result.values for name, result in own.items()}
    breach = None if recommended is None else breaches(base, runs).get(recommended.name)
    named = {s.name: s for s in shown}
    return TimelineSearch(
        scenarios=named,
        territory=made.territory,
        summary=summarise(base, recommended, moves, space, found, word, limits, experiment.replications, seed, breach),
        trials=trials_table(space, found, best_of(list(found)), limits.allowed),
        recipe=text,
        replications=pd.concat([r.to_frame() for r in results.values()], ignore_index=True),
        daily=pd.concat([r.daily() for r in results.values()], ignore_index=True),
        comparison=compare_results(own),
        run=experiment.run_json("timeline", arguments, made.territory, named, trials=len(found)),
        warnings=(*warnings_of(base, made.territory), *made.warnings),
    )


def _recommended(
    base: Scenario, moves: Moves, best: Point | None, trials: int, seed: int
) -> tuple[Scenario | None, str]:
    """Return the recommended scenario and its file; nothing where the scenario stays as it is."""
    if best is None:
        return None, ""
    settings = moves.settings(best)
    made = with_settings(base, settings, named_after(base.name, ENDING))
    title = made.title.model_copy(update={"en": "Recommended timeline", "zh": "推荐时间表"})
    made = made.model_copy(update={"title": title})
    provenance = f"found by fusion timeline {base.name}: {trials} timelines tried, seed {seed}; see timeline.json"
    return made, recipe(base, made, settings, provenance)


def _fresh(shown: Sequence[Scenario], alone: Scenario, made: Decisions, experiment: Experiment) -> dict[str, Any]:
    """Run the scenarios in the runs that nothing was chosen by, for tables and pictures."""
    inputs = [inputs_of(s, made) if s.name == shown[0].name else _inputs(s, made) for s in shown]
    runner = Runner(inputs, counterfactual=alone, seed=experiment.seed, jobs=experiment.jobs)
    last = FRESH_FROM + experiment.first.timeline.last_replications
    with experiment.reporter.bar(Message("fresh runs")) as tick:
        outcomes = runner.run(range(FRESH_FROM, last), tick)
    results: list[Replications] = runner.collect(outcomes)
    return {result.scenario.name: result for result in results}
