"""`fusion template`: empty import files, each column with its meaning."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from scenarios.loading.import_templates import template_files, write_templates
from study.cli import options as common
from study.cli.json_output import answer
from study.cli.never_overwrite import refuse_to_replace


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(verbs, "template", run, "  fusion template --out my_city")
    common.add_common(parser, scenario=False)


def run(options: argparse.Namespace, _: Sequence[str]) -> None:
    """Write the templates; a folder that somebody has filled in stays as it is."""
    out = common.out_folder(options, "template", "territory")
    refuse_to_replace(out, template_files())
    written = write_templates(out)
    answer(options, files=[str(path) for path in written])
    for path in written:
        common.reporter(options).say(f"{path}")
