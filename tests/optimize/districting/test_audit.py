"""Certificates are checked by other code: true ones are confirmed, false ones are not, a broken prover is caught."""

import copy
import json
import sys
import warnings
from fractions import Fraction
from functools import cache

import numpy as np
import pytest

from optimize import partition
from optimize.districting.audit import audit
from optimize.districting.audit.patience import Patience
from optimize.districting.audit.plan import value_of
from optimize.districting.audit.prices import proven_by
from optimize.districting.audit.problem import problem_of
from optimize.districting.audit.trees import fewest_cuts
from optimize.districting.distrust import FalseProofWarning
from optimize.districting.heuristic.one_start import judge
from optimize.districting.heuristic.search import search
from optimize.districting.problem.instance import instance_of
from optimize.districting.problem.verify import check_plan
from optimize.districting.prove import Solved
from optimize.solving.deadline import Deadline
from scenarios import InfeasibleError
from tests.optimize.conftest import grid

MODULE, COLUMNS, PRICES, ROOTS, DISTRUST = (
    sys.modules[f"optimize.districting.{name}"]
    for name in (
        "solve_part",
        "exact.column_generation",
        "exact.column_prices",
        "exact.pricing.objectives",
        "distrust",
    )
)


def lumpy(columns, rows, seed):
    rng = np.random.default_rng(seed)
    return grid(columns, rows, np.rint(1_000 * rng.lognormal(0, 0.8, columns * rows)).astype(int).tolist())


def solved(columns, rows, k, objective, tolerance, seed=1, **more):
    return partition(
        lumpy(columns, rows, seed), k, objective=objective, balance={"population": tolerance}, work_limit=30, **more
    )


def method_of(result):
    found = audit(result.certificates)
    assert found.verdict == "confirmed", found
    return found.findings[-1].method


@pytest.mark.slow
@pytest.mark.parametrize(
    ("case", "method"),
    [
        ((3, 3, 3, "moment", 0.4), "divisions"),
        ((5, 3, 3, "cut-edges", 0.3), "divisions"),
        ((7, 5, 4, "moment", 0.05), "pairs"),
        ((8, 6, 6, "cut-edges", 0.04), "communities"),
        ((6, 5, 3, "cut-edges", 0.03), "communities"),
    ],
)
def test_what_was_proven_is_confirmed_by_another_method(case, method):
    result = solved(*case)
    assert result.proof == "optimal"
    assert method_of(result) == method


def test_a_bound_that_proves_nothing_more_is_confirmed_by_its_prices():
    result = solved(12, 12, 9, "moment", 0.1, effort="quick")
    assert result.proof == "feasible"
    assert method_of(result) == "prices"


def test_what_packed_trees_prove_is_confirmed_by_cutting_planes():
    result = partition(
        grid(16, 10, [10] * 160), 2, objective="cut-edges", balance={"population": 0.0}, effort="quick", time_limit=60
    )
    (certificate,) = result.certificates
    bound = fewest_cuts(problem_of(certificate), result.bound, Patience())
    assert 1 < result.bound <= bound <= result.value


@pytest.mark.slow
@pytest.mark.parametrize(
    "wishes",
    [
        {"keep_together": [("u00", "u01"), ("u20", "u21")]},
        {"keep_apart": [("u00", "u01"), ("u07", "u08")]},
        {"fix_seats": ["u03", "u14"]},
        {"max_radius": 3.5},
        {"forbid": [("u00", "u01"), ("u08", "u09")]},
    ],
)
@pytest.mark.parametrize("objective", ["moment", "cut-edges"])
def test_no_wish_makes_a_proof_that_is_contradicted(objective, wishes):
    result = solved(6, 4, 3, objective, 0.1, **wishes)
    assert audit(result.certificates, work=20).verdict in ("confirmed", "open")


def test_every_group_has_a_certificate_of_its_own():
    city = grid(6, 4, [10] * 24).with_columns({"side": ["west" if i % 6 < 3 else "east" for i in range(24)]})
    result = partition(city, {"west": 2, "east": 3}, within="side", balance={"population": 0.3})
    assert sorted(certificate["part"] for certificate in result.certificates) == ["east", "west"]
    assert audit(result.certificates).verdict == "confirmed"


@pytest.mark.slow
def test_a_certificate_survives_being_written_down(tmp_path):
    result = solved(5, 4, 3, "cut-edges", 0.1)
    result.save(tmp_path)
    read = json.loads((tmp_path / "certificate.json").read_text(encoding="utf-8"))
    assert read == list(result.certificates)
    assert audit(read).verdict == "confirmed"


LISTED = (6, 5, 5, "cut-edges", 0.06, 2)
"""A map for whose proof communities are listed, and there are some."""


