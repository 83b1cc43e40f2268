"""Every route of the hub with every identifier that the database holds: what attacks are tried on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Flask, url_for
from sqlalchemy import select
from werkzeug.routing import Rule

import schemas
from hub.api.query import PLURALS
from hub.benchmark.indicators import INDICATORS
from hub.db import db
from hub.models import Client, Facet, Measure, Metropole, NetworkThing, Run, Snapshot, Source
from hub.pages.frame import PAGE_OF
from hub.pages.methods_view import KEYS as METHODS
from hub.pages.session import MACHINE_PATHS
from schemas.columns import SHEETS, slug_of

BLUEPRINTS = {endpoint.split(".")[0]: kind for kind, endpoint in PAGE_OF.items()}
PAGE_KINDS = {kind: plural for plural, kind in PLURALS.items()}
LETTER = {"secret": "x" * 43}
"""No identifier of the database: a secret, which none of them is."""


def addresses(app: Flask) -> list[str]:
    """Every address that can be read, with every identifier: of things, sources, runs, metropoles, rules…"""
    with app.test_request_context():
        return [
            url_for(rule.endpoint, **arguments)
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ())
            for arguments in arguments_of(rule)
        ]


def forms(app: Flask, *, machines: bool = False) -> list[str]:
    """Every address that takes a form, or every one that takes what programs send; identifiers are made up."""
    sent = [rule for rule in app.url_map.iter_rules() if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}]
    return [filled(rule, "0") for rule in sent if rule.rule.startswith(MACHINE_PATHS) == machines]


def filled(rule: Rule, text: str) -> str:
    """The address of a rule in which every argument is this text, as it stands."""
    return "".join(text if dynamic else piece for dynamic, piece in rule._trace).lstrip("|")


def arguments_of(rule: Rule) -> Iterator[Mapping[str, Any]]:
    """Yield real values of the arguments of a rule; a new kind of address says here what it takes."""
    blueprint, names = rule.endpoint.split(".")[0], frozenset(rule.arguments)
    if not names:
        yield {}
    elif names == {"hub_id"}:
        query = select(Facet.hub_id).distinct().order_by(Facet.hub_id)
        kind = BLUEPRINTS.get(blueprint)
        yield from ({"hub_id": each} for each in db.session.scalars(query.where(Facet.kind == kind) if kind else query))
    elif names == {"plural", "hub_id"}:
        rows = db.session.execute(select(Facet.kind, Facet.hub_id).distinct().order_by(Facet.hub_id))
        yield from ({"plural": PAGE_KINDS[row[0]], "hub_id": row[1]} for row in rows)
    elif names == {"kind", "remote_id"}:
        rows = db.session.execute(select(Facet.kind, Facet.remote_id).where(Facet.writer == "push").limit(50))
        yield from ({"kind": row[0], "remote_id": row[1]} for row in [*rows, ("process", "inconnue")])
    elif names == {"kind", "thing_id"}:
        rows = db.session.execute(select(NetworkThing.kind, NetworkThing.id))
        yield from ({"kind": row[0], "thing_id": row[1]} for row in rows)
    elif names == {"slug", "need"}:
        slugs = list(db.session.scalars(select(Metropole.slug)))
        yield from (
            {"slug": slug, "need": need}
            for slug in slugs
            for need in ("process.budget", "meeting.attendees", "stage.date")
        )
    elif names == {"key", "slug", "period"}:
        rows = db.session.execute(select(Measure.indicator, Metropole.slug, Measure.period).join(Metropole).limit(50))
        yield from ({"key": row[0], "slug": row[1], "period": row[2]} for row in rows)
    elif "form" in names:
        forms = ("xlsx", "svg", "png", "pdf") if "key" in names else ("pdf",) if blueprint == "compare" else ("xlsx",)
        yield from ({"form": form} | ({"key": "demarches"} if "key" in names else {}) for form in forms)
    else:
        (name,) = names
        yield from ({name: value} for value in _known(blueprint, name))


def _known(blueprint: str, name: str) -> list[str]:
    if name in LETTER:
        return [LETTER[name]]
    slugs, metropoles = select(Source.slug), select(Metropole.slug)
    known: dict[tuple[str, str], Any] = {
        ("metropoles", "slug"): lambda: db.session.scalars(metropoles),
        ("coverage", "slug"): lambda: db.session.scalars(metropoles),
        ("neighbours", "slug"): lambda: db.session.scalars(metropoles),
        ("methods", "key"): lambda: METHODS,
        ("completeness", "slug"): lambda: db.session.scalars(metropoles),
        ("validations", "slug"): lambda: db.session.scalars(metropoles),
        ("frozen", "digest"): lambda: db.session.scalars(select(Snapshot.digest)),
        ("provider", "name"): lambda: ["proconnect"],
        ("indicators", "key"): lambda: INDICATORS,
        ("api", "key"): lambda: INDICATORS,
        ("api", "name"): lambda: db.session.scalars(metropoles),
        ("api", "plural"): lambda: PLURALS,
        ("api", "ref"): lambda: db.session.scalars(select(Run.ref)),
        ("sources", "slug"): lambda: db.session.scalars(slugs),
        ("sources", "ref"): lambda: db.session.scalars(select(Run.ref)),
        ("clients", "ref"): lambda: db.session.scalars(select(Client.ref)),
        ("retours", "thing_id"): lambda: db.session.scalars(
            select(NetworkThing.id).where(NetworkThing.kind == "experience")
        ),
        ("reference", "rule"): lambda: ["date_invalide"],
        ("reference", "name"): lambda: [*schemas.KINDS, "codelists/theme"],
        ("deposits", "kind_slug"): lambda: [slug_of(kind) for kind in SHEETS],
        ("static", "filename"): lambda: ["hub.css", "favicon.svg", "passkeys.js"],
    }
    assert (blueprint, name) in known, f"donner ici un exemple de « {name} » pour {blueprint}"
    return list(known[blueprint, name]())
