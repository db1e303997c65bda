"""The catalogues of texts: gettext files, one folder a language, read and written by Babel.

``interface.po`` has the texts of what is shown, under dotted ids (``report.title``), in every language.
``messages.po`` has what the lower rooms say (`foundation.messages.Message`), the schema's meanings and units, the
plan's evidence and the help: their id is the English text itself, so that only the other languages have one.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

FOLDER = Path(__file__).parent / "locale"

ROOT = Path(__file__).parents[2]
PACKAGES = ("foundation", "scenarios", "sim", "optimize", "study")

Texts = dict[tuple[str, str], str]
"""Text by context (empty: none) and id."""

_HEADER = "# {language}: {domain} of Frontline Fusion. Sorted by id; `make texts` sorts it and adds what is missing."


@lru_cache
def texts(code: str, domain: str) -> Texts:
    """Return the texts of a language by context and id.

    Parameters
    ----------
    code : {"en", "zh"}
    domain : {"interface", "messages"}
    """
    path = FOLDER / code / f"{domain}.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {(m.context or "", str(m.id)): str(m.string) for m in read_po(file, locale=code) if m.id}


def write(code: str, domain: str, entries: Mapping[tuple[str, str], str]) -> None:
    """Write the texts of a language, sorted by context and id."""
    catalog = Catalog(locale=code, fuzzy=False, header_comment=_HEADER.format(language=code, domain=domain))
    for (context, name), text in sorted(entries.items()):
        catalog.add(name, text, context=context or None)
    made = io.BytesIO()
    write_po(made, catalog, width=0, omit_header=False, no_location=True)
    path = FOLDER / code / f"{domain}.po"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(_lasting(made.getvalue()))
    texts.cache_clear()


def _lasting(made: bytes) -> bytes:
    """Return a file without the lines of its head that change from day to day."""
    lines = made.decode("utf-8").splitlines(keepends=True)
    passing = ('"POT-Creation-Date', '"PO-Revision-Date', '"Generated-By', '"Last-Translator', '"Language-Team')
    return "".join(line for line in lines if not line.startswith(passing)).encode("utf-8")


def messages_in(files: Iterable[Path]) -> dict[str, str]:
    """Return the id of every message that the code makes (`Message("...", ...)`), with a place where it does."""
    found: dict[str, str] = {}
    for path in files:
        for line, name, *_ in extract_from_file("python", path, keywords={"Message": None}):
            found[str(name)] = f"{path}:{line}"
    return found


def sources() -> list[Path]:
    """Return every Python file of the packages."""
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def bring_up_to_date() -> dict[str, str]:
    """Sort the catalogues, drop messages that the code no longer makes, and return those without a Chinese text."""
    said = messages_in(sources())
    known = texts("zh", "messages")
    kept = {(context, name): text for (context, name), text in known.items() if context or name in said}
    lacking = {name: place for name, place in said.items() if not kept.get(("", name))}
    write("zh", "messages", kept | {("", name): "" for name in lacking})
    for code in ("en", "zh"):
        write(code, "interface", texts(code, "interface"))
    return lacking


if __name__ == "__main__":
    for lacking, place in bring_up_to_date().items():
        print(f"no Chinese text yet: {lacking!r} ({place})")
