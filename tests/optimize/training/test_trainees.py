"""The choice of trainees: as good as trying every choice, within the seats, honest about what it covers."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from scipy.optimize import linprog

from optimize import choose_trainees
from optimize.solving.solver import solve
from optimize.training.choose_trainees import worth
from optimize.training.formulations import trainees
from optimize.training.formulations.trainees import Staff
from optimize.training.staff import BREAKS, company_of, segments, staff_of
from scenarios import InputError, Territory, generate_city, load_scenario
from tests.sizes import size


def drawn(seed: int) -> Staff:
    """Return a small centre drawn at random: up to five people in up to three communities."""
    rng = np.random.default_rng(seed)
    areas, count, draws = int(rng.integers(1, 4)), int(rng.integers(2, 6)), int(rng.integers(1, 3))
    keys = {(int(rng.integers(areas)), int(rng.integers(2)), float(rng.integers(2, 5))) for _ in range(count)}
    home, own, hours = (np.array(column) for column in zip(*sorted(keys), strict=True))
    number = rng.integers(1, 3, len(home))
    skill = rng.uniform(0.3, 0.8, (len(home), 2))
    skill[np.arange(len(home)), own] = rng.uniform(0.9, 1.0, len(home))
    width = np.array([0.5, 0.5, 1.0, 2.0])
    gain = np.sort(rng.uniform(0.05, 1.5, 4))[::-1]
    beside = [frozenset(set(range(areas)) - {a}) for a in range(areas)]
    limits = [(list(range(len(home))), int(rng.integers(0, number.sum() + 1)))]
    if seed % 3 == 0:
        limits = [([g for g in range(len(home)) if own[g] == b], int(rng.integers(0, 3))) for b in range(2)]
    return Staff(
        home,
        own,
        number,
        hours,
        skill,
        rng.uniform(1.0, 9.0, (draws, areas, 2)),
        rng.uniform(1.0, 5.0, 2),
        width,
        gain,
        None if seed % 2 else 2 / 3,
        beside,
        0.0 if seed % 4 < 2 else 0.4,
        limits,
        float(rng.uniform(0.0, 0.3)),
    )


def covered(staff: Staff, trained: list[bool], who: list[int]) -> float:
    """Return what single people cover, told one by one in a programme of its own; ``who``: everybody's group."""
    total = 0.0
    for demand in staff.demand:
        areas = range(len(demand))
        names: list[tuple[str, int, int, int]] = []
        for i, g in enumerate(who):
            near = [int(staff.home[g])] + [a for a in areas if a in staff.beside[staff.home[g]] and staff.reach > 0]
            names += [("hour", i, a, b) for a in near for b in range(2) if trained[i] or b == staff.own[g]]
            names += [("joint", i, int(staff.home[g]), 0)] * bool(trained[i] and staff.joint is not None)
        names += [("covered", k, a, b) for a in areas for b in range(2) for k in range(len(staff.width))]
        rows, limits = [], []
        for i, g in enumerate(who):
            rows.append([n[0] in ("hour", "joint") and n[1] == i for n in names])
            limits.append(staff.hours[g])
            rows.append([n[0] == "hour" and n[1] == i and n[2] != staff.home[g] for n in names])
            limits.append(staff.reach * staff.hours[g])
        for a in areas:
            for b in range(2):
                row = []
                for kind, i, where, what in names:
                    gives = 0.0
                    if kind == "covered":
                        gives = 1.0 * (where == a and what == b)
                    elif kind == "hour":
                        gives = -staff.skill[who[i], b] * (where == a and what == b)
                    elif where == a:
                        gives = -staff.skill[who[i], b] * float(staff.joint or 0.0)
                    row.append(gives)
                rows.append(row)
                limits.append(0.0)
        worths = [-staff.worth[n[3]] * staff.gain[n[1]] if n[0] == "covered" else 0.0 for n in names]
        ends = [(0, staff.width[n[1]] * demand[n[2], n[3]] if n[0] == "covered" else None) for n in names]
        found = linprog(worths, np.array(rows, dtype=float), limits, bounds=ends)
        assert found.success
        total -= found.fun / len(staff.demand)
    return total - staff.price * sum(trained)


def best_by_enumeration(staff: Staff) -> float:
    """Return the most that any set of single people within the seats covers."""
    who = [g for g, number in enumerate(staff.size) for _ in range(number)]
    most = -np.inf
    for count in range(len(who) + 1):
        for chosen in combinations(range(len(who)), count):
            if any(sum(who[i] in groups for i in chosen) > seats for groups, seats in staff.limits):
                continue
            most = max(most, covered(staff, [i in chosen for i in range(len(who))], who))
    return most


@pytest.mark.parametrize("seed", range(size(8, 40)))
def test_the_choice_is_as_good_as_by_trying_every_set_of_people(seed: int) -> None:
    staff = drawn(seed)
    outcome = solve(trainees.build(staff).problem)
    assert outcome.proof == "optimal"
    assert outcome.objective == pytest.approx(best_by_enumeration(staff), rel=1e-6)
    assert outcome.bound == pytest.approx(outcome.objective, rel=1e-5)


def balanced(rows: list[tuple[int, int, int]], demand: list[list[float]], reach: float = 0.0) -> Staff:
    """Return people (community, own business, number) who have an hour each and cover an hour of demand in it."""
    home, own, number = (np.array(column) for column in zip(*rows, strict=True))
    areas = len(demand)
    ring = [frozenset({(a - 1) % areas, (a + 1) % areas} - {a}) for a in range(areas)]
    return Staff(
        home,
        own,
        number,
        np.ones(len(rows)),
        np.ones((len(rows), 2)),
        np.array([demand]),
        np.ones(2),
        np.ones(1),
        np.ones(1),
        None,
        ring,
        reach,
        [(list(range(len(rows))), int(number.sum()))],
        0.0,
    )


