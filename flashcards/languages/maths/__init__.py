"""LaTeX → MathML (math-core) → Typst's maths, and what is wrong with a formula."""

from flashcards.languages.maths.latex import MathsError
from flashcards.languages.maths.mathjax import for_anki
from flashcards.languages.maths.typst import Mistake, mistake, to_typst

__all__ = ["MathsError", "Mistake", "for_anki", "mistake", "to_typst"]
