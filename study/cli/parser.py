"""A parser that suggests what a misspelt verb or option may have meant, and speaks the language that was asked for."""

from __future__ import annotations

import argparse
import itertools
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from foundation.messages import Message
from scenarios.schema.dotted_keys import near


class VerbParser(argparse.ArgumentParser):
    """Helps and complains in the language that was asked for, and to machines as they read it."""

    language = "en"
    to_machines = False

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **{"exit_on_error": False, **settings})

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Return the options and what is left; a wrong call ends the program with exit code 2."""
        try:
            return super().parse_known_args(args, namespace)
        except argparse.ArgumentError as error:
            self.error(self._told(error))

    def _told(self, error: argparse.ArgumentError) -> str:
        """Return what is wrong with an argument: what its type says of it, in the language that was asked for."""
        why = error.__context__
        if isinstance(why, argparse.ArgumentTypeError) and why.args:
            error.message = self._said(why.args[0])
        return str(error)

    def _said(self, message: str) -> str:
        if self.language == "en" or self.to_machines:
            return str(message)
        # Only here, so that no other call waits for what the catalogues need.
        from study.presentation.language import Language  # noqa: PLC0415

        return Language(self.language).said(message)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with a call, after how it is made, and end the program with exit code 2."""
        if self.to_machines:
            from study.cli.json_output import print_answer  # noqa: PLC0415 (as below)

            verb = self.prog.partition(" ")[2] or None
            print_answer(argparse.Namespace(json=True, verb=verb), 2, [message])
        if self.language != "en":
            from study.presentation.error_messages import wrong_call  # noqa: PLC0415 (likewise)

            self.exit(2, wrong_call(self.format_usage(), self.prog, self._said(message), self.language) + "\n")
        super().error(message)

    def _get_formatter(self) -> argparse.HelpFormatter:
        if self.language != "en":
            from study.cli.translated_help import TranslatedHelp  # noqa: PLC0415 (likewise)

            return TranslatedHelp(self.prog, self.language)
        return super()._get_formatter()


class Parser(VerbParser):
    """Checks the spelling of verb and options before anything else is complained about."""

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """Return the options; a wrong call ends the program with exit code 2, as argparse does."""
        if args is not None:
            self.speak(_language(args))
            args = without_language(args)
            self.check_spelling(args)
        with said_in("en" if self.to_machines else self.language):
            try:
                return super().parse_args(args, namespace)
            except argparse.ArgumentError as error:  # of what is left over, from Python 3.13 on
                self.error(self._told(error))

    def speak(self, language: str) -> None:
        """Let the parser and that of every verb speak a language."""
        for parser in (self, *self.verbs().values()):
            parser.language = language

    def answer_machines(self) -> None:
        """Let the parser and that of every verb print the document of a wrong call to stdout."""
        for parser in (self, *self.verbs().values()):
            parser.to_machines = True

    def check_spelling(self, args: Sequence[str]) -> None:
        """Refuse an unknown verb or option with the nearest known ones."""
        verbs = self.verbs()
        verb = next((text for text in args if not text.startswith("-")), None)
        if verb is None or args[0] != verb:
            return
        if verb not in verbs:
            self.error(Message("there is no verb {verb!r}. {remedy}", verb=verb, remedy=near(verb, list(verbs))))
        chosen = verbs[verb]
        known = [text for action in chosen._actions for text in action.option_strings]
        given = list(args[1 : args.index("--")] if "--" in args else args[1:])
        for text in given:
            name = text.partition("=")[0]
            if name.startswith("--") and not any(option.startswith(name) for option in known):
                long = [option for option in known if option.startswith("--")]
                chosen.error(
                    Message("{verb} has no option {name}. {remedy}", verb=verb, name=name, remedy=near(name, long))
                )

    def verbs(self) -> dict[str, VerbParser]:
        """Return the parser of every verb."""
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                return dict(action.choices)
        return {}


@contextmanager
def said_in(language: str) -> Iterator[None]:
    """Let argparse look its own texts up in a catalogue of ours, by the two names of gettext that it looks them up by.

    Its texts have gettext ids, yet gettext finds a catalogue by the environment, not by what a call asks for.
    """
    if language == "en":
        yield
        return
    from study.presentation.language import stated  # noqa: PLC0415 (likewise)

    texts = stated(language, "argparse")
    theirs = {name: getattr(argparse, name) for name in ("_", "ngettext")}
    ours = {
        "_": lambda text: texts.get(text, text),
        "ngettext": lambda one, many, count: texts.get(many, one if count == 1 else many),
    }
    try:
        for name, look_up in ours.items():
            setattr(argparse, name, look_up)
        yield
    finally:
        for name, look_up in theirs.items():
            setattr(argparse, name, look_up)


def without_language(args: Sequence[str]) -> list[str]:
    """Return a call for help without its language, which it may name anywhere, and any other call as it is."""
    given = list(itertools.takewhile(lambda text: text != "--", args))
    if "-h" not in given and "--help" not in given:
        return list(args)
    kept: list[str] = []
    for text in given:
        if kept[-1:] == ["--lang"] and text in ("en", "zh"):
            kept.pop()
        elif text not in ("--lang=en", "--lang=zh"):
            kept.append(text)
    return [*kept, *args[len(given) :]]


def _language(args: Sequence[str]) -> str:
    """Return the language that a call asks for, however wrong the call is."""
    joined = " ".join(args)
    return "zh" if re.search(r"(^| )--lang[ =]zh( |$)", joined) else "en"
