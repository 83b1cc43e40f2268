"""Whoever reads or acts: a person with their roles, or nobody; and the one question asked of them, `may`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.access.rights import ALL, COORDINATION, FUNCTIONS, OPERATION, OWN, PROPOSE, RIGHTS, VISITOR, WEAKENED
from hub.clock import now
from hub.errors import HubError

CONSOLE, MAIL_LINK, PASSKEY, PROVIDER = "console", "lien", "cle", "fournisseur"
WAY_LABELS = {
    CONSOLE: "lien donné par la machine",
    MAIL_LINK: "lien reçu par courriel",
    PASSKEY: "clé d'accès",
    PROVIDER: "fournisseur d'identité",
}
STRONG = (CONSOLE, PASSKEY, PROVIDER)
"""The ways in that grant the acts of administrators, coordinators and operators."""
FRESH = timedelta(minutes=15)
"""How old the proof of identity may be for a sensitive act (`identity.md` §8)."""


class Forbidden(HubError):
    """The person may not do this."""

    status = 403


class NotEntered(Forbidden):
    """Nobody has entered: whoever asks is led to the ways in."""

    status = 401


class ProofNeeded(Forbidden):
    """A sensitive act asks for a proof of identity of less than 15 minutes."""


@dataclass(frozen=True)
class Held:
    """A role in force: its code and, for one metropole, its SIREN."""

    role: str
    siren: str | None = None


@dataclass(frozen=True)
class Reader:
    """Who asks: nobody by default. `acting_for`: the SIREN of the metropole for which the person acts.

    `rescues`: the metropoles whose unpublished content an operator may see for an hour.
    """

    person_id: int | None = None
    ref: str = ""
    name: str = ""
    held: tuple[Held, ...] = ()
    way: str = ""
    acr: str = ""
    acting_for: str | None = None
    proved_at: str | None = None
    rescues: tuple[str, ...] = ()
    address: str = ""
    request_id: str = ""

    @property
    def entered(self) -> bool:
        """Whether somebody is there."""
        return self.person_id is not None

    @property
    def roles(self) -> tuple[Held, ...]:
        """The roles as this session may use them: an e-mail link alone makes nobody an administrator."""
        if self.way in STRONG:
            return self.held
        return tuple(
            replace(each, role=WEAKENED.get(each.role, each.role))
            for each in self.held
            if each.role not in (COORDINATION, OPERATION)
        )

    @property
    def weakened(self) -> bool:
        """Whether this session uses less than what the person holds."""
        return self.roles != self.held

    def scopes(self, verb: str) -> list[tuple[str, str | None]]:
        """Return (scope, SIREN) for each way in which this person holds a verb; empty when they do not.

        Raises KeyError for a verb that the table does not know.
        """
        holders = RIGHTS[verb].holders
        found = [(holders[each.role], each.siren) for each in self.roles if each.role in holders]
        if VISITOR in holders:
            found.append((holders[VISITOR], None))
        elif self.entered and verb in ("account", "account_proof"):
            found.append((ALL, None))
        return found

    def scope(self, verb: str, siren: str | None = None) -> str | None:
        """Return the widest scope in which the person may do `verb` on what is of the metropole `siren`, or None.

        Without a SIREN the thing is of the network: a right over one metropole does not reach it.
        """
        reached = {scope for scope, own in self.scopes(verb) if scope == ALL or own is None or own == siren}
        return next((scope for scope in (ALL, OWN, PROPOSE) if scope in reached), None)

    def may(self, verb: str, siren: str | None = None) -> bool:
        """Tell whether the person may do `verb` on what is of the metropole `siren` (of the network without it)."""
        return self.scope(verb, siren) is not None

    def may_somewhere(self, verb: str) -> bool:
        """Tell whether the person holds `verb` for anything at all: what a menu asks."""
        return bool(self.scopes(verb))

    def sirens(self, verb: str) -> tuple[str, ...] | None:
        """Return the metropoles on which the person may do `verb`; None when on all of them."""
        found = self.scopes(verb)
        if any(scope == ALL or own is None for scope, own in found):
            return None
        return tuple(sorted({own for _, own in found if own}))

    def function(self, verb: str, siren: str | None) -> str:
        """Return in what function the person does `verb`: what is told in public, where no person is named."""
        if not self.entered:
            return self.name
        holders = RIGHTS[verb].holders
        fit = (each for each in self.roles if each.role in holders and each.siren in (None, siren))
        return next((FUNCTIONS[each.role] for each in fit), "une personne du réseau")

    def is_fresh(self) -> bool:
        """Tell whether the person proved who they are less than 15 minutes ago."""
        return self.proved_at is not None and now() - datetime.fromisoformat(self.proved_at) <= FRESH

    def must_be_fresh(self, verb: str) -> None:
        """Raise ProofNeeded when `verb` is a sensitive act and the person's proof is older than 15 minutes."""
        if RIGHTS[verb].fresh and not self.is_fresh():
            raise ProofNeeded("Confirmez d'abord que c'est bien vous : cet acte demande une preuve récente.")

    def demand(self, verb: str, siren: str | None = None) -> str:
        """Return the scope in which the person may do this. Raises NotEntered, Forbidden, ProofNeeded."""
        scope = self.scope(verb, siren)
        if scope is None:
            raise self.refusal()
        self.must_be_fresh(verb)
        return scope

    def refusal(self) -> Forbidden:
        """Return the error that fits: to enter, to enter by a stronger way, or to ask somebody else."""
        if not self.entered:
            return NotEntered("Cette page est réservée aux membres du réseau : entrez d'abord.")
        if self.weakened:
            return Forbidden("Un lien reçu par courriel ne suffit pas pour cet acte : ajoutez une clé d'accès.")
        return Forbidden("Vos rôles ne donnent pas ce droit.")


NOBODY = Reader()


def console(actor: str) -> Reader:
    """Return who acts from the command line of the machine, under the function they gave."""
    return Reader(name=actor, way=CONSOLE, held=(Held(OPERATION),))
