"""Every connected division of a map of few units, one by one: the best is known without bound or solver."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from tests.campaigns.question import Plan, Question, hang_together, judge, neighbours_of

MOST_UNITS = 11


def divisions(question: Question) -> Iterator[dict[str, str]]:
    """Yield every division into as many connected communities as are asked for, once each."""
    near = neighbours_of(question)

    def connected_with(first: str, free: set[str]) -> Iterator[frozenset[str]]:
        """Yield every connected set of free units with the first."""
        seen: set[frozenset[str]] = set()
        frontier = [frozenset([first])]
        while frontier:
            one = frontier.pop()
            if one not in seen:
                seen.add(one)
                yield one
                frontier += [one | {u} for u in free - one if near[u] & one]

    def divided(free: set[str], left: int) -> Iterator[list[frozenset[str]]]:
        if left == 1:
            if free and hang_together(free, near):
                yield [frozenset(free)]
            return
        if len(free) < left:
            return
        first = min(free)
        for one in connected_with(first, free):
            for others in divided(free - one, left - 1):
                yield [one, *others]

    for groups in divided(set(question.units), question.communities):
        yield {u: f"g{k}" for k, group in enumerate(groups) for u in group}


def best_plan(question: Question) -> tuple[Fraction, Plan] | None:
    """Return the best plan and its value, or None where no division keeps what is asked."""
    assert len(question.units) <= MOST_UNITS
    best: tuple[Fraction, Plan] | None = None
    for plan in divisions(question):
        if not question.locked and not question.slots and _far_out(question, plan):
            continue
        worth = judge(question, plan)
        if not worth.faults and (best is None or worth.value < best[0]):
            best = worth.value, plan
    return best


def _far_out(question: Question, plan: Plan) -> bool:
    """Say whether a sum is so far outside that there is no need of exact arithmetic."""
    for name, (low, high) in question.bounds.items():
        sums: dict[str, float] = {}
        for unit, load in zip(question.units, question.loads[name], strict=True):
            sums[plan[unit]] = sums.get(plan[unit], 0.0) + load
        if min(sums.values()) < float(low) * (1 - 1e-6) or max(sums.values()) > float(high) * (1 + 1e-6):
            return True
    return False
