"""What holds for all tests: none of them asserts a time, so none has a deadline."""

from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")
