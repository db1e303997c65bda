"""The campaign of docs/timeline.md: how often the search finds a best timeline that is known, over seeds.

``python -m tests.study.timeline.timeline_campaign 20``: a closed form on 264 points, 45 of them tried, and a grid of
24 points with drawn values, all of them tried.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import product

import numpy as np

from study.timeline.search_space import Point, Space
from tests.study.timeline.test_timeline_search import COARSE, WIDE, Laboratory, ask, bowl

Worth = Callable[[Point], float]


def closed_form(_: int) -> tuple[Space, Worth, float]:
    """A bowl whose only best point is known."""
    return WIDE, bowl, 1.0


def grid(seed: int) -> tuple[Space, Worth, float]:
    """Drawn values, often closer to one another than the indifference."""
    rng = np.random.default_rng(seed)
    table = {p: 1000 + 8 * rng.random() for p in product(*(range(len(axis.values)) for axis in COARSE.axes))}
    return COARSE, table.__getitem__, 1.5


def main(seeds: int) -> None:
    """Search for every seed, and print how often the answer was right, best, and its margin inside the interval."""
    for name, problem in (("closed form", closed_form), ("grid", grid)):
        right, best, inside = 0, 0, 0
        for seed in range(seeds):
            space, worth, noise = problem(seed)
            _, word = ask(space, Laboratory(worth, seed, noise=noise))
            assert word.best is not None  # the limits of the laboratory are wide
            top = max(worth(p) for p in product(*(range(len(axis.values)) for axis in space.axes)))
            right += worth(word.best) >= top - word.indifference
            best += worth(word.best) == top
            inside += word.margin[1] <= worth(word.best) - worth(space.start) <= word.margin[2]
        print(f"{name}: within the indifference {right}, the best itself {best}, margin inside {inside} of {seeds}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
