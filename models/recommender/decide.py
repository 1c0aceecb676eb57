"""Deciding: rules, then a draw with the exact propensity of every candidate: mostly the best, some exploration.

A decision is a pure function of the situation (its id keys only the draw), the bundle, the catalogue and the visit's
past. Slots are drawn in order without replacement; to stay silent is a candidate like the others and ends the slate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models import ids
from models.board import Reason, Recommendation
from models.bundle import Bundle
from models.catalog import Catalog, fold
from models.features import CANDIDATE, CandidateFacts, candidate_matrix
from models.recommender import explain, rank, uplift
from models.recommender.retrieve import CANDIDATES, Pool, retrieve
from models.recommender.rules import Option, capped, options, without_coupon
from models.recommender.situation import Past, Situation

SILENCE = ""
"""The candidate that says nothing; it stands last."""
EVENLY = 0.1
"""Of exploration, the share that no belief directs."""
VALID_MS = 120_000
"""A prompt expires this long after its moment."""
OFFER_PLACES = 15
"""Of the candidates' places, those kept for what is on offer."""


@dataclass(frozen=True)
class Decision:
    """One slot's draw: `option` is None for silence. Candidates, propensities and features go together, row by row."""

    situation: Situation
    slot: int
    option: Option | None
    propensity: float
    policy: str
    bundle: str | None
    candidates: tuple[str, ...]
    propensities: tuple[float, ...]
    features: NDArray[np.float32]
    why: str = ""
    say: str = ""
    reasons: tuple[Reason, ...] = ()
    """What `why` is made of."""
    value: float | None = None
    """Of what was drawn, beyond that of silence: expected additional margin; without a bundle a score."""

    @property
    def prompt_id(self) -> str:
        return ids.prompt_id(self.situation.id, self.slot)

    @property
    def name(self) -> str:
        """The product's name; empty for silence."""
        return self.option.product.name if self.option else ""

    def row(self, held_out: bool, stale: bool) -> dict[str, Any]:
        """A row of the table `prompts`, times in ms. A held-out, stale or silent one is not shown."""
        situation, option = self.situation, self.option
        return {
            "prompt_id": self.prompt_id,
            "moment_id": situation.id,
            "visit_id": situation.visit_id,
            "store_id": situation.store_id,
            "ts": situation.ts_ms,
            "expires": situation.ts_ms + VALID_MS,
            "sku": option.product.sku if option else None,
            "offer_id": option.offer.offer_id if option and option.offer else None,
            "slot": self.slot,
            "propensity": self.propensity,
            "policy": self.policy,
            "bundle": self.bundle,
            "holdout": held_out,
            "shown": option is not None and not held_out and not stale,
            "candidates": list(self.candidates),
            "candidate_propensities": list(self.propensities),
            "features": situation.features.tolist(),
            "candidate_features": self.features.ravel().tolist(),
        }


@dataclass(frozen=True)
class Ranked:
    """Options with their features and worths, in the order of the candidates; silence is not among them."""

    options: tuple[Option, ...]
    facts: CandidateFacts
    features: NDArray[np.float32]
    worth: rank.Worth
    silence: float


def decide(
    situation: Situation,
    bundle: Bundle | None,
    catalog: Catalog,
    past: Past,
    *,
    slots: int,
    explore: float,
    prompts_per_visit: int,
    seed: int = 0,
) -> list[Decision]:
    """The slate of a moment, one decision a slot, at least one; the last may be silent."""
    known = catalog.or_else(bundle.catalog) if bundle else catalog
    pool = retrieve(situation, bundle, known)
    chosen = _shortlist(options(pool.skus, situation, known, past))
    slate: list[Decision] = []
    for slot in range(slots):
        if capped(past, prompts_per_visit - slot):
            chosen = []
        ranked = rank_options(chosen, pool, situation, bundle, len(past.prompts) + slot)
        decision = _draw(situation, slot, ranked, bundle, explore, seed)
        slate.append(decision)
        if decision.option is None:
            break
        chosen = _rest(chosen, decision.option, situation, known)
    return slate


def recommend(
    situation: Situation, bundle: Bundle | None, catalog: Catalog, past: Past, k: int
) -> list[Recommendation]:
    """The k options of the greatest value, for the associate to look at; nothing is drawn."""
    known = catalog.or_else(bundle.catalog) if bundle else catalog
    pool = retrieve(situation, bundle, known)
    chosen = _shortlist(options(pool.skus, situation, known, past))
    ranked = rank_options(chosen, pool, situation, bundle, len(past.prompts))
    best = np.argsort(-ranked.worth.mean, kind="stable")[:k]
    return [_recommendation(int(i), ranked, situation) for i in best]


