"""How tables are read as an office keeps them: code pages, titles above the header, totals, numbers as written."""
