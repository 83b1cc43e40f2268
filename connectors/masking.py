"""E-mail addresses and telephone numbers that stand in a text: masked, wherever the text comes from."""

from __future__ import annotations

import re

EMAIL, NUMBER = "[adresse masquée]", "[numéro masqué]"
_IN_EMAIL = r"[^\s@<>()\[\],;:\"'«»]"
_IN_DOMAIN = _IN_EMAIL.replace("<>", "<>&")
_EMAIL = re.compile(rf"(?<!{_IN_EMAIL}){_IN_EMAIL}++(?:@{_IN_DOMAIN}++)+")
_EMAIL_IN_MARKUP = re.compile(rf"(?<!{_IN_DOMAIN}){_IN_DOMAIN}++(?:@{_IN_DOMAIN}++)+")
"""Each run of characters is looked at once, from its first one: time grows with the text, never faster."""
_SPACE = r"[^\S\n\r]"
"""A number stands on one line."""
_GAP = rf"(?:{_SPACE}|[.\-/()]){{0,3}}"
_FRENCH = rf"0[1-9](?P<gap>(?:{_SPACE}|[.\-/])?)[0-9]{{2}}(?:(?P=gap)[0-9]{{2}}){{3}}"
"""The same sign between all pairs of figures, or none: a date and an hour are no telephone number."""
_FROM_ABROAD = rf"(?:\+|00)33{_GAP}(?:0{_GAP})?[1-9](?:{_GAP}[0-9]){{8}}"
"""A French number has nine figures after its code, so that it does not swallow the number that follows it."""
_FOREIGN = rf"(?:\+|00)[1-9](?:{_GAP}[0-9]){{7,14}}"
_PHONE = re.compile(rf"(?<![\w+])(?:{_FROM_ABROAD}|{_FOREIGN}|{_FRENCH})(?![0-9])")


def masked(text: str) -> str:
    """Return the text with e-mail addresses and telephone numbers masked, in a time that grows with its length."""
    if "@" in text:
        text = _EMAIL.sub(_without, text)
    return _PHONE.sub(NUMBER, text)


def masked_markup(text: str) -> str:
    """Return the same of a text not yet read, in which an entity may follow an address (`a@b.fr&nbsp;`)."""
    if "@" in text:
        text = _EMAIL_IN_MARKUP.sub(_without, text)
    return _PHONE.sub(NUMBER, text)


def is_number(text: str) -> bool:
    """Tell whether a text is a telephone number written as people do, in groups: figures alone may be a code."""
    return not text.strip().isdigit() and _PHONE.fullmatch(text.strip()) is not None


def _without(found: re.Match[str]) -> str:
    """Mask an address, and leave the full stop that ends the sentence."""
    word = found[0].rstrip(".!?…")
    return EMAIL + found[0][len(word) :]
