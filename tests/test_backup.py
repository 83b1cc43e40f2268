"""A backup made while the hub serves, put back in an empty instance, says the same bytes (C40)."""

from __future__ import annotations

import hashlib
import io
import itertools
import shutil
import stat
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import click
import orjson
import pytest
from click.testing import CliRunner
from flask import Flask
from flask_migrate import downgrade
from sqlalchemy import func, select, text

from hub.access import audit
from hub.app import create_app
from hub.cli.database import prepare_database
from hub.cli.doctor import checks
from hub.cli.main import hub
from hub.db import db, writing
from hub.harvest import raw_check
from hub.models import RawPayload, Session, Source
from tests.command import PROGRAM, environment
from tests.conftest import CLOCK, FIXED
from tests.databases import postgres_database, postgres_url
from tests.harvesting import harvest, plain_source
from tests.people import entered
from tests.platforms.plain import Plain

READ = select(Source).where(Source.good_run_id.is_not(None))
READS = ("processes", "contributions", "documents", "metropoles", "changes")


def command(folder: Path, url: str, *words: str, code: int = 0) -> str:
    """What a command says on an instance of that folder and database, which it lets go of."""
    told = {"HUB_DATABASE_URL": url, "HUB_CLOCK": CLOCK}
    with CliRunner().isolation(env=told) as (_, _, output):
        with hub.make_context("hub", ["--instance", str(folder), *words]) as context:
            try:
                found = hub.invoke(context) or 0
            except click.exceptions.Exit as ended:
                found = ended.exit_code
            with context.obj.app_context():
                db.engine.dispose()
        said = output.getvalue().decode()
    assert found == code, said
    return said


@pytest.fixture
def lived(reader: Flask, platform: Plain) -> Flask:
    """An instance that has harvested a platform twice, with something changed in between, and that somebody entered."""
    for rank in range(1, 8):
        platform.put(str(rank))
    source = plain_source(platform)
    harvest(source, full=True)
    platform.put("3", title="Un autre titre")
    harvest(source, full=True)
    entered(reader, "agent")
    return reader


@pytest.fixture
def saved(lived: Flask, tmp_path: Path) -> Path:
    """Its archive, made while its application is open."""
    file = tmp_path / "hub.sauvegarde"
    said = command(Path(lived.instance_path), lived.config["DATABASE_URL"], "backup", str(file))
    assert "Sauvegarde faite" in said
    return file


