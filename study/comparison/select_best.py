"""Which of several scenarios is the best by one KPI: what is asked, and what may be claimed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from foundation.messages import Message
from foundation.plurals import counted
from scenarios import InputError, Problem, Scenario
from scenarios.loading.case import Case, by_market
from scenarios.schema.dotted_keys import near
from sim import Inputs, Replications, Selection, select_scenario
from sim.kpis import KPIS
from study.evaluation.principles import Breach, breaches, named
from study.presentation.language import Language
from study.presentation.progress import Reporter
from study.presentation.verdict import GOOD, MONEY, kpi_name

AGAINST_NO_MERGER = ("dip_depth", "dip_days", "break_even_date", "synergy")


def select_best(
    inputs: Sequence[Inputs],
    counterfactual: Scenario | None,
    *,
    kpi: str,
    mean: float,
    indifference: float | None,
    probability: float,
    seed: int,
    jobs: int,
    reporter: Reporter,
) -> dict[str, Any]:
    """Return the content of selection.json: the largest mean is the best, or the least where less is better.

    Parameters
    ----------
    inputs : sequence of Inputs
    counterfactual : Scenario or None
    kpi : str
    mean : float
        Of the first scenario, as far as it is known.
    indifference : float or None
        Smallest difference worth detecting; None: 1 % of that mean.
    probability : float
        Of correct selection.
    seed, jobs : int
    reporter : Reporter

    Raises
    ------
    InputError
        A scenario lacks the KPI in some run, or no difference worth detecting is known.
    """
    delta = _indifference(kpi, mean) if indifference is None else indifference
    with reporter.bar(reporter.language("select.by", kpi=kpi_name(kpi, reporter.language))) as tick:
        found, table = select_scenario(
            inputs,
            kpi=kpi,
            indifference=delta,
            probability=probability,
            counterfactual=counterfactual,
            seed=seed,
            jobs=jobs,
            progress=tick,
            least=GOOD.get(kpi.split(".", maxsplit=1)[0], 1) < 0,
        )
    return _told(found, table, kpi)


def with_principles(selection: dict[str, Any], studied: Scenario, runs: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Return a selection that says in its own sentence where the best one breaks principles too often (F2).

    Parameters
    ----------
    selection : mapping
        Content of selection.json.
    studied : Scenario
        Whose `study.principles` hold.
    runs : mapping of name to DataFrame
        Runs as rows and KPIs as columns.
    """
    found = breaches(studied, runs)
    told = selection | {"principles": {name: breach.to_dict() for name, breach in found.items()}}
    best = selection["best"]
    if best in found and found[best].too_often:
        head = f"best by {selection['kpi']}: {best}"
        part = found[best].told(Language("en"))
        told["says"] = str(selection["says"]).replace(head, f"{head}, which {part}", 1)
    if not selection["decided"]:
        left = [str(row["scenario"]) for row in selection["scenarios"] if row["left"]]
        rivals = ", ".join(named(name, found.get(name), Language("en")) for name in left)
        told["says"] = str(selection["says"]).replace(", ".join(left), rivals, 1)
    return told


def check_selection(kpi: str, cases: Sequence[Case], probability: float) -> None:
    """Refuse a selection that cannot be made, before anything is simulated.

    Raises
    ------
    InputError
        There is one scenario, no such KPI, the probability is out of range, or the KPI is measured against no merger
        in markets that differ; every problem at once.
    """
    problems, scenarios = [], len(cases)
    if kpi.split(".", maxsplit=1)[0] not in KPIS:
        problems.append(Problem("--select", kpi, Message("there is no such KPI"), near(kpi, list(KPIS))))
    if scenarios < 2:
        problems.append(
            Problem("--select", kpi, Message("a selection needs two scenarios"), Message("Name another scenario."))
        )
    elif not 1 / scenarios < probability < 1:
        rule = Message("it must lie between {value:.3g} and 1", value=1 / scenarios)
        problems.append(Problem("--probability", probability, rule, Message("Give 0.95.")))
    if kpi.split(".", maxsplit=1)[0] in AGAINST_NO_MERGER and len(by_market(cases)) > 1:
        rule = Message("it is measured against no merger, and the markets of these scenarios differ")
        problems.append(Problem("--select", kpi, rule, Message("Select by contribution, or scenarios of one market.")))
    if problems:
        raise InputError(problems)


