"""Whatever Dask calls the loss of a worker when it happens: tried again, or one message that fits a cluster."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from foundation.errors import InputError, LimitError, Problem
from foundation.machine import dask_cluster
from foundation.machine.dask_cluster import Cluster
from foundation.parallel import Task, spread, working

distributed = pytest.importorskip("distributed")
client_module = pytest.importorskip("distributed.client")
CommClosedError = pytest.importorskip("distributed.comm").CommClosedError


class Future:
    """The end of a task, as a client of Dask sees it."""

    def __init__(self, end: Callable[[], Any]) -> None:
        self.end = end

    def add_done_callback(self, call: Callable[[Any], None]) -> None:
        call(self)

    def result(self, timeout: float) -> Any:
        return self.end()


class Client:
    """Stands for a cluster whose first tasks are lost."""

    def __init__(self, error: BaseException, losses: int) -> None:
        self.error, self.losses, self.given = error, losses, 0

    def wait_for_workers(self, count: int, timeout: float) -> None: ...

    def scatter(self, parcel: Any, **options: Any) -> Any:
        return parcel

    def submit(self, call: Callable[..., Any], *args: Any, **options: Any) -> Future:
        self.given += 1
        return Future(self.lose if self.given <= self.losses else lambda: call(*args))

    def lose(self) -> Any:
        raise self.error

    def cancel(self, futures: Any, **options: Any) -> None: ...


def double(shared: int, item: int) -> int:
    if item == 99:
        raise InputError(Problem("item", item, "it must not be 99"))
    return shared + 2 * item


def tasks(*items: int) -> list[Task]:
    return [Task(k, f"task {k}") for k in items]


LOSSES = [
    client_module.FutureCancelledError(key="k", reason="scheduler-restart", msg="already forgotten"),
    asyncio.CancelledError(),
    distributed.KilledWorker("k", None, 3),
    CommClosedError("in <TCP>: Stream is closed"),
    TimeoutError(),
    OSError("Timed out trying to connect"),
    RuntimeError("cannot schedule new futures after shutdown"),
    KeyError("k"),
]


@pytest.mark.parametrize("error", LOSSES, ids=lambda error: type(error).__name__)
def test_tasks_that_a_worker_took_along_are_given_out_again(error: BaseException) -> None:
    with working(cluster=Cluster(Client(error, 2))):
        assert spread(double, 10, tasks(0, 1, 2, 3)) == [10, 12, 14, 16]


@pytest.mark.parametrize("error", LOSSES, ids=lambda error: type(error).__name__)
def test_what_is_lost_again_and_again_ends_in_one_message_that_fits_a_cluster(error: BaseException) -> None:
    with working(cluster=Cluster(Client(error, 999))), pytest.raises(LimitError) as caught:
        spread(double, 10, tasks(0, 1, 2))
    said = str(caught.value)
    assert "task 0, task 1, task 2" in said and "0 of 3 are finished" in said and type(error).__name__ in said
    assert "dask worker HOST:PORT" in said and "--jobs" not in said and "\n" not in said


def test_losses_go_on_being_mended_while_tasks_are_finished() -> None:
    class Shaky(Client):
        def submit(self, call: Callable[..., Any], *args: Any, **options: Any) -> Future:
            self.given += 1
            return Future(self.lose if self.given % 2 else lambda: call(*args))

    client = Shaky(TimeoutError(), 0)
    with working(cluster=Cluster(client)):
        assert spread(double, 0, tasks(*range(9))) == [2 * k for k in range(9)]
    assert client.given > 9


def test_what_the_work_itself_says_comes_back_as_it_is() -> None:
    with working(cluster=Cluster(Client(TimeoutError(), 0))), pytest.raises(InputError, match="must not be 99"):
        spread(double, 0, tasks(1, 99))


def test_a_worker_that_joins_with_another_program_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    digests = iter(["here", "there"])
    monkeypatch.setattr(dask_cluster, "program", lambda: next(digests))
    with working(cluster=Cluster(Client(TimeoutError(), 0))), pytest.raises(LimitError, match="another version"):
        spread(double, 0, tasks(1))


def test_where_nobody_is_left_it_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(Client):
        def submit(self, call: Callable[..., Any], *args: Any, **options: Any) -> Future:
            silent = Future(self.lose)
            silent.add_done_callback = lambda call: None  # type: ignore[method-assign]
            return silent

        def nthreads(self) -> dict[str, int]:
            return {}

    monkeypatch.setattr(dask_cluster, "BEAT", 0.01)
    monkeypatch.setattr(dask_cluster, "PATIENCE", 0.05)
    with working(cluster=Cluster(Silent(TimeoutError(), 0))), pytest.raises(LimitError, match="no worker is left"):
        spread(double, 0, tasks(1))
