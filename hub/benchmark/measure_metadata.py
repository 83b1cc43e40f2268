"""What goes with the files of measures: each column told, the declarations, the sources and their licences (B33, B38).

The metadata of a CSV is written as W3C « Metadata Vocabulary for Tabular Data » (csvw), where readers look for it:
at the address of the CSV followed by `-metadata.json`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hub.benchmark.indicators import Indicator
from hub.benchmark.measure_rows import MEASURE_COLUMNS
from hub.models.metropole import Metropole
from hub.models.source import Source

CONTEXT = ["http://www.w3.org/ns/csvw", {"@language": "fr"}]
LICENCE_URL = "https://www.etalab.gouv.fr/licence-ouverte-open-licence"
PUBLISHER = "Réseau des métropoles participatives"
TEXT, COUNT, FIGURE, LIST, DAY = "string", "integer", "number", "list", "date"
"""What the cells of a column are."""


@dataclass(frozen=True, slots=True)
class Told:
    """A column of the files of measures: its French title, what it says, what its cells are, the list of its codes."""

    title: str
    description: str
    form: str = TEXT
    codes: str = ""


TOLD = {
    "siren": Told("SIREN", "L'identifiant de la métropole."),
    "metropole": Told("Métropole", "Le nom court de la métropole, tel qu'il est dans les adresses du hub."),
    "indicator": Told("Indicateur", "La clé de l'indicateur."),
    "version": Told("Version", "La version de la définition selon laquelle la valeur est calculée.", COUNT),
    "period": Told("Période", "L'année."),
    "numerator": Told("Numérateur", "Ce qui est compté. Vide quand il n'est pas connu.", FIGURE),
    "denominator": Told("Dénominateur", "Ce à quoi le numérateur est rapporté. Vide pour un nombre brut.", FIGURE),
    "value": Told("Valeur", "Vide quand il n'y en a pas : « state » dit pourquoi. Ce n'est jamais zéro.", FIGURE),
    "qualifier": Told("Qualificatif", "Ce que la valeur dit du nombre exact.", codes="qualificatif"),
    "low": Told("Borne basse", "La borne basse de l'intervalle à 95 %, quand l'indicateur en a un.", FIGURE),
    "high": Told("Borne haute", "La borne haute de l'intervalle à 95 %, quand l'indicateur en a un.", FIGURE),
    "state": Told("État", "L'état de la ligne entière : la valeur est là, ou pourquoi elle n'y est pas.",
                  codes="etat_valeur"),
    "flags": Told("Signalements", "Ce qu'il faut savoir avant de comparer la valeur.", LIST, "drapeau"),
    "obs_status": Told("Statut SDMX", "Le code OBS_STATUS de SDMX : un seul par ligne."),
    "grade": Told("Comparabilité", "A, B ou C : le plus faible de cinq contrôles ; « – » sans valeur."),
    "source": Told("Sources", "Les noms courts des sources dont la valeur est faite.", LIST),
    "as_of": Told("Données au", "Le jour auquel la valeur est arrêtée.", DAY),
}  # fmt: skip
"""The columns of `MEASURE_COLUMNS`, in words."""


def declaration(indicator: Indicator) -> dict[str, Any]:
    """Return the whole declaration of an indicator, as files and the API publish it (B33)."""
    return asdict(indicator)


def sources_told(sources: Iterable[Source]) -> list[dict[str, Any]]:
    """Return the sources of a view, each with its licence, or None where it states none."""
    return [{"slug": one.slug, "name": one.name, "url": one.url, "licence": one.licence} for one in sources]


def metadata(url: str, indicators: Sequence[Indicator], sources: Iterable[Source], licence: str) -> dict[str, Any]:
    """Return the csvw metadata of the CSV of measures at this address."""
    label = indicators[0].label if len(indicators) == 1 else f"Mesures de {len(indicators)} indicateurs"
    return {
        "@context": CONTEXT,
        "url": url,
        "dc:title": label,
        "dc:publisher": PUBLISHER,
        "dc:license": {"@id": LICENCE_URL},
        "dc:rights": licence,
        "dialect": {"encoding": "utf-8", "delimiter": ",", "quoteChar": '"', "header": True, "lineTerminators": "\r\n"},
        "tableSchema": {
            "columns": [_column(name) for name in MEASURE_COLUMNS],
            "primaryKey": ["siren", "indicator", "period"],
        },
        "indicators": [declaration(each) for each in indicators],
        "sources": sources_told(sources),
    }


def population_told(metropole: Metropole) -> dict[str, Any]:
    """Return the population that counts of a metropole are related to, with its year and its source (§4)."""
    told = {"siren": metropole.siren, "population": metropole.population}
    return told | {"year": metropole.population_year, "source": metropole.population_source}


def _column(name: str) -> dict[str, Any]:
    told = TOLD[name]
    said = {"name": name, "titles": told.title, "dc:description": told.description, "null": ""}
    said |= {"datatype": TEXT, "separator": "|"} if told.form == LIST else {"datatype": told.form}
    return said | ({"dc:references": f"/schemas/codelists/{told.codes}.json"} if told.codes else {})
