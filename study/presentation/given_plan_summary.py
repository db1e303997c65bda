"""A plan that people drew on one screen: what it keeps and breaks, its repair, and the answers to objections."""

from __future__ import annotations

from typing import Any

import pandas as pd

from optimize.districting.given.check import PlanCheck
from optimize.districting.given.faults import Fault
from optimize.districting.objections.weigh import Weighed
from study.presentation.language import Language
from study.presentation.partition_summary import attribute_name, size

NAMED = 8
"""Units that a line names; the files hold all of them."""


def checked_plan(found: PlanCheck, *, language: str = "en") -> str:
    """Return what is to be said of a given plan, a line each."""
    say = Language(language)
    lines = [say("given.keeps") if found.keeps_everything else say("given.breaks", count=len(found.faults))]
    lines += [f"  {_fault(fault, say)}" for fault in found.faults]
    value = size(found.result.value, say)
    objective = say(f"objective.{found.result.objective}")
    if found.bound is None:
        lines.append(say("given.no_bound", objective=objective, value=value))
    else:
        distance = say.percent(found.distance, 2, sign=True)
        lines.append(
            say("given.distance", objective=objective, value=value, bound=size(found.bound, say), share=distance)
        )
    if found.faults:
        lines.append(
            mended_plan(None if found.repaired is None else found.moves(), found.repair_proof, language=language)
        )
    return "\n".join(lines)


def mended_plan(moves: pd.DataFrame | None, proof: str, *, language: str = "en") -> str:
    """Return the smallest repair of a plan as text."""
    say = Language(language)
    if moves is None:
        return say("given.no_repair_at_all" if proof == "infeasible" else "given.no_repair")
    if moves.empty:
        return say("given.nothing_moves")
    head = say("given.repair" if proof == "optimal" else "given.repair_unproven", count=len(moves))
    rows = [
        f"  {say('given.move', unit=row['unit_id'], old=row['from'], new=row['to'])}"
        for row in moves.head(NAMED).to_dict("records")
    ]
    return "\n".join([head, *rows, *(["  ..."] if len(moves) > NAMED else [])])


def weighed_objections(found: Weighed, say: Language) -> tuple[pd.DataFrame, str]:
    """Return the table of objections with an answer that a letter can quote, and the summary for the terminal."""
    answers = [_answer({str(k): v for k, v in row.items()}, say) for row in found.table.to_dict("records")]
    table = found.table.assign(answer=answers)
    head = say(
        "objections.together" if found.proof == "optimal" else "objections.together_unproven",
        granted=int(table["granted"].sum()),
        count=len(table),
    )
    rows = [f"  {row['unit_id']}: {row['answer']}" for row in table.to_dict("records")]
    return table, "\n".join([head, *rows])


def _answer(row: dict[str, Any], say: Language) -> str:
    """Return granted, granted if ..., or not granted because ... ."""
    new, units = row["community"], str(row["units"]).split()
    named = say("timeline.list").join(units[:NAMED]) + (" ..." if len(units) > NAMED else "")
    if row["verdict"] == "already":
        return say("objections.already", new=new)
    if row["verdict"] in ("across", "impossible", "unknown"):
        return say(f"objections.{row['verdict']}", new=new)
    if not row["granted"]:
        return say("objections.others_first", new=new)
    return say("objections.with_others", new=new, units=named) if units else say("objections.granted", new=new)


def _fault(fault: Fault, say: Language) -> str:
    units = say("timeline.list").join(fault.units[:NAMED]) + (" ..." if len(fault.units) > NAMED else "")
    values = {"community": fault.community, "units": units}
    if fault.wish in ("balance", "bounds"):
        ends = [
            say.number(v, 6 if isinstance(v, float) and abs(v) < 1 else None)
            for v in (fault.value, fault.least, fault.most)
        ]
        values |= dict(zip(("value", "least", "most"), ends, strict=True))
        values |= {"attribute": attribute_name(fault.attribute, say)}
        return say("given.fault.sum", **values)
    if fault.wish == "communities":
        values |= {"value": say.number(fault.value, 0), "most": say.number(fault.most, 0)}
    elif fault.wish == "splits":
        values |= {"attribute": fault.attribute, "value": say.number(fault.value, 0), "most": say.number(fault.most, 0)}
    elif fault.wish == "max_radius":
        values |= {"value": say.number(fault.value, 2), "most": say.number(fault.most, 2)}
    elif fault.wish == "max_moved":
        values |= {"value": say.percent(fault.value), "most": say.percent(fault.most)}
    return say(f"given.fault.{fault.wish}", **values)
