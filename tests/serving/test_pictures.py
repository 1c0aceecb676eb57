"""GET pictures: a file of the folder by its sku, and nothing that is no picture."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from aislewise.stack import Stack
from serving.pictures import MOST_BYTES
from tests.serving.client import bearer

PATH = "/v1/stores/S1/pictures"


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    _chunk(name, data)
    for name, data in (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0\x80")),
        (b"IEND", b""),
    )
)
"""One grey pixel."""


@pytest.fixture
def pictures(serving: Stack) -> Iterator[Path]:
    folder = Path(serving["serve"].environment["AISLEWISE_PICTURES"])
    yield folder
    for path in folder.iterdir():
        path.unlink()


def test_a_picture_is_served_as_what_it_is(client: httpx.Client, pictures: Path) -> None:
    (pictures / "P1.png").write_bytes(PNG)
    (pictures / "P1.jpg").write_bytes(b"\xff\xd8\xff and more")
    (pictures / "P2.webp").write_bytes(b"RIFF\0\0\0\0WEBP and more")
    (pictures / "a%2Fb c.jpg").write_bytes(b"\xff\xd8\xff and more")
    found = client.get(f"{PATH}/P1")
    assert (found.status_code, found.headers["content-type"], found.content) == (200, "image/png", PNG)
    assert found.headers["cache-control"] == "private, max-age=3600"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert client.get(f"{PATH}/P2").headers["content-type"] == "image/webp"
    assert client.get(f"{PATH}/a%2Fb%20c").headers["content-type"] == "image/jpeg"


def test_what_is_no_picture_or_too_large_is_not_served(client: httpx.Client, pictures: Path) -> None:
    (pictures / "page.png").write_bytes(b"<svg onload=alert(1)>")
    (pictures / "large.png").write_bytes(PNG + bytes(MOST_BYTES))
    (pictures / "mixed.jpg").write_bytes(PNG)
    (pictures.parent / "secret.png").write_bytes(PNG)
    for sku in ("none", "page", "large", "mixed", "..%2Fsecret", "%2E%2E%2Fsecret"):
        answer = client.get(f"{PATH}/{sku}")
        assert (sku, answer.status_code, answer.json()["field"]) == (sku, 404, "sku")
    assert client.get(f"{PATH}/{'x' * 81}").status_code == 422


def test_for_who_is_signed_in(client: httpx.Client, nobody: httpx.Client, pictures: Path) -> None:
    (pictures / "P1.png").write_bytes(PNG)
    assert nobody.get(f"{PATH}/P1").status_code == 401
    assert client.get(f"{PATH}/P1", headers=bearer("S2")).status_code == 403
