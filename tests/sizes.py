"""How much of what is long, or drawn at random, a run of the tests takes on: a share, or with FULL=1 all of it."""

import os

FULL = os.environ.get("FULL") == "1"


def size(share: int, whole: int) -> int:
    """Return how large a test is made."""
    return whole if FULL else share
