"""Built cases of every indicator: what a metropole sent and stated, and what each cell must then say (B32).

Each scenario is a territory of its own, of 100 000 people and four communes; the day is 30 June 2026.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, NamedTuple

from connectors.base import Record
from hub.benchmark.indicators import CATALOGUE, INDICATORS
from schemas.registry import KINDS
from tests.make import process
from tests.territories import PEOPLE

CLOCK = "2026-06-30T12:00:00Z"
COMMUNES, LEFT = ("44001", "44002", "44003", "44004"), "44005"
"""The communes of each territory, and the one that has left it since it was named."""
NEEDY = tuple(one.key for one in CATALOGUE if one.needs)
"""The indicators that are made of records."""
COMPLETE = dict.fromkeys(KINDS, "complete")
OWN = "{siren}"
"""Stands for the SIREN of the scenario's own territory."""


class Cell(NamedTuple):
    """What a cell must say; a field at None is not looked at."""

    numerator: float | None
    denominator: float | None
    value: float | None
    state: str = "provisoire"
    qualifier: str = "exact"
    grade: str | None = None
    period: str = "2025"
    notes: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Scenario:
    """What a metropole sent (`records`), stated of kinds for the years 2023 to 2026, and what comes of it."""

    records: Sequence[Record] = ()
    coverage: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, Cell] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)
    validated: Sequence[str] = ()


def absent(state: str, numerator: float | None = None, denominator: float | None = None, period: str = "2025") -> Cell:
    return Cell(numerator, denominator, None, state, grade="–", period=period)


def of(number: float, whole: float, state: str = "provisoire", **more: Any) -> Cell:
    """A share or a quotient, as it reads under a complete coverage and before validation."""
    return Cell(number, whole, number / whole, state, **{"grade": "B", **more})


def number(value: float, state: str = "provisoire", qualifier: str = "exact", **more: Any) -> Cell:
    return Cell(value, PEOPLE, value, state, qualifier, **{"grade": "B", **more})


def days(answered: int, followed: int, value: float, qualifier: str = "exact", **more: Any) -> Cell:
    return Cell(answered, followed, value, "provisoire", qualifier, **{"grade": "B", "period": "2026", **more})


_numbers = count(1)


def record(kind: str, remote_id: str = "", **data: Any) -> Record:
    return Record(kind, remote_id or f"{kind}-{next(_numbers)}", data, "L1")


def named(of: Record, remote_id: str) -> Record:
    return Record(of.kind, remote_id, of.data, of.pointer)


def stage(process_id: str, code: str, **data: Any) -> Record:
    return record("stage", process_id=process_id, title="Étape", stage=code, **data)


def meeting(attendees: int | None = None, day: str = "2025-03-01T18:00:00Z", **data: Any) -> Record:
    came = {} if attendees is None else {"attendees": attendees}
    return record("meeting", title="Réunion", starts_at=day, **came, **data)


def document(process_id: str, code: str, day: str = "2025-06-01", **data: Any) -> Record:
    subject = {"kind": "process", "remote_id": process_id}
    return record("document", title="Document", type=code, subject=subject, published_at=day, **data)


def figure(metric: str, value: float | None, process_id: str = "", **data: Any) -> Record:
    subject = {"kind": "process", "remote_id": process_id} if process_id else {"kind": "metropole", "remote_id": OWN}
    period = {"from": "2025-01-01", "to": "2025-12-31", "precision": "jour"}
    said: dict[str, Any] = {"subject": subject, "metric": metric, "period": period, "basis": "flux"}
    if value is not None:
        said["quantity"] = {"value": value}
    return record("observation", **said | data)


def cumul(metric: str, value: float, day: str, **data: Any) -> Record:
    return figure(metric, value, basis="cumul", period={"precision": "inconnue"}, as_of=day, **data)


def commitment(status: str = "en_cours", promised: str | None = "2024-07-01", **data: Any) -> Record:
    dated = {"promised_on": promised} if promised else {}
    return record("commitment", title="Engagement", status=status, **dated, **data)