@pytest.fixture(scope="module")
def listed():
    (certificate,) = solved(*LISTED).certificates
    (entry,) = (one for one in certificate["evidence"] if one["kind"] == "communities")
    assert certificate["proof"] == "optimal"
    assert entry["listed"] > 1
    return certificate


def changed(certificate, **facts):
    other = copy.deepcopy(certificate)
    (entry,) = (one for one in other["evidence"] if one["kind"] == "communities")
    for name, change in facts.items():
        entry[name] = change(entry[name])
    return other


@pytest.mark.slow
def test_a_list_of_communities_is_confirmed(listed):
    found = audit([listed])
    assert found.verdict == "confirmed"
    assert found.findings[-1].method == "communities"


@pytest.mark.parametrize(
    "facts",
    [
        {"prices": lambda prices: [1.01 * price for price in prices]},
        {"prices": lambda prices: [0.99 * price for price in prices]},
        {"least": lambda least: [one + 0.3 for one in least]},
        {"limits": lambda limits: [None if one is None else one - 0.1 for one in limits]},
        {"listed": lambda count: count - 1},
        {"digest": lambda digest: digest[::-1]},
    ],
    ids=["prices above", "prices below", "least", "limits", "listed", "digest"],
)
def test_a_certificate_that_was_tampered_with_is_not_confirmed(listed, facts):
    assert audit([changed(listed, **facts)], work=20).verdict == "contradicted"


def test_a_plan_that_breaks_its_bounds_or_its_value_is_contradicted(listed):
    worse = copy.deepcopy(listed) | {"value": listed["value"] - 1}
    assert audit([worse]).findings[0].verdict == "contradicted"
    moved = copy.deepcopy(listed)
    moved["plan"][0] = (moved["plan"][0] + 1) % moved["communities"]
    assert audit([moved]).findings[0].verdict == "contradicted"


@pytest.mark.slow
@pytest.mark.parametrize(("objective", "other"), [("moment", "cut-edges"), ("cut-edges", "moment")])
def test_another_plan_with_the_evidence_of_the_best_one_is_not_confirmed(objective, other):
    (certificate,) = as_it_is(7, 6, 5, objective, 0.15, 9).certificates
    (worse,) = as_it_is(7, 6, 5, other, 0.15, 9).certificates
    members = [[i for i, own in enumerate(worse["plan"]) if own == k] for k in range(5)]
    value = float(value_of(problem_of(certificate), members)[0])
    assert value > certificate["value"]
    false = copy.deepcopy(certificate) | {"plan": worse["plan"], "value": value, "bound": value}
    plan, claim = audit([false], work=10).findings
    assert plan.verdict == "confirmed"
    assert claim.verdict != "confirmed"


def test_prices_prove_no_more_than_the_least_moment():
    larger = solved(6, 6, 4, "moment", 0.1)
    assert larger.proof == "optimal"
    (certificate,) = larger.certificates
    problem = problem_of(certificate)
    rng = np.random.default_rng(1)
    for _ in range(20):  # any prices prove something, however wrong they are
        size = larger.value / len(problem)
        charges = (rng.normal(size=(1, len(problem))) * size / problem.loads.mean()).tolist()
        prices = {"assign": (rng.random(len(problem)) * 3 * size).tolist(), "charges": charges}
        proven = proven_by(problem, prices)
        assert proven.bound <= Fraction(larger.value) * (1 + Fraction(1, 10**9))
        possible = proven.possible(Fraction(larger.value) * (1 + Fraction(1, 10**9)))
        seats = {seat: larger.assignment.index.get_loc(unit) for seat, unit in larger.seats.items()}
        for unit, community in enumerate(larger.assignment):
            assert possible[unit, seats[community]]


def without_a_community_of_the_best_plan(best):
    """A listing that loses one community that the best plan needs, as a defect of a tree would."""
    lost = max((np.array(best) == k).astype(np.int8).tobytes() for k in set(best))
    own = ROOTS._Heaviest.grow

    def grow(self, *arguments, **options):
        columns, costs, left = own(self, *arguments, **options)
        keep = [column.tobytes() != lost for column in columns]
        return columns[keep], costs[keep], left

    return grow


def claims_after(monkeypatch, case, *patches):
    """Solve with a fault in the prover; return the result and what becomes of it, None where there is none."""
    for target, name, value in patches:
        monkeypatch.setattr(target, name, value)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = solved(*case)
    if any(issubclass(warning.category, FalseProofWarning) for warning in caught):
        assert result.proof == "feasible"
        assert result.contradictions
    return result, audit(result.certificates).verdict


as_it_is = cache(solved)
"""What is found where nothing is broken, once: whoever breaks something asks for this first."""


