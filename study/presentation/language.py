"""What the study says, in English and Chinese: a catalogue for each, and numbers and dates as each writes them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.numbers import NumberPattern, format_decimal, parse_pattern

from foundation.messages import External, Joined, Message, Multilingual, filled, in_a_row
from scenarios import InputError, Problem
from study.presentation.catalogues import texts

LANGUAGES = ("en", "zh")
NOTHING = "–"
"""Stands where there is no number."""

ELSEWHERE = ("help", "argparse")
"""Contexts of texts that only the command line has."""

LISTS = {"en": "en_GB", "zh": "zh"}
"""Whose lists a language has: the texts are written without a comma before the last "and"."""


_BETWEEN_PARTS = {
    "en": {},
    "zh": {", ": "、", "; ": "；", ". ": "。", " ": "", " and ": "和", " or ": "或"},
}
"""What stands between the parts of a `Joined` text where it differs from English."""


class Language:
    """One language: its words, and its ways with numbers and dates.

    Parameters
    ----------
    code : {"en", "zh"}

    Raises
    ------
    InputError
        The study does not speak this language.
    """

    def __init__(self, code: str) -> None:
        if code not in LANGUAGES:
            raise InputError(
                Problem("language", code, Message("it must be one of {names}", names=Joined(LANGUAGES)), "")
            )
        self.code = code
        self.words = catalogue(code)
        self._categories = ("one", "other") if code == "en" else ("other",)
        self._locale = Locale.parse(code)
        self._plural = self._locale.plural_form

    def __call__(self, key: str, **values: Any) -> str:
        """Return the text of a key with its placeholders filled in.

        ``{count:community|communities}`` is the word that goes with a number.

        Raises
        ------
        KeyError
            The catalogue has no such key: a mistake in the program, not in an input.
        """
        text = self.words[key]
        return filled(text, values, self._form) if values else text

    def business(self, name: object) -> str:
        """Return what a business is called; one beside the two of the plan goes by its own name."""
        return self.words.get(f"business.{name}", str(name))

    def _form(self, number: Any) -> int:
        """Return the place of the form of a word that goes with a number."""
        plain = str(number).replace(",", "")
        counted = re.fullmatch(r"-?\d+(\.\d+)?", plain)
        return self._categories.index(self._plural(Decimal(plain)) if counted else "other")

    def said(self, message: str) -> str:
        """Return what the program says (`foundation.messages`), in this language; as it stands if unknown.

        Parameters
        ----------
        message : str
            A `Message`, several of them, or a text of the data. Any other is somebody's own word and stays.
        """
        return self.gloss(message) if isinstance(message, Message | Joined | Multilingual | External) else message

    @property
    def space(self) -> str:
        """What stands between two sentences."""
        return "" if self.code == "zh" else " "

    def has(self, key: str) -> bool:
        """Say whether the catalogue has a key."""
        return key in self.words

    def gloss(self, text: str, part: str = "") -> str:
        """Return a text that the program, the schema or the plan's evidence states in English; as it stands if unknown.

        Parameters
        ----------
        text : str
            A `Message` or several of them; or a text of the schema, the plan or the help, whose id is its English.
        part : str
            The context that such a text has in the catalogue; any but those of `ELSEWHERE` unless given.
        """
        if self.code == "en" or not text:
            return text
        match text:
            case Joined():
                return self._joined(text)
            case Multilingual():
                return text.languages.get(self.code, text)
            case Message():
                template = texts(self.code, "messages").get(("", text.template))
                if not template:
                    return text
                values = {name: self._value(value) for name, value in text.values.items()}
                return filled(template, values, self._form) if values else template
        return stated(self.code, part).get(text, text)

    def _joined(self, text: Joined) -> str:
        """Return texts in a row, with the separators of this language."""
        between = _BETWEEN_PARTS[self.code].get(text.separator, text.separator)
        last = _BETWEEN_PARTS[self.code].get(text.last, text.last)
        parts = [str(self._value(part)) for part in text.parts]
        if text.more:
            parts.append(self("more", count=text.more))
        return in_a_row(parts, between, last)

    def _value(self, value: Any) -> Any:
        """Return a value of a message as this language writes it."""
        return self.said(value) if isinstance(value, str) else value

    def tongue(self, text: str) -> str:
        """Return the language in which a text of :meth:`gloss` stands."""
        return "en" if self.gloss(text) == text and re.search("[A-Za-z]{2}", text) else self.code

    def number(self, value: float | None, digits: int | None = None, *, sign: bool = False) -> str:
        """Return a number with thousands separators; ``digits`` behind the point, or as many as its size needs."""
        if value is None or not math.isfinite(value):
            return NOTHING
        places = (0 if isinstance(value, int) else fitting(value)) if digits is None else digits
        rounded = round(value, places) or 0.0  # no minus before a zero
        text = format_decimal(abs(rounded), format=_pattern(places), locale=self._locale)
        if rounded < 0:
            return f"−{text}"
        return f"+{text}" if sign and rounded > 0 else text

    def percent(self, share: float | None, digits: int = 1, *, sign: bool = False) -> str:
        """Return a share as a percentage."""
        if share is None or not math.isfinite(share):
            return NOTHING
        return self.number(share * 100, digits, sign=sign) + ("%" if self.code == "zh" else " %")

    def day(self, value: date) -> str:
        """Return a date."""
        return format_date(value, "d MMM y" if self.code == "en" else "long", locale=self._locale)

    def month(self, value: date, *, with_year: bool = False) -> str:
        """Return the month of a date for an axis; January carries the year."""
        return format_skeleton("yMMM" if with_year or value.month == 1 else "MMM", value, locale=self._locale)

    def money(self, value: float, *, sign: bool = False) -> str:
        """Return an amount of yuan: ¥ m in English, 万元 in Chinese."""
        return self.money_span(value, value, value, sign=sign)[0]

    def money_span(self, mean: float, low: float, high: float, *, sign: bool = False) -> tuple[str, str, str]:
        """Return an amount of yuan and the ends of its interval, which stand after it without a unit.

        They are rounded to what the interval can carry: to the first digit of half its width.
        """
        if not math.isfinite(mean):
            return NOTHING, NOTHING, NOTHING
        widest = max(abs(value) for value in (mean, low, high) if math.isfinite(value))
        large = widest >= (1e4 if self.code == "zh" else 1e5)
        unit = (1e4 if self.code == "zh" else 1e6) if large else 1.0
        digits = self._carried((high - low) / 2 / unit, mean / unit) if large else 0
        half = (high - low) / 2
        if not large and math.isfinite(half) and half >= 1:  # whole tens, hundreds or thousands of yuan
            mean, low, high = (round(value, -math.floor(math.log10(half))) for value in (mean, low, high))
        mean_text, low_text, high_text = (self.number(v / unit, digits, sign=sign) for v in (mean, low, high))
        if self.code == "zh":
            return f"{mean_text}{'万元' if large else '元'}", low_text, high_text
        amount = mean_text.lstrip("+−")
        before = mean_text.removesuffix(amount)
        return f"{before}¥{amount}{' m' if large else ''}", low_text, high_text

    def _carried(self, half_width: float, value: float) -> int:
        """Return the decimals that an interval can carry; as many as the size needs where there is none."""
        if not math.isfinite(half_width) or half_width <= 0:
            return fitting(value) if self.code == "zh" else 2
        return min(max(0, -math.floor(math.log10(half_width))), 4)

    def listed(self, items: list[str] | tuple[str, ...]) -> str:
        """Return items as a list in words."""
        return format_list(list(items), locale=LISTS[self.code])

    def quoted(self, titles: list[str] | tuple[str, ...]) -> str:
        """Return titles as a list in words, each in quotation marks of its own."""
        return self.listed([f"“{title}”" if self.code == "zh" else f'"{title}"' for title in titles])


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(code: str) -> Mapping[str, str]:
    """Return the texts of a language by dotted key."""
    words = {name: text for (_, name), text in texts(code, "interface").items()}
    return words


@lru_cache(maxsize=len(LANGUAGES) * (1 + len(ELSEWHERE)))
def stated(code: str, part: str = "") -> Mapping[str, str]:
    """Return what texts of the schema, the plan, the help and argparse are called in a language, by their English."""
    known = texts(code, "messages").items()
    return {
        text: said
        for (context, text), said in known
        if said and context and (context == part if part else context not in ELSEWHERE)
    }


@lru_cache(maxsize=64)
def _pattern(places: int) -> NumberPattern:
    """Return the pattern of numbers with that many decimals."""
    return parse_pattern(f"#,##0.{'0' * places}" if places else "#,##0")


def fitting(value: float) -> int:
    """Return the decimals that leave about three significant digits."""
    size = abs(value)
    if size >= 100 or size == 0:
        return 0
    return 1 if size >= 10 else 2 if size >= 1 else 3


_APART = re.compile(r"(?<=\d) (?=(?:%|‰|km\b|¥ m\b|percentage points))|(?<=¥) (?=m\b)")


def unbroken(text: str) -> str:
    """Return a text in which no line ends between a number and its unit.

    Examples
    --------
    >>> unbroken("10 % of 3 runs") == f"10{chr(160)}% of 3 runs"
    True
    """
    return _APART.sub("\N{NO-BREAK SPACE}", text)
