"""LaTeX → MathML (math-core) → Typst's maths, and what is wrong with a formula."""

from flashcards.languages.maths.latex import MathsError
from flashcards.languages.maths.typst import Mistake, mistake, to_typst

__all__ = ["MathsError", "Mistake", "mistake", "to_typst"]
