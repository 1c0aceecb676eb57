"""The tablet's service worker: it names every file of the page with its digest, so that it keeps one version whole."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import blake2b, sha256
from pathlib import Path

_EMPTY = 'const [VERSION, FILES] = ["", {}];'
_OTHERWISE = {"index.html": "/"}
_LEFT_OUT = ("worker.js", "answers.js")
"""Itself, and types, which no browser loads."""


def worker(folder: Path) -> str:
    """The script for the files of the page as they are now; browsers notice that another file makes another."""
    files = files_of(folder)
    version = blake2b(json.dumps(files).encode(), digest_size=8).hexdigest()
    script = (folder / "worker.js").read_text()
    return script.replace(_EMPTY, f"const [VERSION, FILES] = {json.dumps([version, files])};", 1)


def files_of(folder: Path) -> dict[str, str]:
    """Path as browsers ask for it → digest as in subresource integrity."""
    found = sorted(path for path in folder.rglob("*.*") if path.is_file() and path.name not in _LEFT_OUT)
    return {_path(folder, path): _digest(path.read_bytes()) for path in found}


def _path(folder: Path, file: Path) -> str:
    name = file.relative_to(folder).as_posix()
    return _OTHERWISE.get(name, f"/tablet/{name}")


def _digest(data: bytes) -> str:
    return f"sha256-{b64encode(sha256(data).digest()).decode()}"
