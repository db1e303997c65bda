"""What an allocation could not do as asked: a sentence with its facts apart, so that any language can say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from foundation.findings import named
from foundation.messages import Message

MOST_SHOWN = 5
"""Names that a sentence lists; of more only the number is said."""


_TOTALS: Mapping[tuple[str, str], Callable[[str], Message]] = {
    ("fixed", "growth"): lambda stage: Message("{stage} fixed growth", stage=stage),
    ("fixed", "revenue"): lambda stage: Message("{stage} fixed revenue", stage=stage),
    ("fixed", "arrears"): lambda stage: Message("{stage} fixed arrears", stage=stage),
    ("mobile", "growth"): lambda stage: Message("{stage} mobile growth", stage=stage),
    ("mobile", "revenue"): lambda stage: Message("{stage} mobile revenue", stage=stage),
    ("mobile", "arrears"): lambda stage: Message("{stage} mobile arrears", stage=stage),
    ("mobile", "channel"): lambda stage: Message("{stage} mobile channel", stage=stage),
}


@dataclass(frozen=True)
class Note:
    """A remark on one or several totals.

    Attributes
    ----------
    text : Message
        The sentence.
    about : tuple of str
        Stage, business, measure and force that it is about, as far as it is about one of each.
    """

    text: Message
    about: tuple[str, ...]

    def __str__(self) -> str:
        """Return the sentence in English."""
        return f"{' '.join(self.about)}: {self.text}"


def total_of(about: tuple[str, ...]) -> Message:
    """Return what a total is called: of a stage, a business and a measure."""
    stage, business, measure = about
    known = _TOTALS.get((business, measure))
    if known is None:
        return Message("{stage} {business} {measure}", stage=stage, business=business, measure=measure)
    return known(stage)


def part_of(force: str, weight: float) -> Message:
    """Return what a force owes by its weight is called."""
    if force == "CM":
        return Message("the part of CM by its weight {weight:g}", weight=weight)
    return Message("the part of GM by its weight {weight:g}", weight=weight)


def unstaffed(communities: Sequence[str], share: float) -> Message:
    """Say that communities have nobody for a total."""
    return Message(
        "nobody carries it in {count} {count:community|communities} ({names}); their {share:.1%} of the workload is "
        "spread over the others.",
        count=len(communities),
        names=named(communities, MOST_SHOWN),
        share=share,
    )


def too_much(able: float, asked: float, least: float, slack: float, most: float) -> Message:
    """Say that skills and hours cannot do what is asked."""
    return Message(
        "skills and hours can do at most about {able:,.0f} of {asked:,.0f}, leaving out what halls, and outlets beyond "
        "their part, sell; any split stretches somebody by at least {least:.0%} beyond targets.capacity_slack "
        "{slack:g}, this one by up to {most:.0%}.",
        able=able,
        asked=asked,
        least=least,
        slack=slack,
        most=most,
    )


def beyond_reach(able: float, asked: float, least: float, slack: float, most: float) -> Message:
    """Say that skills and hours could do what is asked, but not where caps and wishes put it."""
    return Message(
        "skills and hours with targets.capacity_slack {slack:g} could do it in sum (at most about {able:,.0f} for "
        "{asked:,.0f}, leaving out what halls, and outlets beyond their part, sell) but not where targets.change_cap "
        "and wishes put it; any split stretches somebody by at least {least:.0%} beyond that, this one by up to "
        "{most:.0%}.",
        able=able,
        asked=asked,
        least=least,
        slack=slack,
        most=most,
    )


def cannot(asked: float) -> Message:
    """Say that a part falls to people who cannot sell at all."""
    return Message(
        "{asked:,.0f} of it fall to people who cannot sell it in this stage at all, so that skills and hours set no "
        "limit to them.",
        asked=asked,
    )


def rounded(amount: int, part: float, force: str, given: int, wanted: float) -> Message:
    """Say that a total cannot be parted as its weights ask in whole subscribers."""
    return Message(
        "{amount:,} cannot be parted {part:.0%} : {rest:.0%} in whole subscribers; {force} carries {given:,} instead "
        "of {wanted:,.1f}.",
        amount=amount,
        part=part,
        rest=1 - part,
        force=force,
        given=given,
        wanted=wanted,
    )
