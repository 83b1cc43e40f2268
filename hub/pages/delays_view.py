"""What the page of delays shows: counters, the curve, each avis, the commitments of which there is no news."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from flask import current_app, url_for

from hub.benchmark.avis import Avis, with_pieces
from hub.benchmark.coverage import all_complete
from hub.benchmark.delays import Answers, Delay, Share, answers, delay, window_start
from hub.benchmark.intervals import wilson
from hub.benchmark.promises import Promise
from hub.models.metropole import Metropole, disjoint
from hub.models.thing import EVERYTHING, Filter, Thing
from hub.pages.charts_steps import dot_key, steps_svg, tick_key
from hub.pages.choices import page_asked, page_url
from hub.pages.delays_words import AVIS_APART, PROMISE_APART, curve_text, median_words, share_words, why_estimated
from hub.pages.format import days as days_words
from hub.pages.format import listing, number, plural
from hub.pages.situation import coverage

SHOWN = 30
"""How many commitments without news the page lists; its files hold all."""
NAMED = 3
"""Up to how many metropoles a source is named by name."""


@dataclass(frozen=True)
class Asked:
    """What the address asks: one metropole, or the network, on a day."""

    every: Sequence[Metropole]
    chosen: Metropole | None
    as_of: date

    @property
    def narrowed(self) -> Filter:
        """Return the filter of the things to read."""
        return Filter(metropoles=(self.chosen.slug,)) if self.chosen else EVERYTHING

    @cached_property
    def summed(self) -> frozenset[str]:
        """Return the SIRENs that are counted together: territories nested in another one are not (B6)."""
        return frozenset(one.siren for one in ([self.chosen] if self.chosen else disjoint(self.every)))

    @property
    def place(self) -> str:
        """Return the name of what is looked at."""
        return self.chosen.name if self.chosen else "tout le réseau"


@dataclass(frozen=True)
class Found:
    """The avis and the commitments read, and what their clocks say on the day asked."""

    asked: Asked
    avis: Sequence[Avis]
    promises: Sequence[Promise]

    @cached_property
    def counted(self) -> list[Avis]:
        """Return the avis of the window that are counted."""
        return [one for one in self.avis if not one.apart]

    @cached_property
    def answers(self) -> Answers:
        """Return what these avis say."""
        return answers([one.clock for one in self.counted if one.clock], self.asked.as_of)

    @cached_property
    def delay(self) -> Delay:
        """Return how long commitments take."""
        return delay([one.clock for one in self.promises if one.clock and not one.apart], self.asked.as_of)

    @property
    def open(self) -> list[Promise]:
        """Return the commitments still to be kept."""
        return [one for one in self.promises if one.open]

    @property
    def silent(self) -> list[Promise]:
        """Return those of which there is no news, the oldest news first."""
        return sorted((one for one in self.open if one.silent), key=lambda one: (str(one.news or ""), one.thing.id))

    def silence(self) -> Share:
        """Return the share of open commitments of which there is no news."""
        return Share(len([one for one in self.open if one.silent]), len(self.open), estimated=False)

    def state(self, kind: str, enough: bool, some: bool, estimated: bool) -> str:
        """Return the state of a value made of these (§1): enough cases, at least one, approximate dates among them."""
        if not enough:
            return "effectif_insuffisant" if some else "non_transmis"
        first = window_start(self.asked.as_of) + timedelta(days=1)
        years = range(first.year if kind == "stage" else self.asked.as_of.year, self.asked.as_of.year + 1)
        complete = not estimated and all_complete(sorted(self.asked.summed), kind, years)
        return "provisoire" if complete else "estime"


def estimated(told: Sequence[dict[str, Any]], approximate: bool) -> str:
    """Return why some of these counters are estimated; empty when none is."""
    return why_estimated(approximate) if any(one["state"] == "estime" for one in told) else ""


def counters(found: Found) -> list[dict[str, Any]]:
    """Return the four counters of the answers (B26): « 2 sur 10 à 6 mois (20 %) », never a mean of the answered."""
    said = found.answers
    shares = (
        ("reponse_part", "Avis ayant reçu une réponse", "", said.part),
        ("reponse_6_mois", "Réponse à 6 mois", "à 6 mois", said.six_months),
        ("reponse_12_mois", "Réponse à 12 mois", "à 12 mois", said.twelve_months),
    )
    told = [_share(found, "stage", *each) for each in shares]
    return [*told, _median(found, "stage", "reponse_delai", "Délai de la réponse", said.delay)]


def promise_counters(found: Found) -> list[dict[str, Any]]:
    """Return the counters of commitments: how long they take, of how many there is no news."""
    median = _median(found, "commitment", "engagements_delai", "Délai de réalisation", found.delay)
    label = "Engagements ouverts sans nouvelle"
    return [median, _share(found, "commitment", "engagements_sans_nouvelle", label, "", found.silence())]


def _share(found: Found, kind: str, key: str, label: str, when: str, share: Share) -> dict[str, Any]:
    state = found.state(kind, share.enough, bool(share.denominator), share.estimated)
    text, rest = share_words(share, when) if share.enough else (None, "")
    low, high = wilson(share.numerator, share.denominator) if share.enough else (None, None)
    known = {"value": share.numerator / share.denominator, "low": low, "high": high} if share.enough else {}
    return {
        "key": key,
        "label": label,
        "text": text,
        "unit": rest,
        "state": state,
        "numerator": share.numerator,
        "denominator": share.denominator,
        "interval": f"Intervalle à 95 % : {number((low or 0) * 100)} à {number(high, '%')}." if share.enough else "",
        **known,
    }


def _median(found: Found, kind: str, key: str, label: str, waited: Delay) -> dict[str, Any]:
    state = found.state(kind, waited.enough, bool(waited.followed), waited.estimated)
    days, reached = waited.median
    known = {"value": days, "qualifier": "exact" if reached else "plus_de"} if waited.enough else {}
    return {
        "key": key,
        "label": label,
        "text": days_words(days) if waited.enough else None,
        "word": "médiane :" if reached else "médiane : plus de",
        "state": state,
        "numerator": len(waited.answered),
        "denominator": waited.followed,
        **known,
    }


def shown(found: Found) -> dict[str, Any]:
    """Return what the template shows."""
    page, pages = page_asked(len(found.counted))
    size = current_app.config["PAGE_SIZE"]
    promised = [one for one in found.promises if one.counted]
    told, promises_told = counters(found), promise_counters(found)
    return {
        "asked": found.asked,
        "found": found,
        "first": window_start(found.asked.as_of) + timedelta(days=1),
        "counters": told,
        "estimated": estimated(told, found.answers.delay.estimated),
        "curve": answer_curve(found),
        "lines": [line(found, one) for one in with_pieces(found.counted[(page - 1) * size : page * size])],
        "apart": [_apart(found, code, words) for code, words in AVIS_APART.items() if _with(found.avis, code)],
        "page": page,
        "pages": pages,
        "page_at": page_url,
        "promised": promised,
        "promise_counters": promises_told,
        "promises_estimated": estimated(promises_told, found.delay.estimated),
        "promise_curve": promise_curve(found),
        "silent": [{"promise": one, "since": _since_news(found, one)} for one in found.silent[:SHOWN]],
        "promises_apart": [
            (number(len(inside)), words)
            for code, words in PROMISE_APART.items()
            if (inside := _with(found.promises, code))
        ],
        "unproved": len([one for one in promised if one.unproved]),
        "unproved_url": url_for("engagements.listing", **_unproved(found.asked)),
        "covered": _covered(found.asked, [one.thing for one in found.counted]),
        "promises_covered": _covered(found.asked, [one.thing for one in promised]),
    }


def answer_curve(found: Found) -> dict[str, Any] | None:
    """Return the curve of the answers with its table, its title being what it shows; None under five avis (B25)."""
    waited, share = found.answers.delay, found.answers.part
    if not waited.enough:
        return None
    title = f"{number(share.numerator)} {plural(share.numerator, 'avis', 'avis')} sur {number(share.denominator)} "
    title += f"{plural(share.numerator, 'a', 'ont')} reçu une réponse ; médiane : {median_words(waited)}"
    return _curve(waited, title, "avis", "réponses")


def promise_curve(found: Found) -> dict[str, Any] | None:
    """Return the curve of the commitments kept with its table; None under five commitments (B25)."""
    waited = found.delay
    if not waited.enough:
        return None
    done = len(waited.answered)
    title = (
        f"{number(done)} {plural(done, 'engagement réalisé', 'engagements réalisés')} sur {number(waited.followed)} "
    )
    return _curve(waited, f"{title}suivis ; médiane : {median_words(waited)}", "engagements", "réalisations")


def _curve(waited: Delay, title: str, cases: str, ends: str) -> dict[str, Any]:
    return {
        "title": title,
        "svg": steps_svg(waited.steps, waited.running, waited.longest, title),
        "text": curve_text(waited, cases, ends),
        "heads": ["Jours", f"{cases.capitalize()} encore suivis", ends.capitalize(), "Part"],
        "rows": [
            (number(step.days), number(step.at_risk), number(step.events), number(1 - step.share_left, "%"))
            for step in waited.steps
        ],
        "keys": [(dot_key(), ends), (tick_key(), f"{cases} qui attendent encore, jusqu'au jour où on les suit")],
        "state": "estime" if waited.estimated else "",
    }


def line(found: Found, one: Avis) -> dict[str, Any]:
    """Return an avis of the list: what became of it, for how many days it has waited or waited."""
    timed = one.clock
    length = timed.days(found.asked.as_of) if timed and not timed.undated else None
    said = one.thing.data.get("answer_status")
    return {
        "one": one,
        "days": length,
        "approximate": bool(timed and timed.approximate),
        "said": said if said and not one.published else "",
        "answer": one.answer if one.published else None,
    }


def _apart(found: Found, code: str, words: str) -> dict[str, Any]:
    return {"words": words, "lines": [line(found, one) for one in found.avis if one.apart == code]}


def _with(found: Iterable[Any], code: str) -> list[Any]:
    return [one for one in found if one.apart == code]


def _since_news(found: Found, one: Promise) -> int | None:
    return (found.asked.as_of - one.news).days if one.news else None


def _unproved(asked: Asked) -> dict[str, Any]:
    chosen = {"metropole": asked.chosen.slug} if asked.chosen else {}
    return chosen | {"etat": "realise", "preuve": "aucune_preuve", "portee": "metropole"}


def _covered(asked: Asked, things: Sequence[Thing]) -> dict[str, str]:
    """Return who the source is and how many metropoles it covers (B7)."""
    named = {thing.metropole.siren: thing.metropole for thing in things if thing.metropole}
    who = listing(one.name for one in named.values()) if len(named) <= NAMED else f"{number(len(named))} métropoles"
    chosen = [asked.chosen] if asked.chosen else asked.every
    return {"who": who, "covers": coverage(set(named), chosen, asked.chosen is None)}
