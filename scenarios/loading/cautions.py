"""What every reader of a result must see: the plan's oddities, what is not measured, what the study ends before."""

from __future__ import annotations

from collections.abc import Sequence

from foundation.messages import External, Message, Multilingual
from scenarios import Problem, Scenario, Territory
from scenarios.rules.timetable import timetable


def warnings_of(scenario: Scenario, territory: Territory | None = None) -> tuple[Problem, ...]:
    """Return what every reader of a result must see: the plan's oddities, and what in the territory is not measured."""
    found = [
        Problem(
            f.at,
            f.printed,
            Message("{id}: {text}", id=f.id, text=Multilingual(en=f.says.en, zh=f.says.zh)),
            Message("Assumed: {taken}.", taken=External(f.taken)),
            "warning",
        )
        for f in scenario.findings
    ]
    if territory is not None:
        source = territory.provenance
        if source.synthetic:
            found.append(
                Problem(
                    Message("territory {name}", name=territory.name),
                    None,
                    Message("it is synthetic: no street, person or figure in it is real"),
                    Message("Bring your own territory with --territory."),
                    "warning",
                )
            )
        if source.generated:
            found.append(
                Problem(
                    Message("territory {name}", name=territory.name),
                    ", ".join(source.generated),
                    Message("these were missing and generated from the scenario's rates (territory.rates)"),
                    Message("Add them to the territory."),
                    "warning",
                )
            )
        found.extend(
            Problem(Message("territory {name}", name=territory.name), None, note, "", "warning")
            for note in source.notes
        )
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
                    Message("scenario {name}", name=scenario.name),
                    scenario.phases[-1].name,
                    Message(
                        "this phase has not begun in {count} of {total} centres when the study ends ({days}), so its "
                        "gains are not counted",
                        count=len(late),
                        total=len(table.centres),
                        days=table.days[-1],
                    ),
                    Message("Lengthen the study with --set run.days=..."),
                    "warning",
                )
            )
    return found
