"""One map under attack: asked in several words and ways, searched on, held against an independent model.

One way is to ask with the search taken away: a prover that is right only since the search had found the best plan
before is found out on maps of twenty units, in a second, where otherwise it takes sixty units and a minute.
"""

from __future__ import annotations

import json
import math
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from optimize.districting.audit import audit
from tests.campaigns.ask import Answer, ask, look
from tests.campaigns.disguise import Disguise, disguise, plain
from tests.campaigns.every_plan import MOST_UNITS, best_plan
from tests.campaigns.oracle import settle
from tests.campaigns.question import Plan, Question, judge

ROUNDED, CLOSE = 1e-9, 1e-7
"""Relative distance that two ways of adding may have; and below which a solver in doubles calls two moments one."""

ORACLE_UNITS = 40
"""Units up to which the independent model is tried."""

TINY = 15
"""Units up to which every division is looked at: no use in searching on; the third asking does without."""

MOST_LOOKS = 20
"""Searches after a proof, however long it was."""


@dataclass
class Trial:
    """A map, everything claimed about it, and every valid plan that turned up.

    Attributes
    ----------
    claims : list of (disguise, bound, who)
        No plan of the disguised question is said to have a lower value; infinite where there is said to be none.
    plans : list of (plan, who)
        In the names of the question as it was drawn.
    contradictions, hairs : list of dict
        What cannot be true at once, with all that is needed to see it again; moments that differ by less than a solver
        in doubles can tell apart.
    """

    question: Question
    claims: list[tuple[Disguise, float, dict[str, Any]]] = field(default_factory=list)
    plans: list[tuple[Plan, dict[str, Any]]] = field(default_factory=list)
    contradictions: list[dict[str, Any]] = field(default_factory=list)
    hairs: list[dict[str, Any]] = field(default_factory=list)

    def ask(self, worn: Disguise, **how: Any) -> Answer:
        """Ask, and note what is claimed; an answer that is wrong in itself is a contradiction at once."""
        try:
            answer = ask(worn.question, **how)
        except Exception as error:
            self._contradict(worn.question, "crash", {"how": how}, traceback.format_exc()[-1500:])
            return Answer("unknown", said=str(error), how=how)
        who: dict[str, Any] = {"proof": answer.proof, "value": answer.value, "bound": answer.bound, "how": how}
        if answer.said:
            who["said"] = answer.said[:300]
        if answer.proof == "refused":
            self._contradict(worn.question, "refused", who)
        self.claims.append((worn, answer.bound, who))  # "optimal" claims its value, which the bound then is
        if answer.plan:
            worth = judge(worn.question, answer.plan)
            if worth.faults or not math.isclose(float(worth.value), answer.value, rel_tol=ROUNDED, abs_tol=ROUNDED):
                self._contradict(
                    worn.question, "not what it says", who, {"faults": worth.faults, "worth": float(worth.value)}
                )
            else:
                self.plans.append((worn.bared(answer.plan), who))
            if answer.proof == "optimal" and answer.bound < answer.value * (1 - ROUNDED):
                self._contradict(worn.question, "optimal above its own bound", who)
        return answer

    def add(self, plan: Plan, who: str) -> None:
        """Add a plan that did not come from what is under attack."""
        if not judge(self.question, plan).faults:
            self.plans.append((plan, {"who": who}))

    def compare(self) -> None:
        """Hold every claim against every plan."""
        told: set[str] = set()
        for worn, bound, who in self.claims:
            if bound == -math.inf:
                continue
            for plan, whose in self.plans:
                worth = judge(worn.question, worn.worn(plan))
                if worth.faults:
                    continue
                value = float(worth.value)
                above = (bound - value) / max(abs(value), 1e-300) if math.isfinite(bound) else math.inf
                if above <= ROUNDED:
                    continue
                found = {"kind": "bound above a plan", "claim": who, "plan_value": value, "plan_from": whose}
                if above <= CLOSE and self.question.objective != "cut-edges":
                    self.hairs.append({"claimed": bound, "value": value})
                elif (key := json.dumps([who, value], default=str)) not in told:
                    told.add(key)
                    plan_there = worn.worn(plan)
                    self.contradictions.append(
                        {**found, "plan": plan_there, "question": json.loads(worn.question.to_json())}
                    )

    def _contradict(self, question: Question, kind: str, who: Any, more: Any = None) -> None:
        self.contradictions.append(
            {"kind": kind, "claim": who, "more": more, "question": json.loads(question.to_json())}
        )


