"""What every reader of a result must see: the plan's oddities, what is not measured, what the study ends before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from foundation.messages import External, Joined, Message, Multilingual
from scenarios import InputError, Problem, Scenario, Territory
from scenarios.loading.load import plain
from scenarios.loading.timeline_check import moved_apart
from scenarios.rules.timetable import timetable
from scenarios.rules.workdays import unannounced_years
from scenarios.schema.dotted_keys import lookup
from scenarios.schema.scenario import Finding

FINDING = Message("{id}: {text}")
IN_TERRITORY = Message("territory {name}")
SYNTHETIC = Message("it is synthetic: no street, person or figure in it is real")
GENERATED = Message("{columns} were missing and generated from the scenario's rates (territory.rates)")
UNREACHED = Message(
    "this phase has not begun in {count} of {total} centres when the study ends ({days}), so its gains are not counted"
)
"""Warnings that a report says in words of its own."""


def warnings_of(scenario: Scenario, territory: Territory | None = None) -> tuple[Problem, ...]:
    """Return what every reader of a result must see: the plan's oddities, and what in the territory is not measured."""
    found = [
        Problem(
            f.at,
            f.printed,
            FINDING.again(id=f.id, text=Multilingual(en=f.says.en, zh=f.says.zh)),
            Message("Assumed: {taken}.", taken=External(f.taken)),
            "warning",
        )
        for f in findings_met(scenario)
    ]
    found.extend(calendar_warnings(scenario))
    found.extend(moved_apart(scenario))
    found.extend(beyond_the_plan(scenario))
    if territory is not None:
        source = territory.provenance
        if source.synthetic:
            found.append(
                Problem(
                    IN_TERRITORY.again(name=territory.name),
                    None,
                    SYNTHETIC,
                    Message("Bring your own territory with --territory."),
                    "warning",
                )
            )
        if source.generated:
            found.append(
                Problem(
                    IN_TERRITORY.again(name=territory.name),
                    ", ".join(source.generated),
                    GENERATED.again(columns=", ".join(source.generated)),
                    Message("Add them to the territory."),
                    "warning",
                )
            )
        found.extend(
            Problem(IN_TERRITORY.again(name=territory.name), None, note, "", "warning") for note in source.notes
        )
    return tuple(found)


def in_a_line(problem: Problem) -> str:
    """Return a warning as one line; where its text says the value, the value does not stand before it again."""
    said = isinstance(problem.rule, Message) and problem.rule.template in (FINDING.template, GENERATED.template)
    return str(replace(problem, value=None) if said else problem)


def findings_met(scenario: Scenario) -> list[Finding]:
    """Return the plan's oddities that the scenario still has: a date that somebody has set is odd no more."""
    content = plain(scenario)
    return [f for f in scenario.findings if not _is_other_date(content, f)]


def calendar_warnings(scenario: Scenario) -> list[Problem]:
    """Return a warning where the study runs into years whose make-up workdays nobody knows yet."""
    years = unannounced_years(scenario.calendar, scenario.run.days)
    if not years:
        return []
    rule = Message(
        "the study runs into {years}, whose make-up workdays and bridging days are not announced yet; only the public "
        "holidays by law are off there",
        years=Joined([str(year) for year in years], ", ", last=" and "),
    )
    remedy = Message("State them: calendar.workdays and calendar.holidays.")
    return [Problem(f"{scenario.name}: calendar", None, rule, remedy, "warning")]


def beyond_the_plan(scenario: Scenario) -> list[Problem]:
    """Return a warning where there are businesses beside the two of the plan, which not everything knows."""
    if not scenario.more_businesses:
        return []
    rule = Message(
        "targets are broken down for fixed lines and mobile alone, and trainees chosen for these two; other businesses "
        "are sold, learnt, kept and counted, and nobody strives for a target in them"
    )
    names = ", ".join(scenario.more_businesses)
    return [Problem(f"{scenario.name}: more_businesses", names, rule, "", "warning")]


def _is_other_date(content: Mapping[str, Any], finding: Finding) -> bool:
    try:
        taken = date.fromisoformat(finding.taken)
        set_to = date.fromisoformat(str(lookup(content, finding.at)))
    except (ValueError, InputError):
        return False
    return set_to != taken


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
                    UNREACHED.again(count=len(late), total=len(table.centres), days=table.days[-1]),
                    Message("Lengthen the study with --set run.days=..."),
                    "warning",
                )
            )
    return found
