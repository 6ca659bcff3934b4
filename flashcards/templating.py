"""Jinja, set up so that its brackets are neither Anki's nor Typst's; the only module that imports it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path, PurePath
from typing import Any, Literal

from flashcards.diagnostics import FlashcardsError
from flashcards.resources import read_own

Brackets = Literal["[]", "<>"]  # of card templates, of print templates


class BrokenTemplateError(FlashcardsError):
    """A template cannot be rendered, or is not allowed; says where and why. A collection's own are its
    author's to mend."""

    rule = "broken-template"
    hint: str | None = None

    def __init__(self, message: str, path: Path | None = None, line: int = 1):
        self.message, self.path, self.line = message, path, line
        super().__init__(f"{path}:{line}: {message}" if path is not None else message)


class UnsafeTemplateError(BrokenTemplateError):
    """A template does what a stranger's template may not do."""

    rule = "unsafe-template"
    hint = "`flashcards explain unsafe-template` says what templates may do"


MAX_BYTES = 1_000_000  # of a template file; the largest shipped one has 10 kB
_MAX_LITERAL = 1_000  # characters of a text in an expression
_STEP = 50  # units of work: what a round of a loop or a call counts, as against a character that is written
_MOST_COMPILED = 500
_compiled: dict[tuple[Brackets, str, str], Any] = {}  # code by brackets, file and a hash of the text
FILTERS = frozenset(
    {"abs", "capitalize", "default", "first", "int", "last", "length", "lower", "round", "trim", "upper"}
)


def read_template(path: Path, root: Path) -> str:
    """Return a template's text; no link may lead out of `root`. Raises `BrokenTemplateError` if it cannot be
    read."""
    try:
        return read_own(path, root, MAX_BYTES).decode("utf-8")
    except UnicodeDecodeError as problem:
        line = problem.object.count(b"\n", 0, problem.start) + 1
        raise BrokenTemplateError("the file is not UTF-8 from here on", path, line) from None
    except OSError as problem:
        raise BrokenTemplateError(f"cannot read the file: {problem.strerror}", path) from None


@dataclass
class _Work:
    """What rendering may still do, in characters that are written."""

    left: int = 0

    def spend(self, units: int) -> None:
        self.left -= units
        if self.left < 0:
            from jinja2.exceptions import SecurityError

            raise SecurityError("the template does or writes too much")


class Templates:
    """The templates in some folders, of which the first that has a file counts.

    `brackets` are those that Jinja may use. `finalize` turns what `[[ … ]]` or `<< … >>` evaluates to into
    text, and raises TypeError for what it does not take. `screen` gets each template's text and path, and
    raises what it likes if the text must not be used. Nothing is escaped: card templates hold no deck text,
    and print's `finalize` is stricter than escaping.

    A collection's own templates may be a stranger's. They can show the values that they are given, choose and
    repeat: they reach no Python object beyond that, and each rendering may do only so much work."""

    def __init__(
        self,
        folders: Sequence[Path],
        brackets: Brackets,
        *,
        finalize: Callable[[object], str],
        screen: Callable[[str, Path], object] = lambda _text, _path: None,
    ):
        self.folders = folders
        self._work = _Work()
        self._environment = _environment(folders, brackets, finalize, screen, self._work)

    def check(self, name: str) -> None:
        """Raise `BrokenTemplateError` if a template cannot be read and understood."""
        self._work.left = MAX_BYTES
        with self._broken(name):
            self._environment.get_template(name)

    def render(self, name: str, variables: Mapping[str, Any], *, work: int) -> str:
        """Return what a template becomes; `work` is the most that it may do, in characters written: a round
        of a loop or a call counts as fifty. Raises `BrokenTemplateError`, and what the variables raise."""
        self._work.left = work
        pieces: list[str] = []
        with self._broken(name):
            for piece in self._environment.get_template(name).generate(variables):
                self._work.spend(len(piece))
                pieces.append(piece)
        return "".join(pieces)

    def path(self, name: str) -> Path | None:
        """Return the file of a template, None if there is none."""
        paths = (folder / name for folder in self.folders)
        return next(filter(os.path.lexists, paths), None)

    def place(self, name: str, words: str) -> tuple[Path | None, int]:
        """Return the file of a template, and the line on which words of what it became stand in it, 1 if they
        come from elsewhere."""
        path = self.path(name)
        text = path.read_text(encoding="utf-8", errors="replace") if path is not None else ""
        return path, text.count("\n", 0, max(text.find(words), 0)) + 1

    @contextmanager
    def _broken(self, name: str) -> Iterator[None]:
        """Turn whatever goes wrong in a template into `BrokenTemplateError`: it may do anything."""
        from jinja2 import TemplateNotFound, TemplateSyntaxError
        from jinja2.exceptions import SecurityError

        try:
            yield
        except FlashcardsError:
            raise
        except RecursionError:
            message = "templates include one another without end, or brackets are nested too deep"
            raise BrokenTemplateError(message, self.path(name)) from None
        except Exception as problem:
            from traceback import extract_tb

            path, line = self.path(name), 1
            # Jinja puts the templates' own lines into the traceback
            frames = [f for f in extract_tb(problem.__traceback__) if not f.filename.endswith(".py")]
            if isinstance(problem, TemplateSyntaxError):
                path, line = Path(problem.filename) if problem.filename else path, problem.lineno
            elif frames and Path(frames[-1].filename).is_file():
                path, line = Path(frames[-1].filename), frames[-1].lineno or 1
            kind = UnsafeTemplateError if isinstance(problem, SecurityError) else BrokenTemplateError
            message = getattr(problem, "message", None) or str(problem) or type(problem).__name__
            if isinstance(problem, TemplateNotFound):
                message = f"there is no template `{problem.name}`"
            raise kind(message, path, line) from None


