"""Moments: the observed results of each period, and the same results of a simulated run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from foundation.arrays import Floats
from foundation.messages import Message
from scenarios import InputError, Problem, Scenario
from scenarios.loading.history import OBSERVABLE, SIGNED, History, history_of
from scenarios.rules.workdays import working_days
from scenarios.schema.fields import BUSINESSES
from sim.run import Run

Period = Literal["day", "week", "month"]
Pair = tuple[str, str]
"""KPI and business."""

OFFSET = 0.05
"""Share of a series' mean that is added to a mean wait before its logarithm, so that a period without waits counts."""


@dataclass(frozen=True)
class Moments:
    """What is compared.

    Attributes
    ----------
    labels : DataFrame
        ``period`` (first day), ``kpi, business``: a row per moment, in order of time.
    observed : ndarray, shape (moments,)
    error : ndarray, shape (moments,)
        Standard deviation of the measurement.
    pairs : tuple of (kpi, business)
        Series that a simulated run must give.
    series : ndarray of int, shape (moments,)
        Position in ``pairs``.
    days : ndarray of bool, shape (moments, days)
        Working days that each moment counts.
    reference : ndarray of bool, shape (moments,)
        Moments whose mean, series by series, is the unit of that series; none: units stay.
    territories : float
        How many territories like the simulated one the history adds up.
    offset : ndarray, shape (moments,)
        What is added to a mean before its logarithm is taken (`stable`).
    by_day : bool
        Means were observed day by day, and every day counts alike; otherwise every request or customer does.
    """

    labels: pd.DataFrame
    observed: Floats
    error: Floats
    pairs: tuple[Pair, ...]
    series: NDArray[np.int64]
    days: NDArray[np.bool_]
    reference: NDArray[np.bool_]
    territories: float
    offset: Floats
    by_day: bool

    def __len__(self) -> int:
        """Return the number of moments."""
        return len(self.observed)

    @property
    def direct(self) -> bool:
        """Whether a run is compared with the history as one with one, so that both may be put on another scale."""
        return self.territories == 1 and not self.reference.any()

    def kind(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return which moments are counts or amounts, and which are means; signed ones are neither."""
        names = [self.pairs[s][0] for s in self.series]
        mean = np.array([OBSERVABLE[name][1] == "mean" for name in names], dtype=bool)
        signed = np.array([name in SIGNED for name in names], dtype=bool)
        return ~mean & ~signed & self.direct, mean & self.direct

    def stable(self, values: Floats) -> Floats:
        """Return values on the scale on which chance is about as large whatever the parameters are.

        Counts by their root (their variance grows as their mean), mean waits by their logarithm (theirs grows as its
        square). Without it an estimate that is too low would also be thought too sure.
        """
        amount, mean = self.kind()
        result = values.copy()
        result[..., amount] = np.sqrt(np.maximum(values[..., amount], 0.0))
        result[..., mean] = np.log(np.maximum(values[..., mean], 0.0) + self.offset[mean])
        return result

    def natural(self, values: Floats) -> Floats:
        """Return stable values in their own units."""
        amount, mean = self.kind()
        result = values.copy()
        result[..., amount] = np.maximum(values[..., amount], 0.0) ** 2
        result[..., mean] = np.maximum(np.exp(values[..., mean]) - self.offset[mean], 0.0)
        return result

    @property
    def seen(self) -> Floats:
        """The observed values on the stable scale."""
        return self.stable(self.observed)

    @property
    def seen_error(self) -> Floats:
        """The error of measurement on the stable scale."""
        return np.maximum(self.stable(self.observed + self.error) - self.seen, 0.0)

    def of(self, recorded: Floats) -> Floats:
        """Return the moments of simulated runs, on the stable scale.

        Parameters
        ----------
        recorded : ndarray, shape (runs, 2, series, days)
            Amounts, and what a mean divides by (`record`).
        """
        counted = _day_by_day(recorded) if self.by_day else recorded
        sums = np.einsum("rksd,md->rksm", counted, self.days.astype(np.float64))
        mine = np.arange(len(self))
        amount, number = sums[:, 0, self.series, mine], sums[:, 1, self.series, mine]
        mean = np.array([OBSERVABLE[self.pairs[s][0]][1] == "mean" for s in self.series])
        values = np.where(mean, amount / np.where(number > 0, number, 1.0), amount)
        return self.stable(relative(values, self.series, self.reference))


def moments_of(
    history: History,
    scenario: Scenario,
    *,
    period: Period | None = None,
    noise: float = 0.0,
    normalise: tuple[date, date] | None = None,
    territories: float = 1.0,
) -> Moments:
    """Return the moments of a history.

    Parameters
    ----------
    history : History
        Read with the scenario, so that the study is known to cover it.
    scenario : Scenario
    period : {"day", "week", "month"}, optional
        What days are put together to; default: weeks. A monthly history stays monthly.
    noise : float
        Standard deviation of the measurement as a share of each value, where the file states no error.
    normalise : (date, date), optional
        Divide every series by the mean of its periods that lie between two days, so that only the shape counts.
    territories : float
        How many territories like the simulated one the history adds up.

    Raises
    ------
    InputError
        The reference holds no period of some series, or its mean is not above 0.
    """
    table = _put_together(history, period or "week")
    days = working_days(scenario.calendar, scenario.run.days)
    position = {day: k for k, day in enumerate(days)}
    counted = np.zeros((len(table), len(days)), dtype=bool)
    for i, row in enumerate(table.to_dict("records")):
        listed = row["days"] or [d for d in days if row["start"] <= d <= row["end"]]
        counted[i, [position[d] for d in listed]] = True
    pairs = tuple(sorted({(str(k), str(b)) for k, b in zip(table["kpi"], table["business"], strict=True)}))
    series = np.array(
        [pairs.index((k, b)) for k, b in zip(table["kpi"], table["business"], strict=True)], dtype=np.int64
    )
    value = table["value"].to_numpy(dtype=np.float64)
    error = np.where(table["error"].isna(), noise * np.abs(value), table["error"].to_numpy(dtype=np.float64))
    adds_up = np.array([OBSERVABLE[k][1] == "sum" for k in table["kpi"]])
    scale = np.where(adds_up, 1.0 / territories, 1.0)
    inside = np.zeros(len(table), dtype=bool)
    if normalise is not None:
        first, last = normalise
        inside = np.array([first <= s and e <= last for s, e in zip(table["start"], table["end"], strict=True)])
        _check_reference(value, series, inside, pairs)
    unit = relative(value * scale, series, inside)
    shrink = relative(value * scale, series, inside, of=scale)
    labels = pd.DataFrame({"period": table["start"].astype(str), "kpi": table["kpi"], "business": table["business"]})
    size = np.array([np.abs(unit[series == s]).mean() for s in series])
    offset = OFFSET * np.where(size > 0, size, 1.0)
    return Moments(
        labels, unit, error * np.abs(shrink), pairs, series, counted, inside, territories, offset, history.daily
    )


def relative(
    values: Floats, series: NDArray[np.int64], reference: NDArray[np.bool_], of: Floats | None = None
) -> Floats:
    """Divide every series, or what is given ``of`` it, by the mean of its reference periods; last axis: moments."""
    result = (values if of is None else of).copy()
    for s in np.unique(series[reference]):
        mine = series == s
        mean = values[..., mine & reference].mean(axis=-1, keepdims=True)
        result[..., mine] /= np.where(mean == 0, 1.0, mean)
    return result


def _day_by_day(recorded: Floats) -> Floats:
    """Return the mean of each day as its amount and 1 as its number, 0 where there is nothing to take a mean of."""
    there = recorded[:, 1] > 0
    means = np.divide(recorded[:, 0], recorded[:, 1], out=np.zeros_like(recorded[:, 0]), where=there)
    return np.stack([means, there.astype(np.float64)], axis=1)


def record(run: Run, pairs: Sequence[Pair]) -> Floats:
    """Return what a simulated run gave day by day, shape (2, series, days): amounts, and numbers for means."""
    shape = (2, len(pairs), len(run.world.table.days))
    result = np.zeros(shape)
    for k, (kpi, business) in enumerate(pairs):
        result[:, k] = _daily(run, kpi, business)
    return result


def simulated_history(run: Run, pairs: Sequence[Pair], period: Period = "month") -> History:
    """Return the history that a simulated run would have left: for planning what to observe, and for tests."""
    days, recorded = run.world.table.days, record(run, pairs)
    spans = [_span(day, period) for day in days]
    rows = []
    for start, end in sorted(set(spans)):
        inside = np.array([span == (start, end) for span in spans])
        for k, (kpi, business) in enumerate(pairs):
            amount, number = recorded[:, k, inside].sum(axis=1)
            if number == 0:
                continue  # nobody came, so there is no mean to be observed
            value = amount / number if OBSERVABLE[kpi][1] == "mean" else amount
            rows.append((start, end, kpi, business, float(value), np.nan))
    table = pd.DataFrame(rows, columns=["start", "end", "kpi", "business", "value", "error"])
    return history_of(table, period == "day", "simulated")


def _daily(run: Run, kpi: str, business: str) -> Floats:
    """Return one KPI, shape (2, days)."""
    records = run.records
    chosen = list(range(len(BUSINESSES))) if business == "all" else [BUSINESSES.index(business)]
    if kpi == "support_wait_hours":
        return _waits(run)
    if kpi == "hall_wait_minutes":
        return np.stack([records.hall_wait, records.hall_served.astype(np.float64)])
    whole = {"support_requests": records.asked, "hall_refused": records.hall_refused,
             "channel_sales": records.outlet_sales}.get(kpi)  # fmt: skip
    if whole is None:
        direct = records.sales.sum(axis=2)
        sales = direct + records.hall_sales
        sales[:, BUSINESSES.index("mobile")] += records.outlet_sales
        each = {
            "sales": sales,
            "direct_sales": direct,
            "churned": records.churned,
            "net_additions": sales - records.churned,
            "revenue": records.revenue,
            "arrears_recovered": records.recovered,
        }[kpi]
        whole = each[:, chosen].sum(axis=1)
    return np.stack([whole.astype(np.float64), np.ones(len(whole))])


def _waits(run: Run) -> Floats:
    asked = np.array(run.records.requests, dtype=np.float64).reshape(-1, 3)
    asked = asked[~np.isnan(asked[:, 2])]
    days, size = asked[:, 0].astype(np.int64), len(run.world.table.days)
    return np.stack(
        [np.bincount(days, asked[:, 2], minlength=size), np.bincount(days, minlength=size).astype(np.float64)]
    )


def _put_together(history: History, period: Period) -> pd.DataFrame:
    """Return a row per period and series: sums add up, means are averaged over the days observed."""
    table = history.table.copy()
    if not history.daily:
        table["days"] = [[] for _ in range(len(table))]
        return table
    spans = [_span(day, period) for day in table["start"]]
    table["first"], table["last"] = [s for s, _ in spans], [e for _, e in spans]
    rows = []
    for (first, last, kpi, business), part in table.groupby(["first", "last", "kpi", "business"], sort=True):
        mean = OBSERVABLE[str(kpi)][1] == "mean"
        value = part["value"].mean() if mean else part["value"].sum()
        error = float(np.sqrt((part["error"] ** 2).sum(skipna=False))) / (len(part) if mean else 1)
        rows.append((first, last, kpi, business, value, error, list(part["start"])))
    return pd.DataFrame(rows, columns=["start", "end", "kpi", "business", "value", "error", "days"])


def _span(day: date, period: Period) -> tuple[date, date]:
    """Return the first and last day of the period that a day lies in."""
    if period == "day":
        return day, day
    if period == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _check_reference(
    value: Floats, series: NDArray[np.int64], inside: NDArray[np.bool_], pairs: Sequence[Pair]
) -> None:
    problems = []
    for s, (kpi, business) in enumerate(pairs):
        mine = (series == s) & inside
        where = f"--normalise, {kpi} {business}"
        if not mine.any():
            problems.append(
                Problem(where, None, Message("no observed period lies wholly between these days"), Message("Widen it."))
            )
        elif value[mine].mean() <= 0:
            rule = Message("the mean of the reference must be above 0")
            problems.append(Problem(where, float(value[mine].mean()), rule, Message("Choose other days.")))
    if problems:
        raise InputError(problems)
