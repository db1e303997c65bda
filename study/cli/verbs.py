"""The verbs of the command line, in the order in which help lists them, and what each does."""

VERBS = {
    "study": "the whole study: communities, places, targets, simulation, report",
    "validate": "check scenarios, territories and histories; every problem at once",
    "partition": "community boundaries: balanced, contiguous, with a bound",
    "targets": "target allocation for every target stage, from company to person",
    "simulate": "simulate one scenario, with intervals over replications",
    "compare": "several scenarios under the same random numbers; differences against the first",
    "robust": "what holds if assumptions are wrong: worlds, chances, regret, what to find out first",
    "whatif": "other weights or parameters: who gains, what moves, what it brings",
    "timeline": "search phase lengths, seats, weights, communities and roll-out order",
    "recommend": "which communities: the optimiser's frontier, judged by simulation",
    "calibrate": "fit parameters to observed results; writes a scenario with its source",
    "app": "the dashboard, on 127.0.0.1 only: weights, maps, results",
    "city": "generate a synthetic territory of any size",
    "template": "empty import files with comments",
    "report": "render a finished study again, in either language",
    "repeat": "make a result again and say equal, or what differs",
    "resume": "go on with an interrupted run; the result is that of an uninterrupted one",
    "completion": "print a script that completes verbs, options, scenarios and keys",
}
"""Verb (a module of this package) -> summary. A module is imported only when its verb is called."""
