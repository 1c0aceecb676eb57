"""Names that several processes must agree on: topics' partitions, Redis keys, lake paths, record sources.

Each encoding stands beside its inverse; tests/models/test_keys.py holds them together.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote, unquote

STORE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What a store may be called: it becomes a file's name and a Redis hash tag."""


def partition_of(store_id: str, partitions: int) -> int:
    """Kafka's default partitioner: murmur2 of the key, made positive."""
    return (murmur2(store_id.encode()) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """Kafka's 32-bit murmur2 (org.apache.kafka.common.utils.Utils)."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = (0x9747B28C ^ len(data)) & mask
    whole = len(data) - len(data) % 4
    for i in range(0, whole, 4):
        k = int.from_bytes(data[i : i + 4], "little") * m & mask
        k = (k ^ (k >> 24)) * m & mask
        h = (h * m & mask) ^ k
    if rest := data[whole:]:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ (h >> 13)) * m & mask
    return h ^ (h >> 15)


class Board:
    """Redis keys. All of a store's live under one hash tag, so that Redis Cluster keeps them together."""

    @staticmethod
    def visits(store_id: str) -> str:
        """Hash: visit_id → JSON of the live visit. Written by the dwell worker."""
        return f"{{{quote(store_id)}}}:visits"

    @staticmethod
    def recommendations(store_id: str) -> str:
        """Hash: visit_id → JSON list of recommendations. Written by the prompt worker."""
        return f"{{{quote(store_id)}}}:recommendations"

    @staticmethod
    def prompts(store_id: str) -> str:
        """Stream of the prompts that tablets show; ids are `stream_id` below."""
        return f"{{{quote(store_id)}}}:prompts"

    @staticmethod
    def complete(store_id: str) -> str:
        """Present while the store's prompts and recommendations are all on the board; gone when Redis lost them."""
        return f"{{{quote(store_id)}}}:complete"

    @staticmethod
    def prompt(prompt_id: str) -> str:
        """JSON with the prompt's store, visit and sku, so that an outcome can be checked."""
        return f"prompt:{quote(prompt_id)}"

    @staticmethod
    def claim(store_id: str, prompt_id: str) -> str:
        """Hash: who is on a prompt and how it was closed. Written by `serve`, which decides between salespeople."""
        return f"{{{quote(store_id)}}}:claim:{quote(prompt_id)}"

    @staticmethod
    def claims(store_id: str) -> str:
        """Stream of what has become of claims, newest last, so that every tablet sees it."""
        return f"{{{quote(store_id)}}}:claims"

    @staticmethod
    def tablets(store_id: str) -> str:
        """Hash: id of a paired tablet → when it last asked for something, ms. Written by `serve`."""
        return f"{{{quote(store_id)}}}:tablets"

    @staticmethod
    def senders(store_id: str) -> str:
        """Hash: `<key id>:<seen, accepted or refused>` → ms, or how many. Written by the gateways."""
        return f"{{{quote(store_id)}}}:senders"

    @staticmethod
    def sent(store_id: str, minute: int) -> str:
        """Hash: key id of a sender → rows that came in a minute since 1970. Written by the gateways."""
        return f"{{{quote(store_id)}}}:sent:{minute}"

    @staticmethod
    def store_of(key: str) -> str:
        """The store of any key above but `prompt`."""
        return unquote(key[key.index("{") + 1 : key.index("}")])


class StreamId(NamedTuple):
    """A Redis Stream's id for a prompt: a function of where its moment stood in Kafka, so a repeat is refused."""

    offset: int
    row: int

    def __str__(self) -> str:
        return f"{self.offset + 1}-{self.row}"

    @classmethod
    def parse(cls, text: str) -> StreamId:
        """Raises ValueError when `text` is no such id."""
        before, after = text.split("-")
        return cls(int(before) - 1, int(after))


class Source(NamedTuple):
    """The input that an output record came from: the header `source`, `topic/partition/offset/row`."""

    topic: str
    partition: int
    offset: int
    row: int

    def encode(self) -> bytes:
        return f"{self.topic}/{self.partition}/{self.offset}/{self.row}".encode()

    @classmethod
    def decode(cls, header: bytes) -> Source:
        """Raises ValueError when the header is no source."""
        topic, partition, offset, row = header.decode().split("/")
        return cls(topic, int(partition), int(offset), int(row))


SLOTS_PER_ROW = 16
"""A prompt's source row is its moment's row × 16 + its slot."""


class LakeFile(NamedTuple):
    """`<table>/date=YYYY-MM-DD/<topic>-<partition>-<first offset>-<last offset>.parquet`, where topic is table."""

    table: str
    date: str
    partition: int
    first: int
    last: int

    @property
    def path(self) -> str:
        """Relative to the lake's root."""
        return f"{self.table}/date={self.date}/{self.table}-{self.partition}-{self.first}-{self.last}.parquet"

    @classmethod
    def parse(cls, path: str) -> LakeFile | None:
        """None for a path that is no file of the lake's."""
        found = _LAKE_FILE.fullmatch(path)
        if not found or found["table"] != found["topic"]:
            return None
        return cls(found["table"], found["date"], int(found["partition"]), int(found["first"]), int(found["last"]))


_LAKE_FILE = re.compile(
    r"(?P<table>[a-z]+)/date=(?P<date>\d{4}-\d\d-\d\d)/"
    r"(?P<topic>[a-z]+)-(?P<partition>\d+)-(?P<first>\d+)-(?P<last>\d+)\.parquet"
)
