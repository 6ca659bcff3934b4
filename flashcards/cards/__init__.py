"""How Anki shows a note: which cards it makes, and the HTML of its fields."""
