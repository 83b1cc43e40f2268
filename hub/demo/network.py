"""The whole simulated network: its territories, the platforms they run, the sources to register."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from hub.demo import datasets, feeds, files
from hub.demo.cap_collectif import CapCollectif
from hub.demo.consul import Consul
from hub.demo.datagouv import ORGANIZATION, RESOURCE, Catalogue, Tabular
from hub.demo.decidim import Decidim
from hub.demo.exchange import Platform
from hub.demo.go_vocal import KEY, GoVocal
from hub.demo.lists import MAPPING, Lists
from hub.demo.opendatasoft import Dataset, Opendatasoft
from hub.demo.plan import DECIDED, Share, Sizes, shares
from hub.demo.territory import territory
from hub.demo.things import Territory
from hub.demo.waning import Waning, fewer

LICENCE = "Licence Ouverte 2.0"
PREFIX = "demo-"
"""Begins the slug of every source of the demonstration, and of no other."""
_LABELS = {
    "": "plateforme de participation",
    "deliberations": "délibérations",
    "jeux-de-donnees": "jeux de données",
    "engagements": "suivi des engagements",
    "chiffres": "chiffres par canal",
    "agenda": "agenda",
    "actualites": "actualités",
    "documents": "documents",
    "documents-instables": "documents",
    "ancienne": "rencontres de l'ancienne plateforme",
}


@dataclass(frozen=True)
class SimulatedSource:
    """A source to register: what the hub must know to harvest a platform of the network.

    `url` is only a path until its platform has a port; `motive` tells why it is not read; `wanes`, that its platform
    loses most of what it holds after a first harvest.
    """

    slug: str
    siren: str
    name: str
    connector: str
    url: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    licence: str = LICENCE
    state: str = "accepted"
    motive: str = ""
    wanes: bool = False


Simulated = tuple[SimulatedSource, Platform]


def network(sizes: Sizes) -> Iterator[Simulated]:
    """Yield each source with the platform that answers for it: the 22 territories, then what some publish besides.

    The slow one and the largest come first: a harvest on several cores ends sooner.
    """
    order = sorted(shares(sizes), key=lambda share: (share.site.fault != "slow", -share.contributions))
    built = [(share, territory(share, sizes)) for share in order]
    for share, place in built:
        yield _main(share, place)
    for share, place in built:
        for name in share.site.extras:
            yield _extra(place, name)


def _main(share: Share, place: Territory) -> Simulated:
    connector, options = share.site.connector, dict(share.site.options)
    platform: Platform
    if connector == "cap_collectif":
        platform = CapCollectif(place, share.site)
        options["commitment_steps"] = platform.commitment_steps()
    elif connector == "decidim":
        platform = Decidim(place, share.site)
        options |= {"assemblies": False, "initiatives": False}
    elif connector == "consul":
        platform = Consul(place, share.site)
        if share.site.fault == "waning":
            platform = Waning(platform, Consul(fewer(place), share.site))
    elif connector == "go_vocal":
        platform = GoVocal(place, share.site)
        options |= {} if share.site.fault == "silent" else KEY
    elif connector == "tabular":
        return _file(place, "", connector, files.demarches(place))
    else:
        return _portal(place, "", datasets.demarches(place))
    return replace(_source(place, "", connector, options), wanes=isinstance(platform, Waning)), platform


def _extra(place: Territory, name: str) -> Simulated:
    if name == "deliberations":
        options = {"resource": RESOURCE, "mapping": "scdl/deliberations", "siren": place.siren}
        return _source(place, name, "datagouv", options), Tabular(place)
    if name == "jeux-de-donnees":
        return _source(place, name, "datagouv", {"organization": ORGANIZATION}), Catalogue(place)
    if name.startswith("documents"):
        return _source(place, name, "json_mapping", {"mapping": MAPPING}), Lists(place, breaks=name != "documents")
    if name == "ancienne":
        return _file(place, name, "tabular", files.events(place))
    if name in ("agenda", "actualites"):
        return _file(place, name, "feeds", feeds.agenda(place) if name == "agenda" else feeds.news(place))
    return _portal(place, name, datasets.chiffres(place) if name == "chiffres" else datasets.engagements(place))


def _file(place: Territory, name: str, connector: str, file: files.File) -> Simulated:
    options = {"complete": True} if connector == "tabular" else {}
    return replace(_source(place, name, connector, options), url=file.path), file


def _portal(place: Territory, name: str, dataset: Dataset) -> Simulated:
    options = {"dataset": dataset.name, "mapping": dataset.mapping}
    return _source(place, name, "opendatasoft", options), Opendatasoft(dataset)


def _source(place: Territory, name: str, connector: str, options: dict[str, Any]) -> SimulatedSource:
    slug = f"{place.slug}{name and '-'}{name}"
    state, motive = DECIDED.get(slug, ("accepted", ""))
    title = f"{place.name} – {_LABELS[name]} (données fictives)"
    return SimulatedSource(
        f"{PREFIX}{slug}", place.siren, title, connector, options=options, state=state, motive=motive
    )
