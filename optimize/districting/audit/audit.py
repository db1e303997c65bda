"""Are the claims of a certificate true? Each is checked by code that shares nothing with what made it."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

from optimize.districting.audit.communities import relisted
from optimize.districting.audit.divisions import best_division
from optimize.districting.audit.labels_model import fewest_cuts_of_labels
from optimize.districting.audit.patience import Patience
from optimize.districting.audit.plan import faults_of, least_about_seats
from optimize.districting.audit.prices import proven_by
from optimize.districting.audit.problem import DistrictingProblem, problem_of
from optimize.districting.audit.radius import none_shorter
from optimize.districting.audit.seats_model import below_by, least_cost
from optimize.districting.audit.trees import fewest_cuts

WORK, SECONDS = 120.0, 1200.0
"""Units of work for each claim, and seconds of the clock after which it is stopped for safety."""

Verdict = Literal["confirmed", "open", "contradicted"]
Method = Literal["arithmetic", "divisions", "connected", "prices", "pairs", "communities", "trees", "labels", "none"]

NEAR = 1e-6
"""Relative distance of a value from a claim that a solver's tolerances explain."""

MOST_UNITS = {"moment": 3_000, "distance": 3_000, "radius": 3_000, "cut-edges": 600}
"""Units up to which bounds are counted again."""


