"""The market: what a unit attracts, who is won there, who leaves, whose bill falls due; compiled loops over units."""

from __future__ import annotations

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit
from sim.random_numbers.counts import poisson_quantile


@njit(cache=True)  # type: ignore[untyped-decorator]
def attract(
    prospects: Ints,
    propensity: Floats,
    bond: Floats,
    bond_weight: float,
    order: Ints,
    bounds: Ints,
    potential: Ints,
    felt: Floats,
    pull: Floats,
) -> None:
    """Weigh every unit anew: what it attracts is its prospects x propensity x relationship.

    Parameters
    ----------
    prospects, propensity, bond : ndarray, shape (units, businesses)
    potential : ndarray, shape (patches, businesses)
        Prospects at the start.
    felt : ndarray, shape (order + 1, businesses)
        Filled in: the sums over the units of all patches in order, from nothing.
    pull : ndarray, shape (patches, businesses)
        Filled in: what a patch attracts over its prospects at the start.
    """
    felt[0] = 0.0
    for k in range(len(order)):
        u = order[k]
        for b in range(prospects.shape[1]):
            felt[k + 1, b] = felt[k, b] + prospects[u, b] * propensity[u, b] * (1 - bond_weight * (1 - bond[u, b]))
    for patch in range(len(pull)):
        for b in range(prospects.shape[1]):
            pull[patch, b] = (felt[bounds[patch + 1], b] - felt[bounds[patch], b]) / potential[patch, b]


@njit(cache=True)  # type: ignore[untyped-decorator]
def unit_at(felt: Floats, order: Ints, low: int, high: int, business: int, u: float) -> int:
    """Return the unit of a patch in which a sale falls, with chances by attraction (bisection of the cumulative)."""
    first, last = low, high - 1
    aim = felt[low, business] + u * (felt[high, business] - felt[low, business])
    while first < last:
        middle = (first + last) // 2
        if felt[middle + 1, business] > aim:
            last = middle
        else:
            first = middle + 1
    return int(order[first])


@njit(cache=True)  # type: ignore[untyped-decorator]
def win(unit: int, business: int, prospects: Ints, subscribers: Ints) -> int:
    """Turn a prospect into a subscriber; 0 where none is left."""
    if prospects[unit, business] <= 0:
        return 0
    prospects[unit, business] -= 1
    subscribers[unit, business] += 1
    return 1


@njit(cache=True)  # type: ignore[untyped-decorator]
def leave(
    uniforms: Floats,
    chance: Floats,
    notice_share: float,
    notice_days: float,
    at_risk: Ints,
    decided: Ints,
    subscribers: Ints,
    prospects: Ints,
    worth: Floats,
    bundles: Floats,
    keeps: float,
    bond: Floats,
    rival_pull: float,
    churned: Ints,
    churned_worth: Floats,
    kept_worth: Floats,
) -> None:
    """Let subscribers show signs of leaving, leave unannounced, or leave because nobody came or kept them.

    Of the uniforms, shape (units, businesses, 6), the first three and the last. Households with both businesses leave
    less often, those whose relationship is lost more often: a competitor offers himself.

    Parameters
    ----------
    bundles : ndarray, shape (units,)
        Households with both businesses, on average; those who leave end theirs.
    keeps : float
        Part by which they leave less often.
    bond : ndarray, shape (units, businesses)
        What is left of the relationship.
    rival_pull : float
        Growth of the rate of leaving where nothing is left of it.
    kept_worth : ndarray, shape (businesses,)
        Increased by the worth of who stays since his is a household with both, less that of whom a competitor wins.
    at_risk, decided : ndarray, shape (units, businesses)
        Who thinks of leaving, and those of them who were visited in vain; both leave after as long a time.
    """
    for u in range(len(subscribers)):
        for b in range(subscribers.shape[1]):
            content = subscribers[u, b] - at_risk[u, b]
            rate, bundled = chance[b], 0.0
            if keeps > 0 and bundles[u] > 0:
                together = bundles[u] / max(subscribers[u, b], 1)
                rate *= 1 - keeps * together
                bundled = (1 - keeps) * together / (1 - keeps * together)
            if rival_pull > 0:
                rate *= 1 + rival_pull * (1 - bond[u, b])
            if rate != chance[b]:
                kept_worth[b] += content * (chance[b] - rate) * worth[u, b]
            silent = min(poisson_quantile(uniforms[u, b, 0], content * rate * (1 - notice_share)), content)
            signs = min(poisson_quantile(uniforms[u, b, 1], content * rate * notice_share), content - silent)
            unasked = at_risk[u, b] - decided[u, b]
            gone = min(poisson_quantile(uniforms[u, b, 5], decided[u, b] / notice_days), decided[u, b])
            lapsed = gone + min(poisson_quantile(uniforms[u, b, 2], unasked / notice_days), unasked)
            decided[u, b] -= gone
            at_risk[u, b] += signs - lapsed
            subscribers[u, b] -= silent + lapsed
            bundles[u] = min(bundles[u] - bundled * (silent + lapsed), subscribers[u, b])
            prospects[u, b] += silent + lapsed
            churned[b] += silent + lapsed
            churned_worth[b] += (silent + lapsed) * worth[u, b]


@njit(cache=True)  # type: ignore[untyped-decorator]
def fall_due(
    uniforms: Floats,
    chance: Floats,
    write_off_days: float,
    bill: Floats,
    worth: Floats,
    subscribers: Ints,
    overdue: Ints,
    written_off: Floats,
) -> None:
    """Let bills fall overdue, and old ones be written off; of the uniforms, shape (units, businesses, 6), two."""
    for u in range(len(subscribers)):
        for b in range(subscribers.shape[1]):
            new = poisson_quantile(uniforms[u, b, 3], max(subscribers[u, b] - overdue[u, b], 0) * chance[b])
            lost = min(poisson_quantile(uniforms[u, b, 4], overdue[u, b] / write_off_days), overdue[u, b])
            overdue[u, b] += new - lost
            written_off[b] += lost * worth[u, b] * bill[b]


@njit(cache=True)  # type: ignore[untyped-decorator]
def count_subscribers(
    subscribers: Ints, worth: Floats, arpu: Floats, months: float, count: Ints, total: Floats, revenue: Floats
) -> None:
    """Fill in by business how many subscribers there are, of what worth, and their bills of some months [yuan]."""
    count[:], total[:] = 0, 0.0
    for u in range(len(subscribers)):
        for b in range(len(count)):
            count[b] += subscribers[u, b]
            total[b] += subscribers[u, b] * worth[u, b]
    for b in range(len(count)):
        revenue[b] = total[b] * arpu[b] * months


@njit(cache=True)  # type: ignore[untyped-decorator]
def mend(bond: Floats, recovery_days: float) -> None:
    """Let relationships, of units with the company or of outlets, shape (any,), become what they were."""
    for k in range(len(bond)):
        bond[k] += (1 - bond[k]) / recovery_days
