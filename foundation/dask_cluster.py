"""A Dask cluster: machines beyond this one that take tasks, if they run the same program."""

from __future__ import annotations

import contextlib
import hashlib
import pickle
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from joblib import Parallel, delayed, parallel_config

from foundation.errors import InputError, Problem
from foundation.messages import Joined, Message
from foundation.parallel import WorkerLostError, do_part, working
from foundation.result_cache import Pieces, program

PREFIX = "dask://"

PATIENCE = 20.0
"""Seconds to wait for the scheduler, and for its first worker."""


@dataclass(frozen=True)
class Parcel:
    """What all tasks share, packed: it travels to each worker, not with each task, and is unpacked there once."""

    key: str
    content: bytes


class Cluster:
    """The workers behind a Dask scheduler.

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

        Parameters
        ----------
        work : callable
        shared : object
        given : iterable of (numbers, items)
            Tasks that go to a worker together.

        Raises
        ------
        WorkerLostError
            Workers were lost again and again with the same task, or all of them are gone.
        """
        from distributed import KilledWorker  # noqa: PLC0415 (an optional package)

        content = pickle.dumps(shared)
        parcel = Parcel(hashlib.sha256(content).hexdigest(), content)
        calls = (delayed(_remote)(parcel, work, numbers, items) for numbers, items in given)
        try:
            with parallel_config(backend="dask", client=self.client, scatter=[parcel]):
                for part in Parallel(n_jobs=-1, return_as="generator_unordered", batch_size=1)(calls):
                    yield from part
        except (KilledWorker, TimeoutError, ConnectionError) as error:
            raise WorkerLostError(str(error)) from error


def _remote(
    parcel: Parcel, work: Callable[[Any, Any], Any], numbers: list[int], items: list[Any]
) -> list[tuple[int, Any]]:
    """Do a few tasks on a worker, which need not see the disk where pieces are kept."""
    return do_part(Pieces(), work, _unpacked(parcel.key, parcel), numbers, items)


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
    with contextlib.closing(client):
        _same_program(client, path)
        with working(cluster=Cluster(client)):
            yield


def _same_program(client: Any, path: str) -> None:
    """Refuse a cluster without workers, or one that would compute something else."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except TimeoutError:
        raise InputError(
            Problem(path, None, Message("it has no workers"), Message("Start one: dask worker HOST:PORT"))
        ) from None
    try:
        found = client.run(program)
    except Exception as error:  # whatever a worker without our program raises
        rule = Message("a worker cannot load this program ({kind}: {error})", kind=type(error).__name__, error=error)
        raise InputError(Problem(path, None, rule, Message("Install the same version on every worker."))) from None
    other = sorted(worker for worker, digest in found.items() if digest != program())
    if other:
        rule = Message("another version of the program or its packages runs on {names}", names=Joined(other[:4]))
        raise InputError(Problem(path, None, rule, Message("Install the same version on every worker.")))
