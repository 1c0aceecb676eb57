"""Records of the topics `prompts` and `outcomes`, as far as the prompt worker needs them when it reads them back."""

from __future__ import annotations

from typing import Annotated

import msgspec

from models.board import Words
from models.records import YEAR_3000_MS

Ms = Annotated[int, msgspec.Meta(ge=0, lt=YEAR_3000_MS)]


class Logged(Words, frozen=True, kw_only=True):
    """A prompt that was decided, and the words that the board shows with it."""

    prompt_id: str
    visit_id: str
    store_id: str
    ts: Ms
    expires: Ms
    sku: str | None
    shown: bool
    offer_id: str | None = None


class Answer(msgspec.Struct, frozen=True):
    """What came of a prompt."""

    outcome_id: str
    prompt_id: str
    kind: str
    visit_id: str | None = None
    undoes: str | None = None
