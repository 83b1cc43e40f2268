"""What « D'où vient ce chiffre ? » shows of a trail, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import url_for

from hub.clock import paris_day
from hub.errors import UnknownThing
from hub.harvest import raw
from hub.models import NetworkThing
from hub.models.facet import GONE_LABELS
from hub.models.layer import Layer, Version, voice_of
from hub.models.network import FOUNDING_AUTHOR
from hub.models.run import WRITER_LABELS
from hub.models.thing import Thing
from hub.pages import words
from hub.pages.format import day, listing, moment, nbsp
from hub.pages.frame import PAGE_OF, thing_url
from hub.pages.statements import RESERVED, Citation, Named
from hub.pages.trail import Trail
from hub.pages.words import field_label, kind_label
from schemas.labels import label

UNSEEN = "N'apparaît plus à la source depuis le"
HERE = nbsp("D'où vient ce chiffre ?")
WRITTEN = {"affirme": "Écrit tel quel", "deduit": "Déduit de ce qui est écrit", "ambigu": "Écrit de façon ambiguë"}
PLACES = ("process_id", "process_ids", "stage_id", "subject", "document_id")
"""The links that lead to the page where a thing without a page of its own is read."""

NETWORK = "Réseau des métropoles participatives"

Crumbs = list[tuple[str, str | None]]


def answer(trail: Trail) -> str:
    """Return the answer in a sentence or two: where it is written, how sure it is, how and when it came in."""
    entry = trail.entry
    if entry is None:
        return written(trail.citations)
    door = WRITER_LABELS[_lead(trail).facet.writer].lower()
    return nbsp(f"{written(trail.citations)} Entré dans le hub le {moment(entry.run.started_at)} ({door}).")


def network_answer(trail: Trail, row: NetworkThing) -> str:
    """Return the answer for a thing of the network."""
    author = "d'après les documents fondateurs" if row.author == FOUNDING_AUTHOR else f"par {row.author}"
    return nbsp(f"{written(trail.citations)} Inscrit dans le hub le {moment(row.written_at)}, {author}.")


def written(quoted: Sequence[Citation]) -> str:
    """Return where the first citation of the whole stands, and how sure its reading is."""
    if not quoted:
        return "Aucune citation ne l'accompagne."
    first = next((each for each in quoted if "" in each.fields), quoted[0])
    trace = first.trace
    title = first.document.title if first.document else trace.get("document_id", "un document non nommé")
    lines = trace.get("lines", "")
    place = f", {'lignes' if '-' in lines else 'ligne'} {lines.replace('-', ' à ')}" if lines else ""
    return nbsp(f"{WRITTEN[trace['certainty']]} dans « {words.within(title)} »{place}.")


def _lead(trail: Trail) -> Layer:
    return next(layer for layer in trail.layers if layer.facet.lead)


def breadcrumb(thing: Thing) -> Crumbs:
    """Return the way from the top to this page: the territory, the page of the thing, here."""
    metropole = thing.metropole
    top: Crumbs = [("Réseau", url_for("network.network"))]
    if metropole:
        top = [("Métropoles", url_for("metropoles.listing"))]
        top.append((metropole.short_name, url_for("metropoles.metropole", slug=metropole.slug)))
    own: Crumbs = [(kind_label(thing.kind), thing_url(thing))] if thing.kind in PAGE_OF else []
    return [*top, *own, (HERE, None)]


def pages(thing: Thing, trail: Trail) -> list[tuple[str, str]]:
    """Return (what it is called, address) of the pages where a thing is read: its own, else those it belongs to."""
    if thing.kind in PAGE_OF:
        return [("Lire la page de cette fiche", thing_url(thing))]
    led = [each for each in trail.leads_to if each.field in PLACES and each.url]
    return list(dict.fromkeys((each.title, each.url) for each in led))


def about(thing: Thing) -> list[str]:
    """Return what must be known of a thing at first sight: its kind, whose it is, what it must not be taken for."""
    data = thing.data
    found = [kind_label(thing.kind), thing.metropole.name if thing.metropole else NETWORK]
    if metric := data.get("metric"):
        found.append(label("metrique", metric))
    if data.get("indicative"):
        found.append("à titre indicatif")
    if data.get("basis") == "objectif":
        found.append("objectif, jamais un résultat")
    perimeter = data.get("perimeter") or thing.source.perimeter or "metropole"
    if perimeter != "metropole" and "perimeter" in words.fields_of(thing.kind):
        found.append(nbsp(f"périmètre : {label('perimetre', perimeter).lower()}"))
    return found


def inherited(thing: Thing) -> str:
    """Return the sentence that says which perimeter a thing takes from its source; empty when it states its own."""
    stated = "perimeter" in thing.data or "perimeter" not in words.fields_of(thing.kind)
    if stated or thing.source.perimeter is None:
        return ""
    perimeter = label("perimetre", thing.source.perimeter).lower()
    return nbsp(f"Périmètre : celui que la source déclare pour toutes ses fiches ({perimeter}).")


def network_breadcrumb(row: NetworkThing) -> Crumbs:
    """Return the way from the top to a thing of the network."""
    return [
        ("Réseau", url_for("network.network")),
        (kind_label(f"network/{row.kind}"), network_page(row)),
        (HERE, None),
    ]


def network_page(row: NetworkThing) -> str:
    """Return the address of the page where a thing of the network is read."""
    return url_for("retours.retour", thing_id=row.id) if row.kind == "experience" else url_for("network.network")


def presence(thing: Thing) -> str:
    """Return whether the source still shows a thing, and since when it does not."""
    if thing.presence == "gone":
        since = f"{UNSEEN} {day(thing.gone_on)}" if thing.gone_on else "Retirée à la source"
        return f"{since} : {GONE_LABELS.get(thing.gone_reason, thing.gone_reason)}" if thing.gone_reason else since
    if thing.presence == "not_seen" and thing.not_seen_since:
        return f"{UNSEEN} {day(paris_day(thing.not_seen_since))}"
    return "Présente à la source" if thing.presence == "present" else "Pas vue à la dernière moisson"


def reading(layers: Sequence[Layer]) -> str:
    """Return how many voices speak of a thing, and whose word is read first."""
    if len(layers) < 2:
        return "Une seule voix parle de cette fiche."
    voices = listing(dict.fromkeys(WRITER_LABELS[layer.facet.writer].lower() for layer in layers))
    return (
        f"{len(layers)} voix parlent de cette fiche ({voices}). Champ par champ, une correction est lue avant un dépôt "
        "ou un envoi, et ceux-ci avant une moisson."
    )


def by_field(kind: str, links: Iterable[Named]) -> list[tuple[str, list[Named]]]:
    """Return the links of a thing under the label of the field that makes them; the documents quoted stand above."""
    groups: dict[str, list[Named]] = defaultdict(list)
    for link in links:
        if link.field != "trace":
            groups[field_label(kind, link.field)].append(link)
    return list(groups.items())


def by_kind(links: Iterable[Named]) -> list[tuple[str, list[Named]]]:
    """Return the things that lead here by kind, each once."""
    groups: dict[str, dict[str, Named]] = defaultdict(dict)
    for link in links:
        groups[link.kind].setdefault(link.url, link)
    return [(kind_label(kind, len(found)), list(found.values())) for kind, found in groups.items()]


def by_document(quoted: Sequence[Citation]) -> list[dict[str, Any]]:
    """Return the citations grouped by the document they stand in, in the order they come."""
    groups: dict[str, dict[str, Any]] = {}
    for each in quoted:
        name = each.trace.get("document_id", "")
        group = groups.setdefault(name, {"name": name, "document": each.document, "citations": []})
        group["citations"].append(each)
    return list(groups.values())


def voices(layers: Sequence[Layer]) -> list[tuple[str, Layer]]:
    """Return each layer with the word for who speaks there."""
    return [(WRITER_LABELS[layer.facet.writer], layer) for layer in layers]


def disputed(kind: str, layers: Sequence[Layer], names: words.Names) -> list[list[str]]:
    """Return the fields that several layers state, or that are laid over the source: what each says, which is read."""
    rows = []
    for name in words.fields_of(kind):
        told = [_told(kind, name, layer, names) for layer in layers]
        if name not in words.OURS and (sum(map(bool, told)) > 1 or any(told[1:])):
            read = voice_of(layers, name)
            marked = [f"{text} (lu)" if layer is read else text for text, layer in zip(told, layers, strict=True)]
            rows.append([field_label(kind, name), *(text or "n'en dit rien" for text in marked)])
    return rows


def _told(kind: str, field: str, layer: Layer, names: words.Names) -> str:
    said = layer.in_force
    if said is None or said.data is None or not {field, f"{field}_state"} & set(said.data):
        return ""
    return "réservé" if field in RESERVED else " ; ".join(words.tell(kind, field, said.data, names))


def history(kind: str, layer: Layer) -> list[dict[str, Any]]:
    """Return the versions of a layer, oldest first, each with what it changed of the one before, in words."""
    rows: list[dict[str, Any]] = []
    before: Mapping[str, Any] | None = None
    for version in layer.versions:
        rows.append({"version": version, "change": _change(kind, before, version.data)})
        before = version.data
    return rows


def _change(kind: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    if after is None:
        return "Version réservée : elle n'était pas publique."
    if before is None:
        return "Première version publique."
    changed = [name for name in (*before, *after) if before.get(name) != after.get(name)]
    labels = ", ".join(dict.fromkeys(field_label(kind, name) for name in changed))
    return nbsp(f"Change : {labels}.") if labels else "Même contenu."


def extract(version: Version | None) -> dict[str, str]:
    """Return what the raw payload says of a version: `text`, or `absent`, the sentence that says why there is none."""
    if version is not None and version.hides:
        return {"absent": "L'extrait n'est pas montré : il contient un nombre de personnes qui est masqué."}
    if version is None or version.raw is None or version.pointer is None:
        return {"absent": "Aucune pièce brute : ceci n'a pas été lu dans un fichier."}
    if any(name in (version.data or ()) for name in RESERVED):
        return {"absent": "L'extrait n'est pas montré : il contient le texte libre d'une contribution."}
    try:
        found = raw.extract(version.raw, version.pointer)
    except UnknownThing:
        return {"absent": "La pièce brute n'est plus dans le dossier du hub ; son empreinte permet de la reconnaître."}
    return {"text": found} if found else {"absent": "Cette place de la pièce brute n'a pas pu être relue."}


def place(pointer: str | None) -> str:
    """Return where a record stands in its file, in words: « ligne 12 », « élément /records/3 »."""
    if not pointer:
        return "place non précisée"
    return f"ligne {pointer[1:]}" if pointer[:1] == "L" and pointer[1:].isdigit() else f"élément {pointer}"
