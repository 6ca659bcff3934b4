"""Jinja, set up so that its brackets are neither Anki's nor Typst's; the only module that imports it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, Literal

from flashcards.diagnostics import FlashcardsError

if TYPE_CHECKING:
    from jinja2 import Environment as Environment

Brackets = Literal["[]", "<>"]  # of card templates, of print templates


class BrokenTemplateError(FlashcardsError):
    """A template cannot be rendered; says where, and what Jinja or Anki would find. A collection's own are
    its author's to mend."""


@contextmanager
def broken_templates() -> Iterator[None]:
    """Turn Jinja's errors into `BrokenTemplateError`."""
    from jinja2 import TemplateError, TemplateNotFound

    try:
        yield
    except TemplateNotFound as problem:
        raise BrokenTemplateError(f"there is no template `{problem.name}`") from None
    except TemplateError as problem:
        # Jinja puts the templates' own lines into the traceback
        place = [frame for frame in extract_tb(problem.__traceback__) if not frame.filename.endswith(".py")][
            -1
        ]
        raise BrokenTemplateError(f"{place.filename}:{place.lineno}: {problem.message}") from None


def environment(
    template_folders: Sequence[Path],
    brackets: Brackets,
    *,
    finalize: Callable[[object], str] | None = None,
    screen: Callable[[str, str], str] = lambda text, _path: text,
) -> Environment:
    """Return a Jinja environment that reads templates from `template_folders`, the first that has one.

    `brackets` are those that Jinja may use. `finalize` turns what `[[ … ]]` or `<< … >>` evaluates to into
    text, and raises TypeError for what it does not take. `screen` gets each template's text and path and
    returns the text to compile. Nothing is escaped: card templates hold no deck text, and print's `finalize`
    is stricter than escaping."""
    import jinja2

    class Loader(jinja2.FileSystemLoader):
        def get_source(
            self, environment: jinja2.Environment, template: str
        ) -> tuple[str, str, Callable[[], bool]]:
            text, path, is_current = super().get_source(environment, template)
            return screen(text, path), path, is_current

    def finalized(value: object) -> object:
        if finalize is None:
            return value
        if isinstance(value, jinja2.Undefined):
            return str(value)  # raises, and says the name
        try:
            return finalize(value)
        except TypeError as problem:
            raise jinja2.TemplateRuntimeError(str(problem)) from None

    return jinja2.Environment(
        loader=Loader(template_folders),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701  # said above
        finalize=None if finalize is None else finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        **_BRACKETS[brackets],
    )


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