def a_poor_search(case):
    """A search that ends with a valid plan that is not the best, so that the prover has to find that."""
    objective = "moment" if case[3] == "cut-edges" else "cut-edges"
    (other,) = as_it_is(*case[:3], objective, *case[4:]).certificates
    label = np.array(other["plan"])

    def poorly(instance, **_):
        return judge(instance, label, None)

    return poorly


CASE = (7, 6, 5, "cut-edges", 0.15, 9)


@pytest.mark.slow
def test_the_prover_finds_the_best_plan_by_itself(monkeypatch):
    true = as_it_is(*CASE)
    poor = a_poor_search(CASE)
    result, verdict = claims_after(monkeypatch, CASE, (MODULE, "search", poor))
    assert (result.proof, result.value, verdict) == ("optimal", true.value, "confirmed")


def test_a_lost_community_is_never_confirmed(monkeypatch):
    true = as_it_is(*CASE)
    lost = without_a_community_of_the_best_plan(true.certificates[0]["plan"])
    poor = a_poor_search(CASE)
    faults = [(MODULE, "search", poor), (ROOTS._Heaviest, "grow", lost), (MODULE, "doubted", lambda i, s, *_: s)]
    result, verdict = claims_after(monkeypatch, CASE, *faults)
    assert result.value > true.value
    assert (result.proof, verdict) != ("optimal", "confirmed")


@pytest.mark.slow
def test_prices_that_are_off_by_one_per_cent_in_the_trees_are_never_confirmed(monkeypatch):
    own = ROOTS._Heaviest._root
    fault = (ROOTS._Heaviest, "_root", lambda self, unit, prices: own(self, unit, 0.99 * prices))
    result, verdict = claims_after(monkeypatch, CASE, fault)
    assert (result.proof, verdict) != ("optimal", "confirmed")


@pytest.mark.parametrize(
    ("module", "name", "value"), [(COLUMNS, "LIST_NODES", 50), (COLUMNS, "MOST_COLUMNS", 5), (PRICES, "FAILURES", 0)]
)
def test_a_cap_that_is_reached_leaves_no_proof_by_whole_communities(monkeypatch, module, name, value):
    columns, rows, k, objective, tolerance, seed = LISTED
    balance = {"population": tolerance}
    city = lumpy(columns, rows, seed)
    instance = instance_of(city, k, objective=objective, weight=None, balance=balance, bounds={})
    found = search(instance, effort="quick", seed=1, deadline=Deadline())
    prices = found.value * instance.loads[:, 0] / instance.loads[:, 0].sum()

    def proof():
        everything = np.ones((len(instance), len(instance)), dtype=bool)
        ask = {"deadline": Deadline(60), "jobs": 1}
        return COLUMNS.prove_by_columns(instance, everything, found.label, 0.0, prices, **ask)[0].proof

    assert proof() == "optimal"
    monkeypatch.setattr(module, name, value)
    assert proof() == "feasible"


@pytest.mark.slow
def test_a_bound_above_a_plan_withdraws_the_proof_and_says_so(monkeypatch):
    monkeypatch.setattr(sys.modules["optimize.districting.exact.choose_method"], "bound_of_cuts", lambda *_: 1_000.0)
    with pytest.warns(FalseProofWarning, match="contradicted"):
        result = solved(*CASE)
    assert (result.proof, result.bound) == ("feasible", None)
    assert result.contradictions


def test_a_better_plan_withdraws_the_proof_and_is_kept(monkeypatch):
    true = as_it_is(*CASE)
    poor = a_poor_search(CASE)

    def falsely(instance, found, _, deadline, *__):
        deadline.spend(0.01)  # of which the attack may take its share
        return Solved(found.label, found.value, found.value, True, check_plan(instance, found.label).seats)

    monkeypatch.setattr(MODULE, "search", poor)
    monkeypatch.setattr(MODULE, "prove", falsely)
    monkeypatch.setattr(DISTRUST, "SHARE", 1e3)
    with pytest.warns(FalseProofWarning):
        result = solved(*CASE)
    assert result.proof == "feasible"
    members = [[i for i, own in enumerate(true.certificates[0]["plan"]) if own == k] for k in range(5)]
    assert result.value >= value_of(problem_of(true.certificates[0]), members)[0]


@pytest.mark.slow
def test_a_plan_where_there_was_none_withdraws_that(monkeypatch):
    def falsely(*_):
        raise InfeasibleError("none")

    monkeypatch.setattr(MODULE, "prove", falsely)
    monkeypatch.setattr(DISTRUST, "SHARE", 100.0)
    with pytest.warns(FalseProofWarning):
        result = solved(*CASE)
    assert result.proof == "feasible"
