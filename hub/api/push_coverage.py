"""`PUT /api/v1/push/coverage`: what a metropole's data cover, stated by its own system (`benchmark.md` §2)."""

from __future__ import annotations

from flask import Response, request

from hub.api.bearer import asks, caller
from hub.api.push_calls import asked, body
from hub.api.query import accept
from hub.api.read import answer, bp
from hub.errors import Refused
from hub.harvest.declarations import declare
from hub.models.client import PRODUCTION
from hub.push.report import error_of
from schemas import KINDS

AUTHOR = "système de la métropole"


@bp.put("/push/coverage/<any({}):kind>/<int(max=9999):covered_year>".format(", ".join(KINDS)))
@asks("push:figures")
def state_coverage(kind: str, covered_year: int) -> Response:
    """State what the data of a kind and a year cover: `{"level", "share"?, "statement"?}`, a new row each time."""
    accept(request.args)
    if caller().environment != PRODUCTION:
        raise Refused(403, "production_seule")
    said = asked(body(), ("level", "share", "statement"))
    level, share, statement = said.get("level"), said.get("share"), said.get("statement")
    if not isinstance(level, str):
        raise Refused(400, "type_invalide", pointer="/level", expected="un niveau de couverture")
    if share is not None and (isinstance(share, bool) or not isinstance(share, int | float)):
        raise Refused(400, "type_invalide", pointer="/share", expected="une fraction de 1")
    if statement is not None and not isinstance(statement, str):
        raise Refused(400, "type_invalide", pointer="/statement", expected="un texte")
    problems = declare(caller().siren, kind, covered_year, level, share, statement, AUTHOR)
    stated = {"siren": caller().siren, "kind": kind, "year": covered_year, "level": level, "share": share}
    told = answer({**stated, "errors": [error_of(each, each.pointer) for each in problems]})
    told.status_code = 422 if problems else 201
    return told
