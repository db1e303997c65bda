"""Parts of the site that are read from the program: fields of a scenario, verbs, KPIs, and pages nobody listed."""

import argparse
import re
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from scenarios import load_scenario
from scenarios.schema.reference import describe_values
from sim.kpis import KPIS
from study.cli import build_parser


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; bars and line ends inside cells are harmless."""
    lines = [[re.sub(r"\s+", " ", cell).replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in [list(head), ["---"] * len(head), *lines]) + "\n"


class ScenarioFields(SphinxDirective):
    """Every key of a scenario: unit, meaning, value in the plan, source; a table for each part."""

    def run(self) -> list[nodes.Node]:
        """Return one section for each part of the scenario."""
        self.env.note_dependency(str(Path(__file__).parents[1] / "scenarios" / "plan.yaml"))
        parts: dict[str, list[Sequence[str]]] = {}
        for key, unit, meaning, value, source in describe_values(load_scenario("plan")):
            part = key.split(".", maxsplit=1)[0].removesuffix("[]")
            parts.setdefault(part, []).append((f"`{key}`", unit or "–", meaning, f"`{value}`", source))
        head = ("key", "unit", "meaning", "value in the plan", "source")
        text = "\n".join(f"## {part}\n\n{table(head, rows)}" for part, rows in parts.items())
        return self.parse_text_to_nodes(text, allow_section_headings=True)


class CommandLine(SphinxDirective):
    """Every verb with its options and examples, as ``--help`` prints them."""

    def run(self) -> list[nodes.Node]:
        """Return one section for each verb."""
        verbs = next(a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction)).choices
        text = ""
        for name, parser in verbs.items():
            shown = [a for a in parser._actions if a.dest != "help"]
            options = [(_spelling(a), (a.help or "") % vars(a)) for a in shown]
            examples = (parser.epilog or "").removeprefix("examples:\n")
            text += f"## {name}\n\n{parser.description}\n\n{table(('argument', 'meaning'), options)}\n"
            text += f"```text\n{examples}\n```\n\n"
        return self.parse_text_to_nodes(text, allow_section_headings=True)


class Kpis(SphinxDirective):
    """Every KPI with its unit and definition."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        rows = [(f"`{name}`", unit, meaning) for name, (unit, meaning) in KPIS.items()]
        return self.parse_text_to_nodes(table(("KPI", "unit", "definition"), rows))


class Licences(SphinxDirective):
    """Every pinned package with its version and the licence that it states."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        rows = [(f"`{name}`", version, licence) for name, version, licence in licences()]
        return self.parse_text_to_nodes(table(("package", "version", "licence"), rows))


class OtherPages(SphinxDirective):
    """The pages that the page with this directive does not name, so that none is forgotten."""

    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Return a list of contents, or nothing."""
        self.env.note_reread()
        named = set(
            re.findall(r"^[\w/-]+$", Path(self.env.doc2path(self.env.docname)).read_text("utf-8"), re.MULTILINE)
        )
        others = sorted(self.env.found_docs - named - {self.env.docname})
        if not others:
            return []
        listing = "\n".join(others)
        return self.parse_text_to_nodes(f"```{{toctree}}\n:caption: More\n:hidden:\n\n{listing}\n```\n")


def licences() -> list[tuple[str, str, str]]:
    """Return name, version and stated licence of every pinned package that is installed."""
    pins = (Path(__file__).parents[1] / "constraints.txt").read_text("utf-8").splitlines()
    found = []
    for name, version in (line.split("==") for line in pins if "==" in line and not line.startswith("#")):
        try:
            stated = metadata(name)
        except PackageNotFoundError:
            continue
        kinds = [
            c.rsplit("::", 1)[-1].strip() for c in stated.get_all("Classifier") or [] if c.startswith("License ::")
        ]
        written = (stated.get("License") or "").splitlines()[:1]
        found.append((name, version, stated.get("License-Expression") or ", ".join(kinds or written) or "not stated"))
    return found


def _spelling(action: argparse.Action) -> str:
    name = action.metavar if isinstance(action.metavar, str) else action.dest
    if not action.option_strings:
        return f"`{'{' + ','.join(map(str, action.choices)) + '}' if action.choices else name}`"
    value = "" if action.nargs == 0 else f" {'|'.join(map(str, action.choices)) if action.choices else name}"
    return f"`{', '.join(action.option_strings)}{value}`"


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    for name, directive in (
        ("scenario-fields", ScenarioFields),
        ("command-line", CommandLine),
        ("kpis", Kpis),
        ("licences", Licences),
        ("other-pages", OtherPages),
    ):
        app.add_directive(name, directive)
    return {"parallel_read_safe": True}
