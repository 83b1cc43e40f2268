"""What is installed is written down, to the digest: the lock, and the bill of materials made from it (C39)."""

from __future__ import annotations

import configparser
import re
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.materials import PROJECT, Mismatch, Pin, asked_by, bill, locked

ROOT = Path(__file__).resolve().parents[1]
AT = "2026-01-31T12:00:00Z"


def declared() -> list[Requirement]:
    """The dependencies of the hub, and what builds it."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", "utf-8")
    build = re.findall(r'"(setuptools>[^"]*)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    return [Requirement(line) for line in [*setup["options"]["install_requires"].split(), *build]]


@pytest.fixture(scope="module")
def pins() -> dict[str, Pin]:
    """The lock, with the versions of the environment of these tests."""
    return {name: replace(pin, version=version(name)) for name, pin in locked().items()}


def test_every_dependency_is_locked_within_its_range() -> None:
    pins = locked()
    for each in declared():
        pin = pins[canonicalize_name(each.name)]
        assert each.specifier.contains(pin.version), (each, pin.version)


def test_every_line_of_the_lock_is_one_version_with_the_digests_of_its_files() -> None:
    pins = locked()
    assert len(pins) > len(declared())
    for pin in pins.values():
        assert re.fullmatch(r"\d[\w.]*", pin.version), pin
        assert pin.digests, pin.name
        assert len(set(pin.digests)) == len(pin.digests), pin.name
        assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in pin.digests), pin.name
    text = (ROOT / "requirements.lock").read_text("utf-8")
    for line in text.splitlines():
        stands = re.fullmatch(r"#.*|    # .*|    #   .*|[a-z0-9-]+==\S+ \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line)
        assert stands or not line, line


def test_what_a_locked_package_asks_for_is_locked_too() -> None:
    pins = locked()
    looked_at = 0
    for pin in pins.values():
        try:
            package = distribution(pin.name)
        except PackageNotFoundError:
            continue
        if package.version == pin.version:
            looked_at += 1
            for each in asked_by(package):
                assert each.specifier.contains(pins[canonicalize_name(each.name)].version), (pin.name, str(each))
    assert looked_at > len(pins) / 2, "l'environnement est loin du verrou : refaites-le (make lock)"


def test_the_bill_of_materials_says_what_its_specification_requires(pins: dict[str, Pin]) -> None:
    """The required members of CycloneDX 1.6, and the values it restricts (https://cyclonedx.org/docs/1.6/json/)."""
    made = bill(pins, AT)
    assert (made["bomFormat"], made["specVersion"], made["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", made["serialNumber"])
    subject = made["metadata"]["component"]
    assert (made["metadata"]["timestamp"], subject["type"], subject["name"]) == (AT, "application", PROJECT)
    assert subject["licenses"] == [{"license": {"id": "AGPL-3.0-or-later"}}]
    references = {each["bom-ref"] for each in made["components"]} | {subject["bom-ref"]}
    assert len(references) == len(made["components"]) + 1 == len(pins) + 1
    for each in made["components"]:
        assert (each["type"], each["scope"] in ("required", "excluded"), bool(each["name"])) == ("library", True, True)
        assert each["purl"] == f"pkg:pypi/{each['name']}@{each['version']}"
        assert each["licenses"], each["name"]
        for said in each["licenses"]:
            assert set(said) == {"expression"} or set(said["license"]) <= {"id", "name"}
        (files,) = each["externalReferences"]
        assert (files["type"], files["url"].startswith("https://pypi.org/")) == ("distribution", True)
        assert all(hash["alg"] == "SHA-256" and len(hash["content"]) == 64 for hash in files["hashes"])
    tied = {each["ref"]: each["dependsOn"] for each in made["dependencies"]}
    assert set(tied) <= references
    assert all(set(children) <= references and len(set(children)) == len(children) for children in tied.values())
    direct = {canonicalize_name(each.name) for each in declared()} - {"setuptools"}
    assert {name for ref in tied[subject["bom-ref"]] if (name := ref[9:].partition("@")[0])} == direct
    assert [each["name"] for each in made["components"] if each["scope"] == "excluded"] == ["setuptools"]


def test_the_bill_of_materials_is_made_again_byte_for_byte(pins: dict[str, Pin]) -> None:
    assert bill(pins, AT) == bill(pins, AT)
    other = pins | {"flask": replace(pins["flask"], digests=("0" * 64,))}
    assert bill(other, AT)["serialNumber"] != bill(pins, AT)["serialNumber"]


def test_no_bill_is_made_of_something_else_than_the_lock(pins: dict[str, Pin]) -> None:
    with pytest.raises(Mismatch, match=r"flask : .* est installé, le verrou dit 0\.0\.1"):
        bill(pins | {"flask": replace(pins["flask"], version="0.0.1")}, AT)
    with pytest.raises(Mismatch, match="Absents du verrou : flask"):
        bill({name: pin for name, pin in pins.items() if name != "flask"}, AT)
