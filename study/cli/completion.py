"""`fusion completion`: a script that lets the shell complete verbs, options, scenarios and keys."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from scenarios.loading.load import scenario_names
from scenarios.schema.reference import describe_schema
from sim.kpis import KPIS
from study.cli import build_parser
from study.cli import options as common

_EXAMPLES = """\
  fusion completion bash > ~/.local/share/bash-completion/completions/fusion
  fusion completion zsh > "${fpath[1]}/_fusion"
  fusion completion fish > ~/.config/fish/completions/fusion.fish"""

_FILES = ("PATH", "FILE", "TERRITORY", "RUN.JSON", "HISTORY", "HISTORY.csv")

_BASH = """\
_fusion_scenarios() {{ compgen -W "{scenarios}" -- "$1"; compgen -f -X '!*.y*ml' -- "$1"; compgen -d -S / -- "$1"; }}
_fusion_keys() {{ compgen -W "{keys}" -- "$1"; }}
_fusion_kpis() {{ compgen -W "{kpis}" -- "$1"; }}"""

_ZSH = """\
_fusion_scenarios() {{ compadd -- {scenarios}; _files -g '*.y(a|)ml' }}
_fusion_keys() {{ compadd -- {keys} }}
_fusion_kpis() {{ compadd -- {kpis} }}"""

_FISH = """\
function _fusion_scenarios; string split ' ' '{scenarios}'; __fish_complete_suffix .yaml; end
function _fusion_keys; string split ' ' '{keys}'; end
function _fusion_kpis; string split ' ' '{kpis}'; end"""

_SHELLS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def add_parser(verbs: common.Verbs) -> None:
    """Add the verb."""
    parser = common.verb(verbs, "completion", run, _EXAMPLES)
    parser.add_argument("shell", choices=tuple(_SHELLS), help="which shell")
    common.add_language(parser)


def run(options: argparse.Namespace, _: Sequence[str]) -> None:
    """Print the script: it is made once, so completing starts no Python."""
    parser = build_parser()
    parser.speak(options.lang)
    print(script(parser, options.shell))


def script(parser: argparse.ArgumentParser, shell: str) -> str:
    """Return the completion script of a parser for a shell.

    Parameters
    ----------
    parser : ArgumentParser
    shell : {"bash", "zsh", "fish"}
    """
    import shtab  # noqa: PLC0415 (only this verb needs it)

    for action in _actions(parser):
        _mark(action, shtab.FILE, shtab.DIRECTORY)
    keys = [key for key, _, _ in describe_schema() if "[]" not in key]
    words = {"scenarios": " ".join(scenario_names()), "keys": " ".join(keys), "kpis": " ".join(KPIS)}
    return shtab.complete(parser, shell=shell, preamble=_SHELLS[shell].format(**words))


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    found = []
    for action in parser._actions:
        found.append(action)
        if isinstance(action, argparse._SubParsersAction):
            found += [inner for verb in action.choices.values() for inner in _actions(verb)]
    return found


def _mark(action: argparse.Action, file: object, folder: object) -> None:
    """Say by what an argument's name stands for how it is completed."""
    name = action.metavar if isinstance(action.metavar, str) else ""
    own = {"SCENARIO": "scenarios", "KPI": "kpis", "KEY=VALUE": "keys", "KEY=A:B:STEP": "keys"}
    if name in own:
        what = f"_fusion_{own[name]}"
        action.complete = {"bash": what, "zsh": what, "fish": f"({what})"}  # type: ignore[attr-defined]
    elif name == "DIR":
        action.complete = folder  # type: ignore[attr-defined]
    elif name in _FILES:
        action.complete = file  # type: ignore[attr-defined]