@pytest.fixture
def new(lived: Flask, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """An instance of the same kind where nothing was ever made: its folder, and the address of its database."""
    with ExitStack() as stack:
        url = ""
        if server := lived.config["DATABASE_URL"] and postgres_url():
            url = stack.enter_context(postgres_database(server)).render_as_string(hide_password=False)
        yield tmp_path / "neuve", url


def opened(folder: Path, url: str) -> Flask:
    return create_app({**FIXED, "DATABASE_URL": url, "TESTING": True, "ALLOW_PRIVATE_NETWORKS": True}, folder)


def said_by(app: Flask) -> dict[str, bytes]:
    """The bytes of the answers of the API."""
    client = app.test_client()
    answers = {name: client.get(f"/api/v1/{name}") for name in READS}
    assert all(answer.status_code == 200 for answer in answers.values())
    return {name: answer.data for name, answer in answers.items()}


def payloads(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((folder / "raw").glob("*/*.gz"))}


def base_is_well() -> bool:
    """What `hub doctor` finds of the base and its folder."""
    return all(well for well, said in checks() if said.startswith(("Base", "Dossier", "Place")))


def altered(file: Path, change: Callable[[tarfile.TarInfo, bytes], tuple[tarfile.TarInfo, bytes] | None]) -> Path:
    """A copy of the archive with each member as `change` makes it; None leaves it out."""
    target = file.with_suffix(".altere")
    with tarfile.open(file) as source, tarfile.open(target, "w") as tar:
        for member in source.getmembers():
            held = source.extractfile(member)
            if made := change(member, held.read() if held else b""):
                made[0].size = len(made[1])
                tar.addfile(made[0], io.BytesIO(made[1]))
    return target


def nothing_written(folder: Path, url: str) -> bool:
    """Whether an instance is as empty as before."""
    with opened(folder, url).app_context():
        tables = db.inspect(db.engine).get_table_names()
        db.engine.dispose()
    return tables == [] and not [path for path in folder.rglob("*") if path.name not in ("hub.sqlite", "secret_key")]


def test_what_is_restored_says_the_same_bytes(lived: Flask, saved: Path, new: tuple[Path, str]) -> None:
    before, kept = said_by(lived), payloads(Path(lived.instance_path))
    assert b"Un autre titre" in before["processes"]
    assert kept
    said = command(*new, "restore", str(saved))
    assert f"{len(kept)} pièces brutes" in said
    app = opened(*new)
    with app.app_context():
        assert said_by(app) == before
        assert payloads(new[0]) == kept
        assert db.session.scalar(select(func.count()).select_from(RawPayload)) == len(kept)
        assert base_is_well()
        assert [flaw for flaw in raw_check.verify() if flaw] == []
        assert raw_check.rederived(db.session.scalars(READ).one()) == (7, 7)
        db.session.remove()
        db.engine.dispose()


def test_the_restored_instance_lives_on(lived: Flask, saved: Path, new: tuple[Path, str], platform: Plain) -> None:
    command(*new, "restore", str(saved))
    with opened(*new).app_context():
        with db.engine.connect() as connection:
            assert list(audit.faults(connection)) == []
            assert connection.scalar(select(func.count()).select_from(Session)) == 0
        platform.put("8")
        assert harvest(db.session.scalars(READ).one(), full=True).counts["created"] == 1
        if db.engine.dialect.name == "sqlite":
            assert db.session.scalar(text("PRAGMA journal_mode")) == "wal"
        db.session.remove()
        db.engine.dispose()
    with lived.app_context():
        assert db.session.scalar(select(func.count()).select_from(Session)) == 1


def test_a_backup_made_while_others_write_is_of_one_instant(
    lived: Flask, tmp_path: Path, new: tuple[Path, str]
) -> None:
    """Two tables written in each transaction are never found one ahead of the other."""
    with writing() as connection:
        connection.execute(text("CREATE TABLE left_hand (n integer)"))
        connection.execute(text("CREATE TABLE right_hand (n integer)"))
    over, wrote = threading.Event(), threading.Semaphore(0)

    def write() -> None:
        with lived.app_context():
            for rank in itertools.count():
                with writing() as connection:
                    for hand in ("left_hand", "right_hand"):
                        connection.execute(text(f"INSERT INTO {hand} VALUES (:n)"), {"n": rank})
                wrote.release()
                if over.is_set():
                    return

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(20):
            assert wrote.acquire(timeout=20)
        file = tmp_path / "en-marche"
        command(Path(lived.instance_path), lived.config["DATABASE_URL"], "backup", str(file))
        while wrote.acquire(blocking=False):
            pass
        assert wrote.acquire(timeout=20), "l'écriture s'est arrêtée"
    finally:
        over.set()
        thread.join(30)
    command(*new, "restore", str(file))
    with opened(*new).app_context():
        counts = (text(f"SELECT count(*) FROM {hand}") for hand in ("left_hand", "right_hand"))
        with db.engine.connect() as connection:
            left, right = (connection.scalar(count) for count in counts)
        assert left == right >= 20
        db.engine.dispose()


def test_the_archive_is_for_its_owner_only_and_leaves_nothing_beside_it(lived: Flask, saved: Path) -> None:
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    assert list(saved.parent.glob(".*.tmp")) == []
    assert not list(Path(lived.instance_path).glob("sauvegarde-*"))
    with tarfile.open(saved) as tar:
        told = tar.extractfile("manifest.json")
        assert told is not None
        manifest = orjson.loads(told.read())
        names = tar.getnames()
        base = tar.extractfile(names[0])
        assert base is not None
        assert manifest["members"][names[0]] == hashlib.sha256(base.read()).hexdigest()
    assert (names[-1], set(names[:-1])) == ("manifest.json", set(manifest["members"]))
    assert not [name for name in names if "config" in name or "secret" in name]
    assert {"hub", "revision", "made_at", "dialect"} <= set(manifest)


def test_a_payload_that_is_missing_is_told_and_the_rest_is_saved(lived: Flask, tmp_path: Path) -> None:
    next((Path(lived.instance_path) / "raw").glob("*/*.gz")).unlink()
    file = tmp_path / "incomplete"
    said = command(Path(lived.instance_path), lived.config["DATABASE_URL"], "backup", str(file), code=1)
    assert "1 pièces que la base nomme ne sont pas sur le disque" in said
    assert file.exists()


def test_an_altered_archive_is_refused_and_nothing_is_written(saved: Path, new: tuple[Path, str]) -> None:
    with tarfile.open(saved) as tar:
        victims = [name for name in tar.getnames() if name != "manifest.json"]

    def one_bit(name: str) -> Callable[[tarfile.TarInfo, bytes], tuple[tarfile.TarInfo, bytes]]:
        return lambda member, held: (member, held[:-1] + bytes([held[-1] ^ 1]) if member.name == name else held)

    for name in (victims[0], victims[-1]):
        said = command(*new, "restore", str(altered(saved, one_bit(name))), code=2)
        assert f"« {name} » n'est plus ce qui a été sauvegardé" in said
    for kept_back in (victims[-1], "manifest.json"):
        partial = altered(saved, lambda member, held, out=kept_back: None if member.name == out else (member, held))
        assert "Archive refusée" in command(*new, "restore", str(partial), code=2)
    assert nothing_written(*new)


def test_an_archive_that_is_cut_or_is_none_is_refused(saved: Path, new: tuple[Path, str]) -> None:
    whole = saved.read_bytes()
    for content in (b"", b"age-encryption.org/v1\n" + bytes(4000), whole[: len(whole) // 2], whole[:700], whole[:512]):
        saved.write_bytes(content)
        assert "Archive " in command(*new, "restore", str(saved), code=2)
    assert nothing_written(*new)


@pytest.mark.postgresql_once
@pytest.mark.parametrize(
    "name", ["../evasion", "/tmp/evasion", "raw/../../evasion", "config.py", "secret_key", "raw/aa/lien.gz"]
)
def test_a_member_that_leaves_the_folder_or_has_no_place_is_refused(
    saved: Path, new: tuple[Path, str], name: str
) -> None:
    def led_away(member: tarfile.TarInfo, held: bytes) -> tuple[tarfile.TarInfo, bytes]:
        if member.name.startswith("raw/"):
            member.name = name
        return member, held

    assert "n'y a pas sa place" in command(*new, "restore", str(altered(saved, led_away)), code=2)
    assert nothing_written(*new)
    assert not (new[0].parent / "evasion").exists()


@pytest.mark.postgresql_once
@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_a_member_that_is_no_plain_file_is_refused(saved: Path, new: tuple[Path, str], kind: bytes) -> None:
    def made_link(member: tarfile.TarInfo, held: bytes) -> tuple[tarfile.TarInfo, bytes]:
        if member.name.startswith("raw/"):
            member.type, member.linkname, held = kind, "/etc/passwd", b""
        return member, held

    assert "n'y a pas sa place" in command(*new, "restore", str(altered(saved, made_link)), code=2)
    assert nothing_written(*new)


def test_the_backup_of_a_newer_hub_or_of_another_database_is_refused(saved: Path, new: tuple[Path, str]) -> None:
    def restated(**told: str) -> Callable[[tarfile.TarInfo, bytes], tuple[tarfile.TarInfo, bytes]]:
        def change(member: tarfile.TarInfo, held: bytes) -> tuple[tarfile.TarInfo, bytes]:
            return member, orjson.dumps(orjson.loads(held) | told) if member.name == "manifest.json" else held

        return change

    newer = altered(saved, restated(revision="9999", hub="9.0"))
    assert "hub plus récent (9.0)" in command(*new, "restore", str(newer), code=2)
    folder, url = new
    elsewhere = postgres_url() if not url else None
    with ExitStack() as stack:
        if elsewhere:
            other = stack.enter_context(postgres_database(elsewhere)).render_as_string(hide_password=False)
            assert "DATABASE_URL doit en désigner" in command(folder, other, "restore", str(saved), code=2)
        elif url:
            assert "DATABASE_URL doit en désigner" in command(folder, "", "restore", str(saved), code=2)
    assert nothing_written(folder, url)


def test_an_instance_that_holds_something_is_never_written_over(lived: Flask, saved: Path, tmp_path: Path) -> None:
    before = said_by(lived)
    said = command(Path(lived.instance_path), lived.config["DATABASE_URL"], "restore", str(saved), code=2)
    assert "La base n'est pas vide" in said
    assert said_by(lived) == before
    half = tmp_path / "demi"
    shutil.copytree(Path(lived.instance_path) / "raw", half / "raw")
    assert "raw/ n'est pas vide" in command(half, "", "restore", str(saved), code=2)


def test_an_older_backup_is_brought_to_the_schema_of_today(lived: Flask, new: tuple[Path, str], tmp_path: Path) -> None:
    before = said_by(lived)
    prepare_database()
    downgrade(revision="-1")
    file = tmp_path / "ancienne"
    command(Path(lived.instance_path), lived.config["DATABASE_URL"], "backup", str(file))
    command(*new, "restore", str(file))
    app = opened(*new)
    with app.app_context():
        assert base_is_well()
        assert said_by(app) == before
        db.session.remove()
        db.engine.dispose()


def test_an_initialised_and_empty_instance_takes_a_backup(lived: Flask, saved: Path, new: tuple[Path, str]) -> None:
    command(*new, "init")
    command(*new, "restore", str(saved))
    app = opened(*new)
    with app.app_context():
        assert said_by(app) == said_by(lived)
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def seal(tmp_path: Path) -> Iterator[list[str]]:
    """The words of GnuPG with a passphrase of its own; its agent ends with the test."""
    if not shutil.which("gpg"):
        pytest.skip("gpg n'est pas sur cette machine")
    home = tmp_path / "gpg"
    home.mkdir(mode=0o700)
    (home / "phrase").write_text("phrase de passe d'un essai")
    given = ("--pinentry-mode", "loopback", "--passphrase-file", str(home / "phrase"))
    yield ["gpg", "--batch", "--quiet", "--homedir", str(home), *given]
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True, timeout=20)


def test_a_backup_goes_through_a_program_that_encrypts(
    lived: Flask, new: tuple[Path, str], tmp_path: Path, seal: list[str]
) -> None:
    """As docs/OPERATIONS.md writes it: the archive is never on the disk in clear."""
    sealed = tmp_path / "hub.gpg"

    def through(words: list[str], url: str = "", given: bytes = b"") -> bytes:
        told = environment(HUB_DATABASE_URL=url, HUB_CLOCK=CLOCK)
        return subprocess.run(words, env=told, input=given, stdout=subprocess.PIPE, check=True, timeout=60).stdout

    clear = through([*PROGRAM, "--instance", lived.instance_path, "backup", "-"], lived.config["DATABASE_URL"])
    through([*seal, "--symmetric", "--output", str(sealed)], given=clear)
    assert b"manifest.json" not in sealed.read_bytes()
    assert "encore chiffré" in command(*new, "restore", str(sealed), code=2)
    again = through([*seal, "--decrypt", str(sealed)])
    through([*PROGRAM, "--instance", str(new[0]), "restore", "-"], new[1], again)
    app = opened(*new)
    with app.app_context():
        assert said_by(app) == said_by(lived)
        db.session.remove()
        db.engine.dispose()


def test_without_the_programs_of_postgresql_the_hub_says_what_to_install(
    lived: Flask, new: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not new[1]:
        pytest.skip("SQLite se copie de lui-même")
    monkeypatch.setenv("PATH", str(tmp_path))
    file = tmp_path / "sans"
    said = command(Path(lived.instance_path), lived.config["DATABASE_URL"], "backup", str(file), code=5)
    assert "paquet postgresql-client" in said
    assert not file.exists()
