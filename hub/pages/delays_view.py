"""What the page of delays shows: the curves, each avis, the commitments of which there is no news."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from flask import current_app, url_for

from hub.benchmark.avis import Avis, with_pieces
from hub.benchmark.delays import Delay, window_start
from hub.benchmark.indicators import INDICATORS
from hub.benchmark.promise import days_since
from hub.benchmark.promises import Promise
from hub.models.thing import Thing
from hub.pages.charts_steps import dot_key, steps_svg, tick_key
from hub.pages.choices import page_asked, page_url
from hub.pages.delays_found import Asked, Found, counters, estimated, promise_counters
from hub.pages.delays_words import ANSWERS, AVIS_APART, KEPT, PROMISE_APART, CurveWords, curve_text, median_words
from hub.pages.format import listing, number, plural
from hub.pages.situation import coverage

SHOWN = 30
"""How many commitments without news the page lists; its files hold all."""
NAMED = 3
"""Up to how many metropoles a source is named by name."""


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
        "labels": {one["key"]: INDICATORS[one["key"]].label for one in (*told, *promises_told)},
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
    return _curve(waited, title, ANSWERS)


def promise_curve(found: Found) -> dict[str, Any] | None:
    """Return the curve of the commitments kept with its table; None under five commitments (B25)."""
    waited = found.delay
    if not waited.enough:
        return None
    done = len(waited.answered)
    title = (
        f"{number(done)} {plural(done, 'engagement réalisé', 'engagements réalisés')} sur {number(waited.followed)} "
    )
    return _curve(waited, f"{title}suivis ; médiane : {median_words(waited)}", KEPT)


def _curve(waited: Delay, title: str, words: CurveWords) -> dict[str, Any]:
    return {
        "title": title,
        "svg": steps_svg(waited.steps, waited.running, waited.longest, title),
        "text": curve_text(waited, words),
        "heads": ["Jours", f"{words.cases.capitalize()} encore suivis", words.ends.capitalize(), words.share],
        "rows": [
            (number(step.days), number(step.at_risk), number(step.events), number(1 - step.share_left, "%"))
            for step in waited.steps
        ],
        "keys": [(dot_key(), words.ends), (tick_key(), f"{words.cases} {words.left}, au dernier jour suivi")],
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
    return days_since(one.news, found.asked.as_of) if one.news else None


def _unproved(asked: Asked) -> dict[str, Any]:
    chosen = {"metropole": asked.chosen.slug} if asked.chosen else {}
    return chosen | {"etat": "realise", "preuve": "aucune_preuve", "portee": "metropole"}


def _covered(asked: Asked, things: Sequence[Thing]) -> dict[str, str]:
    """Return who the source is and how many metropoles it covers (B7)."""
    named = {thing.metropole.siren: thing.metropole for thing in things if thing.metropole}
    who = listing(one.name for one in named.values()) if len(named) <= NAMED else f"{number(len(named))} métropoles"
    return {"who": who, "covers": "" if asked.chosen else coverage(set(named), asked.every)}
