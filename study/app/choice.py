"""What a person has chosen: a scenario, a timeline and its lengths, weights, communities that stay or were drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Lever:
    """A number that a slider moves between 0 and 1."""

    key: str
    group: str
    label: str
    value: float
    step: float


@dataclass(frozen=True)
class Choice:
    """What a person has chosen.

    Attributes
    ----------
    scenario : str
    timeline : str
        An alternative put on top of the scenario; empty: the scenario's own dates.
    levers : tuple of (key, value)
        Those that differ from the scenario's own values.
    days : tuple of (phase, calendar days)
        Phases that last longer or shorter; what follows moves along.
    locks : tuple of str
        Communities of today that stay as they are.
    plan : str
        File of redrawn communities that were drawn by hand, among the deck's uploads; empty: they are drawn.
    together : tuple of tuple of str
        Groups of units that stay in one community.
    limits : tuple of (key, value)
        Limits of the principles (F2) that differ from the scenario's own: ``dip_days.most`` and the like; None: no
        such limit. They change what is judged, not what happens.
    """

    scenario: str
    timeline: str = ""
    levers: tuple[tuple[str, float], ...] = ()
    days: tuple[tuple[str, int], ...] = ()
    locks: tuple[str, ...] = ()
    plan: str = ""
    together: tuple[tuple[str, ...], ...] = ()
    limits: tuple[tuple[str, float | None], ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return it as plain values; what is not chosen is left out."""
        return {
            "scenario": self.scenario,
            "timeline": self.timeline,
            "levers": [list(pair) for pair in self.levers],
            **({"days": [list(pair) for pair in self.days]} if self.days else {}),
            **({"locks": list(self.locks)} if self.locks else {}),
            **({"plan": self.plan} if self.plan else {}),
            **({"together": [list(group) for group in self.together]} if self.together else {}),
            **({"limits": [list(pair) for pair in self.limits]} if self.limits else {}),
        }

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Choice:
        """Return the choice of plain values.

        Raises
        ------
        KeyError, TypeError, ValueError
            They are not those of a choice.
        """
        return cls(
            str(content["scenario"]),
            str(content["timeline"]),
            tuple((str(key), float(value)) for key, value in content["levers"]),
            tuple((str(phase), int(count)) for phase, count in content.get("days", ())),
            tuple(str(name) for name in content.get("locks", ())),
            str(content.get("plan", "")),
            tuple(tuple(str(unit) for unit in group) for group in content.get("together", ())),
            tuple((str(k), None if v is None else float(v)) for k, v in content.get("limits", ())),
        )


def settled(choice: Choice, moved: Mapping[str, float], levers: list[Lever]) -> Choice:
    """Return a choice with the sliders that stand elsewhere than the scenario has them."""
    own = {lever.key: lever.value for lever in levers}
    changed = {k: round(v, 6) for k, v in moved.items() if k in own and abs(v - own[k]) > 1e-9}
    return replace(choice, levers=tuple(sorted(changed.items())))
