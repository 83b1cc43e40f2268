"""Personal data that stand in a text: found, and masked, wherever the text comes from (`compliance.md` §2).

Each rule looks once at each run of characters, or at a bounded number of them: time grows with the text, never faster.
It errs towards finding too much: a person clears a false hit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from schemas.personal_numbers import card, iban, identifier, is_bank_account, nir

EMAIL, NUMBER, NAME = "[adresse masquée]", "[numéro masqué]", "[nom masqué]"
_IN_EMAIL = r"[^\s@<>()\[\],;:\"'«»]"
_IN_DOMAIN = _IN_EMAIL.replace("<>", "<>&")
_EMAIL = re.compile(rf"(?<!{_IN_EMAIL}){_IN_EMAIL}++(?:@{_IN_DOMAIN}++)+")
_EMAIL_IN_MARKUP = re.compile(rf"(?<!{_IN_DOMAIN}){_IN_DOMAIN}++(?:@{_IN_DOMAIN}++)+")
_EMAIL_IN_WORDS = re.compile(
    r"(?<![\w.+-])[\w.+-]++\s?[\[({]\s?(?:at|arobase|@)\s?[\])}]\s?[\w-]++(?:\.[\w-]++)+", re.IGNORECASE
)
_SPACE = r"[^\S\n\r]"
"""A number stands on one line."""
_GAP = rf"(?:{_SPACE}|[.\-/()]){{0,3}}"
_FRENCH = rf"0[1-9](?P<gap>(?:{_SPACE}|[.\-/])?)[0-9]{{2}}(?:(?P=gap)[0-9]{{2}}){{3}}"
"""The same sign between all pairs of figures, or none: a date and an hour are no telephone number."""
_FROM_ABROAD = rf"(?:\+|00)33{_GAP}(?:0{_GAP})?[1-9](?:{_GAP}[0-9]){{8}}"
"""A French number has nine figures after its code, so that it does not swallow the number that follows it."""
_FOREIGN = rf"(?:\+|00)[1-9](?:{_GAP}[0-9]){{7,14}}"
_PHONE = re.compile(rf"(?<![\w+])(?:{_FROM_ABROAD}|{_FOREIGN}|{_FRENCH})(?![0-9])")
_BLANK = r"(?:[^\S\n\r]|&nbsp;|&#160;|</?[a-z]{1,6}>){0,6}"
_LABEL = re.compile(
    r"(?<![\w'’-])(?P<label>"
    r"(?:(?:^|(?<=[\n.;,|>(•-])|(?<=[\n.;,|>(•-]\s))(?:mon )?noms?(?: (?:et )?prénoms?)?"
    r"|noms? et prénoms?|nom (?:de famille|de naissance|de jeune fille|d['’]usage|complet)"
    r"|(?:mon )?(?:prénoms?|prenoms?)(?: et noms?)?|pseudo(?:nyme)?|date de naissance|lieu de naissance"
    r"|née? le|né\(e\) le|adresse personnelle|domicile|numéro de sécurité sociale|n° de sécurité sociale))"
    rf"(?P<colon>{_BLANK}:{_BLANK})(?P<value>(?!\[nom masqué\])[^\s:;,|<>\[\]][^\n\r;,|<>\[\]]{{0,79}})",
    re.IGNORECASE | re.MULTILINE,
)
"""« Nom : » begins a line or a part of a sentence: « changer de nom : une idée » names nobody."""
_SIGNS = re.compile(r"[@:\[({+](?:(?<=[@:\[+])|\s?(?i:at|ar|@))")
"""Every rule asks for one of these signs (for a bracket that an « at » follows, or a mark), or for ten figures."""
_TEN_FIGURES = re.compile(r"(?:[^0-9]*+[0-9]){10}")
_INSTANT = re.compile(r"[12][0-9]{3}-[01][0-9]-[0-3][0-9](?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?Z?)?")
"""A day or an instant and nothing else: its figures are nobody's number."""
_SPELLED_AT = re.compile(r"[\[({]\s?(?:at|arobase|@)", re.IGNORECASE)

Rule = Callable[[str], str]
FAMILIES = {
    "courriel": "une adresse électronique",
    "telephone": "un numéro de téléphone",
    "iban": "un numéro de compte bancaire",
    "nir": "un numéro de sécurité sociale",
    "numero": "un long numéro",
    "nom": "l'identité d'une personne",
}
"""What is looked for, in French."""
_MARKS = {EMAIL: "une adresse électronique", NUMBER: "un numéro", NAME: FAMILIES["nom"]}


