"""Words and numbers in English and Chinese."""
