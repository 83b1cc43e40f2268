"""Settings: one table, read in this order — default, `instance/config.py`, environment `HUB_*`, overrides of tests."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Config

from hub.errors import SettingError

FICTITIOUS = "données fictives"
"""The mark of a demonstration, on every page and export (setting DEMO)."""


OUTWARD = ("MAIL_SERVER", "PROCONNECT_DISCOVERY", "PROCONNECT_CLIENT_ID", "OIDC_DISCOVERY", "OIDC_CLIENT_ID")
"""The settings by which the hub speaks to other machines: a demonstration has none (`compliance.md` §8, C41)."""


@dataclass(frozen=True)
class Setting:
    """One setting: its name, its default (whose type is the setting's), its meaning in French, what it accepts."""

    name: str
    default: str | int | bool
    meaning: str
    pattern: str = ""
    least: int = 1


_SECRET = r"|.{16,}"
"""Nothing, or something long: a short key can be guessed."""
_RATE = r"[1-9]\d{0,6}/(second|minute|hour|day)"
_BIG_RATE = r"[1-9]\d{0,9}/(second|minute|hour|day)"

SETTINGS = (
    Setting("DATABASE_URL", "", "Adresse de la base ; vide : SQLite dans le dossier d'instance (hub.sqlite)"),
    Setting(
        "SECRET_KEY", "", "Clé qui signe les formulaires ; vide : tirée au sort et gardée dans l'instance", _SECRET
    ),
    Setting(
        "PUBLIC_URL",
        "",
        "Adresse publique du hub (https://hub.exemple.fr) : courriels, cookies, hôte accepté ; vide : cette machine",
        r"(https?://[a-zA-Z0-9.-]+(:\d+)?)?",
    ),
    Setting("RATE_ENTRY", "20/hour", "Essais d'entrée d'une même adresse réseau", _RATE),
    Setting("RATE_LINKS", "5/hour", "Liens demandés pour une même adresse de courriel", _RATE),
    Setting("RATE_FORMS", "60/minute", "Formulaires d'une même personne ou adresse réseau", _RATE),
    Setting("RATE_EXPORTS", "120/minute", "Fichiers lus par une même personne ou adresse réseau, par processus", _RATE),
    Setting(
        "RATE_TOKENS", "10/minute", "Jetons de l'API demandés par un même client, et d'une même adresse réseau", _RATE
    ),
    Setting("TOKEN_SECONDS", 3600, "Durée de vie d'un jeton de l'API, en secondes"),
    Setting("SECRET_DAYS", 365, "Jours pendant lesquels un secret de client de l'API sert"),
    Setting("RATE_PUSH", "60/minute", "Appels d'un même client à l'API d'envoi", _RATE),
    Setting("RATE_PUSH_RECORDS", "200000/day", "Fiches envoyées par un même client", _BIG_RATE),
    Setting("RATE_READS", "120/minute", "Lectures de l'API sans jeton d'une même adresse réseau, par processus", _RATE),
    Setting("RATE_VALIDATE", "10/minute", "Vérifications sans jeton d'une même adresse réseau", _RATE),
    Setting("PUSH_AT_ONCE", 4, "Envois d'un même client en cours à la fois"),
    Setting("PUSH_BODY_BYTES", 5_000_000, "Taille d'un envoi, telle qu'elle arrive (octets)"),
    Setting("PUSH_UNPACKED_BYTES", 50_000_000, "Taille d'un envoi décompressé (octets)"),
    Setting("PUSH_BATCH_JSON", 1000, "Fiches d'un envoi en JSON"),
    Setting("PUSH_BATCH", 20_000, "Fiches d'un envoi d'une fiche par ligne"),
    Setting("PUSH_SNAPSHOT", 200_000, "Fiches d'un dépôt entier"),
    Setting("KEEP_RECEIPTS_MONTHS", 60, "Mois pendant lesquels les reçus des envois sont gardés"),
    Setting("KEEP_CHANGES_MONTHS", 24, "Mois auxquels remonte le flux des changements"),
    Setting("KEEP_AUDIT_MONTHS", 12, "Mois pendant lesquels le journal des actes garde ce que dit une ligne"),
    Setting("KEEP_DECISIONS_MONTHS", 60, "La même durée pour les décisions : moissons, publications, corrections"),
    Setting("KEEP_ADDRESSES_MONTHS", 6, "Mois pendant lesquels l'adresse réseau d'un acte est gardée"),
    Setting("SUSPEND_MONTHS", 12, "Mois sans entrée après lesquels un compte est suspendu"),
    Setting("ERASE_MONTHS", 24, "Mois sans entrée après lesquels un compte est effacé"),
    Setting("PROXY_HOPS", 0, "Nombre de mandataires de confiance devant le hub (X-Forwarded-*)", least=0),
    Setting("MAIL_ENTRY", True, "Permet d'entrer par un lien reçu par courriel (demande MAIL_SERVER)"),
    Setting("PROCONNECT_DISCOVERY", "", "Adresse de découverte de ProConnect (…/.well-known/openid-configuration)"),
    Setting("PROCONNECT_CLIENT_ID", "", "Identifiant du hub chez ProConnect ; vide : ProConnect n'est pas proposé"),
    Setting("PROCONNECT_CLIENT_SECRET", "", "Secret du hub chez ProConnect (à donner par l'environnement)"),
    Setting("OIDC_DISCOVERY", "", "Adresse de découverte du fournisseur OpenID Connect de l'association"),
    Setting("OIDC_CLIENT_ID", "", "Identifiant du hub chez ce fournisseur ; vide : il n'est pas proposé"),
    Setting("OIDC_CLIENT_SECRET", "", "Secret du hub chez ce fournisseur (à donner par l'environnement)"),
    Setting("OIDC_SCOPES", "openid email profile", "Portées demandées à ce fournisseur"),
    Setting(
        "OIDC_AUTH_METHOD",
        "client_secret_basic",
        "Façon dont le hub se présente à ce fournisseur",
        "client_secret_basic|client_secret_post",
    ),
    Setting("OIDC_LABEL", "Compte de l'association", "Nom de ce fournisseur sur la page d'entrée"),
    Setting(
        "CLOCK",
        "",
        "Instant figé (2026-01-31T12:00:00Z) pour les essais ; vide : l'heure réelle",
        r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?",
    ),
    Setting(
        "RUN_IDS",
        "ulid",
        "Identifiants des moissons : « ulid », ou « sequence » pour des essais reproductibles",
        "ulid|sequence",
    ),
    Setting("PAGE_SIZE", 50, "Nombre de lignes par page de liste"),
    Setting("API_PAGE_SIZE", 100, "Nombre de fiches par réponse de l'API, si l'appel n'en demande pas moins"),
    Setting("API_PAGE_MAX", 1000, "Nombre maximal de fiches par réponse de l'API"),
    Setting("COMMIT_EVERY", 500, "Nombre de fiches lues par transaction d'un dépôt ou d'une moisson"),
    Setting("LEASE_SECONDS", 120, "Durée pendant laquelle une moisson en cours appartient à son processus"),
    Setting("QUERY_SECONDS", 5, "Durée maximale d'une lecture de la base par une page ou l'API, en secondes"),
    Setting("MAX_FORM_BYTES", 1_000_000, "Taille maximale d'un formulaire envoyé, en octets", least=1000),
    Setting("MAX_DEPOSIT_BYTES", 5_000_000, "Taille maximale d'un fichier déposé sur une page, en octets", least=1000),
    Setting("MAX_LINE_BYTES", 16_777_216, "Taille maximale d'une ligne de fichier déposé, en octets", least=1000),
    Setting("RAW_MONTHS", 24, "Mois de garde des pièces brutes qu'aucune fiche en vigueur ne demande"),
    Setting("ABSENCE_DAYS", 7, "Jours sans être vue avant qu'une fiche absente d'une source soit dite retirée"),
    Setting(
        "WINDOW",
        "01:00-05:00",
        "Heures de la nuit (Paris) où les sources sont lues",
        r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d",
    ),
    Setting("RUN_MINUTES", 120, "Durée maximale d'une moisson, en minutes ; ce qu'elle a lu est gardé"),
    Setting("MAX_REQUESTS", 5000, "Nombre maximal de requêtes d'une moisson"),
    Setting("TICK_SECONDS", 30, "Secondes entre deux coups d'horloge du travailleur"),
    Setting(
        "USER_AGENT",
        "HubMetropoles/0.1 (+https://example.org/robot)",
        "Nom sous lequel le hub se présente aux plateformes",
    ),
    Setting("MAIL_SERVER", "", "Serveur de courriel (machine:port) ; vide : les avis vont au journal"),
    Setting("MAIL_FROM", "hub@localhost", "Adresse d'envoi des avis"),
    Setting("MAIL_USER", "", "Compte du serveur de courriel, s'il en demande un"),
    Setting("MAIL_PASSWORD", "", "Mot de passe de ce compte (à donner par l'environnement)"),
    Setting("OPERATOR_MAIL", "", "Adresse de l'exploitant du hub ; vide : ses avis vont au journal"),
    Setting("COORDINATION_MAIL", "", "Adresse de la coordination du réseau ; vide : ses avis vont au journal"),
    Setting(
        "CONNECTORS_ALLOWED",
        "",
        "Connecteurs d'autres paquets qui peuvent servir, séparés par des virgules ; vide : ceux du hub seulement",
        r"[a-z0-9_,\s]*",
    ),
    Setting("CONTROLLER", "", "Organisme responsable du traitement, nommé sur /donnees-personnelles"),
    Setting("DPO_MAIL", "", "Adresse du délégué à la protection des données ; vide : la page dit qu'elle manque"),
    Setting(
        "ACCESSIBILITY_MAIL", "", "Adresse où signaler un défaut d'accessibilité ; vide : celle de la coordination"
    ),
    Setting("SMALL_COUNT_PUBLIC", 11, "Nombre de personnes sous lequel un effectif est masqué au public", least=2),
    Setting("SMALL_COUNT_PEERS", 5, "Nombre de personnes sous lequel un effectif est masqué aux membres", least=2),
    Setting("ALLOW_PRIVATE_NETWORKS", False, "Ouvre les adresses internes aux connecteurs : essais et démonstrations"),
    Setting("DEMO", False, "Marque « données fictives » partout ; ni courriel, ni fournisseur, ni autre machine"),
)


def load(config: Config, instance: Path, overrides: Mapping[str, object] | None = None) -> None:
    """Fill `config` from the four layers. Raises SettingError on a value of the wrong type, in any layer."""
    for setting in SETTINGS:
        config[setting.name] = setting.default
    try:
        config.from_pyfile(str(instance / "config.py"), silent=True)
    except SyntaxError as error:
        raise SettingError(f"config.py n'est pas lisible : ligne {error.lineno}.") from error
    for setting in SETTINGS:
        if (text := os.environ.get(f"HUB_{setting.name}")) is not None:
            config[setting.name] = _typed(setting, text)
    config.update(overrides or {})
    for setting in SETTINGS:
        _judge(setting, config[setting.name])
    if config["DEMO"]:
        config.update(dict.fromkeys(OUTWARD, ""))
    config["API_PAGE_SIZE"] = min(config["API_PAGE_SIZE"], config["API_PAGE_MAX"])


def _typed(setting: Setting, text: str) -> str | int | bool:
    if isinstance(setting.default, bool):
        if text.lower() not in ("0", "1", "false", "true"):
            raise SettingError(f"HUB_{setting.name} : {_expected(setting)} est attendu, trouvé « {text} ».")
        return text.lower() in ("1", "true")
    if isinstance(setting.default, int):
        if not text.isascii() or not text.isdigit():
            raise SettingError(f"HUB_{setting.name} : {_expected(setting)} est attendu, trouvé « {text} ».")
        return int(text)
    return text


def _judge(setting: Setting, value: object) -> None:
    """Raise SettingError when a value is not one the setting accepts."""
    if type(value) is not type(setting.default):
        raise SettingError(f"Réglage {setting.name} : {_expected(setting)} est attendu.")
    if isinstance(value, int) and not isinstance(value, bool) and value < setting.least:
        raise SettingError(f"Réglage {setting.name} : au moins {setting.least} est attendu, trouvé {value}.")
    if isinstance(value, str) and setting.pattern and not re.fullmatch(setting.pattern, value):
        raise SettingError(f"Réglage {setting.name} : « {value} » n'est pas accepté ({setting.meaning}).")


def _expected(setting: Setting) -> str:
    return {bool: "« true » ou « false »", int: "un nombre entier"}.get(type(setting.default), "un texte")
