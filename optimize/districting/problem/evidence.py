"""What a proof rests on, noted while it is made, so that other code can check it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
from numpy.typing import NDArray

Entry = dict[str, Any]
"""Plain data: ``kind``, the ``bound`` that it gives, and what is needed to check that."""

_LEDGER: ContextVar[list[Entry] | None] = ContextVar("ledger", default=None)


@contextmanager
def noting() -> Iterator[list[Entry]]:
    """Collect what is noted until the block ends.

    Examples
    --------
    >>> with noting() as ledger:
    ...     note("divisions", 3.0, units=4)
    >>> ledger
    [{'kind': 'divisions', 'bound': 3.0, 'units': 4}]
    """
    ledger: list[Entry] = []
    token = _LEDGER.set(ledger)
    try:
        yield ledger
    finally:
        _LEDGER.reset(token)


def note(kind: str, bound: float, **facts: Any) -> None:
    """Note what a bound rests on; the strongest of a kind is kept. Where nothing is collected, do nothing.

    Parameters
    ----------
    kind : {"divisions", "prices", "radius", "trees", "communities", "seats", "model", "moves"}
        Every division was looked at; prices of the units (Lagrangian), of costs or of units out of reach; packed trees;
        whole communities were listed; sets of seats were listed; a solver said so; communities
        with the names of today were listed.
    bound : float
        No plan is better; infinite where there is none.
    **facts
        Numbers, text and arrays.
    """
    ledger = _LEDGER.get()
    if ledger is None:
        return
    known = next((entry for entry in ledger if entry["kind"] == kind), None)
    if known is None:
        ledger.append({"kind": kind, "bound": bound, **facts})
    elif bound > known["bound"]:
        known.clear()
        known.update(kind=kind, bound=bound, **facts)


def listing(sets: NDArray[np.int8]) -> Entry:
    """Return how many sets of units there are, and a digest that their order does not change.

    Parameters
    ----------
    sets : ndarray of int8, shape (sets, units)
    """
    packed = np.unique(np.packbits(sets, axis=1), axis=0)
    return {"listed": len(packed), "digest": hashlib.sha256(packed.tobytes()).hexdigest()}
