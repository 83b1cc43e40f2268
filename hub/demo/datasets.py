"""The tables that a territory publishes, with the correspondence of their columns."""

from __future__ import annotations

from random import Random
from typing import Any

from hub.demo.opendatasoft import Dataset
from hub.demo.things import Demarche, Territory

_STATUSES = {"À venir": "a_ouvrir", "En cours": "en_cours", "Réalisé": "realise", "Abandonné": "abandonne"}
_CHANNELS = {"En ligne": "en_ligne", "En présence": "presentiel"}
_METRICS = {"Participants": "participants", "Votes": "votes"}


def demarches(place: Territory) -> Dataset:
    """Return the list of démarches: no contribution, hardly a figure."""
    fields = {
        "title": {"from": "intitule"},
        "summary": {"from": "resume"},
        "type_raw": {"from": "forme"},
        "themes_raw": {"from": "thematique", "as": "list"},
        "territory_raw": {"from": "secteur", "as": "list"},
        "starts_on": {"from": "debut", "as": "date"},
        "ends_on": {"from": "fin", "as": "date"},
        "state": {"from": "etat", "table": {"À venir": "a_venir", "Ouverte": "en_cours", "Close": "terminee"}},
        "url": {"from": "page"},
    }
    rows = [_demarche(place, one) for one in place.demarches]
    return _dataset(place, "demarches", "Démarches de participation", "process", ["identifiant"], fields, rows)


def engagements(place: Territory) -> Dataset:
    """Return the follow-up of promises; progress is not always told."""
    fields = {
        "title": {"from": "engagement"},
        "status": {"from": "statut", "table": _STATUSES},
        "status_raw": {"from": "statut"},
        "progress": {"from": "avancement", "as": "percent", "null": {"nc": "non_communique"}},
        "starts_on": {"from": "pris_le", "as": "date"},
        "due_on": {"from": "echeance", "as": "date"},
    }
    rows = [
        {
            "numero": f"E{promise.id}",
            "engagement": promise.title,
            "statut": promise.status,
            "avancement": "nc" if promise.progress is None else f"{promise.progress} %",
            "pris_le": str(promise.starts),
            "echeance": str(promise.due) if promise.due else None,
        }
        for one in place.demarches
        for promise in one.promises
    ]
    return _dataset(place, "engagements", "Suivi des engagements", "commitment", ["numero"], fields, rows)


def chiffres(place: Territory) -> Dataset:
    """Return participants and votes of five years by channel; what was not counted is said to be so."""
    rng = Random(f"chiffres:{place.slug}")
    fields = {
        "subject.kind": {"const": "metropole"},
        "subject.remote_id": {"const": place.siren},
        "metric": {"from": "indicateur", "table": _METRICS},
        "period": {"from": "annee", "as": "year"},
        "basis": {"const": "flux"},
        "channel": {"from": "canal", "table": _CHANNELS},
        "quantity.value": {"from": "valeur", "as": "integer", "null": {"nc": "non_collecte"}},
    }
    rows = [
        {
            "annee": str(year),
            "indicateur": metric,
            "canal": channel,
            "valeur": "nc" if rng.random() < 0.15 else str(int(rng.lognormvariate(8, 0.7))),
        }
        for year in range(place.today.year - 5, place.today.year)
        for metric in _METRICS
        for channel in _CHANNELS
    ]
    key = ["annee", "indicateur", "canal"]
    return _dataset(place, "chiffres", "Participation par canal", "observation", key, fields, rows)


def _dataset(
    place: Territory, name: str, title: str, kind: str, key: list[str], fields: dict[str, Any], rows: list[Any]
) -> Dataset:
    mapping = {"kind": kind, "key": key, "fields": fields}
    stamp = f"{place.today}T00:00:00+00:00"
    return Dataset(name, f"{title} – {place.name} (données fictives)", stamp, mapping, rows)


def _demarche(place: Territory, one: Demarche) -> dict[str, Any]:
    over = one.ends is not None and one.ends < place.today
    return {
        "identifiant": f"D{one.id}",
        "intitule": one.title,
        "resume": one.summary,
        "forme": one.form,
        "thematique": one.theme,
        "secteur": one.district,
        "debut": str(one.starts),
        "fin": str(one.ends) if one.ends else None,
        "etat": "À venir" if one.starts > place.today else "Close" if over else "Ouverte",
        "page": f"https://{place.slug}.demonstration.invalid/demarches/{one.id}",
    }
