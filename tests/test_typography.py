"""The spaces of French, in the text of pages only."""

from __future__ import annotations

import pytest

from hub.pages.typography import spaced


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("<p>Statut : inconnu</p>", "<p>Statut\u00a0: inconnu</p>"),
        ("<p>« mot »</p>", "<p>«\u00a0mot\u00a0»</p>"),
        ("<b>85 %</b>", "<b>85\u00a0%</b>"),
        ("<p>Pourquoi ?</p>", "<p>Pourquoi\u202f?</p>"),
        ('<a href="/x?a=b : c">x</a>', '<a href="/x?a=b : c">x</a>'),
        ("<pre>a : b</pre><p>c : d</p>", "<pre>a : b</pre><p>c\u00a0: d</p>"),
        ("<p>https://exemple.fr/a?b=c</p>", "<p>https://exemple.fr/a?b=c</p>"),
        ('<input value="a : b"><p>L&#39;avis : oui</p>', '<input value="a : b"><p>L&#39;avis\u00a0: oui</p>'),
        ("<p>«&nbsp;mot&nbsp;»&nbsp;: vrai&#8239;?</p>", "<p>«\u00a0mot\u00a0»\u00a0: vrai\u202f?</p>"),
        ("<p>a &amp; b ; c</p>", "<p>a &amp; b\u00a0; c</p>"),
    ],
)
def test_texts_are_spaced_and_nothing_else_is(given: str, expected: str) -> None:
    assert spaced(given) == expected
    assert spaced(expected) == expected
