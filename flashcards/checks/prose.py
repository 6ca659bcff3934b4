"""What the rules of content look at: a note's question and answer as plain words."""

from __future__ import annotations
