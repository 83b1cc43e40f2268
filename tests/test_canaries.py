"""Canaries (C1): twenty kinds of personal data, at every simulated platform and in a deposit, come out nowhere."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Callable, Iterator
from io import StringIO
from itertools import count
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from connectors.testing.faults import FAULTS
from hub.db import Base, db
from hub.harvest.ingest import upload
from hub.models import Facet, Issue, Notice, Run, Source
from tests.conformance.desk import Desk
from tests.conformance.trials import TRIALS
from tests.conftest import ready
from tests.make import make_source
from tests.test_conformance_store import CLOCK
from tests.test_pages_common import addresses

OF_FIELDS = {
    "nom": "Zorglubat",
    "prénom": "Zorglubine",
    "pseudonyme": "zorglub44",
    "adresse": "12 rue Zorglubi",
    "naissance": "31/12/1901",
    "adresse réseau": "203.0.113.77",
    "portrait": "portrait-zorglub.png",
    "profil": "Biographie de Zorglub",
    "compte": "User-Zorglub-7",
    "employeur": "Usine Zorglub",
}
"""What stands in the fields that platforms keep of persons."""
IN_TEXTS = {
    "courriel": "zorglub.canari@exemple.fr",
    "courriel déguisé": "zorglub [at] canari.example.org",
    "téléphone": "06 98 76 54 32",
    "téléphone étranger": "+44 20 7946 0958",
    "compte bancaire": "FR76 3000 6000 0112 3456 7890 189",
    "sécurité sociale": "1 85 05 78 006 084 91",
    "carte bancaire": "4970 1012 3456 7893",
    "long numéro": "30000000023757",
    "étiquette nom": "- Nom : Zorglubard",
    "étiquette prénom": "- Prénom : Zorglubette",
}
"""What people write of themselves in the titles of what they propose."""
WORDS = {name: text.rpartition(" : ")[2] for name, text in {**OF_FIELDS, **IN_TEXTS}.items()}
EVERYTHING = " ".join(OF_FIELDS.values())
QUOTING = next(fault for fault in FAULTS if fault.name == "erreur_200")


def poisoned(desk: Desk, served: list[bytes]) -> Callable[[bytes], bytes]:
    """What puts the canaries in the place of those of the platform: all in the fields, one after the other in texts."""
    turns, mail = count(), next(each for each in desk.site.canaries if "@" in each)
    name = desk.site.canaries[0]
    texts = list(IN_TEXTS.values())

    def changed(body: bytes) -> bytes:
        for own in (mail, json.dumps(mail)[1:-1]):
            while own.encode() in body:
                body = body.replace(own.encode(), texts[next(turns) % len(texts)].encode(), 1)
        if name != mail:
            for own in {name, json.dumps(name)[1:-1]}:
                body = body.replace(own.encode(), EVERYTHING.encode())
        served.append(body)
        return body

    return changed


def deposit(folder: Path) -> Path:
    """A file with each canary in a title, then in a field of its own, a sound record, and a line that breaks off."""
    rows = [
        {"kind": "process", "remote_id": f"t{rank}", "data": {"title": f"Idée de {text}", "state": "en_cours"}}
        for rank, text in enumerate(IN_TEXTS.values())
    ]
    fields = ("nom", "prenom", "pseudo", "adresse_postale", "date_naissance", "ip", "auteur", "biography", "username",
              "organisateur_contact")  # fmt: skip
    for rank, (field, text) in enumerate(zip(fields, OF_FIELDS.values(), strict=True)):
        data = {"title": "Idée", "state": "en_cours", field: text}
        rows.append({"kind": "process", "remote_id": f"c{rank}", "data": data})
    rows.append({"kind": "process", "remote_id": "sain", "data": {"title": "Rue des Alouettes", "state": "en_cours"}})
    broken = json.dumps(rows[0], ensure_ascii=False)[:-4]
    path = folder / "depot.ndjson"
    path.write_text("\n".join([*(json.dumps(row, ensure_ascii=False) for row in rows), broken]), "utf-8")
    return path


class Hub:
    """A hub that read all simulated platforms and a deposit, what was served to it and what it logged."""

    def __init__(self, app: Flask) -> None:
        self.app, self.log, self.served = app, StringIO(), list[bytes]()


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    for app in ready(tmp_path_factory.mktemp("c1") / "instance", "", ALLOW_PRIVATE_NETWORKS=True, CLOCK=CLOCK):
        found = Hub(app)
        handler = logging.StreamHandler(found.log)
        root, level = logging.getLogger(), logging.getLogger().level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        for trial in TRIALS:
            desk = Desk(trial)
            with desk.altered(poisoned(desk, found.served)):
                source = desk.source()
                assert desk.read(source, full=True).state in ("complete", "partial"), trial
                desk.read(source, QUOTING, 1)
            desk.close()
        upload(make_source("depot"), deposit(tmp_path_factory.mktemp("depot")))
        yield found
        root.removeHandler(handler)
        root.setLevel(level)


def no_canary(text: str | bytes, place: object) -> None:
    """Check that no canary stands there, however it is written."""
    content = text.encode() if isinstance(text, str) else text
    for name, word in WORDS.items():
        for written in {word.encode(), json.dumps(word)[1:-1].encode(), word.encode("utf-16-le")}:
            assert written not in content, (name, place)


def test_each_kind_of_personal_data_was_served_or_sent(hub: Hub) -> None:
    served = b"".join(hub.served)
    assert len(WORDS) == 20
    assert len(set(WORDS.values())) == 20
    for name, text in {**OF_FIELDS, **IN_TEXTS}.items():
        assert text.encode() in served or json.dumps(text)[1:-1].encode() in served, name


def test_no_table_holds_one(hub: Hub) -> None:
    rows = 0
    for table in Base.metadata.sorted_tables:
        for row in db.session.execute(select(table)):
            no_canary(repr(tuple(row)), (table.name, row))
            rows += 1
    assert rows > 500


def test_no_file_of_the_instance_holds_one(hub: Hub) -> None:
    files = [path for path in Path(hub.app.instance_path).rglob("*") if path.is_file()]
    assert len(files) > 20
    for path in files:
        content = path.read_bytes()
        no_canary(gzip.decompress(content) if path.suffix == ".gz" else content, path)


def test_no_log_and_no_mail_holds_one(hub: Hub) -> None:
    no_canary(hub.log.getvalue(), "journal")
    for notice in db.session.scalars(select(Notice)):
        no_canary(notice.subject + notice.body, notice.occasion)


def test_no_page_export_feed_metric_or_error_holds_one(hub: Hub) -> None:
    client = hub.app.test_client()
    asked = [each for form in ("", "_json", "_csv") for each in addresses(hub.app, form)]
    asked += [f"/provenance/{each}" for each in db.session.scalars(select(Facet.hub_id))]
    asked += [f"/moissons/{ref}{form}" for ref in db.session.scalars(select(Run.ref)) for form in ("", ".json", ".csv")]
    asked += [f"/sources/{slug}{form}" for slug in db.session.scalars(select(Source.slug)) for form in ("", ".csv")]
    kinds = ("processes", "stages", "contributions", "meetings", "observations", "commitments", "documents")
    asked += [f"/api/v1/{kind}?limit=1000" for kind in kinds]
    asked += ["/api/v1/changes?limit=1000", "/metrics", "/sante", "/zorglub"]
    assert len(set(asked)) > 200
    for address in dict.fromkeys(asked):
        answer = client.get(address)
        assert answer.status_code in (200, 404, 503), (address, answer.status_code)
        no_canary(answer.data, address)
        no_canary(str(answer.headers), address)


def test_what_was_masked_or_refused_is_told_and_the_rest_entered(hub: Hub) -> None:
    rules = set(db.session.scalars(select(Issue.rule)))
    assert {"donnee_personnelle", "donnee_personnelle_masquee"} <= rules
    sound = select(Facet.remote_id).where(
        Facet.source_id == select(Source.id).where(Source.slug == "depot").scalar_subquery()
    )
    assert list(db.session.scalars(sound)) == ["sain"]
