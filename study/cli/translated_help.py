"""Help in another language than English."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable

from study.presentation.language import Language
from study.presentation.text_table import columns, wrapped

EXAMPLE = re.compile(r"(  \S.*?\s{2,}(?:# )?)(\S.*)")
"""An example with what it is for."""


class TranslatedHelp(argparse.RawDescriptionHelpFormatter):
    """Looks up each text in the catalogue; the commands of examples and the names of values stay as they are.

    Parameters
    ----------
    prog : str
    language : {"zh"}
    """

    class _Section(argparse.HelpFormatter._Section):
        def format_help(self) -> str:
            return super().format_help().replace(f"{self.heading}:\n", f"{self.heading}：\n", 1)

    def __init__(self, prog: str, language: str) -> None:
        super().__init__(prog)
        self._language = Language(language)

    def start_section(self, heading: str | None) -> None:
        """Begin a group of arguments."""
        super().start_section(self._say(heading or ""))

    def _say(self, text: str) -> str:
        return self._language.gloss(text, "help")

    def _format_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None,
    ) -> str:
        head = self._say("usage: ") if prefix is None else prefix
        space = " " * columns(head)
        return head + super()._format_usage(usage, actions, groups, space).removeprefix(space)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return self._say(super()._get_help_string(action) or "")

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrapped(text, width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for given in text.splitlines() for line in self._lines(given, width))

    def _lines(self, text: str, width: int) -> list[str]:
        """Return a line of a description or of what follows the options, in as many as it needs."""
        if not text.startswith("  "):
            return wrapped(self._say(text), width)
        example = EXAMPLE.fullmatch(text)
        return [example[1] + self._say(example[2])] if example else [text]
