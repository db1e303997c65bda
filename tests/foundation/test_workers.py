"""Tasks end the same on any number of workers; a lost worker costs one more try, then a name."""

import os
import signal
from pathlib import Path

import pytest

from foundation.parallel import Task, spread, working
from foundation.result_cache import Pieces
from scenarios import LimitError


def square(shared: int, item: int) -> int:
    return shared + item * item


def die_once(marker: str, item: int) -> int:
    """Be killed with the third item, the first time."""
    if item == 3 and not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def die_always(parent: int, item: int) -> int:
    if item == 3 and os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def nested(_: None, item: int) -> list[int]:
    return spread(square, item, [Task(k, f"inner {k}", f"inner-{item}-{k}") for k in range(2)])


def tasks(count: int, keyed: bool = True) -> list[Task]:
    return [Task(k, f"task {k}", f"t{k}" if keyed else "") for k in range(count)]


@pytest.mark.parametrize(("jobs", "batch"), [(1, 1), (2, 1), (2, 3)])
def test_results_are_in_order_whatever_the_workers(jobs: int, batch: int) -> None:
    told: list[tuple[int, int]] = []
    ticked = spread(square, 10, tasks(7), jobs=jobs, batch=batch, progress=lambda a, b: told.append((a, b)))
    assert ticked == [10 + k * k for k in range(7)]
    assert told == [(k, 7) for k in range(1, 8)]


def test_what_is_kept_is_not_done_again(tmp_path: Path) -> None:
    with working(pieces=Pieces(tmp_path)):
        assert spread(square, 0, tasks(3)) == [0, 1, 4]
        assert spread(square, 100, tasks(4)) == [0, 1, 4, 109]
        assert spread(square, 100, tasks(2, keyed=False)) == [100, 101]
    assert spread(square, 100, tasks(2)) == [100, 101]


def test_what_a_worker_spreads_in_turn_is_kept_as_well(tmp_path: Path) -> None:
    with working(pieces=Pieces(tmp_path)):
        assert spread(nested, None, tasks(2), jobs=2) == [[0, 1], [1, 2]]
    assert sorted(p.stem for p in tmp_path.iterdir()) == [
        *(f"inner-{i}-{k}" for i in (0, 1) for k in (0, 1)),
        "t0",
        "t1",
    ]


def test_a_lost_worker_costs_one_more_try(tmp_path: Path) -> None:
    found = spread(die_once, str(tmp_path / "marker"), tasks(6), jobs=2, batch=2)
    assert found == list(range(6)) and (tmp_path / "marker").exists()


@pytest.mark.slow
def test_a_task_that_loses_its_worker_twice_is_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    with working(pieces=Pieces(tmp_path)), pytest.raises(LimitError, match=r"twice, while at: .*task 3") as caught:
        spread(die_always, os.getpid(), tasks(6), jobs=2)
    assert "finished and kept" in str(caught.value)
    assert (tmp_path / "t0.json").is_file() and not (tmp_path / "t3.json").exists()


def test_the_only_task_left_is_not_tried_in_this_process(tmp_path: Path) -> None:
    with working(pieces=Pieces(tmp_path)):
        spread(square, 0, tasks(2))
        with pytest.raises(LimitError, match="twice, while at: task 2"):
            spread(die_always, os.getpid(), [*tasks(2), Task(3, "task 2", "t2")], jobs=2)
