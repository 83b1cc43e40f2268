"""Connectors of other packages: found by their entry point, used when allowed, never in the way of the hub."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from connectors import BUILT_IN, consul
from connectors.catalogue import installed
from connectors.testing.report import check
from connectors.testing.sample_site import SampleSite
from hub.errors import BadQuery
from hub.harvest.options import connector_called, connectors_found
from tests.harvesting import harvest, titles
from tests.make import make_source

GOOD = "from connectors.testing.sample import *\nfrom connectors.testing.sample import harvest\nNAME = 'idees'\n"
SIMULATED = GOOD + "SIMULATED = 'connectors.testing.sample_site:SampleSite'\n"
HUB = Path(sys.executable).with_name("hub")
Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Install]:
    """Install a package of one module, as pip does: the module, and what its metadata say of it."""
    sys.path.insert(0, str(tmp_path))
    made: list[str] = []

    def place(source: str, name: str = "idees", module: str = "paquet_idees") -> None:
        (tmp_path / f"{module}.py").write_text(source, "utf-8")
        about = tmp_path / f"{module}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", "utf-8")
        (about / "entry_points.txt").write_text(f"[metropoles.connectors]\n{name} = {module}\n", "utf-8")
        made.append(module)

    yield place
    sys.path.remove(str(tmp_path))
    for module in made:
        sys.modules.pop(module, None)


def test_a_connector_of_another_package_is_found_and_passes_the_kit(install: Install) -> None:
    install(GOOD)
    found = installed({"idees"})["idees"]
    assert found.broken is None
    assert found.module is not None
    assert check(found.module, SampleSite) == []


def test_one_that_is_not_allowed_is_listed_and_not_even_imported(install: Install) -> None:
    install("raise SystemError")
    found = installed(())
    assert found["idees"].module is None
    assert "CONNECTORS_ALLOWED" in str(found["idees"].broken)
    assert "paquet_idees" not in sys.modules


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("raise RuntimeError('x')", "ne peut être chargé (RuntimeError)"),
        ("import un_paquet_qui_manque", "ne peut être chargé (ModuleNotFoundError)"),
        ("def (", "ne peut être chargé (SyntaxError)"),
        ("NAME, CONTRACT = 'idees', 1", "fonction « harvest »"),
        (GOOD + "CONTRACT = 2\n", "contrat 2 ; le hub suit le contrat 1"),
        (GOOD + "NAME = 'autre'\n", "un autre nom"),
        (GOOD + "del PAUSE\n", "ne déclare pas : PAUSE"),
        (GOOD + "OPTIONS = ('cle',)\n", "options de ce connecteur"),
    ],
)
def test_a_broken_one_is_listed_with_its_reason_and_the_others_stay(install: Install, source: str, words: str) -> None:
    install(source)
    found = installed({"idees"})
    assert found["idees"].module is None
    assert words in str(found["idees"].broken)
    assert {name for name, each in found.items() if each.module} == set(BUILT_IN)


def test_no_package_takes_the_name_of_a_built_in_connector_nor_that_of_another(install: Install) -> None:
    install(GOOD, "consul", "paquet_consul")
    install(GOOD)
    install(GOOD, module="paquet_jumeau")
    found = installed({"consul", "idees"})
    assert found["consul"].module is consul
    assert "d'un connecteur du hub" in str(found["consul (paquet_consul 1.0)"].broken)
    assert "Deux paquets" in str(found["idees"].broken)


def listed() -> dict[str, tuple[str, str, str, str]]:
    return {each.name: (each.label, each.version, each.origin, each.state) for each in connectors_found()}


def test_the_hub_lists_what_it_has_with_where_it_comes_from_and_how_it_stands(
    sqlite_app: Flask, install: Install
) -> None:
    install(GOOD)
    assert listed()["consul"] == ("CONSUL Democracy", consul.VERSION, "", "ready")
    assert listed()["idees"] == ("idees", "", "paquet_idees 1.0", "refused")
    sqlite_app.config["CONNECTORS_ALLOWED"] = "autre, idees"
    assert listed()["idees"] == ("Boîte à idées (exemple)", "1.0", "paquet_idees 1.0", "ready")


def test_a_source_is_read_by_the_connector_of_another_package_when_it_is_allowed(
    sqlite_reader: Flask, install: Install
) -> None:
    install(GOOD)
    site = SampleSite()
    source = make_source("idees", connector="idees", url=site.url, frequency="daily", options=dict(site.options))
    with pytest.raises(BadQuery, match="CONNECTORS_ALLOWED"):
        harvest(source)
    sqlite_reader.config["CONNECTORS_ALLOWED"] = "idees"
    assert harvest(source).state == "complete"
    assert titles()
    site.close()


def test_a_connector_that_does_not_exist_or_is_broken_is_told_in_one_sentence(
    sqlite_app: Flask, install: Install
) -> None:
    install("raise RuntimeError", "casse", "paquet_casse")
    sqlite_app.config["CONNECTORS_ALLOWED"] = "casse"
    with pytest.raises(BadQuery, match=r"ne peut être utilisé\. Ce connecteur ne peut être chargé \(RuntimeError\)"):
        connector_called("casse")
    with pytest.raises(BadQuery, match=r"n'existe pas\. Connecteurs : cap_collectif, consul"):
        connector_called("inconnu")


def command(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    place = {**os.environ, "PYTHONPATH": f"{Path.cwd()}:{tmp_path}", "HUB_CONNECTORS_ALLOWED": "idees casse"}
    words = (str(HUB), "--instance", str(tmp_path / "instance"), *words)
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120, env=place)


@pytest.mark.parametrize(
    ("source", "options", "code", "words"),
    [
        (SIMULATED, (), 0, "F  pannes                     réussi"),
        (GOOD + "FIELDS = {}\n", ("--platform", "connectors.testing.sample_site:SampleSite"), 1, "champ_non_declare"),
        (GOOD, (), 2, "ne dit pas sa plateforme simulée"),
        (GOOD, ("--platform", "absent:Site"), 2, "ne peut être chargée"),
        (GOOD, ("--platform", "json:absent"), 2, "MODULE:NOM est attendu"),
    ],
)
def test_whoever_writes_a_connector_runs_the_kit_by_one_command(
    tmp_path: Path, install: Install, source: str, options: tuple[str, ...], code: int, words: str
) -> None:
    install(source)
    done = command(tmp_path, "connectors", "check", "idees", *options)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False)
    assert words in done.stdout + done.stderr


def test_a_broken_connector_never_prevents_the_start(tmp_path: Path, install: Install) -> None:
    install("import sys\nraise RuntimeError", "casse", "paquet_casse")
    assert command(tmp_path, "init").returncode == 0
    assert "ne peut être chargé" in command(tmp_path, "connectors", "check", "casse").stderr
    told = command(tmp_path, "connectors", "list").stdout
    assert "casse (paquet_casse 1.0) — Inutilisable : Ce connecteur ne peut être chargé (RuntimeError)." in told
    assert "CONSUL Democracy" in told
