"""What was released: the lock, the time of each note and note type, and what a release would change."""
