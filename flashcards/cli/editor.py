"""The author's editor, as `$VISUAL` or `$EDITOR` names it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import threading
from pathlib import Path

# What stands behind the name of an editor that has a window of its own, so that it opens a file at a line
_AT_LINE: tuple[tuple[tuple[str, ...], str], ...] = (
    (("-g", "{file}:{line}"), "code code-insiders codium vscodium cursor windsurf"),
    (("{file}:{line}",), "subl sublime_text zed zeditor pulsar"),
    (("+{line}", "{file}"), "gedit gnome-text-editor xed pluma mousepad gvim mvim"),
    (("--line", "{line}", "{file}"), "kate kwrite idea pycharm webstorm clion rider goland"),
    (("-l", "{line}", "{file}"), "mate bbedit"),
)


def open_at(file: Path, line: int) -> str:
    """Open a file at a line, and return what happened, or how it can be done, in a sentence."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
    try:
        command = shlex.split(named)
    except ValueError:
        command = []
    if not command:
        return (
            "Set VISUAL to an editor with a window of its own, such as `code` or `subl`, and e opens it here."
        )
    name = Path(command[0]).stem.lower()
    arguments = next((arguments for arguments, names in _AT_LINE if name in names.split()), None)
    if arguments is None:
        return (
            f"`{name}` needs a terminal, or takes no line that flashcards knows: open {file} at line {line}."
        )
    program = shutil.which(command[0])
    if program is None:
        return f"There is no program `{command[0]}`."
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own editor
            [program, *command[1:], *(part.format(file=file, line=line) for part in arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as problem:
        return f"`{name}` does not start: {problem.strerror}."
    threading.Thread(target=process.wait, daemon=True).start()  # so that nothing is left of it when it ends
    return f"Opened in {name}."