def test_without_seats_everybody_covers_his_own_business_alone() -> None:
    """Three of four hours for fixed lines meet a demand of two, one of mobile meets one of two: 3 of 4 are covered."""
    staff = balanced([(0, 0, 3), (0, 1, 1)], [[2.0, 2.0]])
    assert worth(staff, [0, 0]) == pytest.approx(3.0)
    assert worth(staff, [1, 0]) == pytest.approx(4.0)  # one of the three in excess is enough
    assert worth(staff, [0, 1]) == pytest.approx(3.0)  # the wrong one is worth nothing


def test_help_from_beside_makes_a_chain_of_single_links() -> None:
    """Too few mobile sellers in one community, one in excess beside it who is trained: he closes it from there."""
    staff = balanced([(0, 0, 2), (1, 0, 3), (1, 1, 1)], [[2.0, 1.0], [2.0, 1.0]], reach=1.0)
    assert worth(staff, [0, 0, 0]) == pytest.approx(5.0)
    assert worth(staff, [0, 1, 0]) == pytest.approx(6.0)
    # without crossing borders two links would be needed, and the first community has nobody to spare
    alone = balanced([(0, 0, 2), (1, 0, 3), (1, 1, 1)], [[2.0, 1.0], [2.0, 1.0]])
    assert worth(alone, [2, 3, 1]) == pytest.approx(5.0)


def test_a_joint_round_covers_more_than_two_halves() -> None:
    staff = balanced([(0, 0, 1)], [[5.0, 5.0]])
    joint = Staff(**{**staff.__dict__, "joint": 2 / 3})
    assert worth(staff, [1]) == pytest.approx(1.0)
    assert worth(joint, [1]) == pytest.approx(4 / 3)


@pytest.fixture(scope="module")
def city() -> Territory:
    return generate_city(units=60, centres=2, seed=5)


def test_more_seats_are_never_worth_less_and_none_are_as_today(city: Territory) -> None:
    scenario = load_scenario("plan", {"training.trainees": "chosen"})
    centres = sorted(city.units["centre"].unique())
    numbers = range(0, 8, size(4, 1))
    found = [choose_trainees(scenario, city, seats=dict.fromkeys(centres, n)) for n in numbers]
    values = [plan.value for plan in found]
    assert not found[0].people and values[0] == pytest.approx(found[0].nobody)
    assert all(after >= before - 1e-6 * before for before, after in pairwise(values))
    for plan in found:
        assert plan.proof == "optimal" and plan.bound == plan.value
        assert plan.table["trained"].sum() == len(plan.people)
    per_centre = found[-1].table.groupby("centre")["trained"].sum()
    assert per_centre.max() <= numbers[-1]


def test_hours_of_courses_are_seats_they_last_for(city: Territory) -> None:
    scenario = load_scenario("plan", {"training.trainees": "chosen", "training.hours_needed": 16.0})
    centres = sorted(city.units["centre"].unique())
    by_seats = choose_trainees(scenario, city, seats=dict.fromkeys(centres, 2))
    by_hours = choose_trainees(scenario, city, hours=dict.fromkeys(centres, 47.9))
    assert by_hours.people == by_seats.people and 0 < len(by_hours.people) <= 4


def test_a_share_of_each_force_limits_each_force(city: Territory) -> None:
    plan = choose_trainees(load_scenario("plan", {"training.cross_trained": {"CM": 0.0, "GM": 0.4}}), city)
    trained = plan.table[plan.table["trained"]]
    assert set(trained["force"]) == {"GM"}
    whole = plan.table[plan.table["force"] == "GM"].groupby("centre").size()
    assert (trained.groupby("centre").size() <= (0.4 * whole + 0.5).astype(int)).all()


def test_the_demand_of_all_communities_is_what_todays_people_give(city: Territory) -> None:
    scenario = load_scenario("plan")
    company = company_of(scenario, city)
    for business, force, column in (("fixed", "CM", 0), ("mobile", "GM", 1)):
        own = (company.people["force"] == force).to_numpy()
        given = float((company.hours * company.skill[:, column])[own].sum())
        assert company.demand[business].sum() == pytest.approx(given)
    centre = company.people["centre"].iloc[0]
    staff, group_of = staff_of(scenario, company, centre, None, seed=1)
    assert staff.size.sum() == (group_of >= 0).sum() == (company.people["centre"] == centre).sum()
    assert staff.demand.mean(axis=0) == pytest.approx(
        company.demand.loc[sorted(company.people["community"][group_of >= 0].unique())].to_numpy()
    )


def test_the_response_is_that_of_the_simulation_at_its_breaks_and_concave() -> None:
    scenario = load_scenario("plan", {"selling.response_elasticity": 0.34})
    width, gain = segments(scenario)
    curve = 1 / 0.34 - 1
    assert np.cumsum(width * gain) == pytest.approx([d * (1 + curve) / (1 + curve * d) for d in BREAKS[1:]])
    assert (np.diff(gain) < 0).all()


def test_seats_that_are_none_are_refused_all_at_once(city: Territory) -> None:
    centre = city.units["centre"].iloc[0]
    with pytest.raises(InputError) as told:
        choose_trainees(load_scenario("plan"), city, seats={"nowhere": 3, centre: -1}, hours={centre: float("nan")})
    assert [p.path for p in told.value.problems] == [
        "seats.nowhere",
        f"seats.{centre}",
        f"hours.{centre}",
        f"hours.{centre}",
    ]
