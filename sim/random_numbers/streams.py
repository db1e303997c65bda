"""Random streams: one per replication, entity and activity, so that a policy moves nobody else's luck."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

POOL = 16
"""Bytes of a `SeedSequence` before a spawn key begins."""

WORD = 4
"""Bytes of a word."""


def stream(seed: int, replication: int, entity: str, activity: str) -> np.random.Generator:
    """Return the generator of one activity of one entity in one replication.

    Parameters
    ----------
    seed : int
        Root of the study.
    replication : int
        Number of the seeded run, from 0.
    entity, activity : str
        Whose luck, at what: ``("CM001", "sell.fixed")``.

    Returns
    -------
    numpy Generator
        The same for the same four values, whatever else exists or is drawn: that of
        ``SeedSequence(seed, spawn_key=(replication, number of the entity, number of the activity))``, whose words are
        put together here in a third of the time, since a replication has thousands of streams.
    """
    key = _root(seed, replication) + _words(number(entity)) + _words(number(activity))
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(np.frombuffer(key, dtype="<u4"))))


def keys(
    seed: int, replication: int, entities: Sequence[str], activity: str
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return what the seed sequences of many entities' streams are made of, for `sim.random_numbers.vector_streams`.

    Returns
    -------
    keys : ndarray, shape (entities, most words)
        Filled up with 0.
    words : ndarray, shape (entities,)
        How many words each key has.
    """
    root, last = _root(seed, replication), _words(number(activity))
    each = [root + _words(number(entity)) + last for entity in entities]
    longest = max(map(len, each), default=POOL)
    filled = b"".join([key.ljust(longest, b"\0") for key in each])
    words = np.array([len(key) // WORD for key in each], dtype=np.int64)
    return np.frombuffer(filled, dtype="<u4").reshape(len(each), longest // WORD), words


def _root(seed: int, replication: int) -> bytes:
    """Return the words with which the keys of all streams of a replication begin."""
    return _words(seed).ljust(POOL, b"\0") + _words(replication)


@lru_cache(maxsize=65536)
def number(text: str) -> int:
    """Return a stable 63-bit number of a text (Python's own hash differs from run to run)."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") >> 1


@lru_cache(maxsize=65536)
def _words(value: int) -> bytes:
    """Return a number in words of 32 bits, the lowest first, at least one."""
    return value.to_bytes(WORD * max(-(-value.bit_length() // 32), 1), "little")
