"""The command `preview`."""

from __future__ import annotations

from pathlib import Path

import click

from flashcards.cli import machine, outputs
from flashcards.cli.terminal import echo, say


@click.command()
@outputs.paths
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port of 127.0.0.1; 8947, or any that is free, if left out."
)
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
def preview(paths: tuple[Path, ...], port: int | None, no_open: bool) -> None:
    """Show the cards in a browser, as Anki does, and again after every change of a file.

    The page is for this machine alone: the address has a token, without which nothing is served. Ctrl-C ends
    it.

    \b
    Examples:
      flashcards preview
      flashcards preview decks/06-pitfalls.yaml
      flashcards preview --port 8000 --no-open
    """
    import gc
    import threading

    from flashcards import reporting
    from flashcards.actions.previewing import Preview
    from flashcards.cli.editor import open_at
    from flashcards.cli.terminal import style
    from flashcards.diagnostics import InvalidCollection
    from flashcards.web.server import PORT, PreviewServer

    try:
        shown = Preview(paths, machine.cache())
    except InvalidCollection as problem:
        echo(reporting.full(problem.diagnostics, style))
        raise SystemExit(1) from None
    server = None
    for wanted in (port,) if port is not None else (PORT, 0):
        try:
            server = PreviewServer(shown, wanted, open_at)
            break
        except OSError as problem:
            said = problem.strerror
    if server is None:
        raise click.BadParameter(f"port {port}: {said}", param_hint="--port")
    gc.enable()  # this command runs for hours
    watching = threading.Thread(target=shown.run, name="watch", daemon=True)
    watching.start()
    threading.Thread(target=server.serve_forever, name="serve", args=(0.1,), daemon=True).start()
    echo(server.address)
    say("Save a file, and its card is shown again. Ctrl-C ends the preview.")
    try:
        if not no_open:
            click.launch(server.address)
        watching.join()  # it ends only with a bug, whose traceback is on the terminal then
    except KeyboardInterrupt:
        say("")
    finally:
        shown.stop()
        server.shutdown()
        server.server_close()


COMMANDS = (preview,)
