"""The whole study, and the same study once more."""
