"""Deadlines in work: shares, parts side by side, and the clock as a safety stop that is named."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from foundation.parallel import noting_stops, stops
from optimize.solving.deadline import Deadline, halting, nodes_used, trees_side_by_side


def test_a_part_spends_of_the_whole_and_never_has_more_than_is_left():
    whole = Deadline(10.0)
    part = whole.part(0.5)
    part.spend(4.0)
    assert (part.left, whole.left) == (1.0, 6.0)
    whole.spend(5.5)
    assert part.left == 0.5
    assert not part.over
    part.spend(1.0)
    assert part.over
    assert whole.left == 0.0


def test_parts_side_by_side_are_counted_in_their_order_and_do_not_see_each_other():
    whole = Deadline(10.0)
    first, second = whole.alone(), whole.alone()
    first.spend(6.0)
    assert second.left == 10.0
    second.spend(1.0)
    whole.gather([first, second])
    assert whole.spent == 7.0


def test_the_course_of_a_value_has_what_was_best_after_how_much_work():
    whole = Deadline(10.0)
    part = whole.part(0.5)
    for work, value in ((1.0, 9.0), (1.0, 9.5), (0.5, 7.0), (0.0, 6.0)):
        part.spend(work)
        part.reach("moment", value)
    part.reach("of a part", 1.0)
    assert whole.reached("moment") == ((1.0, 9.0), (2.5, 6.0))
    assert whole.reached("distance") == ()


def test_what_the_clock_cuts_short_is_named_and_told_outward():
    with noting_stops() as noted:
        whole = Deadline(5.0, seconds=0.0, what="search")
        part = whole.part(1.0, "proof by the model")
        assert part.over and part.left == 5.0
        assert list(whole.cut) == ["proof by the model"]
        assert stops() == ["proof by the model"]
    assert list(noted) == ["proof by the model"]
    assert stops() == []


def test_work_that_is_used_up_names_nothing():
    with noting_stops() as noted:
        used = Deadline(1.0, seconds=1e6)
        used.spend(2.0)
        assert used.over
        with halting(used) as halt:
            assert halt[0] == 0
    assert not noted and not used.cut


@pytest.mark.parametrize(("left", "used"), [(7, 3), (0, 10), (-1, 10), (-2 - 6, 4)])
def test_nodes_that_a_tree_has_used_are_known_however_it_ended(left, used):
    assert nodes_used(10, left) == used


@pytest.mark.parametrize("threads", [1, 3])
def test_trees_side_by_side_share_what_is_left_and_the_large_ones_get_the_rest(threads):
    sizes = [3, 40, 5, 2]

    def tree(size, cap):
        return size if size <= cap else None, cap - size if size <= cap else -1

    deadline = Deadline(80.0)
    with ThreadPoolExecutor(threads) as pool:
        made = trees_side_by_side(pool, sizes, tree, lambda result: result[1], nodes=10**9, work=1.0, deadline=deadline)
    assert [result[0] for result in made] == sizes
    assert deadline.spent == 3 + 20 + 5 + 2 + 40
    with ThreadPoolExecutor(threads) as pool:
        tight = trees_side_by_side(
            pool, sizes, tree, lambda result: result[1], nodes=10**9, work=1.0, deadline=Deadline(40.0)
        )
    assert [result[0] for result in tight] == [3, None, 5, 2]


def test_without_a_limit_nothing_is_ever_over():
    forever = Deadline()
    forever.spend(1e12)
    assert not forever.over and math.isinf(forever.left) and math.isinf(forever.part(0.1).left)
