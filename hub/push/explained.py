"""What a person reads beside a column: how its cells are written, and how to fill a template."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.sheet_read import EXAMPLE
from schemas.columns import BOOLEAN, CODE, CODES, DAY, JSON, LIST, MOMENT, NUMBER, TEXT, Column

_FORMS = {
    TEXT: "Un texte.",
    NUMBER: "Un nombre, virgule ou point pour les décimales.",
    BOOLEAN: "oui ou non.",
    DAY: "Une date : JJ/MM/AAAA, ou seulement AAAA-MM ou AAAA.",
    MOMENT: "Une date, avec l'heure si elle est connue : JJ/MM/AAAA hh:mm (heure de Paris).",
    CODE: "Une valeur de la liste : ",
    CODES: "Une ou plusieurs valeurs séparées par « | » : ",
    LIST: "Un ou plusieurs textes séparés par « | ».",
    JSON: "Une liste d'objets, écrite en JSON ; laissez vide si vous n'en avez pas l'usage.",
}
_LONGEST = 600


def expected(column: Column) -> str:
    """Return the form in which a column is expected, in one sentence."""
    sentence = _FORMS[column.form]
    if column.options:
        words = ", ".join(label for _, label in column.options)
        sentence += (words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…") + "."
    if column.stated:
        sentence += " Si le chiffre manque, laissez vide et dites pourquoi dans la colonne de l'état."
    if column.key == "remote_id":
        sentence += " Toujours le même pour la même fiche ; jamais un titre ni un rang."
    return sentence


def introduction(left: int = 0) -> Sequence[str]:
    """Return how to fill a workbook, a sentence a line; `left`: how many records it could not hold."""
    missing = (f"9. Fiches trop longues pour un classeur, à prendre en CSV : {left}.",) if left else ()
    return (
        "Déposer des fiches dans le hub des métropoles participatives",
        "1. Remplissez une feuille par genre de fiches, une fiche par ligne ; laissez vides les feuilles inutiles.",
        f"2. La ligne « {EXAMPLE} » n'est jamais lue : vous pouvez la garder ou l'effacer.",
        "3. Les colonnes marquées d'une étoile sont obligatoires ; remplissez les autres si vous savez.",
        "4. Une case vide veut dire « inconnu », jamais zéro. Écrivez 0 pour dire zéro.",
        "5. N'écrivez aucune donnée de personne (nom, courriel, téléphone) : la fiche serait refusée.",
        "6. Déposez le fichier sur la page « Déposer » : un aperçu dit d'abord ce qui serait enregistré.",
        "7. Une fiche absente du fichier reste comme elle est ; pour la retirer, écrivez « oui » sous « Supprimée ».",
        '8. Une valeur entre guillemets droits ("1e5") est prise lettre pour lettre.',
        *missing,
    )
