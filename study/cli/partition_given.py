"""`fusion partition` about a plan that people drew: check it, mend it with the fewest moves, weigh objections to it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from foundation.messages import Message
from optimize import PartitionResult
from optimize.districting.given.check import check, mended, moves_between, request_of
from optimize.districting.given.result import given_result
from optimize.districting.objections.weigh import Objection, weigh
from optimize.districting.partition import partition
from scenarios import InfeasibleError, InputError, LimitError, Plan, Problem, Territory
from scenarios.loading.plan_files import faults_of_plan, read_plan_file
from scenarios.loading.small_tables import refuse, rows, wrong
from study.cli.execute import INFEASIBLE
from study.presentation.given_plan_summary import checked_plan, mended_plan, weighed_objections
from study.presentation.language import Language
from study.presentation.progress import Reporter

FROM = "from_plan"
"""Column under which the plan to start from enters the request."""


def add_given(parser: argparse.ArgumentParser) -> None:
    """Add what is asked about a plan that people drew."""
    group = parser.add_argument_group("a plan that people drew (unit_id,community as CSV, Excel or polygons)")
    group.add_argument(
        "--check", type=Path, metavar="FILE", help="what it breaks, how far it is from the best, the smallest repair"
    )
    group.add_argument(
        "--from",
        dest="start",
        type=Path,
        metavar="FILE",
        help="start from it and move as little as possible; with --max-moved improve it within that limit",
    )
    group.add_argument(
        "--objections",
        type=Path,
        metavar="FILE",
        help="unit_id,community[,who,why] against --from: what each costs, which can be granted together",
    )


Answer = tuple[PartitionResult, dict[str, Any]]
"""The plan that comes of a question, and what result.json says besides."""


@dataclass(frozen=True)
class Question:
    """What is asked about a plan that people drew.

    Attributes
    ----------
    options : Namespace
    territory : Territory
    communities : int, mapping or None
    choices : mapping
        Options of `optimize.partition`.
    out : Path
    reporter : Reporter
    """

    options: argparse.Namespace
    territory: Territory
    communities: int | Mapping[str, int] | None
    choices: Mapping[str, Any]
    out: Path
    reporter: Reporter


def about_given(question: Question) -> Answer:
    """Answer a question about a plan that people drew."""
    if question.options.check:
        return checked_given(question)
    return answered_objections(question) if question.options.objections else improved(question)


def drawn(path: Path, territory: Territory, *, whole: bool = True) -> Plan:
    """Return a plan that people drew; every fault that keeps it from being used at once.

    Parameters
    ----------
    path : Path
    territory : Territory
    whole : bool
        Whether its communities have to hang together.
    """
    given = read_plan_file(path)
    problems = faults_of_plan(given, territory, pieces=whole)
    if problems:
        raise InputError(problems)
    return given.plan(territory)


def checked_given(question: Question) -> Answer:
    """Check a plan, write what was found, and return it as a result with what result.json says besides."""
    options, reporter = question.options, question.reporter
    plan = drawn(options.check, question.territory, whole=False)
    with reporter.busy(Message("partition")) as step:
        step(Message("check the plan"))
        found = check(question.territory, plan, question.communities, **question.choices)
    found.save(question.out)
    reporter.say(checked_plan(found, language=options.lang))
    if not found.keeps_everything:
        options.exit_code = INFEASIBLE
    return found.result, found.to_dict()


def improved(question: Question) -> Answer:
    """Return the plan that keeps everything nearest to a given one, or the best within a limit of moves from it.

    Raises
    ------
    InfeasibleError, LimitError
        There is no such plan, or none was found.
    """
    options, territory, reporter = question.options, question.territory, question.reporter
    plan = drawn(options.start, territory, whole=False)
    ground = territory.with_columns({FROM: plan.assignment})
    asked, communities = dict(question.choices), question.communities
    if options.max_moved is not None:
        asked |= {"current": FROM}
        counts = request_of(ground, plan, communities, asked).communities
        with reporter.busy(Message("partition")) as step:
            step(Message("improve the plan"))
            result = partition(ground, counts, **asked)
        result = replace(result, territory=territory, current=None)
        return result, {"units_moved": len(moves_between(plan.assignment, result.assignment))}
    request = request_of(ground, plan, communities, asked)
    with reporter.busy(Message("partition")) as step:
        step(Message("mend the plan"))
        made, proof = mended(ground, plan, request)
    if made is None:
        if proof == "infeasible":
            raise InfeasibleError(Message("no moves of units make this plan keep every limit and wish"))
        raise LimitError(Message("no moves of units were found that make this plan keep every limit and wish"))
    result = given_result(territory, made, request)
    moves = moves_between(plan.assignment, made.assignment)
    reporter.say(mended_plan(moves, proof, language=options.lang))
    return result, {"units_moved": len(moves), "repair_proof": proof, "moves": moves.to_dict("records")}


def answered_objections(question: Question) -> Answer:
    """Weigh objections to a plan and write the answers; the result is the plan that grants the most."""
    options, reporter = question.options, question.reporter
    plan = drawn(options.start, question.territory)
    objections = read_objections(options.objections)
    with reporter.busy(Message("partition")) as step:
        step(Message("weigh the objections"))
        found = weigh(question.territory, plan, objections, question.communities, **question.choices)
    say = Language(options.lang)
    found = replace(found, table=weighed_objections(found, say)[0])
    found.save(question.out)
    reporter.say(weighed_objections(found, say)[1])
    return found.result, found.to_dict()


def read_objections(path: Path) -> list[Objection]:
    """Read ``unit_id,community[,who,why]``; the first row may name the columns.

    Raises
    ------
    InputError
        A row lacks a unit or a community, or the file cannot be read.
    """
    table = rows(path)
    headed = bool(table) and "unit_id" in table[0] and "community" in table[0]
    names = table[0] if headed else ["unit_id", "community", "who", "why"]
    found: list[Objection] = []
    problems = []
    for number, row in enumerate(table[headed:], start=1 + headed):
        cells = dict(zip(names, row, strict=False))
        unit, community = cells.get("unit_id", ""), cells.get("community", "")
        if not unit or not community:
            problems.append(wrong(path, number, row, "it must be unit_id,community[,who,why]"))
        found.append(Objection(unit, community, cells.get("who", ""), cells.get("why", "")))
    refuse(problems)
    return found


def check_combination(options: argparse.Namespace) -> None:
    """Refuse questions about a given plan that do not go together.

    Raises
    ------
    InputError
        Every such pair at once.
    """
    problems = []
    if options.check and (options.start or options.objections):
        problems.append(
            Problem("--check", str(options.check), Message("it does not go with --from"), Message("Ask one at a time."))
        )
    if options.objections and not options.start:
        rule = Message("it needs the plan that people object to")
        problems.append(Problem("--objections", str(options.objections), rule, Message("Name it with --from.")))
    if options.size and (options.ensemble or options.frontier):
        rule = Message("random plans and frontiers have communities of equal size")
        problems.append(Problem("--size", options.size[0], rule, Message("Ask one at a time.")))
    if options.communities is None and not (options.check or options.start):
        rule = Message("the number of communities is missing")
        problems.append(Problem("--communities", None, rule, Message("Example: --communities 12")))
    if options.start and options.max_moved is not None and (options.current or options.lock):
        rule = Message("with --from moves count from that plan, not from today's")
        problems.append(Problem("--max-moved", options.max_moved, rule, Message("Leave --current and --lock out.")))
    if problems:
        raise InputError(problems)
