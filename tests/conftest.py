"""What holds for all tests: none of them asserts a time, so none has a deadline; the long ones come first."""

import pytest
from hypothesis import settings

from tests.sizes import FULL, size

# A change lands or not by what it does: examples are the same in every run. FULL=1 draws others each time.
settings.register_profile("house", deadline=None, max_examples=size(25, 200), derandomize=not FULL)
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin each half with its part of the slow tests.

    Two workers are given a half each and take tests from each other's end: a long one that begins last would keep one
    of them busy and the other waiting.
    """
    slow = [item for item in items if item.get_closest_marker("slow")]
    quick = [item for item in items if not item.get_closest_marker("slow")]
    some, half = len(slow) // 2, len(items) // 2 - len(slow) // 2
    items[:] = [*slow[:some], *quick[:half], *slow[some:], *quick[half:]]
