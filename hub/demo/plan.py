"""Which platform each territory runs in the demonstration, how much it holds, and how it misbehaves.

What is known of real platforms (`platforms/README.md`, « Which platform each metropole runs ») is kept; the others are
given one so that every connector reads something. Plaine Commune, inside Grand Paris, has no platform of its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

REGISTER = Path(__file__).resolve().parents[1] / "data" / "reference" / "metropoles.json"


@dataclass(frozen=True)
class Site:
    """A platform: its connector, what is set of it, how it misbehaves, what else the territory publishes.

    Faults: closed, empty, slow, hidden, silent, waning (between two harvests).
    """

    connector: str
    fault: str = ""
    version: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    extras: tuple[str, ...] = ()


BODIES = {"bodies": True}
SITES = {
    "aix-marseille-provence": Site("decidim", version=29),
    "bordeaux": Site("decidim", "hidden", 28, extras=("deliberations",)),
    "brest": Site("consul", options=BODIES),
    "clermont-auvergne": Site("cap_collectif", extras=("documents",)),
    "dijon": Site("opendatasoft", extras=("engagements", "jeux-de-donnees", "agenda")),
    "grand-nancy": Site("decidim", version=31, options={"documents": True}),
    "grand-paris": Site("decidim", version=30, options={"metrics": True}),
    "grenoble-alpes": Site("consul", "waning", extras=("ancienne",)),
    "lille": Site("decidim", version=29, options=BODIES),
    "lyon": Site("cap_collectif", "hidden"),
    "metz": Site("go_vocal", "silent", extras=("agenda",)),
    "montpellier": Site("decidim", version=27),
    "nantes": Site("cap_collectif", options=BODIES, extras=("deliberations", "chiffres")),
    "nice-cote-d-azur": Site("go_vocal", extras=("actualites", "engagements")),
    "orleans": Site("decidim", version=26, extras=("documents-instables",)),
    "rennes": Site("cap_collectif", extras=("jeux-de-donnees",)),
    "rouen-normandie": Site("go_vocal", options=BODIES, extras=("engagements",)),
    "saint-etienne": Site("cap_collectif", "closed"),
    "strasbourg": Site("tabular", extras=("chiffres", "deliberations", "actualites", "engagements")),
    "toulon-provence-mediterranee": Site("decidim", "empty", 30),
    "toulouse": Site("decidim", version=31, options=BODIES, extras=("chiffres", "agenda")),
    "tours": Site("consul", "slow"),
}
DECIDED = {
    "nice-cote-d-azur-actualites": ("pending", ""),
    "toulouse-agenda": ("refused", "La plateforme donne déjà ces réunions : elles seraient comptées deux fois."),
    "metz-agenda": ("stopped", "Cet agenda n'est plus tenu."),
}
"""The sources that are not read: their state, and why."""
_PARTLY = {"consul": 2}
"""CONSUL knows budgets and one place for proposals: two démarches, whatever the territory."""


@dataclass(frozen=True)
class Sizes:
    """How large the network is, and the day it is seen from: nothing in it took place later."""

    today: date
    demarches: int = 1000
    contributions: int = 50_000
    seed: str = "hub"


@dataclass(frozen=True)
class Share:
    """One territory's part of the network, with its row of the register."""

    row: dict[str, Any]
    site: Site
    demarches: int
    contributions: int


def shares(sizes: Sizes) -> list[Share]:
    """Return the part of each of the 22 metropoles, larger ones larger; the two totals are exact."""
    register = [row for row in json.loads(REGISTER.read_text("utf-8")) if row["slug"] in SITES]
    sites = [SITES[row["slug"]] for row in register]
    fixed = [0 if site.fault in ("closed", "empty") else _PARTLY.get(site.connector) for site in sites]
    free = [
        0.0 if number is not None else row["population"] ** 0.6 for row, number in zip(register, fixed, strict=True)
    ]
    left = split(max(0, sizes.demarches - sum(number or 0 for number in fixed)), free)
    voices = [
        row["population"] ** 0.8 if gives_voices(site) else 0.0 for row, site in zip(register, sites, strict=True)
    ]
    contributions = split(sizes.contributions, voices)
    return [
        Share(row, site, number if number is not None else more, told)
        for row, site, number, more, told in zip(register, sites, fixed, left, contributions, strict=True)
    ]


def gives_voices(site: Site) -> bool:
    """Tell whether the hub can read contributions there."""
    return site.fault not in ("closed", "empty", "silent") and site.connector not in ("opendatasoft", "tabular")


def split(total: int, weights: Iterable[float]) -> list[int]:
    """Return whole parts of `total` in proportion to `weights` (largest remainders); all 0 when no weight is."""
    weights = list(weights)
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [int(part) for part in exact]
    ranks = sorted(range(len(parts)), key=lambda rank: (parts[rank] - exact[rank], rank))
    for rank in ranks[: total - sum(parts)]:
        parts[rank] += 1
    return parts
