"""What is given by name or as it is, loaded: scenarios that may be compared, and the territory they share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from foundation.messages import Message
from scenarios import InputError, Problem, Scenario, Territory, load_scenario
from scenarios.schema.organisation import Calendar
from scenarios.territory.load import load_territory


def resolve(
    scenarios: Sequence[Scenario | str], territory: Territory | str | Path | None
) -> tuple[list[Scenario], Territory | None]:
    """Load what is given by name; every problem of every scenario at once.

    Returns
    -------
    list of Scenario
    Territory or None
        None where neither the call nor the first scenario names one.

    Raises
    ------
    InputError
        A scenario or the territory cannot be loaded, two scenarios share a name, or their days cannot be compared.
    """
    loaded: list[Scenario] = []
    problems: list[Problem] = []
    for item in scenarios:
        try:
            scenario = load_scenario(item) if isinstance(item, str) else item
        except InputError as error:
            problems.extend(error.problems)
            continue
        if scenario.name in [other.name for other in loaded]:
            problems.append(
                Problem(
                    "scenario",
                    scenario.name,
                    Message("two scenarios have this name"),
                    Message("Rename one of the two."),
                )
            )
        if loaded and _clock(scenario) != _clock(loaded[0]):
            rule = Message(
                "its calendar or number of days differs from that of {name}, so days cannot be compared",
                name=loaded[0].name,
            )
            problems.append(
                Problem(f"{scenario.name}: run.days", scenario.run.days, rule, Message("Give all the same --set."))
            )
        loaded.append(scenario)
    if problems:
        raise InputError(problems)
    stated = loaded[0].territory.reading() if territory is None else {}
    source = territory if territory is not None else loaded[0].territory.source
    if source is None or isinstance(source, Territory):
        return loaded, source
    return loaded, load_territory(source, **stated)


def no_territory() -> InputError:
    """Return what to raise where a territory is needed and none is named."""
    return InputError(
        Problem("territory.source", Message("empty"), Message("the study needs a territory"), Message("Name one."))
    )


def _clock(scenario: Scenario) -> tuple[Calendar, int, int]:
    return scenario.calendar, scenario.run.days, scenario.run.warm_up_days
