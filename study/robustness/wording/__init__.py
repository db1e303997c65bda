"""The answer in plain words, in either language."""
