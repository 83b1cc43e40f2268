"""French spaces, once for all pages: the text between the tags of an answer gets the no-break spaces it needs (G6)."""

from __future__ import annotations

import re
from functools import lru_cache

from flask import Response

from hub.pages.format import NBSP, THIN, nbsp

_PIECES = re.compile(r"(?s)(<(pre|code|textarea|svg|option)\b.*?</\2>)|(?<=>)(?=[^<>]*[«»:;!?%€])([^<>]+)(?=<)")
KEPT = 4096
"""How many texts are remembered with their spaces."""
_SPACES = {"&nbsp;": NBSP, "&#160;": NBSP, "&#8239;": THIN}


def spaced(page: str) -> str:
    """Return the HTML page with its texts well spaced; code, addresses, form values and drawings stay as they are."""
    return _PIECES.sub(lambda found: found[1] or _text(found[3]), page)


@lru_cache(maxsize=KEPT)
def _text(text: str) -> str:
    """The text well spaced: a page says the same words again and again, and so do the pages after it."""
    return nbsp(_plain(text))


def _plain(text: str) -> str:
    """The text with its spaces written as characters: an entity would not be seen as the space it is."""
    for entity, space in _SPACES.items():
        text = text.replace(entity, space)
    return text


def space(response: Response) -> Response:
    """Space the texts of a page on its way out; other answers go as they are."""
    if response.mimetype == "text/html" and not response.is_streamed and not getattr(response, "is_spaced", False):
        response.set_data(spaced(response.get_data(as_text=True)))
    return response
