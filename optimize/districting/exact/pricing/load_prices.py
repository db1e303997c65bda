"""What a community around a root costs at least, tree aside: prices of the loads and of contiguity (moment)."""

from __future__ import annotations

import numpy as np

from foundation.arrays import Floats, Ints
from foundation.machine.compiled_loops import njit


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def price_loads(root: int, cost: Floats, loads: Floats, lower: Floats, upper: Floats, usable: Ints) -> Floats:
    """Return prices of the balanced attributes that lift the least cost of a community around a root.

    Contiguity aside, the least of sum c_i x_i with L <= sum p_i x_i <= U is a knapsack; pricing the attributes by u
    bounds it by c_j + u p_j + sum min(0, c_i + u p_i) - sum_q max(u_q U_q, u_q L_q), which is concave in every u_q and
    raised here one attribute after the other.

    Parameters
    ----------
    root : int
    cost : ndarray, shape (units,)
        Cost of every unit in this community.
    loads, lower, upper : ndarray
        As in `Instance`.
    usable : ndarray of int, shape (units,)
        1 where a unit may join.

    Returns
    -------
    ndarray, shape (attributes,)
    """
    n, m = loads.shape
    price = np.zeros(m)
    reduced = cost.copy()
    for _ in range(4 if m > 1 else 1):
        for q in range(m):
            reduced -= price[q] * loads[:, q]
            price[q] = 0.0
            total = loads[root, q]
            for i in range(n):
                if usable[i] == 1 and i != root and reduced[i] < 0:
                    total += loads[i, q]
            if lower[q] <= total <= upper[q]:
                continue
            over = total > upper[q]
            turn = np.full(n, np.inf)
            for i in range(n):
                if usable[i] == 1 and i != root and loads[i, q] > 0 and (reduced[i] < 0) == over:
                    turn[i] = abs(reduced[i]) / loads[i, q]
            for i in np.argsort(turn):
                if turn[i] == np.inf:
                    break
                total += -loads[i, q] if over else loads[i, q]
                price[q] = turn[i] if over else -turn[i]
                if (over and total <= upper[q]) or (not over and total >= lower[q]):
                    break
            reduced += price[q] * loads[:, q]
    return price


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def floor_of(root: int, reduced: Floats, price: Floats, lower: Floats, upper: Floats, usable: Ints) -> float:
    """Return the bound that reduced costs give: no community around this root costs less.

    Parameters
    ----------
    reduced : ndarray, shape (units,)
        Cost of every unit, with its loads at their prices.
    price : ndarray, shape (attributes,)
    """
    total = reduced[root]
    for q in range(len(price)):
        if price[q] > 0:
            total -= price[q] * upper[q]
        elif price[q] < 0:
            total -= price[q] * lower[q]
    for i in range(len(reduced)):
        if usable[i] == 1 and i != root:
            total += min(0.0, reduced[i])
    return float(total)


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def charge_bridges(  # noqa: PLR0912 (one ascent, compiled)
    root: int, reduced: Floats, usable: Ints, indptr: Ints, indices: Ints
) -> Floats:
    """Return reduced costs that know of contiguity: what pays only beyond dear units no longer pays as much.

    Where units of negative cost lie together, but apart from the root, at least one of the units around them must be
    in if any of them is: x_i <= sum of x_b over the border. Priced, this moves cost from the border to the units
    behind it, which lifts the floor by what is moved; no border unit falls below zero, so that nothing is lost.

    Parameters
    ----------
    reduced : ndarray, shape (units,)

    References
    ----------
    Separator inequalities: Oehrlein & Haunert, "A cutting-plane method for contiguity-constrained spatial
    aggregation", Journal of Spatial Information Science 15, 2017. Ascent: Wong, Mathematical Programming 28, 1984.
    """
    n = len(reduced)
    cost = reduced.copy()
    group, queue = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    for _ in range(2 * n):
        group[:] = 0
        found = False
        for pass_ in range(n):
            # First the part that hangs together with the root, then the first negative unit outside of it.
            start = root
            if pass_ > 0:
                start = -1
                for i in range(n):
                    if group[i] == 0 and usable[i] == 1 and cost[i] < 0:
                        start = i
                        break
            if start < 0:
                break
            group[start] = pass_ + 1
            queue[0] = start
            head, tail = 0, 1
            prize = 0.0
            toll = np.inf
            while head < tail:
                here = queue[head]
                head += 1
                if here != root:
                    prize -= min(cost[here], 0.0)
                for e in range(indptr[here], indptr[here + 1]):
                    other = indices[e]
                    if usable[other] == 1 and other != root and group[other] != pass_ + 1:
                        if cost[other] <= 0:
                            group[other] = pass_ + 1
                            queue[tail] = other
                            tail += 1
                        else:
                            toll = min(toll, cost[other])
            if pass_ == 0:
                continue
            moved = min(toll, prize)
            for s in range(tail):
                for e in range(indptr[queue[s]], indptr[queue[s] + 1]):
                    other = indices[e]
                    if usable[other] == 1 and other != root and cost[other] > 0 and group[other] >= 0:
                        group[other] = -1 - group[other]
                        if moved < np.inf:
                            cost[other] = max(0.0, cost[other] - moved)
            rest = moved
            for s in range(tail):
                give = min(rest, max(0.0, -cost[queue[s]]))
                cost[queue[s]] += give
                rest -= give
            found = True
            break
        if not found:
            break
    return cost
