"""`/sante`, `/metrics`, `/robot`: is the hub well, what does it measure, who is the reader that visits platforms."""

from __future__ import annotations

from datetime import timedelta

import orjson
from flask import Blueprint, Response, current_app, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError

from hub.access.declared import all_need
from hub.clock import iso, now
from hub.harvest.measures import Measure, measures, ticking
from hub.pages.choices import accept
from hub.pages.menu import FOOTER, Entry

bp = Blueprint("health", __name__)
all_need(bp, "read")
MENU: tuple[Entry, ...] = (Entry(FOOTER, "Notre robot", "health.robot"),)
DATABASE = {True: "la base répond", False: "la base ne répond pas"}
CLOCK = {
    True: "les lectures prévues partent à l'heure",
    False: "plus rien ne fait partir les lectures prévues",
    None: "aucune lecture n'est prévue, rien n'a à les faire partir",
}


@bp.get("/sante")
@bp.get("/sante.json", endpoint="health_json")
def health() -> Response:
    """Whether the hub is well: 200, or 503 when its database is away or its clock has stopped. It gives no data."""
    accept(paged=False)
    database, clock = _state()
    well = database and clock is not False
    sentence = f"{'Tout va bien' if well else 'Le hub est malade'} : {DATABASE[database]}"
    sentence += f" ; {CLOCK[clock]}." if database else "."
    if request.path.endswith(".json") or request.accept_mimetypes.best == "application/json":
        content = {"well": well, "database": database, "clock": clock, "message": sentence}
        body, kind = orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE), "application/json"
    else:
        body, kind = f"{sentence}\n".encode(), "text/plain"
    answer = current_app.response_class(body, 200 if well else 503, mimetype=kind)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get("/metrics")
def metrics() -> Response:
    """The measures of the harvests, in the text format of Prometheus (0.0.4)."""
    accept(paged=False)
    body = "".join(written(each) for each in measures())
    answer = current_app.response_class(body, content_type="text/plain; version=0.0.4; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get("/robot")
def robot() -> str:
    """Who our reader is, how it behaves, how to reach us and how to refuse it."""
    accept(paged=False)
    agent, mail = current_app.config["USER_AGENT"], current_app.config["OPERATOR_MAIL"]
    hours = [f"{int(text[:2])} h {text[3:]}" for text in current_app.config["WINDOW"].split("-")]
    return render_template("robot.html", agent=agent, mail=mail, window=hours)


@bp.get("/.well-known/security.txt")
def security() -> Response:
    """Whom to tell of a weakness of the hub (RFC 9116), until a year from now."""
    accept(paged=False)
    mail = current_app.config["OPERATOR_MAIL"]
    contact = f"mailto:{mail}" if mail else url_for(".robot", _external=True)
    expires = iso(now() + timedelta(days=365))
    body = f"Contact: {contact}\nExpires: {expires}\nPreferred-Languages: fr, en\n"
    return current_app.response_class(body, mimetype="text/plain")


def written(measure: Measure) -> str:
    """Return a family of measures as Prometheus reads it; a family without a point is only described."""
    lines = [f"# HELP {measure.name} {measure.meaning}", f"# TYPE {measure.name} gauge"]
    for labels, value in measure.points:
        inside = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
        lines.append(f"{measure.name}{{{inside}}} {value}" if inside else f"{measure.name} {value}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _state() -> tuple[bool, bool | None]:
    """Whether the database answers, and whether the clock of the workers ticks."""
    try:
        return True, ticking()
    except SQLAlchemyError as error:
        current_app.logger.error("santé : %s", type(error).__name__)
        return False, None
