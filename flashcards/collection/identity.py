"""GUIDs and numeric ids: computed from the author's ids alone, so that no edit, machine or order can change
them.

A learner's review history hangs on these functions. Their results are part of every published package: never
change them."""

import hashlib
import unicodedata

# genanki's table (genanki/util.py), most significant digit first
_BASE91 = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&()*+,-./:;<=>?@[]^_`{|}~"


def guid(collection_id: str, note_id: str) -> str:
    """Return a note's GUID: base 91 of the first 8 bytes of SHA-256(collection id + NUL + note id).

    >>> guid("mlsd", "RU03")
    'Qs#Yq.EVAt'
    """
    number = int.from_bytes(_digest(collection_id, note_id)[:8], "big")
    digits = ""
    while number:
        number, digit = divmod(number, len(_BASE91))
        digits = _BASE91[digit] + digits
    return digits


def numeric_id(family: str, collection_id: str, key: str) -> int:
    """Return the id of a note type (`family` "notetype") or a deck ("deck"): 1 + 48 bits of SHA-256.

    >>> numeric_id("notetype", "mlsd", "pitfall")
    183403321119153
    """
    return 1 + int.from_bytes(_digest(family, collection_id, key)[:6], "big")


def _digest(*parts: str) -> bytes:
    return hashlib.sha256(unicodedata.normalize("NFC", "\0".join(parts)).encode()).digest()
