"""`python -m tests.materials FILE`: the bill of materials of a version (C39), CycloneDX 1.6 in JSON.

Says what `requirements.lock` installs: each package with its version, its licence, the sha256 of the files it may come
from, and who asks for it. Licences and requirements are read in the environment, which must be of the same versions.
Reference: ECMA-424, https://cyclonedx.org/docs/1.6/json/.
"""

from __future__ import annotations

import json
import os
import re
import sys
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = "metropoles-participatives-hub"
SPDX = {
    "MIT License": "MIT",
    "Apache License 2.0": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    **{name: name for name in ("MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "AGPL-3.0-or-later")},
}
"""The SPDX name of what older metadata say in their own words, where no doubt is left (« BSD License » leaves one)."""


class Mismatch(Exception):
    """The environment is not made from the lock."""


@dataclass(frozen=True)
class Pin:
    """One line of the lock: the only version, the sha256 of its files."""

    name: str
    version: str
    digests: tuple[str, ...]


def locked(text: str | None = None) -> dict[str, Pin]:
    """The packages of the lock, by name."""
    text = (ROOT / "requirements.lock").read_text("utf-8") if text is None else text
    found = {}
    for block in re.split(r"\n(?=[a-z])", re.sub(r"(?m)^\s*#.*\n?", "", text).strip()):
        first, *rest = block.replace("\\\n", "\n").split("\n")
        name, version = first.strip().split("==")
        digests = tuple(line.strip().removeprefix("--hash=sha256:") for line in rest if line.strip())
        found[name] = Pin(name, version, digests)
    return found


def asked_by(package: Distribution, extras: frozenset[str] = frozenset()) -> list[Requirement]:
    """What a package requires here, with those extras."""
    every = [Requirement(line) for line in package.requires or []]
    return [each for each in every if not each.marker or any(each.marker.evaluate({"extra": e}) for e in ("", *extras))]


def graph(root: str = PROJECT) -> dict[str, list[str]]:
    """Who asks for whom, from the hub down."""
    found: dict[str, set[str]] = {}
    waiting = [(root, frozenset[str]())]
    done = set()
    while waiting:
        name, extras = pair = waiting.pop()
        if pair in done:
            continue
        done.add(pair)
        for each in asked_by(distribution(name), extras):
            child = canonicalize_name(each.name)
            found.setdefault(name, set()).add(child)
            waiting.append((child, frozenset(each.extras)))
        found.setdefault(name, set())
    return {name: sorted(children) for name, children in sorted(found.items())}


def bill(pins: dict[str, Pin], at: str) -> dict[str, Any]:
    """The bill of materials. Raises Mismatch."""
    tree = graph()
    if astray := sorted(set(tree) - {PROJECT} - set(pins)):
        raise Mismatch(f"Absents du verrou : {', '.join(astray)}. Refaites-le : make lock.")
    own = distribution(PROJECT)
    references = {PROJECT: f"pkg:pypi/{PROJECT}@{own.version}"}
    references |= {name: f"pkg:pypi/{name}@{pin.version}" for name, pin in pins.items()}
    subject = {"type": "application", "bom-ref": references[PROJECT], "name": PROJECT, "version": own.version}
    subject |= {"purl": references[PROJECT], "licenses": _licences(own)}
    components = [_component(pin, references[name], name in tree) for name, pin in sorted(pins.items())]
    needed = [
        {"ref": references[name], "dependsOn": [references[child] for child in children]}
        for name, children in tree.items()
    ]
    said = {"components": components, "dependencies": needed}
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([subject, said], sort_keys=True))
    head = {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": f"urn:uuid:{serial}", "version": 1}
    return {**head, "metadata": {"timestamp": at, "component": subject}, **said}


def _component(pin: Pin, reference: str, needed: bool) -> dict[str, Any]:
    """One package; what only builds is `excluded`."""
    try:
        package = distribution(pin.name)
    except PackageNotFoundError:
        raise Mismatch(f"{pin.name} n'est pas installé : lancez make sbom.") from None
    if package.version != pin.version:
        raise Mismatch(f"{pin.name} : {package.version} est installé, le verrou dit {pin.version} : make sbom.")
    files = {
        "type": "distribution",
        "url": f"https://pypi.org/project/{pin.name}/{pin.version}/#files",
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in pin.digests],
    }
    told = {"type": "library", "bom-ref": reference, "name": pin.name, "version": pin.version, "purl": reference}
    told |= {"scope": "required" if needed else "excluded", "licenses": _licences(package)}
    return told | {"externalReferences": [files]}


def _licences(package: Distribution) -> list[dict[str, Any]]:
    """The licence a package states: an SPDX expression where it gives one, else its own words."""
    if expression := package.metadata.get("License-Expression"):
        return [{"expression": expression}]
    own = (package.metadata.get("License") or "").strip().split("\n")[0]
    classes = [each.rpartition(" :: ")[2] for each in package.metadata.get_all("Classifier") or () if "License" in each]
    words = [own] if own in SPDX else classes or [own]
    return [{"license": {"id": SPDX[each]} if each in SPDX else {"name": each}} for each in words if each]


def moment() -> str:
    """When the version was made: SOURCE_DATE_EPOCH when it is given, so that the file is made again byte for byte."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    at = datetime.fromtimestamp(int(given), UTC) if given else datetime.now(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


if __name__ == "__main__":
    try:
        made = bill(locked(), moment())
    except Mismatch as mismatch:
        sys.exit(str(mismatch))
    Path(sys.argv[1]).write_text(json.dumps(made, ensure_ascii=False, indent=2) + "\n", "utf-8")
    print(f"{sys.argv[1]} : {len(made['components'])} paquets.")
