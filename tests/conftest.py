"""What holds for all tests: none of them asserts a time, so none has a deadline; the long ones come first."""

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow tests: a long one that begins last would keep one worker busy and the other waiting."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