def _environment(
    folders: Sequence[Path],
    brackets: Brackets,
    finalize: Callable[[object], str],
    screen: Callable[[str, Path], object],
    work: _Work,
) -> Any:
    import jinja2
    from jinja2 import nodes
    from jinja2.bccache import Bucket
    from jinja2.exceptions import SecurityError
    from jinja2.loaders import split_template_path
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    allowed = (
        nodes.Template, nodes.Output, nodes.TemplateData, nodes.Extends, nodes.Block, nodes.Include,
        nodes.For, nodes.If, nodes.Assign, nodes.Name, nodes.Const, nodes.Tuple, nodes.List, nodes.Getattr,
        nodes.Getitem, nodes.Call, nodes.Keyword, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand,
        nodes.CondExpr, nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Pos, nodes.Add, nodes.Sub, nodes.Div,
        nodes.FloorDiv,
    )  # fmt: skip

    class Loader(jinja2.BaseLoader):
        def get_source(
            self, _environment: jinja2.Environment, template: str
        ) -> tuple[str, str, Callable[[], bool]]:
            name = "/".join(split_template_path(template))
            for folder in folders:
                path = folder / name
                if os.path.lexists(path):  # a link to nothing is a mistake, no reason to take another
                    text = read_template(path, folder.parent.parent)
                    screen(text, path)
                    return text, str(path), lambda: True
            raise jinja2.TemplateNotFound(template)

    class Compiled(jinja2.BytecodeCache):
        """Keeps compiled templates while the process runs: compiling is most of what rendering takes."""

        def load_bytecode(self, bucket: Bucket) -> None:
            bucket.code = _compiled.get((brackets, bucket.key, bucket.checksum))

        def dump_bytecode(self, bucket: Bucket) -> None:
            if len(_compiled) >= _MOST_COMPILED:
                _compiled.clear()
            _compiled[brackets, bucket.key, bucket.checksum] = bucket.code

    class Environment(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset({"+"})

        def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
            tree = super()._parse(source, name, filename)
            for node in tree.find_all(nodes.Node):
                if mistake := self._mistake(node):
                    raise jinja2.TemplateSyntaxError(mistake, node.lineno, name, filename)
            for loop in tree.find_all(nodes.For):
                loop.iter = nodes.Filter(loop.iter, "counted", [], [], None, None, lineno=loop.lineno)
            return tree

        def _mistake(self, node: nodes.Node) -> str | None:
            if not isinstance(node, allowed):
                return f"`{_SIGNS.get(type(node).__name__, type(node).__name__)}` is not for templates"
            value = node.value if isinstance(node, nodes.Const) else None
            if isinstance(value, str) and len(value) > _MAX_LITERAL:
                return f"a text of more than {_MAX_LITERAL:,} characters in an expression"
            # lists in lists could be doubled again and again
            flat = nodes.Const | nodes.Tuple | nodes.List
            is_value = isinstance(node, nodes.Tuple | nodes.List) and getattr(node, "ctx", "load") == "load"
            if is_value and not all(isinstance(item, flat) for item in node.iter_child_nodes()):
                return "a list may hold texts and numbers only"
            if isinstance(node, nodes.Include | nodes.Extends) and not isinstance(node.template, nodes.Const):
                return "the name of a template must be written out"
            if isinstance(node, nodes.Filter) and node.name not in FILTERS:
                return f"there is no filter `{node.name}`"
            if isinstance(node, nodes.For) and node.recursive:
                return "`recursive` is not for templates"
            if isinstance(node, nodes.Name) and node.name == "self":
                return "`self` is not for templates"
            return None

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            if not all(isinstance(value, int | float) for value in (left, right)):
                raise SecurityError("`+` is for numbers")
            return super().call_binop(context, operator, left, right)

        def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
            plain = not callable(value) and not isinstance(value, PurePath)
            return plain and super().is_safe_attribute(obj, attr, value)

        def wrap_str_format(self, _value: Any) -> None:
            return None  # `format` is a method like any other

        def call(self, context: Any, obj: Any, *args: Any, **kwargs: Any) -> Any:
            work.spend(_STEP)
            result = super().call(context, obj, *args, **kwargs)
            if isinstance(result, str):
                work.spend(len(result))
            return result

        def get_template(self, *args: Any, **kwargs: Any) -> jinja2.Template:
            work.spend(_STEP)
            return super().get_template(*args, **kwargs)

    def counted(items: Iterable[object]) -> list[object]:
        found = list(items)
        work.spend(_STEP * (len(found) + 1))
        return found

    def measured(apply: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(apply)
        def filtered(*args: Any, **kwargs: Any) -> Any:
            work.spend(_STEP + sum(len(value) for value in args if isinstance(value, str)))
            return apply(*args, **kwargs)

        return filtered

    def finalized(value: object) -> object:
        if isinstance(value, jinja2.Undefined):
            return str(value)  # raises, and says the name
        try:
            return finalize(value)
        except TypeError as problem:
            raise jinja2.TemplateRuntimeError(str(problem)) from None

    environment = Environment(
        loader=Loader(),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        finalize=finalized,
        bytecode_cache=Compiled(),
        trim_blocks=True,
        lstrip_blocks=True,
        **_BRACKETS[brackets],
    )
    environment.globals.clear()
    environment.filters = {name: measured(environment.filters[name]) for name in FILTERS}
    environment.filters["counted"] = counted
    return environment


# What an author would search for, by Jinja's name for it
_SIGNS = {
    "Mul": "*", "Pow": "**", "Mod": "%", "Concat": "~", "Macro": "macro", "CallBlock": "call",
    "FilterBlock": "filter", "AssignBlock": "set … endset", "Import": "import", "FromImport": "from … import",
    "Dict": "{}", "Slice": "[:]", "With": "with", "NSRef": "namespace",
}  # fmt: skip


# Anki's brackets are `{{ }}` and `{{# }}`, Typst's `[ ]`, `( )` and `{ }`
_BRACKETS: dict[Brackets, dict[str, Any]] = {
    "[]": {
        "variable_start_string": "[[", "variable_end_string": "]]",
        "block_start_string": "[%", "block_end_string": "%]",
        "comment_start_string": "[##", "comment_end_string": "##]",
    },
    "<>": {
        "variable_start_string": "<<", "variable_end_string": ">>",
        "block_start_string": "<%", "block_end_string": "%>",
        "comment_start_string": "<#", "comment_end_string": "#>",
    },
}  # fmt: skip
