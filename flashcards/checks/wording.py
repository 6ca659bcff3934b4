"""Rules of wording: questions and answers short enough to be one thing, and neither guessable nor hopeless.

They go back to Wozniak's twenty rules (1999) and Matuschak's "How to write good prompts" (2020).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from math import ceil

from flashcards.checks.findings import about, active_notes, or_exempt
from flashcards.collection.model import Collection, Note, Table, Value
from flashcards.collection.recall import answer, answer_key, pieces, plain, question
from flashcards.diagnostics import Diagnostic
from flashcards.languages.markup import Element
from flashcards.languages.prose import plain_text, stems, words

_YES_NO = re.compile(
    r"(?i)(?:is|are|was|were|does|do|did|can|could|will|would|should|has|have|must)\b"
    r"(?!.*\b(?:or|why|how|what|which|when)\b)"  # it asks for more, or for one of two
)
_LIST_ALL = re.compile(
    r"(?i)\b(?:list|name|enumerate|what are)\b.{0,20}\b(?:all|two|three|four|five|six|seven|eight|[2-9])\b"
)
_IMPERATIVE = re.compile(
    r"(?i)(?:answer|argue|assign|calculate|choose|classify|compare|complete|compute|contrast|convert|criticise|criticize|defend|"
    r"define|derive|describe|design|differentiate|distinguish|draw|estimate|evaluate|explain|express|find|frame|give|identify|"
    r"interpret|judge|justify|list|match|name|order|outline|pick|predict|propose|prove|rank|rewrite|say|show|simplify|sketch|"
    r"solve|sort|state|suggest|summarise|summarize|tell|trace|translate|turn|walk|weigh|work out|write)\b"
)
_FEWEST_STEMS, _MANY_STEMS = 4, 30
_SENTENCE_END = re.compile(r"[.:;?!…][”\"’)*]*\s+")


def front_length(collection: Collection) -> Iterator[Diagnostic]:
    """A question that must be read twice costs time at every review."""
    limit = collection.rules["front-length"]
    for note in active_notes(collection):
        allowed = round(limit * note.type.recall.front_words)
        if note.type.cloze_field is None and (count := len(words(question(note)))) > allowed:
            message = f"the front has {count} words; the limit is {allowed}"
            yield about(note, "front-length", message, "keep what the answer hangs on")


def answer_length(collection: Collection) -> Iterator[Diagnostic]:
    """A long answer is graded by feeling."""
    limit = collection.rules["answer-length"]
    for note in active_notes(collection):
        allowed = round(limit * note.type.recall.answer_words)
        if note.type.cloze_field is None and (count := len(words(answer(note)))) > allowed:
            hint = "split the note, or move what need not be recalled to `why` or `extra`"
            message = f"the answer has {count} words; the limit is {allowed}"
            yield about(note, "answer-length", message, hint, answer_key(note.type))


def too_many_items(collection: Collection) -> Iterator[Diagnostic]:
    """A set of many items is hard to keep."""
    limit = collection.rules["too-many-items"]
    for note in active_notes(collection):
        for field in note.type.fields:
            value = note.fields.get(field.key) if field.answer else None
            if value is None or _surely_has_at_most(limit, note, value):
                continue
            count = _items(note, value, clozes=field.key == note.type.cloze_field)
            if count > limit:
                hint = "make it a cloze note, or a note for each"
                yield about(
                    note,
                    "too-many-items",
                    f"`{field.key}` has {count} items; the limit is {limit}",
                    hint,
                    field.key,
                )
                break


def _surely_has_at_most(limit: int, note: Note, value: Value) -> bool:
    """Tell whether a text is quickly seen to have no longer list. False says nothing."""
    simple = note.documents.simple(value) if isinstance(value, str) else None
    return simple is not None and simple.items <= limit


def _items(note: Note, value: Value, *, clozes: bool = False) -> int:
    if isinstance(value, Table):
        return (
            len(value.rows) - 1
        )  # cells under one another are read as pairs, so a table may have a row more
    if isinstance(value, tuple):
        return len(value)
    if "\n" not in value:
        return 0
    root = note.documents.of(value, clozes=clozes).root
    lists = (element for element in root.walk() if element.name == "list")
    return max((len(element.children) for element in lists), default=0)


def cloze_size(collection: Collection) -> Iterator[Diagnostic]:
    """A long deletion cannot be recalled word for word, so what is right becomes a matter of mood."""
    limit = collection.rules["cloze-size"]
    for note in active_notes(collection):
        longest = max(_deletions(note), key=_size, default=None)
        if longest is not None and (count := _size(longest)) > limit:
            message = f"`{longest.text}` has {count} words; the limit of a deletion is {limit}"
            yield about(note, "cloze-size", message, "hide the one word that carries it")


def cloze_context(collection: Collection) -> Iterator[Diagnostic]:
    """What stays visible must make the answer certain."""
    limit = collection.rules["cloze-context"]
    for note in active_notes(collection):
        hidden: Counter[int] = Counter()
        for deletion in _deletions(note):
            for number in deletion.attrs["numbers"]:
                hidden[number] += _size(deletion)
        if not hidden:
            continue
        number, most = max(hidden.items(), key=lambda item: item[1])
        if (visible := len(words(question(note))) - most) < limit:
            message = f"with `c{number}` hidden, {visible} words can be read; {limit} are the least"
            yield about(note, "cloze-context", message, "say more around the gap")


def _deletions(note: Note) -> Iterator[Element]:
    if (key := note.type.cloze_field) is not None:
        for text in pieces(note.fields.get(key, "")):
            yield from (
                element
                for element in note.documents.of(text, clozes=True).root.walk()
                if element.name == "cloze"
            )


def _size(deletion: Element) -> int:
    return len(words(plain_text(deletion)))


def yes_no_question(collection: Collection) -> Iterator[Diagnostic]:
    """A coin answers it half of the time."""
    for note in active_notes(collection):
        if note.type.recall.free_answer and _YES_NO.match(_SENTENCE_END.split(question(note))[-1]):
            yield about(note, "yes-no-question", "yes or no answers this", "ask why, when, how or how much")


def list_all(collection: Collection) -> Iterator[Diagnostic]:
    """Asked for a whole list, a learner fails at one forgotten item."""
    limit = collection.rules["list-all"]
    for note in active_notes(collection):
        if note.type.recall.free_answer and _LIST_ALL.search(question(note)):
            text = answer(note)
            count = max(
                _items(note, note.fields.get(answer_key(note.type), "")),
                text.count(";") + 1,
                text.count(",") + 1,
            )
            if count > limit:
                hint = f"make it a cloze note{or_exempt(collection, 'list-all')}"
                yield about(
                    note, "list-all", f"this asks for a list of about {count}; the limit is {limit}", hint
                )


def not_a_question(collection: Collection) -> Iterator[Diagnostic]:
    """A bare topic does not say what to recall."""
    for note in active_notes(collection):
        if note.type.recall.asks and not _asks(question(note)):
            hint = "end it with a question, or say what to do: name, compute, explain"
            yield about(note, "not-a-question", "the front asks nothing", hint)


def _asks(text: str) -> bool:
    return "?" in text or any(_IMPERATIVE.match(sentence) for sentence in _SENTENCE_END.split(text))


def answer_leak(collection: Collection) -> Iterator[Diagnostic]:
    """Neighbouring words of the answer that stand in the question too give it away, if they are most of
    it."""
    for note in active_notes(collection):
        if note.type.recall.hidden_answer:
            asked, recalled = stems(question(note)), stems(answer(note))
            pairs = set(pairwise(asked))
            shared = [pair for pair in pairwise(recalled) if pair in pairs]
            given = {stem for pair in shared for stem in pair}
            if shared and 2 * len(given) >= len(
                set(recalled)
            ):  # an answer may repeat what it is about and then say more
                message = f"the front has words of the answer: {' '.join(shared[0])}"
                yield about(note, "answer-leak", message, "ask without them")


def near_duplicate_front(collection: Collection) -> Iterator[Diagnostic]:
    """Two questions that differ in a word or two are mixed up for ever."""
    notes = list(active_notes(collection))
    fronts = [(note.type.kind, front_stems(note)) for note in notes]
    for later, earlier in near_duplicates(fronts, collection.rules["near-duplicate-front"]):
        note, other = notes[later], notes[earlier]
        asks = plain(other, other.front)[:60].strip()
        hint = f"say in both what tells them apart; the other asks: {asks} …"
        message = f"this is nearly the question of `{other.id}`"
        yield about(note, "near-duplicate-front", message, hint)


def front_stems(note: Note) -> frozenset[str]:
    """Return the stems of what a note asks; none if there are too few to tell two questions apart."""
    own = frozenset(stems(question(note)))
    return own if len(own) >= _FEWEST_STEMS else frozenset()


def near_duplicates(fronts: Sequence[tuple[str, frozenset[str]]], limit: int) -> Iterator[tuple[int, int]]:
    """Yield, for each front that nearly equals an earlier one, its index and that of the first such.

    A front is a kind of note and stems. Two are nearly equal if they have one kind, at least four stems each,
    and share at least `limit` per cent of all their stems (Jaccard's index). Only fronts that share three of
    their rarest stems are compared: two that are nearly equal must (prefix filtering; Chaudhuri, Ganti and
    Kaushik 2006)."""
    frequency = Counter(stem for _, own in fronts for stem in own)
    ranks = {stem: i for i, (_, stem) in enumerate(sorted((n, stem) for stem, n in frequency.items()))}
    seen: dict[tuple[str, ...], list[int]] = {}
    for later, (kind, own) in enumerate(fronts):
        if len(own) < _FEWEST_STEMS:
            continue
        keys = [(kind, *shared) for shared in _must_share(sorted(own, key=ranks.__getitem__), limit)]
        candidates = {earlier for key in keys for earlier in seen.get(key, ())}
        for earlier in sorted(candidates):
            theirs = fronts[earlier][1]
            if 100 * len(own & theirs) >= limit * len(own | theirs):
                yield later, earlier
                break
        for key in keys:
            seen.setdefault(key, []).append(later)


def _must_share(rarest: Sequence[str], limit: int) -> Iterator[tuple[str, ...]]:
    """Yield stems of a front, whose rarest come first, such that each nearly equal front has one of the
    results too: three stems, which few other fronts have; or one, where three would be too many to yield."""
    size = len(rarest)
    needed = ceil(size * limit / 100)  # so many does it share with a nearly equal front
    if limit > 50 and size <= _MANY_STEMS:  # at least three of four are needed
        yield from combinations(rarest[: size - needed + 3], 3)
    if limit <= 50 or 100 * size >= limit * _MANY_STEMS:  # the other may have many
        yield from combinations(rarest[: size - needed + 1], 1)
