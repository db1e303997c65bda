"""A Dask cluster: machines beyond this one that take tasks, if they run the same program."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import pickle
import queue
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from foundation.errors import InputError, LimitError, Problem
from foundation.messages import Joined, Message
from foundation.parallel import WorkerLostError, do_part, working
from foundation.result_cache import Pieces, program

PREFIX = "dask://"

PATIENCE = 20.0
"""Seconds to wait for the scheduler, and for a worker where there is none."""

BEAT = 1.0
"""Seconds after which one looks whether any worker is left, if nothing has been heard."""

ADVICE = Message(
    "Look at the cluster: start workers again (dask worker HOST:PORT), with more memory each if it has run out "
    "(--memory-limit), and the scheduler if it is gone."
)


@dataclass(frozen=True)
class Parcel:
    """What all tasks share, packed: it travels to each worker, not with each task, and is unpacked there once."""

    key: str
    content: bytes


class Cluster:
    """The workers behind a Dask scheduler, any of which may be lost at any moment.

    Parameters
    ----------
    client : distributed.Client
    """

    def __init__(self, client: Any) -> None:
        self.client = client

    def run(
        self, work: Callable[[Any, Any], Any], shared: Any, given: Iterable[tuple[list[int], list[Any]]]
    ) -> Iterator[tuple[int, Any]]:
        """Yield number and result of tasks as they are finished.

        What the work itself raises comes back as it is; all else that ends a task is the loss of a worker, whatever
        Dask calls it at that moment. What the other workers finish is yielded before the loss is told.

        Parameters
        ----------
        work : callable
        shared : object
        given : iterable of (numbers, items)
            Tasks that go to a worker together.

        Raises
        ------
        WorkerLostError
            Tasks were lost with their workers, all workers are gone, or the scheduler is.
        LimitError
            A worker that has joined runs another program.
        """
        content = pickle.dumps(shared)
        parcel = Parcel(hashlib.sha256(content).hexdigest(), content)
        lost: list[str] = []
        futures: set[Any] = set()
        try:
            try:
                self.client.wait_for_workers(1, timeout=PATIENCE)
                ship = self.client.scatter(parcel, broadcast=True, hash=False)
                for numbers, items in given:
                    futures.add(self.client.submit(_remote, ship, program(), work, numbers, items, pure=False))
            except LOSSES as error:
                raise WorkerLostError(type(error).__name__, ADVICE) from error
            for future in self._as_they_end(futures):
                futures.discard(future)  # its worker may forget the result
                try:
                    good, found = future.result(timeout=PATIENCE)
                except LOSSES as error:
                    lost.append(type(error).__name__)
                    continue
                if not good:
                    raise found
                yield from found
            if lost:
                raise WorkerLostError(lost[0], ADVICE)
        finally:
            with contextlib.suppress(*LOSSES):
                self.client.cancel(list(futures), force=True)

    def _as_they_end(self, futures: Iterable[Any]) -> Iterator[Any]:
        """Yield what has come to an end, well or not; look now and then whether anybody is there still."""
        ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
        left, seen = 0, time.monotonic()
        for future in futures:
            future.add_done_callback(ended.put)
            left += 1
        while left:
            try:
                future = ended.get(timeout=BEAT)
            except queue.Empty:
                seen = time.monotonic() if self._somebody_is_there() else seen
                if time.monotonic() - seen > PATIENCE:
                    raise WorkerLostError("no worker is left", ADVICE) from None
                continue
            left, seen = left - 1, time.monotonic()
            yield future

    def _somebody_is_there(self) -> bool:
        try:
            return bool(self.client.nthreads())
        except LOSSES:
            return False


LOSSES = (Exception, asyncio.CancelledError)
"""What Dask raises where a worker or the scheduler is gone: of many kinds, one of them no `Exception`."""


def _remote(
    parcel: Parcel, wanted: str, work: Callable[[Any, Any], Any], numbers: list[int], items: list[Any]
) -> tuple[bool, Any]:
    """Do a few tasks on a worker, which need not see the disk where pieces are kept; return what the work raises."""
    try:
        if program() != wanted:
            told = Message(
                "a worker that has joined the cluster runs another version of the program or its packages. {remedy}",
                remedy=Message("Install the same version on every worker."),
            )
            raise LimitError(told)
        return True, do_part(Pieces(), work, _unpacked(parcel.key, parcel), numbers, items)
    except Exception as error:
        return False, error


_open: dict[str, Any] = {}


def _unpacked(key: str, parcel: Parcel) -> Any:
    """Return the content of a parcel; a worker keeps the last one, whatever copies of it Dask moves around."""
    if key not in _open:
        _open.clear()
        _open[key] = pickle.loads(parcel.content)  # it comes from the session that this worker serves
    return _open[key]


@contextlib.contextmanager
def joined(address: str | None) -> Iterator[None]:
    """Spread work over a cluster until the block ends; without an address, over this machine.

    Raises
    ------
    InputError
        The address is none, nothing answers there, or a worker runs another program.
    """
    if address is None:
        yield
        return
    path = f"--cluster {address}"
    if not re.fullmatch(r"dask://[^\s/]+:\d{1,5}", address):
        raise InputError(
            Problem(path, None, Message("it must be dask://HOST:PORT"), Message("Example: dask://127.0.0.1:8786"))
        )
    try:
        from distributed import Client  # noqa: PLC0415 (an optional package)
    except ImportError:
        remedy = Message("Install it: pip install 'frontline-fusion[cluster]'")
        raise InputError(Problem(path, None, Message("Dask is not installed"), remedy)) from None
    try:
        client = Client(f"tcp://{address.removeprefix(PREFIX)}", timeout=PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        rule = Message("no Dask scheduler answers there ({error})", error=type(error).__name__)
        raise InputError(Problem(path, None, rule, Message("Start one: dask scheduler"))) from None
    for name in ("distributed", "tornado.application"):  # of a lost worker we tell in one line, they in forty
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        _same_program(client, path)
        with working(cluster=Cluster(client)):
            yield
    finally:
        with contextlib.suppress(*LOSSES):
            client.close(timeout=PATIENCE)


def _same_program(client: Any, path: str) -> None:
    """Refuse a cluster without workers, or one that would compute something else."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        remedy = Message("Start one: dask worker HOST:PORT")
        raise InputError(Problem(path, None, Message("it has no workers"), remedy)) from None
    found = _programs(client, path)
    other = sorted(worker for worker, digest in found.items() if digest != program())
    if other:
        rule = Message("another version of the program or its packages runs on {names}", names=Joined(other[:4]))
        raise InputError(Problem(path, None, rule, Message("Install the same version on every worker.")))


def _programs(client: Any, path: str) -> dict[str, str]:
    """Return the digest of the program that each worker runs; workers that are lost meanwhile are asked no more."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            found: dict[str, Any] = client.run(program, on_error="return")
            wrong = [answer for answer in found.values() if isinstance(answer, BaseException)]
        except LOSSES as error:
            found, wrong = {}, [error]
        if found and not wrong:
            return found
        if time.monotonic() > until or any(not isinstance(error, OSError) for error in wrong):
            first = wrong[0] if wrong else TimeoutError()
            kind, told = type(first).__name__, str(first)
            rule = Message("a worker cannot load this program ({kind}: {error})", kind=kind, error=told)
            raise InputError(Problem(path, None, rule, Message("Install the same version on every worker."))) from None
        time.sleep(BEAT)
