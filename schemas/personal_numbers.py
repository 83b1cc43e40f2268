"""The numbers that belong to one person: bank account, social security, bank card, long identifiers."""

from __future__ import annotations

import re
from datetime import datetime

_SPACE = r"[^\S\n\r]"
_IBAN = re.compile(rf"(?<![A-Za-z0-9])(?=([A-Za-z]{{2}}[0-9]{{2}}(?:{_SPACE}?[A-Za-z0-9]){{11,30}}))")
_IBAN_LENGTHS = {
    **dict.fromkeys(("NO",), 15), **dict.fromkeys(("BE",), 16), **dict.fromkeys(("DK", "FI", "NL"), 18),
    **dict.fromkeys(("SI",), 19), **dict.fromkeys(("AT", "EE", "LT", "LU"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21), **dict.fromkeys(("BG", "DE", "GB", "IE", "VA"), 22),
    **dict.fromkeys(("GI",), 23), **dict.fromkeys(("AD", "CZ", "ES", "RO", "SE", "SK", "TN"), 24),
    **dict.fromkeys(("PT",), 25), **dict.fromkeys(("DZ", "IS", "TR"), 26),
    **dict.fromkeys(("FR", "GR", "IT", "MC", "SM"), 27), **dict.fromkeys(("CY", "HU", "MA", "PL"), 28),
    **dict.fromkeys(("MT",), 31),
}  # fmt: skip
"""How many characters an account number has, by country (ISO 13616)."""
_NIR = re.compile(
    rf"(?<![0-9A-Za-z])([123478])(?P<gap>{_SPACE}?|[.-])([0-9]{{2}})(?P=gap)(0[1-9]|1[0-2]|[2-9][0-9])(?P=gap)"
    rf"([0-9]{{2}}|2[ABab])(?P=gap)([0-9]{{3}})(?P=gap)([0-9]{{3}})(?:{_SPACE}?[/.-]?{_SPACE}?([0-9]{{2}}))?(?![0-9A-Za-z])"
)
_CORSICA = {"2A": "19", "2B": "18"}
_CARD = re.compile(r"(?<![\w.,])[0-9]{4}([ -]?)[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?!\w)")
_INSTANT = {12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_IDENTIFIER = re.compile(r"(?<![\w.,/=_-])[0-9]{11,}(?![\w/]|-[0-9])")


def iban(text: str, mark: str) -> str:
    """Return the text with bank account numbers masked: the length of their country, and a key that fits."""
    found, at = [], 0
    for match in _IBAN.finditer(text):
        length = _account(match[1])
        if length and match.start() >= at:
            found += [text[at : match.start()], mark]
            at = match.start() + length
    return "".join([*found, text[at:]])


def is_bank_account(text: str) -> bool:
    """Tell whether a text is a bank account number and nothing else."""
    match = _IBAN.match(text)
    return match is not None and match[1] == text and _account(text) == len(text)


def nir(text: str, mark: str) -> str:
    """Return the text with social security numbers masked: a key that fits, or no key and the usual groups."""
    return _NIR.sub(lambda match: mark if _has_key(match) else match[0], text)


def card(text: str, mark: str) -> str:
    """Return the text with bank card numbers masked: four groups of four figures, and a key that fits (Luhn)."""
    return _CARD.sub(lambda match: mark if _luhn(match[0]) else match[0], text)


def identifier(text: str, mark: str) -> str:
    """Return the text with runs of eleven figures or more masked; a SIRET and an instant name no person."""
    return _IDENTIFIER.sub(lambda match: match[0] if _names_a_thing(match[0]) else mark, text)


def _account(written: str) -> int:
    """Return how many characters of `written` are an account number, 0 for none."""
    places = [rank for rank, sign in enumerate(written) if sign.isalnum()]
    whole = "".join(written[rank] for rank in places).upper()
    length = _IBAN_LENGTHS.get(whole[:2], 0)
    if not length or len(whole) < length:
        return 0
    turned = whole[4:length] + whole[:4]
    key = int("".join(str(int(sign, 36)) for sign in turned)) % 97
    return places[length - 1] + 1 if key == 1 else 0


def _has_key(match: re.Match[str]) -> bool:
    *parts, key = match.group(1, 3, 4, 5, 6, 7, 8)
    if key is None:
        return any(map(str.isspace, match[0]))
    parts[3] = _CORSICA.get(parts[3].upper(), parts[3])
    return 97 - int("".join(parts)) % 97 == int(key)


def _luhn(digits: str) -> bool:
    figures = [int(figure) for figure in reversed(digits) if figure.isdigit()]
    doubled = (sum(divmod(2 * figure, 10)) for figure in figures[1::2])
    return (sum(figures[::2]) + sum(doubled)) % 10 == 0


def _names_a_thing(digits: str) -> bool:
    """Tell whether figures are a SIRET, if only by its SIREN (a miscopied one is told as such), or an instant."""
    return (len(digits) == 14 and (_luhn(digits) or _luhn(digits[:9]))) or _is_instant(digits)


def _is_instant(digits: str) -> bool:
    """Tell whether figures are a day and an hour written together: 202406121430, 20240612143059."""
    try:
        return datetime.strptime(digits, _INSTANT[len(digits)]).year >= 1900
    except (KeyError, ValueError):
        return False
