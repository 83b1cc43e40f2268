"""Our own exceptions, each a French sentence for whoever caused it; the one place where errors become answers."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict
from http import HTTPStatus

import orjson
from flask import Flask, Response, current_app, render_template, request
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError
from werkzeug.routing import RequestRedirect

from schemas import Problem, problem, rules

SENTENCES = {
    400: ("Demande illisible", "L'adresse ou le formulaire contient une valeur que le hub ne sait pas lire."),
    401: ("Accès réservé", "Cette page demande d'entrer dans le hub."),
    403: ("Accès réservé", "Cette page est réservée à d'autres rôles que le vôtre."),
    404: ("Page introuvable", "Rien ne se trouve à cette adresse. Vérifiez-la, ou partez de l'accueil."),
    405: ("Action impossible ici", "Cette adresse n'accepte pas cette action."),
    406: ("Forme indisponible", "Ce hub n'écrit pas cette forme."),
    409: ("Demande en conflit", "Ce qui est demandé ne va pas avec l'état présent : relisez-le, puis recommencez."),
    410: ("Page retirée", "Ce qui se trouvait ici a été retiré."),
    412: ("Fiche changée entre-temps", "La fiche n'est plus celle que la demande nomme : relisez-la."),
    413: ("Envoi trop volumineux", "Le fichier dépasse la taille acceptée : découpez-le."),
    415: ("Format non accepté", "Le format envoyé n'est pas accepté à cette adresse."),
    422: ("Envoi refusé", "Rien de ce qui est envoyé n'a pu être enregistré."),
    429: ("Trop de demandes", "Attendez un peu avant de recommencer."),
    500: ("Panne du hub", "Une erreur s'est produite de notre côté. Réessayez plus tard."),
    503: ("Service indisponible", "Le hub est momentanément indisponible. Réessayez dans quelques minutes."),
}


MACHINES = ("/api/", "/oauth/")
"""Where errors are answered to programs."""
TOO_LONG = (
    "Cette page demande un calcul trop long : il a été coupé. Restreignez-la, ou réessayez dans quelques minutes."
)
RETRY_AFTER = "60"
"""Seconds after which a request that the database could not serve may be made again."""
FOREIGN = "Ce nom de machine n'est pas celui du hub."


class HubError(Exception):
    """Base of what the hub raises on purpose; `str(error)` is a French sentence."""

    status = 500


class SettingError(HubError):
    """A setting has a value of the wrong type."""


class BusySource(HubError):
    """Another living process already reads this source."""

    status = 409


class Refused(HubError):
    """What is asked breaks a rule of the table (`schemas/rules.json`), which says it, and how to put it right."""

    retry_after: int | None = None

    def __init__(self, status: int, rule: str, **words: str) -> None:
        self.status = status
        self.problem = problem(rule, words.pop("pointer", ""), words.pop("value", None), **words)
        super().__init__(f"{self.problem.message} {self.problem.how}")

    def after(self, seconds: int) -> Refused:
        """Return the same, to be asked again in so many seconds."""
        self.retry_after = seconds
        return self


class UnknownThing(HubError):
    """Nothing stands under this identifier."""

    status = 404


class BadQuery(HubError):
    """A parameter of an address cannot be read; the sentence names it and the accepted values."""

    status = 400


def register(app: Flask) -> None:
    """Answer every error in French: a page, or a problem (RFC 9457) under `/api` and `/oauth`."""

    app.before_request(_readable)

    @app.errorhandler(DBAPIError)
    def _database(error: DBAPIError) -> Response:
        current_app.logger.error("base : %s", error.orig)
        answered = answer(503, TOO_LONG if was_cut(error) else SENTENCES[503][1])
        answered.headers["Retry-After"] = RETRY_AFTER
        return answered

    @app.errorhandler(HubError)
    def _ours(error: HubError) -> Response:
        return answer(error.status, str(error))

    app.register_error_handler(Refused, _rule)

    @app.errorhandler(SecurityError)
    def _foreign(_error: SecurityError) -> Response:
        """A request for another host: no page can be drawn, since no address of it would be ours."""
        return current_app.response_class(f"{FOREIGN}\n", 400, mimetype="text/plain")

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        code = error.code or 500
        if code < 400:
            return Response("", code, {"Location": error.get_response().headers["Location"]})
        detail = SENTENCES[500 if isinstance(error, InternalServerError) else code][1] if code in SENTENCES else ""
        answered = answer(code, detail)
        for name, value in error.get_response().headers:
            if name in ("Allow", "Retry-After"):
                answered.headers[name] = value
        return answered


def was_cut(error: DBAPIError) -> bool:
    """Tell whether a query was cut because it lasted too long (SQLSTATE 57014, SQLITE_INTERRUPT)."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_INTERRUPT or getattr(error.orig, "sqlstate", None) == "57014"


def _readable() -> Response | None:
    """Refuse other hosts before anything else, and U+0000: PostgreSQL cannot even be asked for it.

    Programs are led to an address that is written otherwise without a page.
    """
    wrong = request.routing_exception
    if isinstance(wrong, SecurityError):
        raise wrong
    if isinstance(wrong, RequestRedirect) and request.path.startswith(MACHINES):
        return Response(status=wrong.code, headers={"Location": wrong.new_url}, mimetype="text/plain")
    if "\0" in request.path or any("\0" in text for pair in request.args.items(multi=True) for text in pair):
        raise BadQuery("L'adresse contient un caractère qui ne s'écrit pas.")
    return None


def _rule(error: Refused) -> Response:
    answered = answer(error.status, str(error), error.problem)
    if error.retry_after is not None:
        answered.headers["Retry-After"] = str(error.retry_after)
    return answered


def answer(status: int, detail: str, broken: Problem | None = None) -> Response:
    """Return an error as people or machines read it: a French page, a problem (RFC 9457) under `/api`.

    `broken` is the rule that was not kept: its type is the page that explains it.
    """
    title = SENTENCES.get(status, (HTTPStatus(status).phrase, ""))[0]
    if request.path.startswith(MACHINES) or request.path.endswith(".json"):
        told: dict[str, object] = {
            "type": broken.doc if broken else "about:blank",
            "title": rules()[broken.rule]["title"] if broken else title,
            "status": status,
            "detail": detail,
            "instance": request.path,
        }
        if broken:
            told["errors"] = [asdict(broken)]
        body = orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)
        return current_app.response_class(body, status, mimetype="application/problem+json")
    page = render_template("error.html", status=status, title=title, detail=detail)
    return current_app.response_class(page, status)
