"""The right that each view asks for, declared where the view is; a view without one stops the start (I20)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Flask

from hub.access.rights import RIGHTS

View = TypeVar("View", bound=Callable[..., Any])
STATIC = "static"


def needs(verb: str) -> Callable[[View], View]:
    """Declare the right that a view asks for; it stands over the one of its blueprint. Raises KeyError."""
    assert RIGHTS[verb]

    def declare(view: View) -> View:
        view.right = verb  # type: ignore[attr-defined]  # a function bears what is written on it
        return view

    return declare


def all_need(bp: Blueprint, verb: str) -> None:
    """Declare the right that the views of a blueprint ask for. Raises KeyError."""
    assert RIGHTS[verb]
    bp.right = verb  # type: ignore[attr-defined]  # so does a blueprint


def takes(setting: str) -> Callable[[View], View]:
    """Declare the setting that bounds what a view is sent, in bytes; others take MAX_FORM_BYTES."""

    def declare(view: View) -> View:
        view.size = setting  # type: ignore[attr-defined]  # a function bears what is written on it
        return view

    return declare


def size_of(app: Flask, endpoint: str) -> int | None:
    """Return how many bytes a view may be sent; None when it declares nothing."""
    setting = getattr(app.view_functions[endpoint], "size", None)
    return int(app.config[setting]) if setting else None


def right_of(app: Flask, endpoint: str) -> str | None:
    """Return the verb that an endpoint asks for; None when nobody declared one."""
    if endpoint == STATIC:
        return "read"
    blueprint = app.blueprints.get(endpoint.rpartition(".")[0])
    return getattr(app.view_functions[endpoint], "right", None) or getattr(blueprint, "right", None)


def scopes_of(app: Flask, endpoint: str) -> frozenset[str]:
    """Return the scopes that an endpoint names; none when it takes no token."""
    found: frozenset[str] = getattr(app.view_functions[endpoint], "scopes", frozenset())
    return found


def must_all_be_declared(app: Flask) -> None:
    """Raise RuntimeError when a view declares no right."""
    undeclared = [endpoint for endpoint in app.view_functions if right_of(app, endpoint) is None]
    if undeclared:
        raise RuntimeError(f"views without a declared right: {', '.join(undeclared)}")
