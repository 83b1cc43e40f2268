"""`/corriger/<id>`: a person lays a value over what a source says, with a reason; the source's own is never touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection

from hub.access import audit
from hub.access.declared import all_need
from hub.access.rights import PROPOSE
from hub.errors import BusySource, UnknownThing
from hub.harvest.correct import Told, correct, keep, withdraw
from hub.models import Run
from hub.models.thing import Thing, identified, read
from hub.pages import corrections_form as form
from hub.pages import proposals, words
from hub.pages.admission import NotYours, open_form, reader
from hub.pages.choices import accept
from hub.pages.menu import Entry
from schemas import Problem

bp = Blueprint("corrections", __name__)
all_need(bp, "correct")
MENU: tuple[Entry, ...] = ()
BUSY = "La source est en cours de lecture : rien n'a été écrit. Réessayez dans quelques minutes."
PROPOSED = "Votre rôle permet de proposer une correction, pas d'en garder ni d'en retirer une."
Change = Callable[..., Run | list[Problem]]


@bp.get("/corriger/<hub_id>")
def choose(hub_id: str) -> str:
    """The fields of a thing that may be corrected, each with its value and whose word it is; or the form of one."""
    accept(["champ"], paged=False)
    thing, proposes = _thing(hub_id)
    if field := request.args.get("champ"):
        return _form(thing, form.typed_now(thing, form.line_of(thing, field).field), {}, proposes=proposes)
    proposed = list(proposals.shown(thing))
    shown = {"thing": thing, "words": words, "lines": form.lines(thing), "proposed": proposed, "proposes": proposes}
    return render_template("corrections/fields.html", **shown)


@bp.post("/corriger/<hub_id>")
def apply(hub_id: str) -> ResponseReturnValue:
    """Show before and after; apply once that is confirmed, or propose it."""
    thing, proposes = _thing(hub_id)
    asked = _asked()
    form.line_of(thing, asked.field)
    if errors := form.errors(thing, asked):
        return _form(thing, asked, errors, proposes=proposes), 422
    if not request.form.get("confirmed"):
        return _form(thing, asked, {}, preview=form.after(thing, asked), proposes=proposes)
    if proposes:
        return proposals.send(thing, asked)
    change = partial(correct, thing.id, form.fields_typed(thing, asked))
    return _done(thing, asked, change, "Correction appliquée : la valeur de la source reste lisible dessous.")


@bp.post("/corriger/<hub_id>/retirer")
def take_back(hub_id: str) -> ResponseReturnValue:
    """Withdraw the correction of a field: the source's value is read again."""
    return _with_reason(hub_id, _taken_back)


@bp.post("/corriger/<hub_id>/garder")
def hold(hub_id: str) -> ResponseReturnValue:
    """Keep the correction of a field for one more year, over what the source says today."""
    return _with_reason(hub_id, _held)


def _with_reason(hub_id: str, act: Callable[[Thing, form.Asked], ResponseReturnValue]) -> ResponseReturnValue:
    """Act on a field as its correction stands, once a reason is given."""
    thing, asked = _own(hub_id), _asked()
    form.line_of(thing, asked.field)
    now = form.typed_now(thing, asked.field)
    if errors := form.reason_error(asked.reason):
        return _form(thing, now, {"back": errors["reason"]}), 422
    return act(thing, replace(now, reason=asked.reason))


def _taken_back(thing: Thing, now: form.Asked) -> ResponseReturnValue:
    change = partial(withdraw, thing.id, now.field)
    return _done(thing, now, change, "Correction retirée : la valeur de la source se lit.")


def _held(thing: Thing, now: form.Asked) -> ResponseReturnValue:
    keep(thing.id, now.field, _audited(thing, now))
    flash("Correction gardée pour douze mois.", "success")
    return redirect(url_for(".choose", hub_id=thing.id, champ=now.field), 303)


def _own(hub_id: str) -> Thing:
    """Return a thing whose corrections are laid by who asks. Raises as `_thing` does, NotYours who may only propose."""
    thing, proposes = _thing(hub_id)
    if proposes:
        raise NotYours(PROPOSED)
    return thing


def _thing(hub_id: str) -> tuple[Thing, bool]:
    """Return a thing that who asks may correct, and whether only by a proposal.

    Raises UnknownThing, NotYours, Forbidden.
    """
    found = read(identified(hub_id))
    if not found:
        raise UnknownThing(f"Aucune fiche ne porte l'identifiant « {hub_id} ».")
    proposes = open_form("correct", found[0].metropole.siren if found[0].metropole else None) == PROPOSE
    if proposes and found[0].metropole is None:
        raise NotYours("Cette fiche est du réseau : aucune métropole ne peut accepter une proposition.")
    return found[0], proposes


def _asked() -> form.Asked:
    sent = request.form
    texts = tuple(sent.getlist("value"))
    return form.Asked(sent.get("champ", ""), texts, sent.get("state", ""), sent.get("reason", "").strip())


def _form(
    thing: Thing, asked: form.Asked, errors: dict[str, str], preview: str | None = None, *, proposes: bool = False
) -> str:
    line = form.line_of(thing, asked.field)
    shown = {"thing": thing, "asked": asked, "line": line, "errors": errors, "preview": preview, "words": words}
    shown["proposes"] = proposes
    return render_template("corrections/form.html", **shown, **form.inputs(thing, asked.field))


def _done(thing: Thing, asked: form.Asked, change: Change, said: str) -> ResponseReturnValue:
    """Make a change with its line in the audit log; lead to the layers of the thing, or back to the form."""
    try:
        found = change(reason=asked.reason, author=form.author(thing), told=_audited(thing, asked))
    except BusySource:
        return _form(thing, asked, {"value": BUSY}), 409
    if not isinstance(found, Run):
        return _form(thing, asked, form.named(found)), 422
    flash(said, "success")
    return redirect(url_for("provenance.provenance", hub_id=thing.id, _anchor="couches"), 303)


def _audited(thing: Thing, asked: form.Asked) -> Told:
    """Return what writes the line of a correction in the audit log."""
    siren, line = thing.metropole.siren if thing.metropole else None, form.line_of(thing, asked.field)

    def told(connection: Connection) -> None:
        name, before, after = f"{thing.kind}:{thing.id}.{asked.field}", line.now, [*asked.texts, asked.state]
        audit.write(connection, reader(), "correct", name, siren=siren, before=before, after=after, motive=asked.reason)

    return told
