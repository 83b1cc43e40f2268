"""How the hub writes numbers, dates, lists and states in French (G6–G8).

Pure functions: no clock, no request, no database. Everything returns plain text but `time_tag`, which returns HTML.
`FILTERS` is what the roof registers in the templates.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from schemas.labels import entry, label

NBSP, THIN, MINUS = "\u00a0", "\u202f", "\u2212"
PARIS = ZoneInfo("Europe/Paris")
METROPOLE = r"^(?:Eurom|M)étropole (?:[Ee]uropéenne )?(?:de la |de |du |des |d['’])?(?=[A-ZÀ-Þ])"
ADDRESS = re.compile(r"((?:https?://|www\.|mailto:)[^\s«»]+|(?<![^\s«»])[^\s«»]+@[^\s«»]+)")
SPACE = f"[ {NBSP}{THIN}]"
PREPOSITIONS = {"par", "de", "pour", "à", "en"}
INVARIABLE = {"avis", "mois", "fois", "cas"}
MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
          "décembre")  # fmt: skip

Number = int | float | Decimal | Fraction


def number(value: Number | None, unit: str = "", *, state: str = "non_transmis", decimals: int = 1) -> str:
    """« 12 000 », « 1,5 », « < 0,1 »; with unit « % » the value is a fraction of 1: 0.2843 is « 28,4 % ».

    Trailing zeros are dropped (0.85 is « 85 % »). Without a value, the state speaks: « n.d. — non transmis ».
    """
    if value is None:
        return absent(state)
    return _with_unit(_rounded(_scaled(value, unit), decimals), unit, value)


def share(numerator: int, denominator: int) -> str:
    """« 86,3 % (88 sur 102) » from 100 cases on, « 44 % (12 sur 27) » below, « 7 sur 9 (78 %) » under 20."""
    fraction = f"{_grouped(Decimal(numerator))} sur {_grouped(Decimal(denominator))}"
    if denominator == 0:
        return fraction
    percent = percentage(numerator, denominator)
    return f"{fraction} ({percent})" if denominator < 20 else f"{percent} ({fraction})"


def percentage(numerator: int, denominator: int) -> str:
    """The share alone, « 86,3 % »; never « 0 % » when there is one case, never « 100 % » when one is missing."""
    decimals = 1 if denominator >= 100 else 0
    exact = _decimal(Fraction(numerator * 100, denominator))
    if numerator in (0, denominator):
        return f"{_grouped(exact.to_integral_value())}{NBSP}%"
    step = Decimal(1).scaleb(-decimals)
    text = _rounded(exact, decimals, strip=False)
    if exact < 100 and exact.quantize(step, ROUND_HALF_UP) == 100:
        text = f"> {_grouped(100 - step)}"
    return f"{text}{NBSP}%"


def rate(value: Number, per: str = "pour 100 000 habitants") -> str:
    """A rate with two significant digits: « 3,2 pour 100 000 habitants »."""
    exact = _decimal(value)
    decimals = 1 - exact.adjusted() if exact else 0
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if rounded.adjusted() > exact.adjusted():
        rounded = rounded.quantize(Decimal(1).scaleb(1 - decimals))
    return f"{_grouped(rounded)} {per.replace('100 000', f'100{THIN}000')}".strip()


def days(value: Number) -> str:
    """A length in days, without decimals: « 257 jours », « 1 jour »."""
    return number(_decimal(value).quantize(Decimal(1), ROUND_HALF_UP), "jours")


def quantity(value: Mapping[str, Any] | None, unit: str | None = None, *, state: str = "non_transmis") -> str:
    """A Quantity with its qualifier in words: « près de 1 800 membres », « entre 700 et 800 logements »."""
    if value is None:
        return absent(state)
    unit = unit if unit is not None else value.get("unit") or ""
    qualifier = value.get("qualifier") or "exact"
    if qualifier == "fourchette":
        low = _rounded(_scaled(value["low"], unit), 1)
        return f"entre {low} et {number(value['high'], unit)}"
    words = "" if qualifier == "exact" else label("qualificatif", qualifier).lower()
    return f"{words} {number(value['value'], unit)}".strip()


def gap(stated: Number, counted: Number) -> str:
    """The distance between two fractions of 1, in points: « 1,3 point », « aucun écart »."""
    points = (_decimal(counted) - _decimal(stated)) * 100
    return f"{_rounded(abs(points), 1)} {plural(points, 'point')}" if points else "aucun écart"


def weight(size: int) -> str:
    """The size of a file: « 640 octets », « 12 ko », « 1,4 Mo »."""
    if size < 1000:
        return f"{size} {plural(size, 'octet')}"
    return f"{number(round(size / 1000))}{NBSP}ko" if size < 999_500 else f"{number(size / 1e6)}{NBSP}Mo"


def plural(count: Number, one: str, many: str | None = None) -> str:
    """The word alone; French is plural from 2 on: 0 démarche, 1,5 démarche, 2 démarches."""
    return (many or f"{one}s") if abs(_decimal(count)) >= 2 else one


def _decimal(value: Number) -> Decimal:
    if isinstance(value, Fraction):
        return Decimal(value.numerator) / Decimal(value.denominator)
    return Decimal(str(value))


def _scaled(value: Number, unit: str) -> Decimal:
    return _decimal(value) * (100 if unit == "%" else 1)


def _grouped(value: Decimal) -> str:
    text = f"{abs(value):,f}".replace(",", THIN).replace(".", ",")
    return f"{MINUS}{text}" if value < 0 else text


def _rounded(value: Decimal, decimals: int, *, strip: bool = True) -> str:
    step = Decimal(1).scaleb(-decimals)
    near = value.quantize(step, ROUND_HALF_UP)
    if value and not near:
        return f"< {_grouped(step)}" if value > 0 else f"> {_grouped(-step)}"
    text = _grouped(near)
    return text.rstrip("0").rstrip(",") if strip and "," in text else text


def _with_unit(digits: str, unit: str, value: Number) -> str:
    if not unit:
        return digits
    return f"{digits}{NBSP}{unit}" if unit[0] in "%€" else f"{digits} {_agreed(unit, value)}"


def _agreed(unit: str, value: Number) -> str:
    """Units are declared in the plural: below 2 their words lose their s, up to the first preposition."""
    words = unit.split(" ")
    if abs(_decimal(value)) >= 2:
        return unit
    end = next((i for i, word in enumerate(words) if word in PREPOSITIONS), len(words))
    return " ".join([w if w in INVARIABLE else w.removesuffix("s") for w in words[:end]] + words[end:])


def absent(state: str) -> str:
    """What is printed where there is no value: « n.d. — non transmis »."""
    return f"{state_sign(state)} — {state_label(state)}"


def state_sign(state: str) -> str:
    """The sign of a value state, « n.d. », « p », « /// »; empty for a plain value."""
    return entry("etat_valeur", state)["signe"] or ""


