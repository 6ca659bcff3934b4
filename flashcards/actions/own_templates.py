"""What is wrong with a collection's own templates: what cannot be rendered, and what a stranger's must not
do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from flashcards.cards.templates import render_looks
from flashcards.collection.model import Collection
from flashcards.diagnostics import Diagnostic, Severity, Source, Span
from flashcards.resources import template_folders
from flashcards.templating import BrokenTemplateError, read_template


def template_problems(collection: Collection) -> Iterator[Diagnostic]:
    """Yield an error for each of the collection's own templates that no output could be made with."""
    root = collection.path
    if root is None:
        return
    own = root / "templates"
    if not own.is_dir():
        return
    folders = template_folders(collection.path)
    found: dict[str, Diagnostic] = {}
    for kind in sorted(collection.note_types):
        for problem in _broken(root, render_looks, collection.note_types, [kind], folders):
            found.setdefault(str(problem), problem)
    if printed := sorted([*own.glob("print/*.typ"), *own.glob("notetypes/*/*.typ")]):
        from flashcards.exporters.print import safety, templates  # only print needs them

        documents = templates.documents(folders)
        for path in printed:
            check = documents.check if path.parent == own / "print" else safety.read
            for problem in _broken(root, check, path.name if path.parent == own / "print" else path):
                found.setdefault(str(problem), problem)
    yield from found.values()


def _broken(root: Path, use: Callable[..., object], *arguments: object) -> Iterator[Diagnostic]:
    """Use a template and yield what is wrong with it."""
    try:
        use(*arguments)
    except BrokenTemplateError as problem:
        yield diagnostic(problem, root)


def diagnostic(problem: BrokenTemplateError, root: Path) -> Diagnostic:
    """Return a template's error as a finding at its line. No line is shown of a file that a link in `root`,
    the collection's folder, leads to outside."""
    span = None
    if problem.path is not None:
        try:
            is_own = problem.path.is_relative_to(root)
            text = read_template(problem.path, root if is_own else problem.path.parent)
            source = Source(str(problem.path), text)
        except BrokenTemplateError:
            source = Source(str(problem.path), "")
        lines = source.text.splitlines(keepends=True)
        start = sum(map(len, lines[: problem.line - 1]))
        length = len(lines[problem.line - 1].rstrip()) if problem.line <= len(lines) else 0
        span = Span(source, start, start + length)
    return Diagnostic(problem.rule, Severity.ERROR, problem.message, span, problem.hint)
