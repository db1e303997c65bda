"""What the sources say when something is wrong: every rule, remedy, note and reason, read from the code itself."""

from __future__ import annotations

import ast
import itertools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
PACKAGES = ("foundation", "scenarios", "sim", "optimize", "study")

NUMBER, NAME = "\1", "\2"
"""Stand for what a text is filled with when it is said."""

SPEAKERS = {
    "Problem": {2: "rule", 3: "remedy"},
    "findings.error": {2: "rule", 3: "remedy"},
    "findings.cells": {1: "rule", 2: "remedy"},
    "findings.note": {0: "text"},
    "refuse": {2: "rule", 3: "remedy"},
    "Note": {0: "text"},
    "InfeasibleError": {0: "text"},
    "LimitError": {0: "text"},
    "yaml.composer.ComposerError": {2: "text"},
    "yaml.constructor.ConstructorError": {2: "text"},
    "self._refused": {0: "text"},
}
"""Calls that say something, with the places of their arguments that are texts."""

NEAR = (f"Did you mean '{NAME}'?", f"Did you mean '{NAME}' or '{NAME}'?", f"Known: {NAME}, {NAME}.", "")
"""What `scenarios.schema.dotted_keys.near` says."""

DEEPEST = 8


class UnreadableError(Exception):
    """An expression whose texts cannot be told from the code."""


