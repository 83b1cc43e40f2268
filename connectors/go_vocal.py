"""Go Vocal (formerly CitizenLab): its public API v2 with a key, or else what the site's own pages read.

The anonymous API puts the author's name in every idea and cannot be asked to leave it out: no contribution is read
there. No clock is read: a phase is said to be open only where the platform says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import cache, partial

from connectors import go_vocal_rows as rows
from connectors.base import Checkpoint, Endpoint, Option, Record, RecordRefused, Walk, proven
from connectors.fetch import Fetch
from connectors.go_vocal_sites import Page, PublicSite, Site, WebSite

NAME = "go_vocal"
LABEL = "Go Vocal (anciennement CitizenLab)"
VERSION = "1.0"
CONTRACT = 1
PAUSE = 1.0
READ_TIMEOUT = 30.0
VERSIONS = ("API publique v2 (décembre 2024)", "API web v1 (2026)")
OPTIONS = (
    Option("client_id", "Identifiant de la clé d'accès (sans clé : pages publiques seulement)"),
    Option("client_secret", "Secret de la clé d'accès", "secret"),
    Option("contributions", "Reprendre les contributions publiées (avec une clé)", "boolean", default=True),
    Option("bodies", "Reprendre le texte des contributions", "boolean", default=False),
    Option("areas", "Reprendre les secteurs (une lecture de plus par secteur)", "boolean", default=False),
)
_PEOPLE = ("author_id", "author_name", "assignee_id", "assigned_at", "custom_field_values")
PERSONAL = (
    "/jwt",
    *(f"/ideas/*/{name}" for name in _PEOPLE),
    *(f"/data/*/attributes/{name}" for name in ("author_name", "author_hash", "avatars_count")),
    *(f"/data/*/relationships/{name}" for name in ("author", "cosponsors", "avatars", "user_follower", "user_basket")),
    *(f"/included/*/attributes/{name}" for name in ("first_name", "last_name", "email", "bio_multiloc", "avatar")),
)
TEXTS = ("/ideas/*/body", "/ideas/*/body_html")
"""What people wrote: removed at reception too, unless the option `bodies` asks for it."""
_STAMPS = ("published_at", "updated_at")
FIELDS: Mapping[str, str] = {
    "process.title": "project.title",
    "process.summary": "project.description_preview",
    "process.description": "project.description_html",
    "process.url": "project.href | https://HOST/projects/SLUG",
    "process.state": "project.publication_status (archived), relationships.current_phase",
    "process.themes_raw": "project_global_topics → global_topics.title | project_topics → topics.title",
    "process.territory_raw": "areas.title",
    "process.starts_on": "min(phases.start_at)",
    "process.ends_on": "max(phases.end_at)",
    "process.published_at": "project.created_at",
    "process.updated_at": "project.updated_at",
    "stage.process_id": "project.id",
    "stage.title": "phase.title",
    "stage.position": "rank(phase.start_at)",
    "stage.stage_raw": "phase.participation_method",
    "stage.state": "relationships.current_phase",
    "stage.starts_at": "phase.start_at",
    "stage.ends_at": "phase.end_at",
    "stage.updated_at": "phase.updated_at",
    "contribution.process_id": "idea.project_id",
    "contribution.stage_ids": "idea_phases.phase_id | idea.creation_phase_id",
    "contribution.type": "idea.type",
    "contribution.title": "idea.title",
    "contribution.body": "idea.body | idea.body_html",
    "contribution.location": "idea.location_point, idea.location_description",
    "contribution.status_raw": "idea.status",
    "contribution.votes": "idea.votes_count",
    "contribution.supports": "idea.likes_count | idea.upvotes_count",
    "contribution.comments": "idea.comments_count",
    "contribution.amount": "idea.budget | idea.proposed_budget",
    "contribution.url": "idea.href",
    **{f"contribution.{name}": f"idea.{name}" for name in _STAMPS},
    "meeting.process_ids": "event.project_id",
    "meeting.title": "event.title",
    "meeting.description": "event.description",
    "meeting.starts_at": "event.start_at",
    "meeting.ends_at": "event.end_at",
    "meeting.location": "event.location, event.location_point",
    "meeting.registrations": "event.attendees_count",
    "meeting.capacity": "event.maximum_attendees",
    "meeting.updated_at": "event.updated_at",
    "observation.subject": "project.id | phase.id",
    "observation.metric": "comments_count | participants_count | ideas_count | baskets_count | votes_count",
    "observation.period": "phase.start_at, phase.end_at | project.created_at",
    "observation.basis": "phase.end_at",
    "observation.channel": "en_ligne",
    "observation.indicative": "votes_count",
    "observation.method_raw": "comments_count | participants_count | ideas_count | baskets_count | votes_count",
    "observation.quantity": "comments_count | participants_count | ideas_count | baskets_count | votes_count",
    "observation.quantity_state": "an absence in words",
    **{f"contribution.{name}_state": "an absence in words" for name in ("votes", "supports", "comments", "amount")},
    **{f"meeting.{name}_state": "an absence in words" for name in ("registrations", "capacity")},
}
_TYPES = {"idea": "proposition", "proposal": "petition"}
_INSTANT = "%Y-%m-%dT%H:%M:%SZ"
Reader = Callable[[str, rows.Row], Walk]


def harvest(endpoint: Endpoint, fetch: Fetch) -> Walk:
    """Yield the published, public content of a site: projects with their phases, figures and ideas, then events.

    With a key and a cursor, only ideas changed since then, and what was deleted. Raises SourceDown, SourceChanged.
    """
    with_key = bool(endpoint.options.get("client_id") or endpoint.options.get("client_secret"))
    site: Site = PublicSite(endpoint, fetch) if with_key else WebSite(endpoint, fetch)
    site.open()
    yield from _Walk(site, endpoint).run()


class _Walk:
    """One walk over one site. `kept`: the public projects seen so far; `latest`: the greatest stamp of an idea.

    `proof`: the payload of the page whose row is being read.
    """

    proof: str | None = None

    def __init__(self, site: Site, endpoint: Endpoint) -> None:
        self.site = site
        self.options = {option.name: endpoint.options.get(option.name, option.default) for option in OPTIONS}
        bound = _bound(endpoint.cursor or "")
        self.start = endpoint.cursor if endpoint.cursor and bound else ""
        self.since = bound if site.IDEAS else ""
        self.latest = ""
        self.whole = True
        self.kept: set[str] = set()

    def run(self) -> Walk:
        """Yield everything; the cursor moves at the end only, for no list comes in the order of its stamps."""
        for status in ("published", "archived"):
            yield from self._each("projects", {"publication_status": status}, "process", self._project)
        yield from self._each("events", {}, "meeting", self._event)
        if self.since:
            for path, kind in self.site.DELETED:
                yield from self._deleted(path, kind)
        latest = min(self.latest, self.site.began) if self.whole else ""
        yield Checkpoint(max(self.start, latest), end=self.whole)

    def _each(self, path: str, params: Mapping[str, str], kind: str, read: Reader, *, optional: bool = False) -> Walk:
        """Yield what `read` makes of each row of a list, a refusal for a row without shape, a checkpoint per page."""
        for page in self.site.pages(path, params, optional=optional):
            proof = self.site.fetch.proof
            for pointer, row in page:
                self.proof = proof
                yield from [refused] if (refused := _shapeless(row, pointer, kind)) else read(pointer, row)
            yield Checkpoint(self.start)

    def _project(self, pointer: str, row: rows.Row) -> Walk:
        rows.need(row, "title", "description_html", "description_preview", "publication_status", "visible_to")
        rows.need(row, "created_at")
        public = row["publication_status"] in ("published", "archived") and row["visible_to"] == "public"
        if not public or row["id"] in self.kept:
            return
        proof = self.proof
        pages = list(self.site.pages(f"projects/{row['id']}/phases", {}, optional=True))
        if not pages:  # removed since the list was read, or so it is said: nothing is concluded from what is not seen
            self.whole = False
            return
        apart = self.site.fetch.proof if len(pages) == 1 else None
        self.kept.add(row["id"])
        phases, refused = _phases([item for page in pages for item in page])
        yield from refused
        yield rows.record("process", pointer, row, lambda: rows.process(row, phases, *self.site.labels(row)))
        yield from proven(rows.figures("process", row, pointer + self.site.WITHIN), proof)
        for position, (place, phase) in enumerate(phases, 1):
            found = rows.record("stage", place, phase, partial(rows.stage, phase, row, position))
            is_current = phase["id"] == row.get("current_phase")  # the project says it, in another payload
            yield from proven([found], None if is_current else apart)
            yield from proven(rows.figures("stage", phase, place + self.site.WITHIN), apart)
        if self.site.IDEAS and self.options["contributions"]:
            yield from self._ideas(row["id"], {phase["id"]: phase["participation_method"] for _, phase in phases})

    def _ideas(self, project: str, methods: Mapping[str, str]) -> Walk:
        """Yield the ideas of a project, and its proposals; answers to a survey are nobody's proposition."""
        places = cache(partial(self._places, tuple(methods)))
        choice = rows.Choice(self.options["bodies"], self.site.euros, not rows.VOTES.isdisjoint(methods.values()))

        def read(asked: str, pointer: str, row: rows.Row) -> Walk:
            rows.need(row, "title", "publication_status", "project_id", "published_at")
            wanted = row["publication_status"] == "published" and row["project_id"] == project
            if not wanted or _type(row, methods) != asked:  # an older release ignores what is asked
                return
            proof, apart = self.proof, places().get(row["id"])
            stages = apart or [row[name] for name in ("creation_phase_id",) if row.get(name)]
            made = rows.record(
                "contribution", pointer, row, lambda: rows.contribution(row, _TYPES[asked], stages, choice)
            )
            if isinstance(made, Record):
                self.latest = max(self.latest, made.data.get("updated_at", ""))
            yield from proven([made], None if apart else proof)

        for asked in ("idea", "proposal") if "proposals" in methods.values() else ("idea",):
            changed = {"updated_at": f"{self.since},"} if self.since and asked == "idea" else {}
            params = {"project_id": project, "type": asked, **changed}
            yield from self._each("ideas", params, "contribution", partial(read, asked))

    def _places(self, phases: tuple[str, ...]) -> Mapping[str, list[str]]:
        """The phases in which each idea stands."""
        found: dict[str, list[str]] = {}
        for phase in phases:
            for page in self.site.pages("idea_phases", {"phase_id": phase}):
                for row in (row for _, row in page if isinstance(row, dict) and row.get("phase_id") == phase):
                    found.setdefault(str(row.get("idea_id")), []).append(phase)
        return found

    def _event(self, pointer: str, row: rows.Row) -> Walk:
        rows.need(row, "title", "start_at", "project_id")
        if row["project_id"] in self.kept:
            yield from proven([rows.record("meeting", pointer, row, lambda: rows.meeting(row))], self.proof)

    def _deleted(self, path: str, kind: str) -> Walk:
        def read(pointer: str, row: rows.Row) -> Walk:
            yield Record(kind, row["id"], {}, pointer, deleted=True)

        yield from self._each(path, {"deleted_at": f"{self.since},"}, kind, read, optional=True)