def kept(on: str, promised: str = "2024-07-01", **data: Any) -> Record:
    return commitment("realise", promised, history=[{"on": on, "status": "realise"}], **data)


def contribution(process_id: str, code: str = "proposition", day: str = "2025-03-01", **data: Any) -> Record:
    return record("contribution", process_id=process_id, title="Idée", type=code, published_at=day, **data)


def avis(delivered: str, answered: str | None = None) -> list[Record]:
    """A démarche with its avis and, maybe, its answer."""
    name = f"avis-{next(_numbers)}"
    found = [process(name), stage(name, "avis_citoyen", delivered_on=delivered)]
    return found + ([stage(name, "reponse_argumentee", delivered_on=answered)] if answered else [])


def edition(name: str, ends: str, **data: Any) -> Record:
    return process(name, type="budget_participatif", starts_on=ends[:4], ends_on=ends, state="terminee", **data)


def winner(name: str, status: str) -> Record:
    return commitment(status, "2023-12-01", process_id=name, from_contribution_ids=[f"projet-{name}"])


def opened(numbers: range, **data: Any) -> list[Record]:
    return [process(f"d{n}", starts_on="2025-01-15", ends_on="2025-03-31", **data) for n in numbers]


KNOWN = {
    "legal_basis": "obligatoire",
    "announced_level": "information",
    "channel": "en_ligne",
    "recruitment": ["ouvert"],
}
PLAIN = KNOWN | {"communes": [LEFT]}
RICH = [
    process(
        f"d{n}",
        starts_on="2025-01-15",
        ends_on="2025-03-31",
        legal_basis="volontaire" if n < 9 else "obligatoire",
        announced_level="co_construction" if n < 2 else "co_decision" if n == 2 else "concertation",
        channel="hybride" if n < 6 else "presentiel",
        recruitment=["ouvert", "tirage_au_sort_stratifie"] if n < 2 else ["tirage_au_sort"] if n < 4 else ["ouvert"],
        communes=["44001", "44002"] if n else ["44001", LEFT],
    )
    for n in range(12)
]
RICH += [document(f"d{n}", "mandat") for n in range(4)]
RICH += [document(f"d{n}", "evaluation") for n in range(3)]
RICH += [document(f"d{n}", "synthese") for n in range(6)]
FIGURES = ("comptes", "participants", "contributions", "participations", "votes")
OWN_FIGURES = [
    cumul("comptes", 4000, "2025-02-01"),
    cumul("comptes", 5000, "2025-12-15"),
    figure("comptes", 300),
    *(figure(metric, 900) for metric in FIGURES[1:]),
    figure("votes", 50_000, indicative=True),
    figure("participants", 12, subject={"kind": "meeting", "remote_id": "m"}),
]
DATED = (
    *(("2023-09-15", "2023-12-10"), ("2023-11-20", None), ("2024-02-01", "2024-10-15"), ("2024-06-30", "2024-12-20")),
    *(("2024-10-10", None), ("2025-01-15", "2025-05-05"), ("2025-06-30", "2026-03-31"), ("2025-12-29", None)),
    *(("2026-01-20", "2026-03-21"), ("2026-05-05", None)),
)
ANSWERED = [each for delivered, answered in DATED for each in avis(delivered, answered)]
PROMISED = [
    kept("2025-01-10"),
    kept("2025-12-01"),
    commitment("en_cours"),
    commitment("abandonne", history=[{"on": "2024-11-01", "status": "abandonne"}]),
    kept("2026-01-15", "2025-01-15"),
    commitment("a_ouvrir", "2025-01-15"),
]
EDITIONS = [edition("bp23", "2023-10-15"), edition("bp25", "2025-10-15")]
ANSWERS = ("reponse_part", "reponse_6_mois", "reponse_12_mois", "reponse_delai")
STATUSES = ("engagements_realises", "engagements_en_cours", "engagements_a_ouvrir", "engagements_abandonnes")
MANY = ("part_volontaire", "part_co_construction", "part_hybride", "part_tirage_au_sort", "mandats_publies")
ENDED = ("evaluations_publiees", "syntheses_publiees")
TOTALS = {"realise": 29, "en_cours": 59, "a_ouvrir": 14}


