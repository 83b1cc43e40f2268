"""What the page of a metropole's data says, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import url_for

from hub.benchmark.comparability import COVERAGE, FIELD, PERIOD, VALIDATION, Failing
from hub.benchmark.completeness import Cell
from hub.benchmark.coverage import COMPLETE, Coverage
from hub.benchmark.indicators import INDICATORS
from hub.benchmark.needs import DATE, Met, Need
from hub.pages.format import date_object, day, listing, nbsp, number, plural, share, state_label
from hub.pages.frame import PAGE_OF
from hub.pages.words import field_label, kind_label
from schemas.labels import label

LISTS = {"metric": "metrique", "type": "type_document", "stage": "etape"}
"""The code list of what narrows the records of a need."""
CHECKS = {
    COVERAGE: "Couverture",
    FIELD: "Couverture du champ",
    PERIOD: "Période",
    VALIDATION: "Validation",
}
"""The checks of a comparison that stored data decide."""
DIFFUSIONS = {
    "brouillon": ("fiche en brouillon", "fiches en brouillon"),
    "pairs": ("fiche réservée aux membres", "fiches réservées aux membres"),
    "public": ("fiche qui sera publique", "fiches qui seront publiques"),
}
"""What is not public yet, by diffusion."""


def kinds(names: Iterable[str]) -> str:
    """Return kinds in words: « démarches, étapes et réunions »."""
    return listing(kind_label(kind, 2).lower() for kind in names)


def one(kind: str) -> str:
    """Return what one thing of a kind is called: « démarche »."""
    return kind_label(kind).lower()


def heading(kind: str) -> str:
    """Return what a kind is called at the head of a line: « Démarches »."""
    return kind_label(kind, 2)


def empty_cell(cell: Cell) -> str:
    """Return why a cell has no value: « non renseigné », « sans objet », « non collecté »."""
    return "non renseigné" if cell.state == "non_transmis" else state_label(cell.state)


def period(statement: Coverage) -> str:
    """Return the period of which a statement speaks: « 2025 », « de 2023 à 2025 », « date inconnue »."""
    if statement.first and statement.first == statement.last:
        return day(statement.first)
    return date_object({"from": statement.first, "to": statement.last})


def declared_complete(cell: Cell) -> bool:
    """Tell whether somebody declared that all of it is there."""
    return cell.statement is not None and cell.statement.level == COMPLETE


def kept(diffusion: str, count: int) -> str:
    """Return « 3 fiches en brouillon »."""
    return f"{number(count)} {plural(count, *DIFFUSIONS[diffusion])}"


def records(need: Need, count: int) -> str:
    """Return « 40 démarches », « 1 document « Mandat » »."""
    return nbsp(f"{number(count)} {sort(need, count)}")


def sort(need: Need, count: int = 2) -> str:
    """Return what a need counts: « démarches », « étapes « Avis citoyen » »."""
    code = f" « {label(LISTS[need.by], need.codes[0])} »" if need.codes else ""
    whole = " de la métropole" if need.whole else ""
    return nbsp(f"{kind_label(need.kind, count).lower()}{code}{whole}")


def field(need: Need) -> str:
    """Return the French label of the field of a need; the record itself when that is what is needed."""
    plain = {DATE: "Date", "": "la fiche elle-même"}
    return plain.get(need.field) or field_label(need.kind, need.field)


def filling(met: Met) -> str:
    """Return « 30 % (12 sur 40) », or how many records there are; in words where none fills a field: no zero."""
    if not met.need.field:
        return records(met.need, met.total)
    return share(met.filled, met.total) if met.filled else f"jamais renseigné, sur {records(met.need, met.total)}"


def serves(need: Need) -> str:
    """Return the indicators that a need serves."""
    return listing(INDICATORS[key].label for key in need.serves)


def lack(missing: Iterable[Met]) -> str:
    """Return what keeps an indicator from being worked out: nothing transmitted, or a field that nothing fills."""
    return nbsp(listing(_lacking(one) for one in missing))


def problem(failing: Failing) -> str:
    """Return a failing check in a sentence."""
    things = kinds(failing.kinds) or "lignes sans type lisible"
    count = failing.number or 0
    part = share(count, failing.total or 0)
    if failing.check == COVERAGE:
        said = f"déclarée « {label('couverture', failing.why).lower()} »" if failing.why else "jamais déclarée"
        return nbsp(f"Couverture {failing.year} {said} : {things}.")
    if failing.met is not None:
        return nbsp(f"« {field(failing.met.need)} » manque à {part} des {sort(failing.met.need)}.")
    if failing.check == PERIOD:
        return nbsp(f"Sans date, hors de toute période : {part} des {things}.")
    return nbsp(f"{number(count)} {plural(count, 'erreur ouverte', 'erreurs ouvertes')} : {things}.")


def act(failing: Failing) -> str:
    """Return the act that would make a check pass."""
    if failing.check == COVERAGE:
        return nbsp(f"L'administration de la métropole déclare la couverture {failing.year} de ces fiches.")
    if failing.met is not None:
        return nbsp(f"Remplir « {field(failing.met.need)} » à la source : les {sort(failing.met.need)} à compléter")
    verb = "Dater" if failing.check == PERIOD else "Corriger"
    return f"{verb} à la source : {kinds(failing.kinds) or 'lignes sans type lisible'}"


def act_url(failing: Failing, slug: str, declares: bool) -> str:
    """Return where what makes a check fail is listed, or declared by who `declares`; empty for the others."""
    if failing.met is not None:
        return needed(failing.met.need, slug)
    if failing.check == PERIOD:
        return dateless(failing.kinds[0], slug)
    if failing.check == COVERAGE:
        return url_for("coverage.form", slug=slug, genre=failing.kinds[0], annee=failing.year) if declares else ""
    return "#corriger"


def listed(kind: str, slug: str, **more: Any) -> str:
    """Return the address that lists the things of a kind of a metropole."""
    plural_ = "processes" if kind == "process" else f"{kind}s"
    return url_for("api.things", plural=plural_, metropole=slug, **more)


def dateless(kind: str, slug: str) -> str:
    """Return the address that lists the things of a kind that no date puts in a year."""
    return url_for(".field", slug=slug, need=f"{kind}.{DATE}")


def needed(need: Need, slug: str) -> str:
    """Return the address that lists the records a need counts: of a field, those that lack it first."""
    if need.field or need.whole:
        return url_for(".field", slug=slug, need=need.name)
    if need.kind == "document" and need.codes:
        return url_for("documents.listing", metropole=slug, type=need.codes[0])
    return listed(need.kind, slug, **({"state": need.codes[0]} if need.codes else {}))


def record_url(kind: str, hub_id: str) -> str:
    """Return the page of a record, or its provenance when its kind has no page."""
    return url_for(PAGE_OF.get(kind, "provenance.provenance"), hub_id=hub_id)


def _lacking(met: Met) -> str:
    if not met.need.field:
        return f"aucune fiche : {sort(met.need)}"
    if not met.total:
        return f"aucune fiche : {sort(met.need)} (champ « {field(met.need)} »)"
    return f"« {field(met.need)} » jamais renseigné sur {records(met.need, met.total)}"
