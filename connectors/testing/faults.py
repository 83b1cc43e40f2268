"""Every fault that a platform or the way to it may have, with how a walk must end (`harvest.md` §19-F)."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import formatdate

from connectors.testing import effects
from connectors.testing.effects import CAP, Effect, altered, says, squeezed

RECOVERED, TRANSIENT, ACCESS, CONTRACT = "recovered", "transient", "access", "contract"
CANARY = "canari.panne@exemple.fr"
"""Stands in the error messages of the faults: a platform quotes whom it likes."""

SIGN_IN = "/connexion-du-banc-d-essai"
"""Where a platform sends who should be signed in; the proxy answers `LOGIN` there."""

LOGIN = b"<!doctype html><title>Connexion</title><form method=post></form>"
_HTML = "text/html; charset=utf-8"
_ERROR = f'{{"errors": [{{"message": "Denied to {CANARY}"}}], "error": "{CANARY}", "error_code": "Denied"}}'.encode()


@dataclass(frozen=True)
class Fault:
    """A fault: its code, its name in French, how a walk must end, how it is played.

    `lasting`: it strikes every request from the one chosen on. `slow`: it takes time to fail.
    """

    name: str
    label: str
    end: str
    play: Effect
    lasting: bool = False
    slow: bool = False


_PASSING = (
    Fault("erreur_500", "une erreur 500, une fois", RECOVERED, says(500)),
    Fault("attente_secondes", "429 avec Retry-After en secondes", RECOVERED, says(429, Retry_After="2")),
    Fault("attente_date", "429 avec Retry-After en date", RECOVERED, says(429, Retry_After=formatdate(0, usegmt=True))),
    Fault("marque_utf8", "marque d'ordre des octets", RECOVERED, altered(effects.with_bom)),
    Fault("jeu_annonce", "jeu de caractères annoncé à tort", RECOVERED, altered(effects.mislabelled)),
)
_DOWN = (
    Fault("delai", "réponse qui ne vient pas", TRANSIENT, effects.stall, slow=True),
    Fault("goutte", "réponse goutte à goutte", TRANSIENT, effects.drip, slow=True),
    Fault("coupure", "connexion coupée avant la réponse", TRANSIENT, effects.reset),
    Fault("coupure_corps", "connexion coupée dans le corps", TRANSIENT, effects.reset_within),
    Fault("corps_court", "corps plus court qu'annoncé", TRANSIENT, effects.short),
    Fault("gzip_coupe", "compression coupée", TRANSIENT, squeezed(b'{"data": []}' * 500, keep=0.5)),
    Fault("http_429", "429 sans délai", TRANSIENT, says(429)),
    Fault("attente_longue", "429 qui demande un jour", TRANSIENT, says(429, Retry_After="86400")),
    Fault("http_503", "503 sans fin", TRANSIENT, says(503)),
    Fault("html_502", "502 avec une page web", TRANSIENT, says(502, LOGIN, Content_Type=_HTML)),
)
_REFUSED = (
    Fault("http_401", "401", ACCESS, says(401), lasting=True),
    Fault("http_403", "403", ACCESS, says(403), lasting=True),
)
_CHANGED = (
    Fault("http_404", "404", CONTRACT, says(404)),
    Fault("http_410", "410", CONTRACT, says(410)),
    Fault("http_204", "204", CONTRACT, says(204)),
    Fault("html_200", "page web derrière un 200", CONTRACT, says(200, LOGIN, Content_Type=_HTML)),
    Fault("vide_200", "200 sans corps", CONTRACT, says(200)),
    Fault("erreur_200", "erreur JSON derrière un 200", CONTRACT, says(200, _ERROR)),
    Fault("objet_vide", "200 avec {}", CONTRACT, says(200, b"{}")),
    Fault("json_coupe", "réponse coupée derrière un 200", CONTRACT, altered(effects.truncated)),
    Fault("ailleurs", "renvoi vers une autre machine", CONTRACT, says(301, Location="http://localhost:9/ailleurs")),
    Fault("connexion", "renvoi vers la page de connexion", CONTRACT, says(302, Location=SIGN_IN)),
    Fault("renvois", "renvois sans fin", CONTRACT, says(302, Location="?encore"), lasting=True),
    Fault("utf8_invalide", "texte qui n'est pas en UTF-8", CONTRACT, says(200, b'{"data": "\xff\xfe"}')),
    Fault("trop_gros", "réponse démesurée", CONTRACT, says(200, b'{"data": "' + b"a" * 3 * CAP + b'"}')),
    Fault("bombe_gzip", "compression démesurée", CONTRACT, squeezed(b'{"data": "' + b"a" * 20 * CAP + b'"}')),
    Fault("trop_profond", "JSON profond de 100 000 niveaux", CONTRACT, says(200, b"[" * 100_000 + b"]" * 100_000)),
    Fault("nan", "NaN dans du JSON", CONTRACT, says(200, b'{"data": NaN}')),
    Fault("cle_double", "clé en double dans du JSON", CONTRACT, says(200, b'{"data": {}, "data": {}}')),
)
FAULTS = (*_PASSING, *_DOWN, *_REFUSED, *_CHANGED)
