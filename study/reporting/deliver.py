"""Everything a finished study hands over: tables, workbook, GeoPackage, report."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from foundation.errors import InputError, Problem
from foundation.messages import Message
from foundation.optional_geo import has_geo
from study.presentation.language import LANGUAGES
from study.reporting.html import render_report
from study.reporting.workbook import write_workbook
from study.results.record import StudyRecord
from study.results.storage import save_record


def deliver(record: StudyRecord, out: Path | str, language: str = "en") -> Path:
    """Write a study's files to a folder.

    Parameters
    ----------
    record : StudyRecord
    out : Path or str
    language : {"en", "zh"}

    Returns
    -------
    Path
        The report.

    Raises
    ------
    OSError
        The folder cannot be written; files already there stay whole.
    """
    folder = Path(out)
    save_record(record, folder)
    return redraw(record, folder, language)


def redraw(record: StudyRecord, folder: Path, language: str) -> Path:
    """Write what people read of a study whose tables are already there; the GeoPackage only with the extra `geo`."""
    write_workbook(record, folder / "workbook.xlsx", language=language)
    if has_geo():
        from study.reporting.geopackage import write_geopackage  # noqa: PLC0415 (it needs the optional libraries)

        write_geopackage(record, folder / "plan.gpkg")
    return render_report(record, folder, language)


def check_slides() -> None:
    """Refuse slides where the library for them is not installed.

    Raises
    ------
    InputError
        With the command that installs it.
    """
    if find_spec("pptx") is None:
        rule = Message("slides need python-pptx, which is not installed")
        remedy = Message("Install the extra: {command}.", command="pip install 'frontline-fusion[slides]'")
        raise InputError(Problem("--slides", None, rule, remedy))


def deliver_slides(record: StudyRecord, folder: Path, language: str) -> list[Path]:
    """Write the slides in both languages, ``slides.pptx`` in the one named, ``slides.<language>.pptx`` in the other."""
    from study.reporting.slides import write_slides  # noqa: PLC0415 (it needs the optional library)

    names = {code: "slides.pptx" if code == language else f"slides.{code}.pptx" for code in LANGUAGES}
    return [write_slides(record, folder / name, code) for code, name in names.items()]