def state_label(state: str) -> str:
    """The words of a value state, in lower case: « non collecté »."""
    return label("etat_valeur", state)[0].lower() + label("etat_valeur", state)[1:]


def day(value: str | date) -> str:
    """A Day as precise as it is known: « 2021 », « mars 2021 », « 1er mars 2026 ». Other words are left as written."""
    parts = _parts(str(value))
    return " ".join(parts) if parts else str(value)


def date_object(value: Mapping[str, Any]) -> str:
    """A Date: « depuis 2019 », « de novembre 2020 à février 2021 », else the document's own words."""
    start, end, written = value.get("from"), value.get("to"), value.get("as_written")
    vague = value.get("precision") in {"trimestre", "saison"} and re.search(r"\d{4}", written or "")
    if written and (vague or not (start or end)):
        return re.sub("^/ ?", "par ", str(written))
    if start and end:
        return _between(start, end)
    if start:
        return f"depuis {_article(start, day='le ', other='')}{day(start)}"
    return f"jusqu'{_article(end, day='au ', other='en ')}{day(end)}" if end else "date inconnue"


def moment(value: str | datetime) -> str:
    """An instant as read in Paris: « 16 mars 2026 à 14 h 05 ». A Day stays a day."""
    if isinstance(value, str) and _parts(value):
        return day(value)
    local = _paris(value)
    return f"{day(local.date())} à {local.hour}{NBSP}h{NBSP}{local.minute:02}"


def age(value: str | date | datetime, now: datetime) -> str:
    """An age always with its date: « il y a 12 jours, le 8 novembre ». A month or a year alone is printed as it is."""
    if isinstance(value, str) and _parts(value) and len(value) < 10:
        return day(value)
    then = date.fromisoformat(str(value)) if len(str(value)) == 10 else _paris(value).date()
    today = _paris(now).date()
    words = day(then) if then.year != today.year else day(then).rsplit(" ", 1)[0]
    return f"{_distance((today - then).days)}, le {words}"


def machine(value: str | date | datetime) -> str:
    """The form of `<time datetime>`: a Day as stored, an instant with the offset of Paris."""
    if isinstance(value, datetime) or (isinstance(value, str) and not _parts(value)):
        return _paris(value).isoformat(timespec="minutes")
    return str(value)