def stated(status: str | None, value: int, day: str) -> Record:
    part = {"breakdown": [{"dimension": "statut_engagement", "value": status}]} if status else {}
    return figure(
        "engagements", value, "bilan", basis="instantane", as_of=day, period={"precision": "inconnue"}, **part
    )


BILAN = [process("bilan"), stated(None, 102, "2025-05-15"), stated(None, 90, "2025-01-01")]
BILAN += [stated(status, value, "2025-06-01") for status, value in TOTALS.items()]
BILAN += [stated("realise", 20, "2025-01-01"), stated("en_cours", 70, "2025-01-01")]


SCENARIOS: dict[str, Scenario] = {
    "rien n'est transmis ni déclaré": Scenario(cells={one.key: absent("non_transmis") for one in CATALOGUE}),
    "rien n'est transmis, tout est déclaré complet": Scenario(
        coverage=COMPLETE,
        cells={
            **{key: absent("non_transmis") for key in NEEDY},
            **{key: number(0) for key in ("demarches", "contributions", "participations", "votes")},
            **{key: of(0, 1) for key in ("codev_actif", "ccspl_active")},
            "bp_euros_habitant": of(0, PEOPLE),
            "bp_projets_realises": absent("sans_objet"),
            "couverture": of(8, 8, grade="B"),
            "fraicheur": absent("non_transmis"),
        },
    ),
    "rien ne peut exister": Scenario(
        coverage=dict.fromkeys(KINDS, "sans_objet"),
        cells={key: absent("sans_objet") for key in NEEDY} | {"couverture": absent("non_transmis")},
    ),
    "rien n'est compté": Scenario(
        coverage=dict.fromkeys(KINDS, "non_collecte"),
        cells={key: absent("non_collecte") for key in NEEDY} | {"couverture": of(0, 8)},
    ),
    "douze démarches décrites": Scenario(
        RICH,
        COMPLETE,
        {
            "demarches": number(12),
            "part_volontaire": of(9, 12),
            "part_co_construction": of(3, 12),
            "part_hybride": of(6, 12),
            "part_tirage_au_sort": of(4, 12),
            "communes_associees": of(2, 4),
            "mandats_publies": of(4, 12),
            "evaluations_publiees": of(3, 12),
            "syntheses_publiees": of(6, 12),
            "fraicheur": of(0, 1, grade="B", period="2026"),
        },
    ),
    "la période est validée": Scenario(
        RICH,
        COMPLETE,
        {"demarches": number(12, "definitif", grade="A"), "part_volontaire": of(9, 12, "definitif", grade="A")},
        validated=("2025",),
    ),
    "ce que les membres seuls lisent": Scenario(
        [*RICH, *OWN_FIGURES, *ANSWERED, *PROMISED, meeting(40), *EDITIONS, winner("bp23", "realise")],
        cells={
            **{key: absent("masque") for key in NEEDY if not key.startswith(("codev", "ccspl", "bp_", "engagements"))},
            **{key: absent("masque", period="2026") for key in (*STATUSES, "engagements_delai", "bp_projets_realises")},
        },
        source={"diffusion": "pairs"},
    ),
    "des démarches sans rien de ce qu'on cherche": Scenario(
        opened(range(5), **PLAIN),
        COMPLETE,
        {key: of(0, 5) for key in (*MANY, *ENDED)} | {"communes_associees": of(0, 4)},
    ),
    "quatre démarches": Scenario(
        opened(range(4), **KNOWN),
        {},
        {
            "demarches": number(4, "estime", "au_moins", grade="C"),
            "communes_associees": absent("non_collecte"),
            **{key: absent("effectif_insuffisant", 0, 4) for key in (*MANY, *ENDED)},
        },
    ),
    "démarches qui ne comptent pas": Scenario(
        [
            process("d1", starts_on="2025", perimeter="ville"),
            process("d2", starts_on="2025", state="annulee"),
            process("d3", starts_on="2025", parent_id="d1"),
            process("d4", starts_on="2026-12-01", state="a_venir"),
            process("d5", type="conseil_de_developpement", perimeter="ville"),
            meeting(12, process_ids=["d5"]),
        ],
        COMPLETE,
        {
            "demarches": number(0),
            "codev_actif": of(0, 1),
            "part_volontaire": absent("non_transmis"),
        },
    ),
    "le total d'une démarche contient celui de ses composantes": Scenario(
        [
            process("d1", starts_on="2025"),
            process("d2", starts_on="2025", parent_id="d1"),
            process("d3", starts_on="2025", parent_id="d2"),
            figure("contributions", 100, "d1"),
            figure("contributions", 60, "d2"),
            contribution("d3"),
            figure("participations", 30, "d2"),
            meeting(12, process_ids=["d1"]),
            meeting(15, process_ids=["d3"]),
        ],
        COMPLETE,
        {
            "contributions": number(100),
            "participations": number(42),
            "presence_reunions": absent("effectif_insuffisant", 27, 2),
        },
    ),
    "le total d'une démarche annulée ne contient rien": Scenario(
        [
            process("d1", starts_on="2025", state="annulee"),
            process("d2", starts_on="2025", parent_id="d1"),
            figure("contributions", 100, "d1"),
            figure("contributions", 60, "d2"),
        ],
        COMPLETE,
        {"contributions": number(60)},
    ),
    "un engagement que deux plans répètent": Scenario(
        [
            named(commitment("realise"), "e1"),
            named(commitment("en_cours", same_as=["e1"]), "e2"),
            named(commitment("en_cours", same_as=["e2"]), "e3"),
            named(commitment("a_ouvrir", level="autre_plan", same_as=["e4"]), "e0"),
            named(commitment("en_cours"), "e4"),
        ],
        COMPLETE,
        {
            "engagements_en_cours": absent("effectif_insuffisant", 1, 2, "2026"),
            "engagements_realises": absent("effectif_insuffisant", 1, 2, "2026"),
        },
    ),
    "une démarche à venir dans l'année": Scenario(
        [process("d1", starts_on="2026-12-01", state="a_venir"), process("d2", starts_on="2026-02")],
        COMPLETE,
        {"demarches": number(1, period="2026")},
    ),
    "plus d'un cas sur cinq sans le champ": Scenario(
        [*opened(range(6), **KNOWN), *opened(range(6, 8))],
        COMPLETE,
        {"part_volontaire": of(0, 6, grade="C"), "part_hybride": of(0, 6, grade="C")},
    ),
    "quatre sur vingt sans le champ": Scenario(
        [*opened(range(16), **KNOWN), *opened(range(16, 20))], COMPLETE, {"part_volontaire": of(0, 16)}
    ),
    "une fin connue au mois": Scenario(
        [process(f"d{n}", starts_on="2024", ends_on="2025-03") for n in range(5)],
        COMPLETE,
        {key: of(0, 5, "estime") for key in ENDED},
    ),
    "les trois ans d'une évaluation": Scenario(
        [process(f"d{n}", starts_on="2022", ends_on="2022-12-01") for n in range(5)]
        + [document("d0", "evaluation", "2025-02-01")],
        {"process": "complete", "document": "complete"},
        {
            "evaluations_publiees": absent("non_transmis", period="2025"),
            "syntheses_publiees": absent("non_transmis", period="2022"),
        },
    ),
    "le propre total de la métropole": Scenario(
        OWN_FIGURES,
        COMPLETE,
        {
            "comptes": number(5000),
            "participants": Cell(900, None, 900, grade="B"),
            **{key: number(900, notes=("total_propre",)) for key in ("contributions", "participations", "votes")},
        },
    ),
    "un total de zéro": Scenario(
        [cumul("comptes", 0, "2025-12-15"), *(figure(metric, 0) for metric in FIGURES[1:])],
        COMPLETE,
        {"comptes": number(0), "participants": Cell(0, None, 0, grade="B")}
        | {key: number(0) for key in ("contributions", "participations", "votes")},
    ),
    **{
        f"un total que la métropole dit {state}": Scenario(
            [
                cumul("comptes", 0, "2025-12-15", quantity=None, quantity_state=state),
                *(figure(metric, None, quantity=None, quantity_state=state) for metric in FIGURES[1:]),
            ],
            COMPLETE,
            {metric: absent(state) for metric in FIGURES},
        )
        for state in ("non_communique", "sans_objet", "non_collecte", "masque")
    },
    "deux plateformes et leurs cumuls": Scenario(
        [
            cumul("contributions", 400, "2024-12-31", subject={"kind": "plateforme", "remote_id": "a"}),
            cumul("contributions", 10, "2025-01-02", subject={"kind": "plateforme", "remote_id": "b"}),
            cumul("contributions", 600, "2025-06-30", subject={"kind": "plateforme", "remote_id": "a"}),
            cumul("contributions", 1000, "2025-12-31", subject={"kind": "plateforme", "remote_id": "a"}),
        ],
        COMPLETE,
        {"contributions": number(600, "estime", notes=("difference_de_cumuls",))},
    ),
    "un seul cumul": Scenario(
        [cumul("contributions", 400, "2025-12-31")], COMPLETE, {"contributions": absent("non_transmis")}
    ),
    "un total de trois mois": Scenario(
        [figure("votes", 400, period={"from": "2025-01", "to": "2025-03", "precision": "plage"})],
        COMPLETE,
        {"votes": absent("non_transmis"), "contributions": number(0)},
    ),
    "une démarche sur deux ans": Scenario(
        [
            process("d1", starts_on="2024"),
            figure("contributions", 400, "d1", period={"from": "2024", "to": "2025", "precision": "plage"}),
        ],
        COMPLETE,
        {"contributions": absent("non_transmis")},
    ),
    "ce que les démarches ont": Scenario(
        [
            process("d1", starts_on="2025"),
            process("d2", starts_on="2025"),
            *(contribution("d1") for _ in range(3)),
            *(contribution("d2") for _ in range(3)),
            contribution("d2", "projet", votes=30),
            contribution("d2", "projet", votes=12),
            figure("contributions", 40, "d1"),
            figure("contributions", 1000),
            figure("votes", 100, "d1", period={"from": "2025-01", "to": "2025-06", "precision": "mois"}),
            figure("votes", 20, "d1", period={"from": "2025-07", "to": "2025-12", "precision": "mois"}),
            figure("votes", 5, "d1", period={"from": "2025-03", "to": "2025-03", "precision": "mois"}),
            figure("votes", 999, "d2", indicative=True),
            figure("participants", 70, "d1"),
            figure("participations", 100, "d1"),
            meeting(60, process_ids=["d1"]),
            meeting(50, process_ids=["d1", "d2"]),
            meeting(20),
            meeting(33, process_ids=["jamais vue"]),
        ],
        COMPLETE,
        {
            "contributions": number(45),
            "votes": number(162),
            "participations": number(153),
            "participants": absent("non_collecte"),
            "presence_reunions": absent("effectif_insuffisant", 163, 4),
        },
    ),
    "une démarche qui ne communique pas": Scenario(
        [
            process("d1", starts_on="2025"),
            *(
                figure(metric, None, "d1", quantity=None, quantity_state="non_communique")
                for metric in ("contributions", "participations", "votes")
            ),
        ],
        COMPLETE,
        {key: absent("non_communique") for key in ("contributions", "participations", "votes")},
    ),
    "des réunions comptées": Scenario(
        [*(meeting(40) for _ in range(5)), meeting(), meeting(50, "2026-12-01T18:00:00Z"), meeting(9, cancelled=True)],
        COMPLETE,
        {
            "presence_reunions": of(200, 5),
            "participations": number(200),
        },
    ),
    "des réunions vides": Scenario(
        [meeting(0) for _ in range(5)],
        COMPLETE,
        {"presence_reunions": of(0, 5), "participations": number(0)},
    ),
    "une réunion de huit personnes": Scenario(
        [meeting(8)],
        COMPLETE,
        {"presence_reunions": absent("masque"), "participations": absent("masque")},
    ),
    "les avis du 30 juin 2026": Scenario(
        ANSWERED,
        COMPLETE,
        {
            "reponse_part": of(6, 10, period="2026"),
            "reponse_6_mois": of(3, 8, period="2026"),
            "reponse_12_mois": of(5, 7, period="2026"),
            "reponse_delai": days(6, 10, 257),
        },
    ),
    "deux réponses rapides et huit silences": Scenario(
        [
            *avis("2025-03-01", "2025-04-10"),
            *avis("2025-03-01", "2025-04-30"),
            *(each for _ in range(7) for each in avis("2025-12-12")),
            *avis("2024-07-30"),
        ],
        COMPLETE,
        {"reponse_6_mois": of(2, 10, period="2026"), "reponse_delai": days(2, 10, 700, "plus_de")},
    ),
    "des avis sans réponse": Scenario(
        [each for _ in range(5) for each in avis("2025-06-30")],
        COMPLETE,
        {key: of(0, 5, period="2026") for key in ANSWERS[:3]} | {"reponse_delai": days(0, 5, 365, "plus_de")},
    ),
    "une réponse le jour même": Scenario(
        [each for _ in range(5) for each in avis("2025-06-30", "2025-06-30")],
        COMPLETE,
        {key: of(5, 5, period="2026") for key in ANSWERS[:3]} | {"reponse_delai": days(5, 5, 0)},
    ),
    "quatre avis": Scenario(
        [each for _ in range(4) for each in avis("2025-06-30", "2025-07-30")],
        COMPLETE,
        {key: absent("effectif_insuffisant", 4, 4, "2026") for key in ANSWERS},
    ),
    "des avis connus au mois": Scenario(
        [each for _ in range(5) for each in avis("2025-03", "2025-07")],
        COMPLETE,
        {"reponse_delai": Cell(5, 5, 122, "estime", grade="B", period="2026")},
    ),
    "des avis connus à l'année": Scenario(
        [each for _ in range(5) for each in avis("2024", "2025")],
        COMPLETE,
        {
            "reponse_part": of(5, 5, "estime", period="2026"),
            "reponse_delai": absent("effectif_insuffisant", period="2026"),
        },
    ),
    "les engagements du 30 juin 2026": Scenario(
        PROMISED,
        COMPLETE,
        {
            "engagements_delai": days(3, 6, 518),
            "engagements_realises": of(3, 6, period="2026"),
            "engagements_en_cours": of(1, 6, period="2026"),
            "engagements_a_ouvrir": of(1, 6, period="2026"),
            "engagements_abandonnes": of(1, 6, period="2026"),
            "engagements_sans_nouvelle": absent("effectif_insuffisant", 2, 2, "2026"),
            "engagements_preuve": absent("non_collecte", period="2026"),
            "engagements_deliberation": of(0, 6, period="2026"),
        },
    ),
    "des engagements de moins d'un an": Scenario(
        [commitment("en_cours", "2025-12-01") for _ in range(5)],
        COMPLETE,
        {
            "engagements_sans_nouvelle": of(0, 5, period="2026", notes=("premiere_annee",)),
            "engagements_realises": of(0, 5, period="2026"),
            "engagements_a_ouvrir": of(0, 5, period="2026"),
            "engagements_abandonnes": of(0, 5, period="2026"),
            "engagements_delai": days(0, 5, 211, "plus_de"),
        },
    ),
    "des engagements suivis": Scenario(
        [
            *(commitment("en_cours", "2024-01-01", history=[{"on": "2026-06", "text": "Chantier"}]) for _ in range(2)),
            *(commitment("a_ouvrir", "2024-01-01") for _ in range(3)),
        ],
        COMPLETE,
        {"engagements_sans_nouvelle": of(3, 5, period="2026", notes=())},
    ),
    "des réalisations attestées ou non": Scenario(
        [
            record("deliberation", "après", title="D", decided_on="2024-07-01"),
            record("deliberation", "avant", title="D", decided_on="2024-06-30"),
            record("deliberation", "vœu", title="D", decided_on="2025-06-30", type="voeu"),
            *(kept("2024-07-01", proof="preuve_complete", deliberation_ids=["avant", "après"]) for _ in range(2)),
            kept("2024-07-01", proof="preuve_complete", deliberation_ids=["avant"]),
            kept("2024-07-01", proof="preuve_partielle", deliberation_ids=["vœu"]),
            kept("2024-07-01"),
        ],
        COMPLETE,
        {
            "engagements_preuve": of(3, 5, period="2026"),
            "engagements_deliberation": of(2, 5, period="2026"),
            "engagements_en_cours": of(0, 5, period="2026"),
            "engagements_delai": days(5, 5, 0),
        },
    ),
    "des preuves partielles seulement": Scenario(
        [kept("2025-07-01", proof="preuve_partielle") for _ in range(5)],
        COMPLETE,
        {"engagements_preuve": of(0, 5, period="2026")},
    ),
    "quatre engagements": Scenario(
        [kept("2025-07-01", proof="preuve_partielle") for _ in range(4)],
        COMPLETE,
        {
            "engagements_realises": absent("effectif_insuffisant", 4, 4, "2026"),
            **{key: absent("effectif_insuffisant", 0, 4, "2026") for key in STATUSES[1:]},
            "engagements_preuve": absent("effectif_insuffisant", 0, 4, "2026"),
            "engagements_deliberation": absent("effectif_insuffisant", 0, 4, "2026"),
            "engagements_delai": absent("effectif_insuffisant", 4, 4, "2026"),
        },
    ),
    "les totaux énoncés d'un bilan": Scenario(
        [*BILAN, *(commitment("en_cours", "2024-07-01") for _ in range(6))],
        COMPLETE,
        {
            "engagements_realises": of(29, 102, notes=("totaux_enonces",)),
            "engagements_en_cours": of(59, 102, notes=("totaux_enonces",)),
            "engagements_a_ouvrir": of(14, 102, notes=("totaux_enonces",)),
            "engagements_abandonnes": absent("effectif_insuffisant"),
        },
    ),
    "un statut sur deux inconnu": Scenario(
        [commitment("inconnu" if n % 2 else "realise", "2024-07-01") for n in range(10)],
        COMPLETE,
        {"engagements_realises": of(5, 5, period="2026", grade="C")},
    ),
    "des réalisations sans date": Scenario(
        [commitment("realise", "2024-07-01") for _ in range(2)] + [commitment("en_cours") for _ in range(5)],
        COMPLETE,
        {"engagements_delai": days(0, 5, 729, "plus_de", grade="C")},
    ),
    "un budget participatif": Scenario(
        [
            *EDITIONS,
            figure("montant_soumis_au_vote", 500_000, "bp25", basis="instantane"),
            figure(
                "montant_soumis_au_vote", 300_000, "bp23", period={"from": "2022", "to": "2023", "precision": "annee"}
            ),
            *(winner("bp23", "realise" if n < 3 else "en_cours") for n in range(5)),
            *(winner("bp25", "realise") for _ in range(5)),
        ],
        COMPLETE,
        {
            "bp_euros_habitant": of(500_000, PEOPLE),
            "bp_projets_realises": of(3, 5, period="2026"),
        },
    ),
    "une édition sur deux ans": Scenario(
        [
            EDITIONS[1],
            figure(
                "montant_soumis_au_vote", 300_000, "bp25", period={"from": "2024", "to": "2025", "precision": "annee"}
            ),
        ],
        COMPLETE,
        {"bp_euros_habitant": of(300_000, PEOPLE), "bp_projets_realises": absent("sans_objet")},
    ),
    "un budget participatif sans effet": Scenario(
        [
            *EDITIONS,
            figure("montant_soumis_au_vote", 0, "bp25", basis="instantane"),
            *(winner("bp23", "en_cours") for _ in range(5)),
        ],
        COMPLETE,
        {"bp_euros_habitant": of(0, PEOPLE), "bp_projets_realises": of(0, 5, period="2026")},
    ),
    "un budget participatif mal connu": Scenario(
        EDITIONS,
        COMPLETE,
        {
            "bp_euros_habitant": absent("non_transmis"),
            "bp_projets_realises": absent("non_transmis", period="2026"),
        },
    ),
    "quatre lauréats et un budget prévu": Scenario(
        [
            EDITIONS[0],
            edition("bp25", "2025-10-15", budget={"value": 200_000}),
            *(winner("bp23", "realise") for _ in range(4)),
        ],
        COMPLETE,
        {
            "bp_euros_habitant": of(200_000, PEOPLE, "estime"),
            "bp_projets_realises": absent("effectif_insuffisant", 4, 4, "2026"),
        },
    ),
    "un budget non communiqué": Scenario(
        [edition("bp25", "2025-10-15", budget=None, budget_state="non_communique")],
        COMPLETE,
        {"bp_euros_habitant": absent("non_communique")},
    ),
    "des instances qui vivent": Scenario(
        [
            process("codev", type="conseil_de_developpement"),
            process("ccspl", type="ccspl"),
            meeting(None, process_ids=["codev"]),
            document("ccspl", "avis_citoyen"),
        ],
        {},
        {key: of(1, 1, "estime", grade="C") for key in ("codev_actif", "ccspl_active")},
    ),
    "des instances que les membres seuls connaissent": Scenario(
        [
            process("codev", type="conseil_de_developpement"),
            process("ccspl", type="ccspl"),
            meeting(None, process_ids=["codev"]),
            document("ccspl", "avis_citoyen"),
            *(commitment("en_cours", proof="preuve_partielle") for _ in range(3)),
            *(kept("2025-07-01", proof="preuve_partielle") for _ in range(3)),
            EDITIONS[1],
            figure("montant_soumis_au_vote", 500_000, "bp25", basis="instantane"),
        ],
        COMPLETE,
        {
            **{key: absent("masque") for key in ("codev_actif", "ccspl_active", "bp_euros_habitant")},
            **{
                f"engagements_{name}": absent("masque", period="2026")
                for name in ("sans_nouvelle", "preuve", "deliberation")
            },
        },
        source={"diffusion": "pairs"},
    ),
    "une couverture partielle": Scenario(
        opened(range(5), **PLAIN),
        {"process": "partielle", "document": "complete"},
        {
            "demarches": number(5, "estime", "au_moins", grade="B"),
            "part_volontaire": of(0, 5, "estime", grade="B"),
            "couverture": of(1, 8),
        },
    ),
    "une source lue il y a dix jours": Scenario(
        opened(range(1)), {}, {"fraicheur": of(10, 1, period="2026")}, source={"slug": "ancienne"}
    ),
}
ABSENT: dict[str, set[str]] = {one.key: {"non_transmis", "sans_objet", "non_collecte", "masque"} for one in CATALOGUE}
"""Every absent state that each indicator can take, which the scenarios must then show."""
for _one in CATALOGUE:
    if _one.minimum:
        ABSENT[_one.key].add("effectif_insuffisant")
for _key in ("comptes", "participants", "contributions", "participations", "votes", "bp_euros_habitant"):
    ABSENT[_key].add("non_communique")
ABSENT |= {"fraicheur": {"non_transmis"}, "couverture": {"non_transmis"}}
assert ABSENT.keys() == INDICATORS.keys()
