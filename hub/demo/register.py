"""The sources of the network in the database of the demonstration, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import insert, inspect, select, update

from hub.db import db, writing
from hub.demo.network import PREFIX, SimulatedSource
from hub.errors import HubError
from hub.harvest.registry import STEPS, note
from hub.models import Source

ACTOR = "démonstration"
_WRITTEN = ("slug", "siren", "name", "connector", "url", "options", "licence", "state")
_STEPS = {state: action for action, (_, state) in STEPS.items() if action != "submit"}


class RealSources(HubError):
    """The database holds sources that are not of the demonstration."""

    status = 409


def refuse_real_sources() -> None:
    """Raise RealSources when the database holds anything but a demonstration: made-up figures never meet real ones."""
    if not inspect(db.engine).has_table("source"):
        return
    real = db.session.scalars(select(Source.slug).where(~Source.slug.startswith(PREFIX)).order_by(Source.slug)).first()
    if real is not None:
        raise RealSources(
            f"Cette base contient de vraies sources (« {real} ») : la démonstration n'y écrira rien. "
            "Retirez HUB_DATABASE_URL, ou donnez l'adresse d'une base vide."
        )


def register(sources: Iterable[SimulatedSource]) -> None:
    """Write the sources, each with the decision on it; those that stand already are put back as declared."""
    with writing() as connection:
        known = set(connection.scalars(select(Source.slug)))
        for each in sources:
            row = {name: getattr(each, name) for name in _WRITTEN}
            if each.slug in known:
                connection.execute(update(Source).where(Source.slug == each.slug).values(**row))
                continue
            added = insert(Source).values(**row, diffusion="public").returning(Source.id)
            source_id = connection.execute(added).scalar_one()
            note(connection, source_id, ACTOR, "propose")
            if each.state in _STEPS:
                note(connection, source_id, ACTOR, _STEPS[each.state], each.motive)