def time_tag(value: str | date | datetime | Mapping[str, Any]) -> Markup:
    """`<time datetime="2026-03-01">1er mars 2026</time>`; a Date with two bounds, or other words, stay plain text."""
    if isinstance(value, Mapping):
        start, words = value.get("from"), date_object(value)
        known = start and start == value.get("to")
        return Markup('<time datetime="{}">{}</time>').format(start, words) if known else escape(words)
    if isinstance(value, str) and not _parts(value) and not re.match(r"\d{4}-\d\d-\d\d[T ]", value):
        return escape(value)
    words = moment(value) if isinstance(value, datetime | str) else day(value)
    return Markup('<time datetime="{}">{}</time>').format(machine(value), words)


def _parts(text: str) -> list[str]:
    """« 2021-03-01 » gives its words in French order; anything else gives nothing."""
    found = re.fullmatch(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?", text)
    if not found:
        return []
    year, month, number_of_day = found.groups()
    number_of_day = number_of_day and ("1er" if number_of_day == "01" else number_of_day.lstrip("0"))
    return [part for part in (number_of_day, month and MONTHS[int(month) - 1], year) if part]


def _article(text: str, *, day: str, other: str) -> str:
    return day if len(_parts(text)) == 3 else other


def _between(start: str, end: str) -> str:
    if start == end:
        return day(start)
    first, last = _parts(start), _parts(end)
    common = 0  # the words both dates share at their end (year, then month) are written once
    while common < min(len(first), len(last)) - 1 and first[::-1][common] == last[::-1][common]:
        common += 1
    kept = first[: len(first) - common] if len(first) == len(last) else first
    opening = "du " if len(first) == 3 else "d'" if kept[0][0] in "ao" else "de "
    return f"{opening}{' '.join(kept)} {_article(end, day='au', other='à')} {day(end)}"


def _paris(value: str | date | datetime) -> datetime:
    instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(PARIS)


def _distance(gone: int) -> str:
    near = {0: "aujourd'hui", 1: "hier", -1: "demain"}
    if gone in near:
        return near[gone]
    length = abs(gone)
    count, unit = (
        (length // 365, "an") if length >= 730 else (length // 30, "mois") if length >= 61 else (length, "jour")
    )
    return (
        f"{'il y a' if gone > 0 else 'dans'} {_grouped(Decimal(count))} {plural(count, unit, unit.rstrip('s') + 's')}"
    )


def listing(items: Iterable[object], word: str = "et") -> str:
    """A French list: « a, b et c »."""
    texts = [str(item) for item in items]
    return f" {word} ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def collation(text: str) -> tuple[str, str, str]:
    """A sort key: É with E, œ as oe, hyphens as spaces, « Métropole de » ignored; « Grand Paris » stays under G."""
    composed = unicodedata.normalize("NFC", text).strip()
    bare = re.sub(METROPOLE, "", composed)
    spread = re.sub(r"[\W_]+", " ", bare.casefold().replace("œ", "oe").replace("æ", "ae")).strip()
    decomposed = unicodedata.normalize("NFD", spread)
    return "".join(c for c in decomposed if not unicodedata.combining(c)), decomposed, composed


def nbsp(text: str) -> str:
    """Puts the no-break spaces French asks before ; : ! ? » % € and after «, never inside an address."""
    pieces = ADDRESS.split(text)
    pieces[::2] = [_spaced(piece) for piece in pieces[::2]]
    return "".join(pieces)


def _spaced(text: str) -> str:
    text = re.sub(f"«{SPACE}*(?=\\S)", f"«{NBSP}", text)
    text = re.sub(f"(?<=\\S){SPACE}*»", f"{NBSP}»", text)
    text = re.sub(f"(?<!{SPACE}){SPACE}+(?=[:;](?!\\S))", NBSP, text)
    text = re.sub(f"(?:(?<=[\\w)\\]%…])|(?<!{SPACE}){SPACE}){SPACE}*(?=[!?]+(?:\\W|$))", THIN, text)
    return re.sub(f"(?<=\\d){SPACE}*(?=[%€](?!\\w))", NBSP, text)


FILTERS: dict[str, Callable[..., str]] = {
    f.__name__: f
    for f in (number, share, percentage, rate, days, quantity, gap, weight, plural, absent, state_sign, state_label,
              day, date_object, moment, age, machine, time_tag, listing, nbsp)
} | {"label": lambda code, liste: label(liste, code)}  # fmt: skip
