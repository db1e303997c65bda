"""From a study's record to report.html: one file, nothing fetched, the same bytes for the same record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from foundation.atomic_files import write_text
from study.presentation.language import LANGUAGES, Language
from study.reporting.html import answers, assumptions, attainment, cautions, checks, fairness, robust, tables
from study.reporting.html.pictures import Gallery
from study.reporting.html.webfont import font_face
from study.results.record import StudyRecord

HERE = Path(__file__).parent


def render_report(record: StudyRecord, out_dir: Path | str, languages: str | Sequence[str] = LANGUAGES) -> Path:
    """Write the report in both languages.

    Parameters
    ----------
    record : StudyRecord
    out_dir : Path or str
    languages : str or sequence of str
        The first is written to ``report.html``; every other language as ``report.<language>.html`` beside it.

    Returns
    -------
    Path
        ``report.html``.

    Raises
    ------
    InputError
        The study does not speak a language named.
    OSError
        The folder cannot be written; a report already there stays whole.
    """
    first = languages if isinstance(languages, str) else languages[0]
    order = [first, *(code for code in LANGUAGES if code != first)]
    names = {code: "report.html" if code == first else f"report.{code}.html" for code in order}
    pages = {names[code]: render_page(record, code, names) for code in order}
    for name, page in pages.items():
        write_text(Path(out_dir) / name, page)
    return Path(out_dir) / names[first]


def render_page(record: StudyRecord, language: str, files: dict[str, str]) -> str:
    """Return the report in one language as HTML text.

    Parameters
    ----------
    record : StudyRecord
    language : {"en", "zh"}
    files : dict of language to file name
        Where the page finds its other languages.
    """
    say = Language(language)
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    content = page_content(record, say)
    others = [(code, Language(code)("language"), files[code]) for code in files if code != language]
    body = environment.get_template("template.html.j2").render(
        say=say,
        record=record,
        others=others,
        style=Markup((HERE / "style.css").read_text(encoding="utf-8")),
        font=Markup("@@FONT@@"),
        **content,
    )
    return body.replace("@@FONT@@", font_face(body, language))


def page_content(record: StudyRecord, say: Language) -> dict[str, Any]:
    """Return everything that the template shows."""
    return {
        "answers": attainment.questions(record, say),
        "facts": answers.at_a_glance(record, say),
        "warnings": cautions.warnings(record, say),
        "account": tables.account(record, say),
        "comparison": tables.comparison(record, say),
        "effect": tables.merger_effect(record, say),
        "attainment": attainment.grids(record, say),
        "targets": tables.targets_by_centre(record, say),
        "community_targets": tables.targets_by_community(record, say),
        "fair_persons": fairness.persons(record, say),
        "fair_areas": fairness.by_inhabitants(record, say),
        "overlay": tables.overlay(record, say),
        "placement": tables.placement(record, say),
        "trained": tables.who_is_trained(record, say),
        "scorecards": tables.scorecards(record, say),
        "plans": tables.plans(record, say),
        "assumptions": assumptions.assumptions(record),
        "weighty": assumptions.weighty(record, say),
        "chapters": assumptions.chapters(record, say),
        "tornado": checks.tornado(record, say),
        "findings": checks.found(record, say),
        "measures": checks.measures(record, say),
        "sensitivity": checks.sensitivity(record, say),
        "validation": checks.validation(record, say),
        "whatif": checks.suggestion(record),
        "overrides": assumptions.overrides(record, say),
        "run": tables.run(record, say),
        "pictures": Gallery(record, say),
        **robust.content(record, say),
    }
