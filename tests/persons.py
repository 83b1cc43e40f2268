"""Personal data and what looks like them: 200 French texts of each, made by hand-written generators."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count, cycle, islice

from schemas.personal_numbers import _luhn

PER_FAMILY = 20
FIRST = ("Camille", "Zoé", "Jean-Luc", "Inès", "Aurélien", "Marie-Ève", "Loïc", "Nour", "Élodie", "Björn")
LAST = ("Canari", "Dupont-Canari", "Le Guen", "O'Brien", "Nguyen", "d'Estaing", "Çelik", "Müller", "Ba", "Señor")
AROUND = (
    "{}",
    "Écrire à {}.",
    "Je soutiens ce projet, contact : {} (le soir)",
    "La rue est dangereuse.\n{}\nMerci de faire quelque chose !",
    "Bonjour, voici mes coordonnées {} ; à bientôt",
)


def nir(number: int) -> str:
    """A social security number with its key, in groups."""
    groups = ("1" if number % 2 else "2", f"{50 + number % 50}", f"{1 + number % 12:02}",
              "2A" if number % 7 == 0 else f"{1 + number % 95:02}", f"{100 + number * 7 % 900}",
              f"{1 + number * 13 % 999:03}")  # fmt: skip
    key = 97 - int("".join(groups).replace("2A", "19")) % 97
    return (" " if number % 3 else "").join((*groups, f"{key:02}"))


def iban(number: int) -> str:
    """A French or foreign bank account number, with its key."""
    country, length = (("FR", 23), ("DE", 18), ("ES", 20), ("BE", 12))[number % 4]
    account = f"{30_000_000_000 + number * 7_919}".ljust(length, "7")[:length]
    letters = "".join(str(int(sign, 36)) for sign in account + country)
    whole = f"{country}{98 - int(letters + '00') % 97:02}{account}"
    return " ".join(whole[start : start + 4] for start in range(0, len(whole), 4)) if number % 3 else whole


def card(number: int) -> str:
    """A bank card number, with its key."""
    start = f"4970{number:04}12345678"[:15]
    whole = next(start + str(last) for last in range(10) if _luhn(start + str(last)))
    return (" " if number % 2 else "-").join(whole[at : at + 4] for at in range(0, 16, 4))


def mail(number: int) -> str:
    """An e-mail address, some of them written so that robots miss them."""
    name = f"{FIRST[number % 10].lower()}.{LAST[number % 9].lower().replace(chr(39), '').replace(' ', '')}"
    return (f"{name}@exemple.fr", f"{name}+velo@mail.ville.example.org", f"{name} [at] exemple.fr",
            f"{name.upper()}@EXEMPLE.FR", f"{name}(arobase)exemple.com")[number % 5]  # fmt: skip


def phone(number: int) -> str:
    """A French telephone number."""
    pairs = ["06", *(f"{(number * step) % 90 + 10}" for step in (3, 7, 11, 13))]
    return ("", " ", ".", "-", "\u00a0")[number % 5].join(pairs)


def abroad(number: int) -> str:
    """A telephone number with the code of its country."""
    tail = f"{10_000_000 + number * 654_321}"[:8]
    return (f"+33 6 {tail[:2]} {tail[2:4]} {tail[4:6]} {tail[6:]}", f"0033 7{tail}", f"+33 (0)2{tail}",
            f"+44 20 {tail[:4]} {tail[4:]}", f"+216 {tail[:2]} {tail[2:5]} {tail[5:]}")[number % 5]  # fmt: skip


def labelled(number: int) -> str:
    """An identity behind its label."""
    first, last = FIRST[number % 10], LAST[(number * 3) % 10]
    return (f"\nNom : {last}", f"Prénom : {first}", f"Nom et prénom : {last} {first}", f"\nNOM: {last.upper()}",
            f"Pseudo : {first.lower()}44", "Né le : 12/03/1985", f"Nom de famille : {last}")[number % 7]  # fmt: skip


def digits(number: int) -> str:
    """A long number that says nothing of itself: an identity card, a tax number, a badge."""
    return str(10 ** (10 + number % 6) * 3 + number * 7_919 + 1)


def address(number: int) -> str:
    """An e-mail address in markup or beside punctuation."""
    return ("<{}>", "mailto:{}", "«{}»", "({}),", "{}!")[number % 5].format(f"canari{number}@exemple.fr")


def social(number: int) -> str:
    """A social security number without its key, in its usual groups."""
    return f"{1 + number % 2} {60 + number % 40} {1 + number % 12:02} {44 + number % 40} {100 + number} {200 + number}"


PERSONAL: tuple[Callable[[int], str], ...] = (
    mail, phone, abroad, iban, nir, card, labelled, digits, address, social,
)  # fmt: skip
HARMLESS = (
    "Un budget de {n} 200 000 € pour {n} projets, soit {n} 250,50 € par habitant",
    "SIRET {siret}, SIREN 244 400 404, code APE 8411Z, dossier {n}",
    "Conseil métropolitain du 0{d}/06/2024 à 14h30, séance n° {n}",
    "Délibération 2024-{n} du 1{d} octobre 2024, référence 2024_{n}_DGPCTE, acte 044-244400404-20240{d}12-2024_{n}-DE",
    "Du 01.02.2024 au 0{d}.04.2024 : {n} réponses, 48 % de femmes, 2 015 à 2 030",
    "Coordonnées GPS : 47.218371{n}00001, -1.553621{n}00003",
    "Lot n° {n}-B, parcelle AB {n}, section 0{d}, marché 2023M{n}",
    "La ligne {d} du tramway, {n} rames, de 6 h 10 à 23 h 45, tous les jours sauf le 1{d} mai",
    "Changer de nom : une idée pour la place ; un nom de rue pour {n} femmes",
    "Le nom du parc : vote du 2{d} juin, {n} 512 voix pour « Jardin des Alouettes »",
    "https://dialogue.exemple.fr/processes/{n}/f/12345/proposals/{n}?page=2#comment-{n}",
    "Voir https://www.google.com/maps/@47.2183,-1.5536,1{d}z et https://video{n}.exemple.fr/@ville",
    "Objectif 2030 : - 5{d} % d'émissions, 1{n} 000 tonnes, 3,{n} millions de trajets",
    "Article L. 5217-2 du CGCT, décret n° 2016-{n} du 1{d} juin 2016, NOR INTB16{n}23D",
    "K@rioles, le bus numérique, passe {d} fois par mois ; tarif 2 € + 1,{n} €",
    "Place des Nom·s oubliés, prénom choisi par les {n} enfants de l'école",
    "20240{d}12143000, export du portail, version 1.{d}.{n}, fichier plan-{n}.pdf (1{d} 245 678 octets)",
    "ISO 3166-2:FR, ISBN 978-2-1{d}-345{n}-7, code INSEE 44109, 44 000 Nantes, BP 12{n}",
    "Horaires : 09 h-12 h 30 / 14 h-17 h ; capacité : 2{n} places ; adresse : {d} rue de l'Hôtel de Ville",
    "Votes : 1 0{n}, soutiens : {n}, commentaires : 4{d} ; participants : 12 34{d} personnes le 06/0{d}/2023",
)
SIRETS = ("24440040400129", "21440109300015", "21350238800019")


def personal() -> Iterator[tuple[str, str]]:
    """Yield 200 texts that hold personal data, each with the name of its family."""
    for family in PERSONAL:
        for number, around in zip(range(1, PER_FAMILY + 1), cycle(AROUND), strict=False):
            yield family.__name__, around.format(family(number))


def harmless() -> Iterator[str]:
    """Yield 200 French texts of démarches that hold none."""
    for rank, sentence in islice(zip(count(), cycle(HARMLESS), strict=False), 200):
        turn = rank // len(HARMLESS)
        yield sentence.format(n=117 + 73 * turn, d=1 + turn % 9, siret=SIRETS[turn % 3])
