"""What authors write in, without knowing what a note is: YAML, Markdown, LaTeX, Anki's clozes, sums."""
