"""The yardstick: what a person would write in ten minutes to get YAML notes into Anki. `plain.py DECKS
OUT.apkg`."""

import sys
from pathlib import Path

import genanki
import yaml
from markdown_it import MarkdownIt

markdown = MarkdownIt()
decks = []
for number, path in enumerate(sorted(Path(sys.argv[1]).glob("*-*.yaml"))):
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    deck = genanki.Deck(2059400110 + number, data["title"])
    for note in data["notes"]:
        is_cloze = "cloze" in note
        model = genanki.CLOZE_MODEL if is_cloze else genanki.BASIC_MODEL
        fields = [markdown.render(note[key]) for key in (("cloze", "why") if is_cloze else ("front", "back"))]
        deck.add_note(genanki.Note(model, fields, tags=note["tags"], guid=genanki.guid_for(note["id"])))
    decks.append(deck)
genanki.Package(decks).write_to_file(sys.argv[2])