def check_measured(kpi: str, results: Mapping[str, Replications]) -> None:
    """Refuse a selection by a KPI that some scenario does not have, or not in every run that was made.

    Raises
    ------
    InputError
        Each such scenario: its mean could not be compared with the others'.
    """
    rule = Message("some run does not have it, so that means cannot be compared")
    remedy = Message("Select by another KPI, or lengthen the study.")
    lacking = [n for n, r in results.items() if kpi not in r.values or r.values[kpi].isna().any()]
    if lacking:
        raise InputError([Problem(f"--select, {name}", kpi, rule, remedy) for name in lacking])


def selection_text(selection: Mapping[str, Any], scenarios: Mapping[str, Scenario], language: str) -> str:
    """Return what a selection claims, for a terminal.

    Parameters
    ----------
    selection : mapping
        Content of selection.json.
    scenarios : mapping of name to Scenario
    language : {"en", "zh"}
    """
    if language == "en":
        return str(selection["says"])
    say = Language(language)
    rows = selection["scenarios"]
    titles = {name: scenario.title.say(language) for name, scenario in scenarios.items()}
    values = {"kpi": kpi_name(str(selection["kpi"]), say), "runs": max(int(row["replications"]) for row in rows)}
    if not selection["decided"]:
        kept = selection.get("principles", {})
        known = {name: Breach(**about) for name, about in kept.items()}
        names = [str(row["scenario"]) for row in rows if row["left"]]
        left = say.listed([named(say.quoted([titles[name]]), known.get(name), say) for name in names])
        return say("select.undecided", left=left, **values)
    best = say.quoted([titles[str(selection["best"])]])
    about = selection.get("principles", {}).get(str(selection["best"]))
    if about and Breach(**about).too_often:
        best = say("principle.named", title=best, breach=Breach(**about).told(say))
    return say(
        "select.decided",
        best=best,
        probability=say.percent(float(selection["probability"]), 0),
        indifference=_amount(str(selection["kpi"]), float(selection["indifference"]), say),
        **values,
    )


def _amount(kpi: str, value: float, say: Language) -> str:
    return say.money(value) if kpi.split(".", maxsplit=1)[0] in MONEY else say.number(value)


def _indifference(kpi: str, mean: float) -> float:
    """Return a hundredth of the first scenario's mean.

    Raises
    ------
    InputError
        The mean is zero or there is none: what difference matters must then be said.
    """
    if math.isnan(mean) or mean == 0:
        rule = Message("the mean of {kpi} is {mean:g}, and a hundredth of that is no difference", kpi=kpi, mean=mean)
        raise InputError(Problem("--indifference", None, rule, Message("Give the least difference that matters.")))
    return abs(mean) / 100


def _told(found: Selection, table: pd.DataFrame, kpi: str) -> dict[str, Any]:
    """Return the selection as data, with one sentence that says what is claimed and what is not."""
    best = table["scenario"][found.best]
    most = max(found.used)
    if found.decided:
        says = (
            f"best by {kpi}: {best}, with probability of at least {found.probability:.0%} that no other is better by "
            f"more than {found.indifference:,.6g} ({counted(most, 'replication')})"
        )
    else:
        rivals = ", ".join(table["scenario"][i] for i in found.left)
        says = f"best by {kpi}: undecided between {rivals} after {counted(most, 'replication')}"
    return {
        "kpi": kpi,
        "best": best if found.decided else None,
        "says": says,
        "decided": found.decided,
        "probability": found.probability,
        "indifference": found.indifference,
        "scenarios": table.to_dict("records"),
    }
