"""What it costs to follow the advice in worlds that were not used to find it, against other ways to choose."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.partitions import DATA
from foundation.arrays import Floats
from scenarios import Territory, generate_city, load_territory
from study.evaluation.experiment import Experiment
from study.evaluation.simulate import inputs_of
from study.presentation.progress import Reporter
from study.robustness.advice import advise, standings
from study.robustness.estimates import Estimated, of_means, regrets
from study.robustness.outcomes import Outcomes, broken, table_of
from study.robustness.simulate import simulate_worlds
from study.robustness.worlds import Worlds, draw_worlds, likely_of

CONFIDENCE = 0.95


@dataclass(frozen=True)
class HeldOut:
    """How ways to choose fare in worlds that none of them has seen.

    Attributes
    ----------
    chosen : dict of str to str
        Way to choose -> timeline.
    regret : dict of str to Estimated
        Way to choose -> expected shortfall from the best timeline of the world [yuan].
    excess : dict of str to Estimated
        Way to choose -> regret of the advice less its own, world by world [yuan].
    breaks : dict of str to float
        Way to choose -> part of the unseen worlds in which its timeline breaks a principle.
    """

    chosen: dict[str, str]
    regret: dict[str, Estimated]
    excess: dict[str, Estimated]
    breaks: dict[str, float]


def held_out(experiment: Experiment, seen: int, unseen: int, *, principled: bool) -> HeldOut:
    """Choose by the first worlds, and look what that brings in the others.

    Parameters
    ----------
    experiment : Experiment
    seen, unseen : int
        Worlds.
    principled : bool
        With principles, regret is taken among the timelines that keep them in the world; one that breaks them there
        counts for nothing (`_values`). Without, the advice is the largest expected contribution alone.
    """
    first, names = experiment.first, [s.name for s in experiment.scenarios]
    decisions = experiment.decide()
    inputs = [inputs_of(s, decisions[s.name]).laid_out() for s in experiment.scenarios]
    worlds = draw_worlds(first, seen + unseen, experiment.seed)
    rows = simulate_worlds(inputs, worlds, range(seen + unseen), seed=experiment.seed, jobs=experiment.jobs)
    likely = _likely(experiment, worlds)
    centre = simulate_worlds(inputs, likely, range(len(likely)), seed=experiment.seed + 1, jobs=experiment.jobs)

    def outcomes(own: Worlds, found: list[list[dict[str, float]]]) -> Outcomes:
        table = table_of(own, range(len(own)), names, found)
        return Outcomes(experiment.scenarios, own, table, table[:0])

    learnt = outcomes(worlds.first(seen), rows[:seen])
    rest = Worlds(worlds.keys, worlds.values[seen:], worlds.scores[seen:], worlds.correlation)
    held, middle = outcomes(rest, rows[seen:]), outcomes(likely, centre)
    last, choices = held.horizons[-1], held.choices
    allowed = first.study.broken_at_most if principled else 1.0
    advice = advise(learnt, {last: standings(learnt, last, CONFIDENCE, 1)}, allowed).recommended
    best = choices[int(middle.values("contribution", last, choices).mean(axis=0).argmax())]
    chosen = {"advice": advice, "plan": first.name, "big bang": "big_bang", "best under likely values": best}
    lost = regrets(_values(held, last, principled=principled))
    fallen = np.max([*broken(held, last, choices).values(), np.zeros(lost.shape)], axis=0)
    place = {way: choices.index(name) for way, name in chosen.items()}
    own = lost[:, [place["advice"]]]
    return HeldOut(
        chosen,
        {way: of_means(lost[:, [k]], CONFIDENCE, 1) for way, k in place.items()},
        {way: of_means(own - lost[:, [k]], CONFIDENCE, 1) for way, k in place.items() if way != "advice"},
        {way: float(fallen[:, k].mean()) for way, k in place.items()},
    )


def _values(outcomes: Outcomes, days: int, *, principled: bool) -> Floats:
    """Return contributions; with principles, a timeline that breaks one in a world is worth no merger there.

    Business that is interrupted is what the plan rules out at any price (F2); no merger is what it gives up.
    """
    values = outcomes.values("contribution", days, outcomes.choices)
    if not principled:
        return values
    fallen = np.max([*broken(outcomes, days, outcomes.choices).values(), np.zeros(values.shape)], axis=0)
    alone = outcomes.values("no_merger", days, outcomes.choices)
    return np.where(fallen > 0, np.minimum(values, alone), values)


def _likely(experiment: Experiment, worlds: Worlds, runs: int = 4) -> Worlds:
    """Return the world of likely values, a few times."""
    scenario, beliefs = experiment.first, experiment.first.study.beliefs
    own = np.array([likely_of(beliefs[key], 0.5 * (beliefs[key].low + beliefs[key].high)) for key in worlds.keys])
    assert scenario.study.beliefs.keys() == set(worlds.keys)
    return Worlds(worlds.keys, np.tile(own, (runs, 1)), np.zeros((runs, len(own))), worlds.correlation)


def territories() -> dict[str, Territory]:
    """Return the embedded city, a generated town, and Boston where its tracts lie beside the project."""
    found = {"model city": load_territory("model_city"), "town": generate_city(units=200, centres=3, seed=7)}
    boston = DATA / "boston" / "boston_tracts.gpkg"
    if boston.is_file():
        found["Boston"] = load_territory(boston, id="poltract", rename={"POP": "population"})
    return found


def main(arguments: Sequence[str]) -> None:
    """Print the table of docs/robust.md: a line for each territory and way to choose."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.regret", description=main.__doc__)
    parser.add_argument("--seen", type=int, default=64)
    parser.add_argument("--unseen", type=int, default=192)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(list(arguments))
    for place, territory in territories().items():
        for principled in (False, True):
            experiment = Experiment.set_up(
                ["plan"], territory, alternatives=True, jobs=options.jobs, reporter=Reporter(quiet=True)
            )
            found = held_out(experiment, options.seen, options.unseen, principled=principled)
            print(f"\n{place}, {'with principles' if principled else 'contribution alone'}")
            for way, name in found.chosen.items():
                lost, more = found.regret[way], found.excess.get(way)
                beyond = "" if more is None else f"; advice less this {_told(more)}"
                print(f"  {way} ({name}): regret {_told(lost)}, breaks {found.breaks[way]:.0%}{beyond}")


def _told(found: Estimated) -> str:
    return f"{found.value / 1e6:,.2f} [{found.low / 1e6:,.2f}, {found.high / 1e6:,.2f}] m"


if __name__ == "__main__":
    main(sys.argv[1:])