def attack(question: Question, *, seed: int, limit: float, oracle: float) -> dict[str, Any]:
    """Attack one map and return what came of it.

    Parameters
    ----------
    question : Question
    seed : int
    limit : float
        Units of work of every question asked; one of four is cut off by the clock, about as many seconds after.
    oracle : float
        Time limit of the independent model [s]; 0 leaves it out.
    """
    rng, began = np.random.default_rng(seed), time.perf_counter()
    trial = Trial(question)
    if question.known:
        trial.add(question.known, "planted")
    first = trial.ask(plain(question), work_limit=limit, seed=1)
    other = {
        "solver": str(rng.choice(["highs", "cbc"])),
        "seed": int(rng.integers(2, 1000)),
        "jobs": 1 if "lock" in question.wishes else int(rng.integers(1, 3)),  # parts would go to new processes: slow
        "effort": str(rng.choice(["quick", "normal", "thorough"], p=[0.2, 0.4, 0.4])),
        "time_limit": round(limit * float(rng.choice([0.5, 1.0, 1.5])), 2),
    }
    second = trial.ask(disguise(question, rng), work_limit=limit, seed=1)
    third = trial.ask(plain(question), exhaust=False, **other)
    seats = bool(rng.integers(2))
    blind = trial.ask(plain(question), exhaust=False, searching=False, seats=seats, work_limit=limit, seed=1)
    answers, looks = (first, second, third, blind), 0
    if len(question.units) > TINY and (proofs := [a.seconds for a in answers if a.proven]):
        looks = _search_on(trial, rng, max(proofs))
    checked, audited = _independent(trial, question, oracle), _audited(trial, first, oracle)
    trial.compare()
    return {
        "units": len(question.units),
        "communities": question.communities,
        "objective": question.objective,
        "attributes": len(question.balance),
        "wishes": sorted(question.wishes),
        "planted": bool(question.known),
        "answers": [a.proof for a in answers],
        "seconds": [round(a.seconds, 2) for a in answers],
        "looks": looks,
        "oracle": checked,
        "audit": audited,
        "total_seconds": round(time.perf_counter() - began, 2),
        "contradictions": trial.contradictions,
        "hairs": trial.hairs,
    }


def _search_on(trial: Trial, rng: np.random.Generator, seconds: float) -> int:
    """Search on with other seeds, for as much work as the proof took; return how often."""
    until = time.perf_counter() + seconds
    for number in range(MOST_LOOKS):
        left = until - time.perf_counter()
        if left <= 0 and number:
            return number
        worn = disguise(trial.question, rng) if number % 4 >= 2 else plain(trial.question)
        how = {"effort": ("quick", "thorough")[number % 2], "seed": int(rng.integers(1000, 10**6))}
        if found := look(worn.question, seconds=max(left, 0.2), **how):
            trial.add(worn.bared(found), f"searched on, {how}")
    return MOST_LOOKS


def _independent(trial: Trial, question: Question, seconds: float) -> str:
    """Ask brute force, or the independent model, and note what it claims and found; return how it ended."""
    if len(question.units) <= MOST_UNITS:
        best = best_plan(question)
        trial.claims.append((plain(question), math.inf if best is None else float(best[0]), {"who": "brute force"}))
        if best is not None:
            trial.add(best[1], "brute force")
        return "brute force"
    if seconds <= 0 or len(question.units) > ORACLE_UNITS:
        return "not asked"
    verdict = settle(question, seconds)
    if verdict.plan is not None:
        trial.add(verdict.plan, "independent model")
    if verdict.proof == "infeasible":
        trial.claims.append((plain(question), math.inf, {"who": "independent model"}))
    elif verdict.proof == "optimal" and verdict.value is not None:
        # The model's own tolerance is taken off, so that it never accuses by a hair.
        claimed = float(verdict.value) * (1 - CLOSE * 10) if question.objective != "cut-edges" else float(verdict.value)
        trial.claims.append((plain(question), claimed, {"who": "independent model"}))
    return verdict.proof


def _audited(trial: Trial, answer: Answer, seconds: float) -> str:
    """Have the certificates of an answer checked; return the verdict."""
    if seconds <= 0 or not answer.certificates:
        return "not asked"
    checked = audit(answer.certificates, work=seconds)
    if checked.verdict == "contradicted":
        who = {"proof": answer.proof, "value": answer.value, "bound": answer.bound, "how": answer.how}
        trial._contradict(trial.question, "audit", who, checked.to_dict())
    return checked.verdict


def kinds(record: dict[str, Any]) -> Sequence[str]:
    """Return the kinds by which maps are counted."""
    size = record["units"]
    low = next(bound for bound in (60, 45, 30, 20, 0) if size >= bound)
    wish = next((w for w in record["wishes"] if w != "weight"), "no wish")
    return (f"{record['objective']}, {low or 1}+ units", f"{record['objective']}, {wish}")
