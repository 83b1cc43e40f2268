"""Foreign HTML made plain: what it says is kept, and nothing in it stops or slows the reading."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.text import plain


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Un <b>mot</b></p><!-- <p>caché</p> --><p>Deux</p>", "Un mot\n\nDeux"),
        ("<p class=MsoNormal><![if !supportLists]>· <![endif]>Texte</p>", "· Texte"),
        ("<!--[if mso]><p>x</p><![endif]-->Fin", "Fin"),
        ("<![CDATA[Bonjour]]>", "Bonjour"),
        ("<!DOCTYPE html><?xml version='1.0'?><p>Oui</p>", "Oui"),
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        ("<a title='1 < 2' href=x>lien</a>", "lien"),
        ("Suite <a href='x", "Suite <a href='x"),
        ("<![", "<!["),
    ],
)
def test_html_is_read_as_people_read_it(html: str, text: str) -> None:
    assert plain(html) == text


@pytest.mark.parametrize(
    "piece", ["<!", "<![", "<!--", "<a", "</", "<a b", "<a b='", '<a href="', "<?", "&#", "</a <", "<a ='>"]
)
@pytest.mark.parametrize("end", ["", ">", "'>", "-->"])
def test_tags_that_never_end_do_not_slow_the_reading(piece: str, end: str) -> None:
    began = time.monotonic()
    plain(piece * 15_000 + end)
    assert time.monotonic() - began < 1


@given(st.text(alphabet="<>!-[]/?ab'\"= &;#\n", max_size=60))
def test_no_html_stops_the_reading(html: str) -> None:
    plain(html)
