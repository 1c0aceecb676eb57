"""A bundle: a folder of `manifest.json` and `*.npz` that holds all a recommender knows (DESIGN §4, "Bundle").

Arrays are read without pickle, and only after the manifest's digests have been verified. The manifest is written last:
a folder without one is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from hashlib import sha256
from io import BytesIO
from typing import Any, get_type_hints

import msgspec
import numpy as np
from numpy.typing import NDArray

from models import folders
from models.catalog import Catalog, Offer, Product
from models.errors import BundleError, FolderError
from models.features import CANDIDATE, MOMENT
from models.folders import AnyPath
from models.recommender.blend import Blend
from models.recommender.knowledge import Acceptance, Goods, Numbers, Offers, Zones, logit
from models.recommender.sources.contract import Source
from models.recommender.sources.links import Kin, Links
from models.recommender.sources.place import Place
from models.recommender.sources.popularity import Popularity
from models.recommender.sources.repeats import Due, Habit, Lately, Profiles
from models.recommender.sources.sessions import Sessions
from models.recommender.sources.taste import Taste
from models.recommender.uplift import Anyway, Uplift

FORMAT = 3
MANIFEST, LATEST = "manifest.json", "LATEST"


class Manifest(msgspec.Struct, frozen=True):
    """What a bundle says of itself; `files` maps each npz file to its SHA-256, `digest` covers all the rest."""

    version: str
    features: tuple[str, ...]
    trained_from: str | None
    trained_to: str | None
    data_digest: str
    code_digest: str
    metrics: dict[str, float]
    rows: dict[str, int]
    parent: str | None = None
    format: int = FORMAT
    files: dict[str, str] = {}
    digest: str = ""

    def sealed(self, files: Mapping[str, str]) -> Manifest:
        """With the files' digests and its own."""
        open_one = msgspec.structs.replace(self, files=dict(files), digest="")
        return msgspec.structs.replace(open_one, digest=sha256(msgspec.json.encode(open_one)).hexdigest())


@dataclass(frozen=True)
class Knowledge:
    """What is learned, one value an npz file."""

    goods: Goods
    offers: Offers
    acceptance: Acceptance
    zones: Zones
    anyway: Anyway
    uplift: Uplift
    popularity: Popularity
    recent: Popularity
    """Decayed faster."""
    together: Links
    """By what is bought together."""
    alike: Links
    """By content, to products that are new or rare."""
    sessions: Sessions
    taste: Taste
    profiles: Profiles
    blend: Blend

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """By the names that the blend has for them."""
        goods, profiles = self.goods, self.profiles
        return {
            "popularity": self.popularity,
            "recent": self.recent,
            "together": self.together,
            "kin": Kin(self.together),
            "alike": self.alike,
            "sessions": self.sessions,
            "taste": self.taste,
            "habit": Habit(profiles),
            "lately": Lately(profiles),
            "due": Due(profiles),
            "place": Place(goods.category_group, goods.department_group),
        }

    @cached_property
    def accept_logits(self) -> tuple[Numbers, Numbers]:
        """Log-odds of the smoothed acceptance of the products and of their categories, each of shape (n,)."""
        product, category = self.acceptance.rates(self.goods.category_group)
        return logit(product), logit(category)

    @cached_property
    def typical_price(self) -> float:
        """The median of the known prices, 1 where none is known."""
        known = self.goods.price[~np.isnan(self.goods.price)]
        return float(np.median(known)) if len(known) else 1.0


@dataclass(frozen=True)
class Bundle:
    """A bundle in memory. `name` is its folder's name."""

    name: str
    manifest: Manifest
    knowledge: Knowledge

    @cached_property
    def catalog(self) -> Catalog:
        """The products and dated offers of the bundle; it knows no stock."""
        goods, offers = self.knowledge.goods, self.knowledge.offers
        return Catalog([*(Product(**row) for row in goods.rows()), *(Offer(**row) for row in offers.rows())])


