"""`/mes-donnees`: templates, one's own records as files, and deposits: looked at first, then registered (§12)."""

from __future__ import annotations

from contextlib import closing

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from connectors.sheet_write import csv_of
from hub.access.declared import all_need, takes
from hub.errors import Refused, UnknownThing
from hub.pages.admission import demand, reader
from hub.pages.choices import accept
from hub.pages.deposits_view import ALL, form_context, preview_context, scope_errors, told
from hub.pages.menu import Entry
from hub.push import waiting, workbook
from hub.push.files import FileRefused
from hub.push.own import deposited
from hub.push.senders import Sender
from hub.push.uploads import registered, tried
from hub.spreadsheet import MEDIA_TYPE
from schemas.columns import SHEETS, slug_of

bp = Blueprint("deposits", __name__)
MENU: tuple[Entry, ...] = ()
all_need(bp, "deposit")


@bp.get("/mes-donnees/deposer")
def form() -> str:
    """Choose a file, or take a template."""
    accept(paged=False)
    return render_template("deposits/form.html", **form_context(acting()))


@bp.post("/mes-donnees/deposer")
@takes("MAX_DEPOSIT_BYTES")
def preview() -> ResponseReturnValue:
    """What the file would do: its problems first, then what it would change; nothing is registered."""
    sender = acting()
    if errors := scope_errors(request.form):
        return render_template("deposits/form.html", **form_context(sender, errors, request.form)), 422
    file = _sent(sender)
    try:
        upload = tried(sender, file)
    except (FileRefused, Refused) as error:
        return render_template("deposits/form.html", **form_context(sender, {"fichier": str(error)}, request.form)), 422
    return render_template("deposits/preview.html", secret=waiting.keep(reader().ref, file), **preview_context(upload))


@bp.post("/mes-donnees/deposer/enregistrer")
def register() -> ResponseReturnValue:
    """Register the file that was looked at."""
    sender, secret = acting(), request.form.get("depot", "")
    file = waiting.opened(reader().ref, secret, sender.siren)
    done = registered(sender, file, reader(), request.form.get("absentes", ""))
    waiting.drop(reader().ref, secret)
    for words, tone in told(done.report):
        flash(words, tone)
    return redirect(url_for("sources.run", ref=done.report.run), 303)


@bp.post("/mes-donnees/deposer/annoter")
def annotate() -> Response:
    """The file that was looked at, as a workbook: each problem is a comment in its cell."""
    sender = acting()
    upload = tried(sender, waiting.opened(reader().ref, request.form.get("depot", ""), sender.siren))
    return _file(workbook.annotated(upload.deposit, upload.spots), "depot-annote.xlsx", MEDIA_TYPE)


@bp.get("/mes-donnees/modele.xlsx")
def template_book() -> Response:
    """The template of all kinds, as a workbook."""
    return _file(workbook.template(), "modele.xlsx", MEDIA_TYPE)


@bp.get("/mes-donnees/modele-<kind_slug>.csv")
def template_csv(kind_slug: str) -> Response:
    """The template of one kind, as CSV."""
    kind = _kind(kind_slug)
    return _file(csv_of(kind, [workbook.example(kind)]), f"modele-{kind_slug}.csv", "text/csv")


@bp.get("/mes-donnees/mes-fiches.xlsx")
def own_book() -> Response:
    """What the metropole's files hold, to be corrected and deposited again."""
    sender = acting()
    content, _ = workbook.own_records({kind: deposited(sender, kind) for kind in SHEETS})
    return _file(content, "mes-fiches.xlsx", MEDIA_TYPE)


@bp.get("/mes-donnees/mes-fiches-<kind_slug>.csv")
def own_csv(kind_slug: str) -> Response:
    """The same of one kind, as CSV."""
    kind = _kind(kind_slug)
    return _file(csv_of(kind, deposited(acting(), kind)), f"mes-fiches-{kind_slug}.csv", "text/csv")


def acting() -> Sender:
    """Return for which metropole the person deposits, in the function they hold there. Raises Forbidden."""
    who = reader()
    siren = who.acting_for or next(iter(who.sirens("deposit") or ()), None)
    demand("deposit", siren)
    return Sender(siren or "", writer="upload", author=who.function("deposit", siren))


def _sent(sender: Sender) -> waiting.Waiting:
    """Return the file that the form brings, empty when none was chosen."""
    form, sent = request.form, request.files.get("fichier")
    content, kind = b"", form.get("genre", "")
    if sent:
        with closing(sent.stream) as stream:
            content = stream.read()
    whole = form.get("portee") == ALL
    year, theme = (form.get("annee", "").strip(), form.get("theme", "")) if whole else ("", "")
    return waiting.Waiting(
        content,
        sent.filename or "" if sent else "",
        sender.siren,
        kind if kind in SHEETS else None,
        whole,
        int(year) if year else None,
        theme or None,
    )


def _kind(kind_slug: str) -> str:
    found = next((kind for kind in SHEETS if slug_of(kind) == kind_slug), None)
    if found is None:
        names = ", ".join(map(slug_of, SHEETS))
        raise UnknownThing(f"Aucun genre de fiches ne s'appelle ainsi. Genres : {names}.")
    return found


def _file(content: bytes, name: str, media_type: str) -> Response:
    answer = current_app.response_class(content, mimetype=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
