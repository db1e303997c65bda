"""Share trained against contribution: the page tells what the table holds, against nobody trained."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.cross_training import COLUMNS, draw, page, table
from scenarios import generate_city


def test_the_page_tells_every_row_but_the_one_that_others_are_held_to() -> None:
    rows = [
        (0.0, "spread", 0, np.nan, "", 250, 1e6, 0.0, 0.0, 0.0),
        (0.5, "spread", 5, np.nan, "", 250, 2e6, 1e6, 0.5e6, 1.5e6),
        (0.5, "chosen", 4, 0.9, "optimal", 250, 3e6, 2e6, 1.5e6, 2.5e6),
    ]
    found = pd.DataFrame(rows, columns=COLUMNS)
    told = page(found, 4, 60, "python -m benchmarks.cross_training --write")
    assert "| 50% | spread evenly | 5 | +1.00 (0.50 to 1.50) |  |" in told
    assert "| 50% | chosen by the model | 4 | +2.00 (1.50 to 2.50) | 90% (optimal) |" in told
    assert told.count("\n| ") == 3
    lines = draw(found).axes[0].containers
    assert [line.get_label() for line in lines] == ["spread evenly", "chosen by the model"]


@pytest.mark.slow
def test_the_table_holds_every_share_against_nobody_trained() -> None:
    found = table(generate_city(units=40, centres=2, seed=3), (1.0,), 2, 1, (12, 20))
    assert list(found.columns) == COLUMNS and len(found) == 6
    none = found[found["share"] == 0]
    assert not none[["difference", "low", "high", "trained"]].to_numpy().any()
    whole = found[(found["share"] == 1) & (found["who"] == "spread")]
    assert (whole["difference"] < 0).all()  # courses cost at first
