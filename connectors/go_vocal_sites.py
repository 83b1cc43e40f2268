"""The two APIs of a Go Vocal site, read page by page and given under the names of the public API v2."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Any, ClassVar
from urllib.parse import parse_qs, quote, urlsplit

from connectors.answer import Answer
from connectors.base import Endpoint, SourceChanged
from connectors.fetch import Fetch

Page = list[tuple[str, Any]]
"""Where each row stands in the answer, and the row."""
_SIZE = "100"


class Site:
    """What both APIs share. `began` is the platform's own hour when the walk began, empty when it is not known.

    `WITHIN`: where the values of a row stand below it.
    """

    WITHIN: ClassVar = ""
    IDEAS: ClassVar = False
    DELETED: ClassVar[tuple[tuple[str, str], ...]] = ()
    began = ""
    euros = False

    def __init__(self, endpoint: Endpoint, fetch: Fetch) -> None:
        parts = urlsplit(endpoint.url)
        self.root, self.fetch, self.options = f"{parts.scheme}://{parts.netloc}", fetch, endpoint.options
        self.host, self.locale, self.own_locale = parts.netloc, "fr-FR", "fr-FR"

    def open(self) -> None:
        """Read what the site says of itself. Raises SourceChanged when it is no Go Vocal site."""
        body = judged(self.fetch.get(f"{self.root}/web_api/v1/app_configuration").json(), "data")
        match body["data"]:
            case {"attributes": {"host": str() as host, "settings": {"core": {"locales": [_, *_] as locales, **core}}}}:
                self.host, self.euros = host, core.get("currency", "EUR") == "EUR"
                self.own_locale = str(locales[0])
                self.locale = min(map(str, locales), key=lambda each: (each != "fr-FR", not each.startswith("fr")))
            case _:
                raise SourceChanged("La plateforme ne dit plus ses langues : « app_configuration » a changé de forme.")

    def pages(self, path: str, params: Mapping[str, str], *, optional: bool = False) -> Iterator[Page]:
        """Yield each page of a list, every row once. A list that is `optional` and unknown there has no page at all.

        Raises SourceChanged when pages come back or when the list stops before the end that it declares.
        """
        seen: set[str] = set()
        for number in count(1):
            answer = self.ask(path, params, number)
            if answer.status == 404 and optional and number == 1:
                return
            rows, more, prefix = self.read(answer, path, number)
            new: dict[str, tuple[str, Any]] = {}
            for rank, row in enumerate(rows):
                new.setdefault(_identity(row, f"{number}/{rank}"), (f"{prefix}/{rank}", row))
            if (more and not rows) or (number > 1 and new and new.keys() <= seen):
                raise SourceChanged(f"La liste « {path} » tourne en rond ou s'arrête avant la fin qu'elle annonce.")
            yield [place for identity, place in new.items() if identity not in seen]
            seen |= new.keys()
            if not more:
                return

    def ask(self, path: str, params: Mapping[str, str], number: int) -> Answer:
        """Return one page of a list, or the answer 404."""
        raise NotImplementedError

    def read(self, answer: Answer, path: str, number: int) -> tuple[list[Any], bool, str]:
        """Return the rows of a page, whether there are more, and where the rows stand."""
        raise NotImplementedError

    def labels(self, row: Mapping[str, Any]) -> tuple[list[str], list[str]]:
        """Return the themes and the areas of a project."""
        raise NotImplementedError

    def first(self, *paths: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of the first list that this release knows. Raises SourceChanged when it knows none."""
        for path in paths:
            pages = list(self.pages(path, {}, optional=True))
            if pages:
                yield from (row for page in pages for _, row in page if isinstance(row, dict))
                return
        raise SourceChanged(f"La plateforme ne connaît plus la liste « {paths[0]} ».")


