"""Records of the topics `prompts` and `outcomes`, as far as the prompt worker needs them when it reads them back."""

from __future__ import annotations

from typing import Annotated

import msgspec

from models.records import YEAR_3000_MS

Ms = Annotated[int, msgspec.Meta(ge=0, lt=YEAR_3000_MS)]


class Logged(msgspec.Struct, frozen=True):
    """A prompt that was decided, and the words that the board shows with it."""

    prompt_id: str
    visit_id: str
    store_id: str
    ts: Ms
    expires: Ms
    sku: str | None
    shown: bool
    offer_id: str | None = None
    department: str | None = None
    zone_id: str | None = None
    name: str = ""
    why: str = ""
    say: str = ""
    category: str | None = None
    price: float | None = None
    discount: float | None = None
    offer: str | None = None
    on_hand: int | None = None
    value: float | None = None


class Answer(msgspec.Struct, frozen=True):
    """What came of a prompt."""

    outcome_id: str
    prompt_id: str
    kind: str
    visit_id: str | None = None
    undoes: str | None = None
