"""Validation of records against the pure-Python reference: `python -m benchmarks.validation`.

Both sides decode the same lines with orjson. Ours is `schemas.check`; the reference is `jsonschema`, its draft 2020-12
validator with its format checker, every error listed. They must first find the same records bad; then they take turns.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import orjson
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import schemas

Line = tuple[str, bytes]
TODAY = date(2026, 6, 30)
STREETS = ("rue des Alouettes", "place du Marché", "quai de la Fosse", "boulevard de l'Égalité", "avenue des Érables")
WORDS = ("Créer une piste cyclable", "Planter des arbres", "Ouvrir un café solidaire", "Apaiser la circulation")
BODY = "Un aménagement sûr, entre la place et le lycée, ouvert à toutes et tous dès l'été. "


def contribution(rank: int, luck: random.Random) -> dict[str, Any]:
    """Return an ordinary proposal of a platform: 17 fields on two levels, about 860 bytes."""
    street, wish = luck.choice(STREETS), luck.choice(WORDS)
    return {
        "process_id": f"demarche-{luck.randrange(200)}",
        "type": luck.choice(("proposition", "projet", "avis")),
        "title": f"{wish} {street}",
        "reference": f"NM-PROP-2023-04-{rank}",
        "body": BODY * luck.randint(1, 4),
        "themes_raw": ["Mobilités", "Espace public"],
        "location": {"label": f"{street}, Nantes", "lat": 47.2184 + luck.random() / 50, "lon": -1.5536},
        "status_raw": luck.choice(("accepted", "evaluating", "rejected")),
        "votes": luck.randrange(500),
        "votes_state": "observe",
        "supports": luck.randrange(90),
        "supports_state": "observe",
        "comments": None,
        "comments_state": "non_collecte",
        "published_at": f"2023-04-{luck.randint(1, 28):02}T08:15:00Z",
        "updated_at": f"2024-01-{luck.randint(1, 28):02}T16:42:31Z",
        "url": f"https://dialogue.example.fr/processes/118/f/4/proposals/{rank}",
    }


def process(rank: int, luck: random.Random) -> dict[str, Any]:
    """Return an ordinary démarche of a platform: 16 fields on two levels, about 780 bytes."""
    wish = luck.choice(WORDS)
    return {
        "title": f"{wish} : concertation n° {rank}",
        "summary": BODY,
        "description": BODY * luck.randint(1, 3),
        "state": luck.choice(("en_cours", "terminee", "a_venir")),
        "type": "concertation_prealable_env",
        "themes": ["mobilites", "espaces_publics"],
        "themes_raw": ["Déplacements"],
        "announced_level": "concertation",
        "channel": "hybride",
        "communes": ["44109", "44162"],
        "starts_on": f"2023-04-{luck.randint(1, 28):02}",
        "ends_on": "2023-09",
        "budget": {"value": luck.randrange(10_000, 90_000), "qualifier": "environ", "unit": "€"},
        "budget_state": "observe",
        "published_at": f"2023-03-{luck.randint(1, 28):02}T09:00:00Z",
        "url": f"https://dialogue.example.fr/processes/{rank}",
    }


def spoiled(thing: dict[str, Any]) -> dict[str, Any]:
    """Return the thing with four errors: an unknown key, a date that does not exist, a bad code, an empty text."""
    code = "type" if "process_id" in thing else "state"
    return {**thing, "titre": "x", "published_at": "2023-02-30", code: "inconnue", "title": ""}


def lines(count: int, seed: int = 7) -> list[Line]:
    """Return `count` records as (kind, JSON), half contributions, half processes, one in a hundred bad."""
    luck = random.Random(seed)
    made: list[Line] = []
    for rank in range(count):
        kind, make = (("contribution", contribution), ("process", process))[rank % 2]
        thing = make(rank, luck)
        made.append((kind, orjson.dumps(spoiled(thing) if rank % 100 == 50 + rank // 100 % 2 else thing)))
    return made


def ours(batch: list[Line]) -> list[int]:
    """Return how many problems `schemas.check` finds in each record."""
    return [len(schemas.check(kind, orjson.loads(raw))) for kind, raw in batch]


def ours_at_the_door(batch: list[Line]) -> list[int]:
    """The same with all that the door does: defaults, the clock, the communes of the metropole."""
    communes = frozenset({"44109", "44162"})
    return [
        len(schemas.check(kind, schemas.complete(kind, orjson.loads(raw)), today=TODAY, communes=communes))
        for kind, raw in batch
    ]


def reference() -> Callable[[list[Line]], list[int]]:
    """Return the same count made with pure-Python `jsonschema`, its validators made beforehand."""
    resources = [(f"/schemas/{name}.json", Resource.from_contents(dict(node))) for name, node in _documents()]
    registry: Registry[Any] = Registry().with_resources(resources)
    validators = {
        kind: Draft202012Validator(
            dict(schemas.schema(kind)), registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        for kind in ("contribution", "process")
    }
    return lambda batch: [sum(1 for _ in validators[kind].iter_errors(orjson.loads(raw))) for kind, raw in batch]


def _documents() -> list[tuple[str, Any]]:
    return list(schemas.documents().items())


def rate(count: Callable[[list[Line]], list[int]], batch: list[Line]) -> float:
    """Return the records a second of one pass."""
    start = time.perf_counter()
    count(batch)
    return len(batch) / (time.perf_counter() - start)


def main() -> None:
    """Compare, then measure in turns, then print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--records", type=int, default=5_000)
    options.add_argument("--rounds", type=int, default=9)
    chosen = options.parse_args()
    mixed, pure = lines(chosen.records), reference()
    found, expected = ours(mixed), pure(mixed)
    if [bool(n) for n in found] != [bool(n) for n in expected]:
        raise SystemExit("Les deux validateurs ne trouvent pas les mêmes fiches en erreur.")
    valid = [line for line, problems in zip(mixed, found, strict=True) if not problems]
    sides: dict[str, tuple[Callable[[list[Line]], list[int]], list[Line]]] = {
        "orjson + schemas.check, fiches valides": (ours, valid),
        "orjson + schemas.check, 1 % en erreur": (ours, mixed),
        "la porte : complete, check, dates, communes": (ours_at_the_door, valid),
        "orjson + jsonschema, fiches valides": (pure, valid),
    }
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(chosen.rounds):
        for name, (count, batch) in sides.items():
            rates[name].append(rate(count, batch))
    size = sum(len(raw) for _, raw in mixed) / len(mixed)
    print(f"{len(mixed)} fiches de {size:.0f} octets, dont {sum(map(bool, found))} en erreur ({sum(found)} problèmes)")
    base = statistics.median(rates["orjson + jsonschema, fiches valides"])
    for name, seen in rates.items():
        middle = statistics.median(seen)
        print(f"{name:44} {middle:9,.0f} fiches/s (min {min(seen):,.0f}, max {max(seen):,.0f})  × {middle / base:.1f}")


if __name__ == "__main__":
    main()