class PublicSite(Site):
    """The public API v2, with a key. It lists drafts and restricted projects: they are left out further on."""

    IDEAS = True
    DELETED = tuple((f"{name}/deleted", kind) for name, kind in (
        ("projects", "process"), ("phases", "stage"), ("ideas", "contribution"), ("events", "meeting"),
    ))  # fmt: skip

    def open(self) -> None:
        for name in ("client_id", "client_secret"):
            if not self.options.get(name):
                raise SourceChanged(f"Le réglage « {name} » manque : une clé a un identifiant et un secret.", "access")
        super().open()
        self.renewed = False
        self.token = self._sign_in()
        titles = {str(row.get("id")): row.get("title") for row in self.first("global_topics", "topics")}
        self.themes: dict[str, list[str]] = {}
        for row in self.first("project_global_topics", "project_topics"):
            title = titles.get(str(row.get("global_topic_id", row.get("topic_id"))))
            if isinstance(title, str) and title.strip():
                self.themes.setdefault(str(row.get("project_id")), []).append(title.strip())
        self.areas = self._areas() if self.options.get("areas") else {}

    def labels(self, row: Mapping[str, Any]) -> tuple[list[str], list[str]]:
        return sorted(self.themes.get(row["id"], [])), sorted(self.areas.get(row["id"], []))

    def ask(self, path: str, params: Mapping[str, str], number: int) -> Answer:
        params = {**params, "page_number": str(number), "page_size": _SIZE, "locale": self.locale}
        url = f"{self.root}/api/v2/{path}"
        answer = self._with_token(url, params)
        if answer.status == 401 and not self.renewed:
            self.renewed, self.token = True, self._sign_in()
            answer = self._with_token(url, params)
        if answer.status == 401:
            raise SourceChanged("La plateforme refuse la clé d'accès juste après l'avoir acceptée.", cause="access")
        return answer

    def read(self, answer: Answer, path: str, number: int) -> tuple[list[Any], bool, str]:
        root = "deleted_items" if path.endswith("/deleted") else path.rsplit("/", 1)[-1]
        if answer.status == 404:
            raise SourceChanged(f"La plateforme ne connaît plus la liste « {path} » (réponse 404).")
        body = judged(answer.json(), root, "meta")
        match body["meta"]:
            case {"current_page": page, "total_pages": (int() | None) as total} if page == number:
                return _rows(body[root], root), number < (total or 0), f"/{root}"
        raise SourceChanged(f"La liste « {path} » ne donne plus son nombre de pages (« meta.total_pages »).")

    def _with_token(self, url: str, params: Mapping[str, str]) -> Answer:
        return self.fetch.get(url, params, headers={"Authorization": f"Bearer {self.token}"}, missing=(401, 404))

    def _sign_in(self) -> str:
        """Return a token; it is never kept. A wrong key is answered 404 here: the access is at fault."""
        body = json.dumps({"auth": {name: self.options[name] for name in ("client_id", "client_secret")}}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        url = f"{self.root}/api/v2/authenticate"
        answer = self.fetch.post(url, body, headers=headers, read_as=(201, 400, 401, 403, 404))
        if answer.status in (400, 401, 403, 404):
            raise SourceChanged(
                "La plateforme refuse la clé d'accès : vérifiez l'identifiant et le secret, et que l'accès à "
                "l'API publique est ouvert dans l'administration du site.", cause="access",
            )  # fmt: skip
        token = judged(answer.json(), "jwt")["jwt"]
        if not isinstance(token, str) or not token:
            raise SourceChanged("La plateforme ne donne plus de jeton (« jwt »).")
        self.began = self.began or _hour(answer.headers.get("date", ""))
        return token

    def _areas(self) -> dict[str, list[str]]:
        """The areas of each project: one list of projects per area, there is no other way."""
        found: dict[str, list[str]] = {}
        for area in self.first("areas"):
            title = area.get("title")
            if not isinstance(title, str) or not title.strip():
                continue
            for status in ("published", "archived"):
                for page in self.pages("projects", {"area_ids[]": str(area.get("id")), "publication_status": status}):
                    for project in (row.get("id") for _, row in page if isinstance(row, dict)):
                        found.setdefault(str(project), []).append(title.strip())
        return found


class WebSite(Site):
    """What the site's own pages read: no key, JSON:API, all languages at once, no version."""

    WITHIN = "/attributes"

    def open(self) -> None:
        super().open()
        self.topics = {row["id"]: row.get("title") for row in self.first("topics", "global_topics") if "id" in row}
        self.areas = {row["id"]: row.get("title") for row in self.first("areas") if "id" in row}

    def labels(self, row: Mapping[str, Any]) -> tuple[list[str], list[str]]:
        pairs = ((row["topics"], self.topics), (row["areas"], self.areas))
        themes, areas = (sorted(filter(None, map(titles.get, ids))) for ids, titles in pairs)
        return themes, areas

    def ask(self, path: str, params: Mapping[str, str], number: int) -> Answer:
        sent = {
            "publication_statuses[]" if name == "publication_status" else name: each for name, each in params.items()
        }
        paging = {"page[number]": str(number), "page[size]": _SIZE}
        return self.fetch.get(f"{self.root}/web_api/v1/{path}", {**sent, **paging}, missing=(404,))

    def read(self, answer: Answer, path: str, number: int) -> tuple[list[Any], bool, str]:
        if answer.status == 404:
            raise SourceChanged(f"La plateforme ne connaît plus la liste « {path} » (réponse 404).")
        body = judged(answer.json(), "data", "links")
        following = body["links"].get("next") if isinstance(body["links"], dict) else ""
        if following is not None and parse_qs(urlsplit(str(following)).query).get("page[number]") != [str(number + 1)]:
            raise SourceChanged(f"La liste « {path} » ne mène plus à sa page suivante (« links.next »).")
        return [self._flat(row) for row in _rows(body["data"], "data")], following is not None, "/data"

    def _flat(self, row: Any) -> Any:
        """Return a row under the names of the public API; what is no row comes back as it is."""
        if not isinstance(row, dict) or not isinstance(row.get("attributes"), dict):
            return None
        stated = {name: each for name, each in row["attributes"].items() if not name.endswith("_multiloc")}
        for name in (name for name in row["attributes"] if name.endswith("_multiloc")):
            stated[name.removesuffix("_multiloc")] = self._spoken(row["attributes"][name])
        links = row.get("relationships") or {}
        one = {name: _linked(links.get(name)) for name in ("project", "current_phase", "areas", "topics")}
        if "description" in stated:
            stated["description_html"] = stated["description"]
        slug = quote(str(stated.get("slug") or ""), safe="")
        return {
            **stated,
            "id": row.get("id"),
            "project_id": next(iter(one["project"]), None),
            "current_phase": next(iter(one["current_phase"]), None),
            "areas": one["areas"],
            "topics": one["topics"],
            "href": f"https://{self.host}/projects/{slug}" if slug else None,
            "location": stated.get("location") or stated.get("location_description") or stated.get("address_1"),
            "location_point": stated.get("location_point_geojson"),
        }

    def _spoken(self, texts: object) -> str | None:
        """Return a text in French, else in the site's first language."""
        if not isinstance(texts, dict):
            return None
        french = sorted(
            (locale for locale in texts if locale.startswith("fr")), key=lambda each: (each != "fr-FR", each)
        )
        return next((texts[each] for each in [*french, self.own_locale] if texts.get(each)), None)


def judged(body: object, *names: str) -> dict[str, Any]:
    """Return the body of an answer. Raises SourceChanged when it says an error, or lacks what it must have."""
    if not isinstance(body, dict):
        raise SourceChanged("La plateforme répond autre chose que l'objet attendu.")
    if "errors" in body or "error" in body:
        raise SourceChanged("La plateforme répond par une erreur au lieu de données.")
    for name in names:
        if name not in body:
            raise SourceChanged(f"La réponse de la plateforme n'a plus « {name} ».")
    return body


def _rows(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise SourceChanged(f"La plateforme ne donne plus de liste dans « {name} ».")
    return value


def _identity(row: object, otherwise: str) -> str:
    """The id of a row; an association has none and is known by the two things that it binds."""
    if not isinstance(row, dict):
        return f"#{otherwise}"
    if row.get("id"):
        return str(row["id"])
    return " ".join(str(row[name]) for name in sorted(row) if name.endswith("_id")) or f"#{otherwise}"


def _linked(value: object) -> list[str]:
    """The ids of a relationship of JSON:API, one or many."""
    data = value.get("data") if isinstance(value, dict) else None
    return [
        each["id"] for each in (data if isinstance(data, list) else [data]) if isinstance(each, dict) and each.get("id")
    ]


def _hour(header: str) -> str:
    try:
        return parsedate_to_datetime(header).strftime("%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        return ""
