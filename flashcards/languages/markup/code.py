"""Code → its tokens, told apart when the deck is built, so that cards need no JavaScript. Imports Pygments,
alone."""

from __future__ import annotations


def highlight(code: str, language: str) -> list[tuple[str, str]] | None:
    """Split code into (Pygments CSS class, text) pairs; None for a language that Pygments does not know."""
    from pygments.lexers import get_lexer_by_name
    from pygments.token import STANDARD_TYPES
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
    return [(STANDARD_TYPES.get(kind, ""), text) for kind, text in lexer.get_tokens(code) if text]
