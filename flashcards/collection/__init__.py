"""What an author wrote, read and frozen: decks, notes, note types, and the places where they were written."""
