"""`fusion template`: empty import files, each column with its meaning."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from foundation.atomic_files import write_bytes
from scenarios.loading.import_templates import template_files, write_templates
from study.cli import options as common
from study.cli.json_output import answer
from study.cli.never_overwrite import refuse_to_replace
from study.presentation.language import Language
from study.presentation.template_workbook import template_workbook

_EXAMPLES = """\
  fusion template --out my_city
  fusion template --xlsx --lang zh --out my_city"""

WORKBOOK = "territory.xlsx"
"""What the workbook is called."""


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(verbs, "template", run, _EXAMPLES)
    parser.add_argument(
        "--xlsx", action="store_true", help="one workbook with a sheet for each table, columns explained"
    )
    common.add_common(parser, scenario=False)


def run(options: argparse.Namespace, _: Sequence[str]) -> None:
    """Write the templates; a folder that somebody has filled in stays as it is."""
    out = common.out_folder(options, "template", "territory")
    if options.xlsx:
        files = {WORKBOOK: template_workbook(Language(options.lang))}
        refuse_to_replace(out, files)
        book = write_bytes(out / WORKBOOK, files[WORKBOOK])
        answer(options, files=[str(book)])
        common.reporter(options).say(f"{book}")
        return
    refuse_to_replace(out, template_files())
    written = write_templates(out)
    answer(options, files=[str(path) for path in written])
    for path in written:
        common.reporter(options).say(f"{path}")
