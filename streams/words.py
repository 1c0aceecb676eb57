"""What a prompt's record says beside the row of the table: the words and figures that a tablet shows."""

from __future__ import annotations

from typing import Any

from models.recommender.decide import Decision


def words(decision: Decision) -> dict[str, Any]:
    """By the names of models.board.BoardPrompt; None where something is not known, or nothing was said."""
    option = decision.option
    product, offer = (option.product, option.offer) if option else (None, None)
    return {
        "zone_id": decision.situation.zone_id,
        "name": decision.name,
        "why": decision.why,
        "say": decision.say,
        "category": product.category if product else None,
        "price": product.price if product else None,
        "discount": offer.discount if offer else None,
        "offer": offer.kind if offer else None,
        "on_hand": option.on_hand if option else None,
        "value": decision.value,
        "reasons": decision.reasons,
    }