class Sources:
    """The code of the packages, and what its expressions can say."""

    def __init__(self, packages: Iterable[str] = PACKAGES) -> None:
        self.calls: dict[str, list[ast.Call]] = defaultdict(list)
        self.functions: dict[str, list[ast.FunctionDef]] = defaultdict(list)
        self.constants: dict[str, ast.expr] = {}
        self.above: dict[ast.AST, ast.AST] = {}
        self.file: dict[ast.AST, str] = {}
        for path in sorted(path for package in packages for path in (ROOT / package).rglob("*.py")):
            self.read(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())

    def read(self, code: str, name: str) -> None:
        """Take in one module."""
        tree = ast.parse(code)
        for node in ast.walk(tree):
            self.file[node] = name
            for child in ast.iter_child_nodes(node):
                self.above[child] = node
            if isinstance(node, ast.Call):
                self.calls[ast.unparse(node.func)].append(node)
            elif isinstance(node, ast.FunctionDef):
                self.functions[node.name].append(node)
        for line in tree.body:
            if isinstance(line, ast.Assign | ast.AnnAssign) and line.value is not None:
                target = line.targets[0] if isinstance(line, ast.Assign) else line.target
                self.constants[ast.unparse(target)] = line.value

    def said(self) -> Iterator[tuple[str, ast.expr]]:
        """Yield every expression that is said, with its place."""
        for speaker, places in SPEAKERS.items():
            for call in self.calls[speaker]:
                named = {k.arg: k.value for k in call.keywords}
                for position, name in places.items():
                    found = call.args[position] if position < len(call.args) else named.get(name)
                    if found is not None:
                        yield f"{self.file[call]}:{call.lineno}", found

    def texts(self, said: ast.expr, depth: int = 0) -> set[str]:
        """Return what an expression can say, with `NUMBER` and `NAME` where it is filled in.

        Raises
        ------
        UnreadableError
            It comes from elsewhere than literals of the code.
        """
        if depth > DEEPEST:
            raise UnreadableError(ast.unparse(said))
        found: set[str] = set()
        match said:
            case ast.Constant(value=value):
                found = {value} if isinstance(value, str) else found
            case ast.JoinedStr():
                found = self.filled(said, depth)
            case ast.IfExp():
                found = self.either([said.body, said.orelse], depth)
            case ast.BoolOp():
                found = self.either(said.values, depth)
            case ast.BinOp(op=ast.Add()):
                found = {a + b for a in self.within(said.left, depth) for b in self.within(said.right, depth)}
            case ast.Subscript(value=ast.Name(id=name)) if isinstance(known := self.constants.get(name), ast.Dict):
                found = self.either(known.values, depth)
            case ast.Call():
                found = self.returned(said, depth)
            case ast.Name():
                found = self.either(self.assigned(said), depth)
            case _:
                raise UnreadableError(ast.unparse(said))
        return found

    def either(self, options: list[ast.expr], depth: int) -> set[str]:
        """Return what any of several expressions can say."""
        return set().union(*(self.texts(option, depth + 1) for option in options))

    def filled(self, said: ast.JoinedStr, depth: int) -> set[str]:
        """Return what an f-string can say; an expression in it says the same wherever it stands."""
        holes = {ast.unparse(p): p for p in said.values if isinstance(p, ast.FormattedValue)}
        found = set()
        for values in itertools.product(*(sorted(self.hole(hole, depth)) for hole in holes.values())):
            chosen = dict(zip(holes, values, strict=True))
            parts = (p.value if isinstance(p, ast.Constant) else chosen[ast.unparse(p)] for p in said.values)
            found.add("".join(map(str, parts)))
        return found

    def hole(self, hole: ast.FormattedValue, depth: int) -> set[str]:
        """Return what can stand in a hole of an f-string."""
        form = ast.unparse(hole.format_spec) if hole.format_spec else ""
        if "%'" in form:
            return {f"{NUMBER}%"}
        if re.search("[gfd]'", form) or (isinstance(hole.value, ast.Call) and _called(hole.value) in ("len", "sum")):
            return {NUMBER}
        return {f"'{NAME}'"} if hole.conversion == ord("r") else self.within(hole.value, depth)

    def within(self, said: ast.expr, depth: int) -> set[str]:
        """Return what a part of a text can be: its texts where they are few, else any number or name."""
        if isinstance(said, ast.Call) and isinstance(said.func, ast.Attribute) and said.func.attr == "join":
            between = ast.literal_eval(said.func.value)
            return {f"{NAME}{between}{NAME}"}
        try:
            found = self.texts(said, depth + 1)
        except UnreadableError:
            return {NAME}
        return found if 0 < len(found) < DEEPEST else {NAME}

    def returned(self, call: ast.Call, depth: int) -> set[str]:
        """Return what a call can return."""
        name = _called(call)
        if name in ("Message", "Joined"):  # held by test_catalogues
            return {""}
        if name == "near":
            return set(NEAR)
        if name == "format" and isinstance(call.func, ast.Attribute):
            return {re.sub(r"{\w+(:\w+)?}", NAME, text) for text in self.texts(call.func.value, depth + 1)}
        if name == "get" and isinstance(call.func, ast.Attribute):
            known = self.constants.get(ast.unparse(call.func.value))
            if isinstance(known, ast.Dict):
                return self.either([*known.values, *call.args[1:]], depth)
        if name == "join" and isinstance(call.args[0], ast.Attribute):  # of a list that texts are appended to
            append = f".{call.args[0].attr}.append"
            return self.either([c.args[0] for to, cs in self.calls.items() if to.endswith(append) for c in cs], depth)
        if name not in self.functions or isinstance(call.func, ast.Attribute):
            raise UnreadableError(ast.unparse(call))
        return self.either([value for made in self.functions[name] for value in _returns(made)], depth)

    def assigned(self, name: ast.Name) -> list[ast.expr]:
        """Return what is assigned to a name: in its functions, by their callers, or at the top of a module.

        Raises
        ------
        UnreadableError
            Nothing is, as far as the code tells.
        """
        node: ast.AST = name
        while (node := self.above.get(node, ast.Module([], []))) and not isinstance(node, ast.Module):
            if not isinstance(node, ast.FunctionDef):
                continue
            found = [value for target, value in self.pairs(node) for value in self.matched(target, value, name.id)]
            if found or name.id in [a.arg for a in [*node.args.args, *node.args.kwonlyargs]]:
                return found or self.given(node, name.id)
        if name.id in self.constants:
            return [self.constants[name.id]]
        raise UnreadableError(name.id)

    def given(self, function: ast.FunctionDef, name: str) -> list[ast.expr]:
        """Return what the callers of a function give for an argument."""
        names = [a.arg for a in function.args.args]
        position = names.index(name) - (names[0] == "self") if name in names else len(names)
        calls = [c for made, calls in self.calls.items() if made.split(".")[-1] == function.name for c in calls]
        found = []
        for call in calls:
            found += call.args[position : position + 1] or [k.value for k in call.keywords if k.arg == name]
        if not found:
            raise UnreadableError(name)
        return found

    def pairs(self, function: ast.FunctionDef) -> Iterator[tuple[ast.expr, ast.expr]]:
        """Yield target and value of everything a function assigns, by hand or in a loop over a written list."""
        for node in ast.walk(function):
            match node:
                case ast.Assign():
                    yield from ((target, node.value) for target in node.targets)
                case ast.AnnAssign(value=ast.expr()) | ast.AugAssign():
                    yield node.target, node.value  # type: ignore[misc]
                case ast.For(iter=ast.Tuple() as several) | ast.comprehension(iter=ast.Tuple() as several):
                    yield from ((node.target, value) for value in several.elts)
                case ast.For(iter=ast.Name(id=name)) | ast.comprehension(iter=ast.Name(id=name)):
                    for other in ast.walk(function):
                        if isinstance(other, ast.Assign) and ast.unparse(other.targets[0]) == name:
                            yield from ((node.target, value) for value in getattr(other.value, "elts", []))

    def matched(self, target: ast.expr, value: ast.expr, name: str) -> Iterator[ast.expr]:
        """Yield what a name gets of a value that is assigned to a target."""
        if isinstance(target, ast.Name) and target.id == name:
            yield value
        elif isinstance(target, ast.Tuple) and name in [ast.unparse(part) for part in target.elts]:
            if isinstance(value, ast.IfExp):
                yield from self.matched(target, value.body, name)
                yield from self.matched(target, value.orelse, name)
            elif isinstance(value, ast.Tuple):
                for part, inside in zip(target.elts, value.elts, strict=False):
                    yield from self.matched(part, inside, name)
            elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
                for made in self.functions[value.func.id]:
                    for returned in _returns(made):
                        yield from self.matched(target, returned, name)


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func).split(".")[-1]


def _returns(function: ast.FunctionDef) -> list[ast.expr]:
    return [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]