def masked(text: str) -> str:
    """Return the text with personal data masked, in a time that grows with its length."""
    if is_bare(text):
        return text
    return _after(text, _RULES.values())


def is_bare(text: str) -> bool:
    """Tell, at one glance, that no rule can find anything in a text: most texts need no second look."""
    return (not _SIGNS.search(text) and not _TEN_FIGURES.match(text)) or _INSTANT.fullmatch(text) is not None


def may_hold_address(text: str) -> bool:
    """Tell, at one glance, that a text may hold an e-mail address, or the mark of one: a `@`, or a bracket."""
    return "@" in text or "[" in text or "(" in text or "{" in text


def masked_markup(text: str) -> str:
    """Return the same of a text not yet read, in which an entity may follow an address (`a@b.fr&nbsp;`)."""
    return text if is_bare(text) else _after(text, _IN_MARKUP.values())


def found(text: str) -> list[str]:
    """Return what a text holds of persons, in French (« une adresse électronique »), never the data themselves."""
    return [] if is_bare(text) else held(text)


def held(text: str) -> list[str]:
    """Return the same of a text that is not bare."""
    families, long = [], _is_long(text)
    for family, (rule, of_figures) in _RULES.items():
        after = rule(text) if long or not of_figures else text
        if after != text:
            families.append(FAMILIES[family])
        text = after
    return families


def marked(text: str) -> list[str]:
    """Return what was masked in a text, in French: the marks that stand in it tell."""
    return [words for mark, words in _MARKS.items() if mark in text]


def has_address(text: str) -> bool:
    """Tell whether a text holds an e-mail address: all that an identifier or a web address may betray."""
    return _emails(text) != text


def is_number(text: str) -> bool:
    """Tell whether a text is a telephone number written as people do, in groups: figures alone may be a code."""
    text = text.strip()
    return (not text.isdigit() and _PHONE.fullmatch(text) is not None) or is_bank_account(text)


def _after(text: str, rules: Iterable[tuple[Rule, bool]]) -> str:
    long = _is_long(text)
    for rule, of_figures in rules:
        if long or not of_figures:
            text = rule(text)
    return text


def _is_long(text: str) -> bool:
    """Tell whether a text has the figures that a number of a person takes: ten, or fewer after a `+`."""
    return "+" in text or _TEN_FIGURES.match(text) is not None


def _emails(text: str) -> str:
    return _spelled(_EMAIL.sub(_address, text) if "@" in text else text)


def _emails_in_markup(text: str) -> str:
    return _spelled(_EMAIL_IN_MARKUP.sub(_address, text) if "@" in text else text)


def _spelled(text: str) -> str:
    """Mask « prenom [at] site.fr », looked for where there is a bracket only."""
    return _EMAIL_IN_WORDS.sub(EMAIL, text) if _SPELLED_AT.search(text) else text


def _address(match: re.Match[str]) -> str:
    """Mask an address, and leave the full stop that ends the sentence; `site.fr/@ville`, `K@fé` are no addresses."""
    word = match[0].rstrip(".!?…")
    name, *domains = word.split("@")
    page = name.endswith("/") and len(domains) == 1
    if page or not any("." in domain and any(map(str.isalpha, domain)) for domain in domains):
        return match[0]
    return EMAIL + match[0][len(word) :]


def _phones(text: str) -> str:
    return _PHONE.sub(NUMBER, text)


def _names(text: str) -> str:
    return _LABEL.sub(lambda match: f"{match['label']}{match['colon']}{NAME}", text) if ":" in text else text


_RULES: Mapping[str, tuple[Rule, bool]] = {
    "courriel": (_emails, False),
    "iban": (lambda text: iban(text, NUMBER), True),
    "nir": (lambda text: nir(text, NUMBER), True),
    "telephone": (_phones, True),
    "numero": (lambda text: identifier(card(text, NUMBER), NUMBER), True),
    "nom": (_names, False),
}
"""In this order: what has a key is looked for before what has none. True: looked for where there are figures enough."""
_IN_MARKUP = {**_RULES, "courriel": (_emails_in_markup, False)}
