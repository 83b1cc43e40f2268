"""The dialogue with a Decidim platform, whatever its version from 0.26 to 0.31: what to ask, what a refusal means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from connectors.base import SourceChanged
from connectors.fetch import Fetch
from schemas.personal import masked

SHAPES = {
    "TranslatedField": "translations:LocalizedString",
    "LocalizedString": "locale text machineTranslated",
    "Coordinates": "latitude longitude",
    "Scope": "name:TranslatedField",
    "Category": "name:TranslatedField",
    "Taxonomy": "name:TranslatedField",
    "Reference": "id",
    "Named": "title:TranslatedField",
    "Decidim": "version",
    "Deployment": "decidimVersion",
    "ParticipatoryProcess": "id slug title:TranslatedField shortDescription:TranslatedField description:TranslatedField"
    " startDate endDate publishedAt updatedAt heroImage localArea:TranslatedField participatoryProcessGroup:Named"
    " steps:ParticipatoryProcessStep scope?-29:Scope categories?-29:Category taxonomies?30-:Taxonomy",
    "ParticipatoryProcessStep": "id position active title:TranslatedField startDate endDate",
    "Assembly": "id slug title:TranslatedField shortDescription:TranslatedField description:TranslatedField"
    " creationDate includedAt closingDate publishedAt updatedAt privateSpace isTransparent parent:Reference"
    " taxonomies?30-:Taxonomy",
    "Initiative": "id slug state title:TranslatedField signatureStartDate signatureEndDate onlineVotes offlineVotes"
    " publishedAt updatedAt initiativeType:Named scope?-:Scope",
    "Component": "__typename id",
    "Proposal": "id reference state official title:TranslatedField body?-:TranslatedField answer:TranslatedField"
    " answeredAt publishedAt updatedAt voteCount totalCommentsCount address coordinates?-:Coordinates"
    " amendments:Amendment category?-29:Category scope?-29:Scope taxonomies?30-:Taxonomy withdrawn?29-"
    " endorsementsCount?-30 likesCount?31-",
    "Amendment": "emendation:Reference",
    "Meeting": "id title:TranslatedField description:TranslatedField startTime endTime closed isWithdrawn typeOfMeeting"
    " privateMeeting transparent attendeeCount contributionCount closingReport:TranslatedField address"
    " location:TranslatedField coordinates?-:Coordinates updatedAt publishedAt?31-",
    "Result": "id title:TranslatedField description:TranslatedField startDate endDate progress status:Status"
    " parent:Reference timelineEntries:TimelineEntry updatedAt proposals?31-:Reference",
    "Status": "key name:TranslatedField",
    "TimelineEntry": "entryDate title?27-:TranslatedField description:TranslatedField updatedAt",
    "Budget": "id title:TranslatedField total_budget updatedAt projects:Project",
    "Project": "id reference selected budget_amount title:TranslatedField description?-:TranslatedField updatedAt"
    " totalCommentsCount category?-29:Category scope?-29:Scope taxonomies?30-:Taxonomy confirmedVotes?31-",
    "Debate": "id reference title:TranslatedField description?-:TranslatedField updatedAt totalCommentsCount"
    " category?-29:Category scope?-29:Scope taxonomies?30-:Taxonomy conclusions?31-:TranslatedField",
    "Post": "id title:TranslatedField updatedAt publishedAt?28-",
    "Page": "id title:TranslatedField updatedAt",
}
"""What is asked of each type: `name`, `name:shape`, and `?first-last` for what only some versions have.

A field without `?` is essential: the walk stops, naming it, when the platform no longer knows it.
"""

LISTS = {
    "Proposals": ("proposals", "Proposal", ', order: {id: "asc"}'),
    "Meetings": ("meetings", "Meeting", ""),
    "Accountability": ("results", "Result", ""),
    "Budgets": ("budgets", "Budget", ""),
    "Debates": ("debates", "Debate", ""),
    "Blogs": ("posts", "Post", ""),
    "Pages": ("pages", "Page", ""),
}
"""Type of component → its list, the type of its rows, the arguments that put them in order."""

MAX_DROPS, SIZE, SIZE_026 = 3, 25, 5
_HOLDERS = (dict, list)
_TOKEN = re.compile(r"(\w+)(?:(\?)(\d*)-(\d*))?(?::(\w+))?")
_COMPLEX = re.compile(r"complexity of \d+, which exceeds")
_HARMLESS = re.compile(r"Cannot return null for non-nullable field Coordinates\.(latitude|longitude)\b")


class Unknown(SourceChanged):
    """The platform does not know a field that was asked."""

    def __init__(self, parent: str, name: str) -> None:
        super().__init__(f"Le champ « {parent}.{name} » n'existe pas, ou plus, sur la plateforme.")
        self.parent, self.name = parent, name


class TooComplex(SourceChanged):
    """The platform finds a request too large."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its rows, where they stand, where it ends. `rows` is None when the platform gave none."""

    pointer: str
    cursor: str
    rows: list[Any] | None