@dataclass(frozen=True)
class Finding:
    """What became of one claim.

    Attributes
    ----------
    part : str
        Of the plan; empty for the whole of it.
    claim : {"plan", "bound", "optimal", "tie"}
        The plan is valid and worth its value; no plan is better than the bound; or than the plan; of plans that have
        the least radius, none has less weight by distance than is said.
    verdict : {"confirmed", "open", "contradicted"}
        ``open``: no method came to an end within its limits, which says nothing against the claim.
    method : {"arithmetic", "divisions", "connected", "prices", "pairs", "communities", "trees", "labels", "none"}
        What settled it: rational numbers; a look at every division; that a connected map is connected; prices of the
        units in whole numbers; integer programming over the pairs that these leave; whole communities, listed and
        chosen among again; cutting planes over trees; integer programming over labels; nothing.
    detail : str
        What contradicts the claim; empty where nothing does.
    seconds : float
    work : float
        Units of work that it took.
    clock_bound : bool
        The clock stopped what work would have allowed: another machine may settle it.
    """

    part: str
    claim: Literal["plan", "bound", "optimal", "tie"]
    verdict: Verdict
    method: Method
    detail: str
    seconds: float
    work: float = 0.0
    clock_bound: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, wall time apart."""
        return {key: value for key, value in vars(self).items() if key not in ("seconds", "clock_bound")}


@dataclass(frozen=True)
class Audit:
    """All findings about a result."""

    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of all."""
        order: tuple[Verdict, ...] = ("contradicted", "open", "confirmed")
        verdicts = {finding.verdict for finding in self.findings}
        return next((verdict for verdict in order if verdict in verdicts), "open")

    @property
    def clock_bound(self) -> bool:
        """Whether the clock left a claim open that work would have allowed to settle."""
        return any(finding.clock_bound for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, for result.json."""
        return {"verdict": self.verdict, "findings": [finding.to_dict() for finding in self.findings]}


def audit(certificates: Sequence[Mapping[str, Any]], *, work: float = WORK, seconds: float = SECONDS) -> Audit:
    """Check the claims of certificates.

    Parameters
    ----------
    certificates : sequence of mapping
        As `PartitionResult.certificates`, or certificate.json.
    work : float
        Units of work for each claim, about seconds of a quiet core.
    seconds : float
        Safety stop for each claim, by the clock [s].

    Returns
    -------
    Audit
        The plan is checked in rational numbers. A bound of the moment, or of distances, is counted from the prices of
        the units in whole numbers, a stronger one by integer programming over the pairs that the prices leave; one of
        the cut edges by whole communities listed by another tree, by cutting planes over trees, or by integer
        programming; of a tiny map every division is looked at.

    Examples
    --------
    >>> from optimize import partition
    >>> from scenarios import load_territory
    >>> plan = partition(load_territory("model_city"), 8, balance={"population": 0.1}, effort="quick")
    >>> audit(plan.certificates).verdict
    'confirmed'
    """
    return Audit(tuple(finding for certificate in certificates for finding in _findings(certificate, work, seconds)))


def _findings(certificate: Mapping[str, Any], work: float, seconds: float) -> list[Finding]:
    started = time.perf_counter()
    part = certificate["part"]
    problem = problem_of(certificate)
    faults = faults_of(problem, certificate)
    taken = time.perf_counter() - started
    if faults:
        return [Finding(part, "plan", "contradicted", "arithmetic", "; ".join(faults), taken)]
    found = [Finding(part, "plan", "confirmed", "arithmetic", "", taken)]
    optimal = certificate["proof"] == "optimal"
    claimed = certificate["value"] if optimal else certificate["bound"]
    if claimed is not None:
        started = time.perf_counter()
        check, patience = CHECKS[problem.objective], Patience(work, seconds)
        least, method, detail = check(problem, certificate, float(claimed), patience)
        verdict: Verdict = "contradicted" if detail else "open"
        if least is not None and not detail:
            verdict, detail = _judged(problem, least, claimed, method, "")
        claim: Literal["bound", "optimal"] = "optimal" if optimal else "bound"
        taken, cut = time.perf_counter() - started, patience.cut and verdict == "open"
        found.append(Finding(part, claim, verdict, method, detail, taken, round(patience.spent, 6), cut))
    return [*found, *_of_tie(problem, certificate, Patience(work, seconds))]


def _judged(
    problem: DistrictingProblem, least: float, claimed: float, method: Method, which: str
) -> tuple[Verdict, str]:
    """Return what it means for a claim that no plan is worth less than this.

    Whole communities, listed again, know nothing of splits and sizes: what is less there is no plan that was asked for.
    """
    if least >= claimed - NEAR * abs(claimed):
        return "confirmed", ""
    if (problem.splits or problem.sizes is not None) and method == "communities":
        return "open", ""
    return "contradicted", f"a plan{which} has {least:.12g}, below {claimed:.12g}"


def _of_tie(problem: DistrictingProblem, certificate: Mapping[str, Any], patience: Patience) -> list[Finding]:
    """Check what is said of the sum of distances of plans with the least radius: its value, and that none is less."""
    tie, started = certificate.get("tie"), time.perf_counter()
    if tie is None:
        return []
    inner = replace(problem, objective="distance", radius=float(certificate["value"]), seats_in_reach=True)
    worth = least_about_seats(inner, certificate)
    if abs(worth - tie["value"]) > NEAR * abs(worth):
        detail = f"its distances come to {worth:.12g}, not {tie['value']:.12g}"
        return [Finding(certificate["part"], "tie", "contradicted", "arithmetic", detail, 0.0)]
    if tie["bound"] is None:
        return []
    claimed = float(tie["value"] if tie["optimal"] else tie["bound"])
    least, method, detail = _about_seats(inner, tie, claimed, patience)
    verdict: Verdict = "contradicted" if detail else "open"
    if least is not None and not detail:
        verdict, detail = _judged(problem, least, claimed, method, " of this radius")
    taken, cut = time.perf_counter() - started, patience.cut and verdict == "open"
    return [Finding(certificate["part"], "tie", verdict, method, detail, taken, round(patience.spent, 6), cut)]


Settled = tuple[float | None, Method, str]
"""What plans below the claim have at least (infinite: there are none; None: not settled), how, and what is wrong."""


def _about_seats(
    problem: DistrictingProblem, certificate: Mapping[str, Any], claimed: float, patience: Patience
) -> Settled:
    least = best_division(problem, patience)
    if least is not None:
        return least, "divisions", ""
    prices = _entry(certificate, "prices")
    if prices is None or len(problem) > MOST_UNITS[problem.objective]:
        return None, "none", ""
    proven, target = proven_by(problem, prices), below_by(Fraction(claimed))
    if proven.bound >= target:
        return math.inf, "prices", ""
    possible, everyone = proven.possible(target), [*range(len(problem))]
    if problem.seats_in_reach:
        possible &= problem.away(everyone, everyone) <= problem.radius * (1 + NEAR)
    least = least_cost(problem, possible, claimed, patience)
    if least is not None and least < claimed and math.isfinite(problem.radius) and not problem.seats_in_reach:
        least = None  # a seat of the model need not be the best one of its community, which a radius asks for
    return least, "none" if least is None else "pairs", ""


def _of_cuts(
    problem: DistrictingProblem, certificate: Mapping[str, Any], claimed: float, patience: Patience
) -> Settled:
    least = best_division(problem, patience)
    if least is not None:
        return least, "divisions", ""
    if claimed <= problem.communities - 1:
        return math.inf, "connected", ""
    evidence = _entry(certificate, "communities")
    if evidence is not None:
        again = relisted(problem, evidence, claimed, patience)
        found = again.least is not None and again.least < claimed  # without wishes, and without a limit on moves
        if again.fault or (again.least is not None and not (found and _wished(problem))):
            return again.least, "communities", again.fault
    if len(problem) <= MOST_UNITS["cut-edges"]:
        lengths = (_entry(certificate, "trees") or {}).get("lengths", ())
        if fewest_cuts(problem, claimed, patience, lengths) >= claimed:
            return math.inf, "trees", ""
    least = fewest_cuts_of_labels(problem, claimed, patience)
    if least is not None and least < claimed and math.isfinite(problem.radius):
        least = None  # labels know of no radius
    return least, "none" if least is None else "labels", ""


def _of_radius(
    problem: DistrictingProblem, certificate: Mapping[str, Any], claimed: float, patience: Patience
) -> Settled:
    if len(problem) > MOST_UNITS[problem.objective]:
        return None, "none", ""
    none, method = none_shorter(problem, _entry(certificate, "radius"), claimed, patience)
    if none is None or none:
        return (math.inf if none else None), method, ""
    return None, method, f"a plan has a radius below {claimed:.12g}"


CHECKS = {"moment": _about_seats, "distance": _about_seats, "radius": _of_radius, "cut-edges": _of_cuts}
"""Who checks a bound of each objective."""


def _wished(problem: DistrictingProblem) -> bool:
    asked = problem.together or problem.apart or problem.fixed or problem.splits
    return bool(asked) or problem.today is not None or problem.sizes is not None or math.isfinite(problem.radius)


def _entry(certificate: Mapping[str, Any], kind: str) -> Mapping[str, Any] | None:
    return next((entry for entry in certificate["evidence"] if entry["kind"] == kind), None)
