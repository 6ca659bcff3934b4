"""The values in these tests are part of published packages: a test that fails here means lost review
history."""

from __future__ import annotations

import re

import pytest
from genanki.util import BASE91_TABLE
from hypothesis import given
from hypothesis import strategies as st

from flashcards.collection import identity

IDS = st.text(min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("collection", "note", "guid"),
    [
        ("mlsd", "RU03", "Qs#Yq.EVAt"),
        ("mlsd", "RU04", "GL@[0jU}~G"),
        ("other", "RU03", "E1em{]tK#l"),
        ("mlsd", "ru03", "cPUMI..[W2"),
    ],
)
def test_guids_never_change(collection: str, note: str, guid: str) -> None:
    assert identity.guid(collection, note) == guid


@pytest.mark.parametrize(
    ("family", "collection", "key", "number"),
    [
        ("notetype", "mlsd", "pitfall", 183403321119153),
        ("deck", "mlsd", "02-rubric", 218558271560081),
        ("deck", "mlsd", "", 60172886777990),
        ("notetype", "other", "pitfall", 187469227897901),
    ],
)
def test_numeric_ids_never_change(family: str, collection: str, key: str, number: int) -> None:
    assert identity.numeric_id(family, collection, key) == number


def test_two_ways_to_type_an_accent_are_one_id() -> None:
    assert identity.guid("caf\u00e9", "n\u00e9") == identity.guid("cafe\u0301", "ne\u0301")
    assert identity.numeric_id("deck", "caf\u00e9", "1") == identity.numeric_id("deck", "cafe\u0301", "1")


def test_the_parts_of_an_id_do_not_run_into_each_other() -> None:
    assert identity.guid("ab", "c") != identity.guid("a", "bc")
    assert identity.numeric_id("deck", "a", "b") != identity.numeric_id("notetype", "a", "b")


@given(collection=IDS, note=IDS)
def test_a_guid_holds_64_bits_in_genankis_digits(collection: str, note: str) -> None:
    guid = identity.guid(collection, note)
    number = 0
    for digit in guid:
        number = number * 91 + BASE91_TABLE.index(digit)
    assert 0 < number < 2**64
    assert re.fullmatch(r"\S{1,10}", guid)


@given(collection=IDS, key=IDS)
def test_a_numeric_id_is_above_0_and_exact_in_json(collection: str, key: str) -> None:
    assert 0 < identity.numeric_id("deck", collection, key) <= 2**48
