"""What people decide on the pages of sources and runs: held runs, the steps of a source, a reading now."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, select

from hub.access import audit
from hub.access.declared import needs
from hub.db import db
from hub.errors import BadQuery, UnknownThing
from hub.harvest.holds import allow_once, approve, reject
from hub.harvest.perform import start
from hub.harvest.registry import STEP_LABELS, STEPS, step
from hub.models import Run, Source
from hub.models.run import STATE_LABELS, run_called
from hub.models.source import source_called
from hub.pages.admission import demand, reader
from hub.pages.menu import Entry

bp = Blueprint("decisions", __name__)
MENU: tuple[Entry, ...] = ()
DECISIONS = {"approve": approve, "reject": reject, "allow_once": allow_once}


@bp.post("/moissons/<ref>/decision")
@needs("decide_run")
def decide(ref: str) -> ResponseReturnValue:
    """Approve, reject or let the next one pass; the motive is kept and published with the decision."""
    run = db.session.scalar(run_called(ref))
    if run is None:
        raise UnknownThing(f"Aucune moisson ne porte l'identifiant « {ref} ».")
    demand("decide_run", db.session.scalar(select(Source.siren).where(Source.id == run.source_id)))
    decision = DECISIONS.get(request.form.get("decision", ""))
    if decision is None:
        raise BadQuery("Décision : choisissez approuver, rejeter ou autoriser une fois.")
    decided: Run = decision(run, reader(), request.form.get("motive", ""))
    flash(f"Décision enregistrée : moisson {STATE_LABELS[decided.state].lower()}.", "success")
    return redirect(url_for("sources.run", ref=ref), 303)


@bp.post("/sources/<slug>/etape")
@needs("accept_sources")
def take_step(slug: str) -> ResponseReturnValue:
    """Accept, refuse, pause or stop a source."""
    action = request.form.get("step", "")
    if action not in STEPS:
        raise BadQuery("Étape : choisissez accepter, refuser, mettre en pause ou arrêter.")
    step(_source(slug), action, reader(), request.form.get("motive", ""))
    flash(f"Source : {STEP_LABELS[action].lower()}.", "success")
    return redirect(url_for("sources.source", slug=slug), 303)


@bp.post("/sources/<slug>/lecture")
@needs("operate")
def read_now(slug: str) -> ResponseReturnValue:
    """Put a reading of a source in the queue; a worker takes it."""
    source = _source(slug)
    if not source.url:
        raise BadQuery(f"La source « {slug} » n'a pas d'adresse à lire : elle vient de fichiers.")

    def told(connection: Connection) -> bool:
        audit.write(connection, reader(), "operate", f"source:{slug}", siren=source.siren)
        return True

    start(source, "person", full=bool(request.form.get("full")), turn=told)
    flash("Lecture demandée : un travailleur la prend dans la minute.", "success")
    return redirect(url_for("sources.source", slug=slug), 303)


def _source(slug: str) -> Source:
    source = db.session.scalar(source_called(slug))
    if source is None:
        raise UnknownThing(f"Aucune source ne s'appelle « {slug} ».")
    return source