def _bound(cursor: str) -> str:
    """Return the instant from which to ask again, with an overlap; a cursor that is no instant asks for everything."""
    try:
        return (datetime.strptime(cursor, _INSTANT) - timedelta(minutes=5)).strftime(_INSTANT)
    except ValueError:
        return ""


def _shapeless(row: object, pointer: str, kind: str) -> RecordRefused | None:
    if not isinstance(row, dict):
        return RecordRefused("fiche_illisible", pointer, kind=kind)
    if not isinstance(row.get("id"), str) or not row["id"].strip():
        return RecordRefused("identifiant_manquant", pointer, kind=kind)
    return None


def _phases(page: Page) -> tuple[Page, list[RecordRefused]]:
    """The phases in the order of their dates, and what is none."""
    refused = [found for pointer, row in page if (found := _shapeless(row, pointer, "stage"))]
    good = [(pointer, row) for pointer, row in page if not _shapeless(row, pointer, "stage")]
    for _, row in good:
        rows.need(row, "title", "participation_method", "start_at", "end_at", "ideas_count")
    return sorted(good, key=lambda item: (str(item[1]["start_at"]), item[1]["id"])), refused


def _type(row: rows.Row, methods: Mapping[str, str]) -> str:
    """The platform's type of an idea; an older release has none, the phase it was written in tells."""
    if "type" in row:
        return str(row["type"])
    rows.need(row, "creation_phase_id")
    if row["creation_phase_id"] is None:
        return "idea"
    return "proposal" if methods.get(row["creation_phase_id"]) == "proposals" else "survey"
