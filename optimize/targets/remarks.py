"""What an allocation could not do as asked: a sentence with its facts apart, so that any language can say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from foundation.findings import named

SHOWN = 5
"""Names that a sentence lists; of more only the number is said."""

UNSTAFFED = (
    "nobody carries it in {count} communities ({names}); their {share:.1%} of the workload is spread over the others."
)
TOO_MUCH = (
    "skills and hours can do at most about {able:,.0f} of {asked:,.0f}, leaving out what halls, and outlets beyond "
    "their part, sell; any split stretches somebody by at least {least:.0%} beyond targets.capacity_slack {slack:g}, "
    "this one by up to {most:.0%}."
)
BEYOND_REACH = (
    "skills and hours with targets.capacity_slack {slack:g} could do it in sum (at most about {able:,.0f} for "
    "{asked:,.0f}, leaving out what halls, and outlets beyond their part, sell) but not where targets.change_cap and "
    "wishes put it; any split stretches somebody by at least {least:.0%} beyond that, this one by up to {most:.0%}."
)
CANNOT = (
    "{asked:,.0f} of it fall to people who cannot sell it in this stage at all, so that skills and hours set no limit "
    "to them."
)
ROUNDED = (
    "{amount:,} cannot be parted {part:.0%} : {rest:.0%} in whole subscribers; {force} carries {given:,} instead of "
    "{wanted:,.1f}."
)


@dataclass(frozen=True)
class Note:
    """A remark on one or several totals.

    Attributes
    ----------
    text : str
        The sentence in English, with a placeholder for each fact.
    about : tuple of str
        Stage, business, measure and force that it is about, as far as it is about one of each.
    facts : mapping
        What the placeholders stand for, unformatted.
    """

    text: str
    about: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the sentence in English."""
        facts = {k: named(fact, SHOWN) if isinstance(fact, tuple) else fact for k, fact in self.facts.items()}
        return f"{' '.join(self.about)}: {self.text.format(**facts)}"
