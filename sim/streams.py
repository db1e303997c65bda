"""Random streams: one per replication, entity and activity, so that a policy moves nobody else's luck."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

import numpy as np


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
        The same for the same four values, whatever else exists or is drawn.
    """
    key = (replication, _number(entity), _number(activity))
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed, spawn_key=key)))


@lru_cache(maxsize=65536)
def _number(text: str) -> int:
    """Return a stable 63-bit number of a text (Python's own hash differs from run to run)."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") >> 1
