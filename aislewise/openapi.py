"""docs/openapi.yaml from the code: `python -m aislewise.openapi`. Every call of `gateway` and `serve`, OpenAPI 3.1.

Paths and methods are those that the processes route, what a call does is its docstring, bodies are the structs that it
reads. Rows of pings, receipts and check-ins are checked one by one and not by a struct: DESIGN §5 and docs/data.md.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from models.board import LiveVisit
from serving import routes
from serving.board import Shopper
from serving.bundles import Fall, Rise
from serving.customers import Found, Wanted
from serving.data_health import DataHealth
from serving.devices import PostedLock, PostedName, PostedPairing
from serving.outcomes import PostedOutcome
from serving.plans import PostedDraft, PostedDrawing, PostedPlan
from serving.posted_offer import PostedOffer
from serving.privacy import PostedDevice, PostedErasure, PostedPerson, ShownPrivacy
from serving.reports.quality import Quality
from serving.requests import Nothing
from serving.senders import PostedSender, ShownSender
from serving.session import Credentials
from streams.gateway.app import Gateway

FILE = Path(__file__).parents[1] / "docs" / "openapi.yaml"
BODIES: Mapping[str, type[msgspec.Struct]] = {
    "outcome": PostedOutcome,
    "sign_in": Credentials,
    "recommend_now": Nothing,
    "find_customer": Wanted,
    "save_plan": PostedPlan,
    "check_plan": PostedDraft,
    "import_plan": PostedDrawing,
    "add_offer": PostedOffer,
    "change_offer": PostedOffer,
    "add_staff": PostedName,
    "invite": PostedPairing,
    "set_lock": PostedLock,
    "rollback": Fall,
    "promote": Rise,
    "set_sender": PostedSender,
    "look_for": PostedPerson,
    "erase": PostedErasure,
    "opt_out": PostedDevice,
}
"""By the name of the method that answers."""
ANSWERS: Mapping[str, Any] = {
    "shoppers": list[Shopper],
    "find_customer": Found,
    "health": DataHealth,
    "senders": list[ShownSender],
    "privacy": ShownPrivacy,
    "quality": Quality,
}
EMPTY = (204,)
_SCHEMAS = "#/components/schemas/"
_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")
_STATUS = re.compile(r"\b(20[0-9])\b")
PROBLEM = {
    "description": "RFC 9457 problem details: what is wrong, where (`field`), and what to do.",
    "content": {"application/problem+json": {"schema": {"$ref": f"{_SCHEMAS}Problem"}}},
}


def document() -> dict[str, Any]:
    """The whole description."""
    paths: dict[str, dict[str, Any]] = {}
    alike: dict[str, str] = {}
    for method, path, name, about in calls():
        # of paths that differ in what a part is called OpenAPI takes one
        path = alike.setdefault(_PARAMETER.sub("{}", path), _PARAMETER.sub(r"{\1}", path))
        paths.setdefault(path, {})[method.lower()] = _operation(path, name, about)
    kinds = [*dict.fromkeys(BODIES.values()), *ANSWERS.values(), LiveVisit]
    _, schemas = msgspec.json.schema_components(kinds, ref_template=_SCHEMAS + "{name}")
    texts = {name: {"type": "string"} for name in ("title", "detail", "field")}
    problem = {
        "type": "object",
        "required": ["title", "status"],
        "properties": {**texts, "status": {"type": "integer"}},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Aislewise over HTTP",
            "version": "1",
            "description": "POST /v1/pings, purchases and checkins are the gateway's, all else is serve's.",
        },
        "security": [{"bearer": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": {**schemas, "Problem": problem},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "aislewise token"},
                "session": {"type": "apiKey", "in": "cookie", "name": "aislewise_session"},
            },
        },
    }


def text() -> str:
    """JSON is YAML; a writer of YAML would be one more dependency for one file."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def calls() -> Iterator[tuple[str, str, str, str]]:
    """Method, path, name of what answers, what it does."""
    for path in ("pings", "purchases", "checkins"):
        yield "POST", f"/v1/{path}", path, inspect.getdoc(getattr(Gateway, path)) or ""
    classes: Any = get_type_hints(routes.Calls).values()
    for method, path, endpoint in routes.table(routes.Calls(*classes)):
        yield method, path, endpoint.__name__, inspect.getdoc(endpoint) or ""


def _operation(path: str, name: str, about: str) -> dict[str, Any]:
    head, _, more = about.partition("\n\n")
    does = head.partition(": ")[2] or head
    said = [int(found) for found in _STATUS.findall(does)] or [200]
    parameters = [
        {"name": one, "in": "path", "required": True, "schema": {"type": "string"}} for one in _PARAMETER.findall(path)
    ]
    found: dict[str, Any] = {
        "operationId": name,
        "summary": " ".join(does.split()),
        **({"description": " ".join(more.split())} if more else {}),
        **({"parameters": parameters} if parameters else {}),
        "responses": {**{str(status): _answer(name, status) for status in said}, "default": PROBLEM},
    }
    if name in BODIES:
        schema = {"$ref": f"{_SCHEMAS}{BODIES[name].__name__}"}
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return found


def _answer(name: str, status: int) -> dict[str, Any]:
    if status in EMPTY:
        return {"description": "Nothing."}
    if name not in ANSWERS:
        return {"description": "As the summary says."}
    (schema,), _ = msgspec.json.schema_components([ANSWERS[name]], ref_template=_SCHEMAS + "{name}")
    return {"description": "As the summary says.", "content": {"application/json": {"schema": schema}}}


if __name__ == "__main__":
    FILE.write_text(text())
