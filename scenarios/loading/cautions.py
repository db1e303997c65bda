"""What every reader of a result must see: the plan's oddities, what is not measured, what the study ends before."""

from __future__ import annotations

from collections.abc import Sequence

from scenarios import Problem, Scenario, Territory
from scenarios.rules.timetable import timetable


def warnings_of(scenario: Scenario, territory: Territory | None = None) -> tuple[Problem, ...]:
    """Return what every reader of a result must see: the plan's oddities, and what in the territory is not measured."""
    found = [
        Problem(f.at, f.printed, f"{f.id}: {f.says.en}", f"Assumed: {f.taken}.", "warning") for f in scenario.findings
    ]
    if territory is not None:
        source = territory.provenance
        if source.synthetic:
            found.append(
                Problem(
                    f"territory {territory.name}",
                    None,
                    "it is synthetic: no street, person or figure in it is real",
                    "Bring your own territory with --territory.",
                    "warning",
                )
            )
        if source.generated:
            found.append(
                Problem(
                    f"territory {territory.name}",
                    ", ".join(source.generated),
                    "these were missing and generated from the scenario's rates (territory.rates)",
                    "Add them to the territory.",
                    "warning",
                )
            )
        found.extend(Problem(f"territory {territory.name}", None, note, "", "warning") for note in source.notes)
    return tuple(found)


def unreached(scenarios: Sequence[Scenario], territory: Territory) -> list[Problem]:
    """Return a warning for each scenario whose last phase has not begun everywhere when the study ends."""
    found = []
    for scenario in scenarios:
        if not scenario.phases:
            continue
        table = timetable(scenario, territory.units["centre"].astype(str))
        late = [c for i, c in enumerate(table.centres) if int(table.phase[i, -1]) < len(scenario.phases) - 1]
        if late:
            found.append(
                Problem(
                    f"scenario {scenario.name}",
                    scenario.phases[-1].name,
                    f"this phase has not begun in {len(late)} of {len(table.centres)} centres when the study ends "
                    f"({table.days[-1]}), so its gains are not counted",
                    "Lengthen the study with --set run.days=...",
                    "warning",
                )
            )
    return found