def save(
    folder: AnyPath,
    manifest: Manifest,
    knowledge: Knowledge,
    extra: Mapping[str, bytes] | None = None,
    *,
    over: bool = False,
) -> None:
    """Writes a bundle; no digest covers `extra` files. Raises BundleError where one is there, unless `over`."""
    if not over:
        refuse_taken(folder)
    parts = {name: _packed(part) for name, part in _parts(knowledge).items()}
    sealed = manifest.sealed({name: sha256(data).hexdigest() for name, data in parts.items()})
    page = msgspec.json.format(msgspec.json.encode(sealed))
    folders.write_folder(folder, {**parts, **(extra or {}), MANIFEST: page})


def refuse_taken(folder: AnyPath) -> None:
    """Raises BundleError where a bundle would lie over something that is there."""
    if folders.taken(folder):
        raise BundleError(f"{folder} is there already", "name another folder")


def load(folder: str | AnyPath) -> Bundle:
    """Raises BundleError: not a bundle, truncated, changed, or made for features that this code does not have."""
    folder = folders.at(folder)
    manifest = read_manifest(folder)
    if unknown := [name for name in manifest.features if name not in MOMENT and name not in CANDIDATE]:
        raise BundleError(f"{folder}: this version has no feature {unknown[0]}", "train a new bundle")
    parts = {one.name: _read_part(folder, one.name, manifest) for one in fields(Knowledge)}
    if missing := [name for name, part in parts.items() if part is None]:
        raise BundleError(f"{folder}: {missing[0]}.npz is not in the manifest")
    return Bundle(folder.resolve().name, manifest, Knowledge(**parts))


def read_manifest(folder: AnyPath) -> Manifest:
    """The manifest alone, verified against its own digest. Raises BundleError."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FolderError:
        raise
    except OSError as error:
        raise BundleError(f"{folder / MANIFEST} cannot be read: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise BundleError(f"{folder / MANIFEST}: {error}") from None
    if manifest.format != FORMAT:
        raise BundleError(f"{folder} has format {manifest.format}, this version reads {FORMAT}")
    if manifest.sealed(manifest.files).digest != manifest.digest:
        raise BundleError(f"{folder / MANIFEST} has been changed", "restore the bundle or train a new one")
    return manifest


def latest(folder: str | AnyPath) -> AnyPath | None:
    """The champion's folder as the file LATEST names it; None where there is none."""
    folder = folders.at(folder)
    try:
        name = (folder / LATEST).read_text().strip()
    except FileNotFoundError:
        return None
    return folder / name if name else None


_KINDS: Mapping[str, type[Any]] = get_type_hints(Knowledge)


def _parts(knowledge: Knowledge) -> dict[str, Any]:
    return {f"{one.name}.npz": getattr(knowledge, one.name) for one in fields(knowledge)}


def _packed(part: Any) -> bytes:
    """The npz file of a part."""
    file = BytesIO()
    np.savez(file, allow_pickle=False, **{one.name: np.asarray(getattr(part, one.name)) for one in fields(part)})
    return file.getvalue()


def _read_part(folder: AnyPath, name: str, manifest: Manifest) -> Any:
    """None for a part that the manifest does not have."""
    path = folder / f"{name}.npz"
    if path.name not in manifest.files:
        return None
    try:
        data = path.read_bytes()
    except FolderError:
        raise
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}") from None
    if sha256(data).hexdigest() != manifest.files[path.name]:
        raise BundleError(f"{path} is not what the manifest says: truncated or changed")
    kind = _KINDS[name]
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        return kind(**{one.name: _value(arrays, one.name, path) for one in fields(kind)})


def _value(arrays: Mapping[str, NDArray[Any]], name: str, path: AnyPath) -> Any:
    """An array, or the number that was stored as one without dimensions."""
    try:
        array = arrays[name]
    except KeyError:
        raise BundleError(f"{path} lacks {name}") from None
    return array if array.ndim else array.item()
