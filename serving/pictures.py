"""Pictures of products for the tablet's cards: files of a folder, named by sku."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from models import folders
from models.errors import FolderError
from models.settings import Settings
from models.web.problems import Problem
from serving.signin import SignIn

log = logging.getLogger("aislewise.serving")

MOST_BYTES = 200_000
"""A card shows them as large as a thumb: what is larger is refused, not scaled."""
MOST_SKU = 80
KEEP_SECONDS = 3600
KINDS: Mapping[str, tuple[str, Callable[[bytes], bool]]] = {
    "webp": ("image/webp", lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP"),
    "png": ("image/png", lambda data: data.startswith(b"\x89PNG\r\n\x1a\n")),
    "jpg": ("image/jpeg", lambda data: data.startswith(b"\xff\xd8\xff")),
}
"""By a file's ending its media type, and whether its first bytes say so too; in the order in which they are tried."""


class Pictures:
    """One instance a process."""

    def __init__(self, settings: Settings, sign_in: SignIn) -> None:
        self._folder, self._sign_in = folders.at(settings.pictures), sign_in
        self._said: set[str] = set()

    async def picture(self, request: Request) -> Response:
        """GET /v1/stores/{store}/pictures/{sku}: a picture of the product, 404 where there is none."""
        self._sign_in.store(request)
        sku = str(request.path_params["sku"])
        if len(sku) > MOST_SKU:
            raise Problem(422, f"longer than {MOST_SKU} characters", "sku")
        data, media_type = await asyncio.to_thread(self._read, sku)
        return Response(data, headers={"Cache-Control": f"private, max-age={KEEP_SECONDS}"}, media_type=media_type)

    def _read(self, sku: str) -> tuple[bytes, str]:
        """Raises Problem 404, also for a file that is too large or no picture of its kind: the log says so once."""
        for ending, (media_type, fits) in KINDS.items():
            path = self._folder / file_name(sku, ending)
            try:
                if not path.is_file():
                    continue
                with path.open("rb") as file:
                    data = file.read(MOST_BYTES + 1)
            except (FolderError, OSError) as error:
                raise Problem(503, f"the picture cannot be read: {error}") from None
            if len(data) <= MOST_BYTES and fits(data):
                return data, media_type
            self._say(str(path), f"larger than {MOST_BYTES} bytes" if len(data) > MOST_BYTES else f"no {media_type}")
        raise Problem(404, "there is no picture of this product", "sku")

    def _say(self, path: str, why: str) -> None:
        if path not in self._said:
            log.warning("%s is not shown: %s", path, why)
        self._said.add(path)


def file_name(sku: str, ending: str) -> str:
    """A sku may hold a slash, a file's name may not: percent signs as in addresses. No name leaves the folder."""
    return f"{quote(sku, safe=' ')}.{ending}"