@dataclass
class Api:
    """One run's dialogue. `low` and `high` bound the minor version; `dropped` is what is not asked, or no longer."""

    fetch: Fetch
    url: str
    read: float
    dropped: set[tuple[str, str]] = field(default_factory=set)
    low: int = 26
    high: int = 999
    sizes: dict[str, int] = field(default_factory=dict)

    def detect(self) -> None:
        """Find the version without introspection: said by Decidim, by its French integrator, or by what it knows."""
        said = self.probe("query HubVersion { decidim { @Decidim } }") or {}
        version = _minor(said.get("decidim"), "version")
        if version is None:
            about = self.probe("query HubProbeOsp { deployment { @Deployment } }")
            version = _minor((about or {}).get("deployment"), "decidimVersion")
        if version is not None:
            self.low = self.high = version
        elif self.probe(
            'query HubProbeTaxonomies { participatoryProcesses(filter: {publishedSince: "2999-01-01"})'
            " { id taxonomies { id } } }"
        ):
            self.low = 30
        else:
            self.high = 29

    def probe(self, text: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
        """Return the data, or None when the platform does not know what is asked."""
        try:
            return self.ask(text, variables, drops=0)
        except Unknown:
            return None

    def ask(self, text: str, variables: Mapping[str, Any] | None = None, *, drops: int = MAX_DROPS) -> dict[str, Any]:
        """Return the data of an answer; each `@Type` of `text` stands for what is asked of that type.

        An optional field that the platform refuses is dropped for the rest of the run, and the request made again.
        Raises Unknown, TooComplex, SourceChanged, SourceDown.
        """
        for left in range(drops, -1, -1):
            body = self.fetch.query(self.url, self.written(text), variables, read=self.read)
            data = body.get("data") if isinstance(body, dict) else None
            errors = body.get("errors") if isinstance(body, dict) else None
            if isinstance(data, dict) and data and _all_harmless(errors):
                return data
            self._judge(errors, left)
        raise AssertionError("the last attempt returns or raises")

    def written(self, text: str) -> str:
        """Return the request with each `@Type` replaced by its fields."""
        return re.sub(r"@(\w+)", lambda found: " ".join(self.selection(found[1])), text)

    def selection(self, shape: str) -> Iterator[str]:
        """Yield each field asked of a shape, in the words of GraphQL."""
        for name, inner in self.fields(shape).items():
            yield f"{name} {{ {' '.join(self.selection(inner))} }}" if inner else name

    def fields(self, shape: str) -> dict[str, str]:
        """Return the names asked of a shape, each with the shape of its value (empty for a scalar)."""
        return _asked(shape, self.low, self.high, frozenset(self.dropped))

    def listed(self, name: str, shape: str, order: str = "") -> list[Any] | None:
        """Return a root list; None when the platform has no such module. Raises SourceChanged when the list is null."""
        try:
            data = self.ask(f"query Hub {{ {name}{order} {{ @{shape} }} }}")
        except Unknown as error:
            if (error.parent, error.name) != ("Query", name):
                raise
            return None
        if not isinstance(data.get(name), list):
            raise SourceChanged(f"La liste « {name} » manque dans la réponse de la plateforme.")
        return list(data[name])

    def pages(self, component: str, kind: str) -> Iterator[Page]:
        """Yield the pages of a component's list until the platform says it ends.

        Raises SourceChanged when a cursor is missing or comes back.
        """
        name, shape, _ = LISTS[kind]
        pointer, after, met = f"/data/component/{name}/nodes", None, set[str | None]()
        while after not in met:
            met.add(after)
            holder = self._page(component, kind, after)
            if holder is None:
                yield Page(pointer, f"{component}:", None)
                return
            found = holder.get(name)
            info = found.get("pageInfo") if isinstance(found, dict) else None
            if not isinstance(found, dict) or not isinstance(info, dict) or "nodes" not in found:
                raise SourceChanged(f"La liste « {name} » manque dans la réponse de la plateforme.")
            cursor, more, rows = info.get("endCursor"), info.get("hasNextPage"), found["nodes"]
            if not isinstance(more, bool):
                raise SourceChanged("Le champ « pageInfo.hasNextPage » manque dans la réponse de la plateforme.")
            self.verify(rows, shape, name)
            yield Page(pointer, f"{component}:{cursor or ''}", rows if isinstance(rows, list) else None)
            if not more:
                return
            if not isinstance(cursor, str) or not cursor:
                raise SourceChanged(f"La plateforme annonce une suite à « {name} » sans dire où elle commence.")
            after = cursor
        raise SourceChanged(f"La plateforme renvoie sans fin la même page de « {name} ».")

    def verify(self, value: Any, shape: str, path: str) -> None:
        """Raise SourceChanged, naming it, when a field that was asked is missing or has another shape."""
        if isinstance(value, list):
            for item in value:
                self.verify(item, shape, path)
        elif isinstance(value, dict):
            for name, inner in self.fields(shape).items():
                if name not in value:
                    raise SourceChanged(f"Le champ « {path}.{name} » manque dans la réponse de la plateforme.")
                if inner:
                    self.verify(value[name], inner, f"{path}.{name}")
                elif isinstance(value[name], _HOLDERS):
                    raise SourceChanged(f"Le champ « {path}.{name} » a changé de forme.")
        elif value is not None:
            raise SourceChanged(f"Le champ « {path} » a changé de forme.")

    def _page(self, component: str, kind: str, after: str | None) -> dict[str, Any] | None:
        """Return what the component answers, with pages as large as the platform bears."""
        name, shape, order = LISTS[kind]
        text = (
            "query Hub($id: ID!, $first: Int!, $after: String) { component(id: $id) { id __typename ... on "
            f"{kind} {{ {name}(first: $first, after: $after{order}) {{ pageInfo {{ hasNextPage endCursor }}"
            f" nodes {{ @{shape} }} }} }} }} }}"
        )
        while True:
            first = self.sizes.setdefault(shape, SIZE_026 if self.high <= 26 else SIZE)
            variables = {"id": component, "first": first, **({"after": after} if after else {})}
            try:
                data = self.ask(text, variables)
            except TooComplex:
                if first == 1:
                    raise
                self.sizes[shape] = first // 2
                continue
            if "component" not in data or not isinstance(data["component"], dict | None):
                raise SourceChanged("Le champ « component » manque dans la réponse de la plateforme.")
            return data["component"]

    def _judge(self, errors: Any, left: int) -> None:
        """Drop the optional fields that were refused, if attempts are left; raise for every other unusable answer."""
        if not isinstance(errors, list) or not errors:
            raise SourceChanged("La plateforme répond sans données ni erreur.")
        if not all(_code(error) == "undefinedField" for error in errors):
            message = str(errors[0].get("message", "") if isinstance(errors[0], dict) else errors[0])[:200]
            kind = TooComplex if _COMPLEX.search(message) else SourceChanged
            raise kind(f"La plateforme refuse la requête : « {masked(message)} ».")
        for error in errors:
            parent, name = (str(error["extensions"].get(key, "")) for key in ("typeName", "fieldName"))
            if not left or not any(token[0] == name and token[1] for token in _TOKEN.findall(SHAPES.get(parent, ""))):
                raise Unknown(parent, name)
            self.dropped.add((parent, name))


@lru_cache(1024)
def _asked(shape: str, lowest: int, highest: int, dropped: frozenset[tuple[str, str]]) -> dict[str, str]:
    """The fields of a shape; remembered, for each row of each answer is compared with them."""
    return {
        name: inner
        for name, _, low, high, inner in _TOKEN.findall(SHAPES[shape])
        if (shape, name) not in dropped and int(low or 0) <= highest and int(high or 999) >= lowest
    }


def _minor(holder: Any, name: str) -> int | None:
    """Return 29 for `0.29.5`, 100 for `1.0`; None when no version is given."""
    text = holder.get(name) if isinstance(holder, dict) else None
    found = re.match(r"(\d+)\.(\d+)", text) if isinstance(text, str) else None
    return int(found[1]) * 100 + int(found[2]) if found else None


def _code(error: Any) -> str:
    extensions = error.get("extensions") if isinstance(error, dict) else None
    return str(extensions.get("code", "")) if isinstance(extensions, dict) else ""


def _all_harmless(errors: Any) -> bool:
    """Tell whether data stand whole beside these errors: a place without coordinates, a row not for visitors."""
    if not errors:
        return True
    return isinstance(errors, list) and all(
        _code(error) == "UNAUTHORIZED_OBJECT_ERROR"
        or (isinstance(error, dict) and _HARMLESS.search(str(error.get("message", ""))) is not None)
        for error in errors
    )