def rank_options(
    chosen: Sequence[Option], pool: Pool, situation: Situation, bundle: Bundle | None, prompts_before: int
) -> Ranked:
    """Worths in the store's currency; without a bundle the discount, and everything on offer beats silence."""
    facts = rank.facts(chosen, pool, situation, bundle, prompts_before)
    features = candidate_matrix(facts)
    if bundle is None:
        # the display's own products first: the score has it, and the discount within it
        return Ranked(tuple(chosen), facts, features, rank.Worth(facts.score, np.zeros((len(chosen), 0))), 0.0)
    vectors = uplift.joined(features, situation.features)
    worth = rank.worth(chosen, pool.items[rank.rows_of(chosen, pool)], vectors, bundle)
    return Ranked(tuple(chosen), facts, features, worth, rank.silence(bundle.knowledge.typical_price))


def propensities(worth: rank.Worth, silence: float, explore: float) -> NDArray[np.float64]:
    """Shape (options + 1,), silence last; sums to 1.

    The best by its mean of those that are surely better than silence, else silence, has all but `explore`. Of that,
    EVENLY is spread evenly, so that every candidate may be drawn, and the rest goes by how often each is the best among
    the draws, where there are any.
    """
    every = np.append(np.where(worth.sure(silence), worth.mean, -np.inf), silence)
    draws = worth.draws.shape[1]
    tried = np.full(len(every), 1 / len(every))
    if draws:
        # the first of equals; silence only where it is strictly better than every option
        best = np.vstack([worth.draws, np.full((1, draws), silence)]).argmax(axis=0)
        tried = EVENLY * tried + (1 - EVENLY) * np.bincount(best, minlength=len(every)) / draws
    spread = explore * tried
    spread[int(np.argmax(every))] += 1 - explore
    return np.asarray(spread / spread.sum())


def _draw(
    situation: Situation, slot: int, ranked: Ranked, bundle: Bundle | None, explore: float, seed: int
) -> Decision:
    spread = propensities(ranked.worth, ranked.silence, explore)
    at = ids.uniform("", "draw", seed, situation.id, slot)
    drawn = min(int(np.searchsorted(np.cumsum(spread), at, side="right")), len(spread) - 1)
    option = ranked.options[drawn] if drawn < len(ranked.options) else None
    silent = np.zeros((1, len(CANDIDATE)), np.float32)
    lines = _recommendation(drawn, ranked, situation) if option else None
    return Decision(
        situation,
        slot,
        option,
        float(spread[drawn]),
        "uplift" if bundle else "offers",
        bundle.name if bundle else None,
        (*(one.product.sku for one in ranked.options), SILENCE),
        tuple(spread.tolist()),
        np.vstack([ranked.features, silent]),
        lines.why if lines else "",
        lines.say if lines else "",
        lines.reasons if lines else (),
        float(ranked.worth.mean[drawn] - ranked.silence) if option else None,
    )


def _shortlist(found: Sequence[Option]) -> list[Option]:
    """At most CANDIDATES, with places kept for what is on offer; the order stays."""
    offered = [option for option in found if option.offer][:OFFER_PLACES]
    kept = {option.product.sku for option in offered}
    others = [option for option in found if option.product.sku not in kept][: CANDIDATES - len(offered)]
    kept |= {option.product.sku for option in others}
    return [option for option in found if option.product.sku in kept]


def _rest(chosen: Sequence[Option], drawn: Option, situation: Situation, catalog: Catalog) -> list[Option]:
    """What remains for the next slot: not the same product, and no second coupon."""
    rest = [option for option in chosen if option.product.sku != drawn.product.sku]
    if not drawn.coupon:
        return rest
    return [without_coupon(option, situation, catalog) if option.coupon else option for option in rest]


def _recommendation(at: int, ranked: Ranked, situation: Situation) -> Recommendation:
    option, facts = ranked.options[at], ranked.facts
    seconds = {
        fold(option.product.category): float(facts.category_s[at]),
        fold(option.product.department): float(facts.department_s[at]),
    }
    reasons = explain.reasons(option, seconds, float(facts.repeat[at]), float(facts.popularity[at]))
    offer = option.offer.offer_id if option.offer else None
    worth, name = float(ranked.worth.mean[at]), option.product.name
    return Recommendation(option.product.sku, worth, explain.why(reasons), explain.say(option), offer, name, reasons)
