"""Numbers as people write them: 3,250 and 4250人 and 1.2万, read only where nothing else can be meant."""

from __future__ import annotations

import re

from scenarios.territory.tables.raw_table import plain

_TENS = {"": 1.0, "百": 100.0, "千": 1e3, "k": 1e3, "万": 1e4, "w": 1e4, "十万": 1e5, "百万": 1e6, "亿": 1e8}
_BEHIND = (
    "人|户|家|个|名|位|元|块|部|台|点|间|处|套|岁|人次|元/年|元/人|户/月|个/月|平方公里|平方千米|km2|km²|公里|km|米|m"
)
_WRITTEN = re.compile(
    rf"(?P<sign>[+-]?)(?P<number>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    rf"\s*(?P<tens>十万|百万|百|千|万|亿|k|w)?\s*(?:{_BEHIND})?",
    re.IGNORECASE,
)


def plain_number(cell: str) -> float | None:
    """Return the number that a cell is, as computers write it; None where it is none."""
    if "_" in cell:  # Python reads 1_000 as a number; no table means it so
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def written_number(cell: str) -> float | None:
    """Return the number that a person wrote: with thousands separated, a unit behind it, or 万; None where doubtful.

    Examples
    --------
    >>> written_number("3,250"), written_number("4250人"), written_number("1.2万"), written_number("12,34")
    (3250.0, 4250.0, 12000.0, None)
    """
    found = _WRITTEN.fullmatch(plain(cell).replace("，", ",").casefold())
    if found is None:
        return None
    number = float(found["number"].replace(",", "")) * _TENS[found["tens"] or ""]
    number = round(number, 6)  # 1.2 times 10,000 is 12,000
    return -number if found["sign"] == "-" else number
