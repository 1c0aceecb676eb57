"""S3 as a process on 127.0.0.1: moto's server, what lies in it, and every request that it was asked."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import boto3

from aislewise.child import Child, free_ports, listens
from models import folders
from models.folders import AnyPath

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}


class Request(NamedTuple):
    """One that the server has answered."""

    method: str
    path: str
    status: int


class S3Server(Child):
    """Keeps everything in memory; `variables` are what a process needs to find it."""

    def __init__(self) -> None:
        (port,) = free_ports(1)
        self.address = f"127.0.0.1:{port}"
        self.variables = {**KEYS, "AWS_ENDPOINT_URL": f"http://{self.address}"}
        self.folder = Path(tempfile.mkdtemp(prefix="aislewise-s3-"))
        program = Path(sys.executable).with_name("moto_server")
        command = [sys.executable, str(program), "-H", "127.0.0.1", "-p", str(port)]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        super().__init__("S3", command, self.folder / "s3.log", listens(port), inherited)

    def client(self) -> Any:
        """Amazon's own library, for a look from outside."""
        return boto3.client(
            "s3",
            endpoint_url=self.variables["AWS_ENDPOINT_URL"],
            aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
            region_name=KEYS["AWS_DEFAULT_REGION"],
        )

    def make(self, bucket: str) -> str:
        """A new bucket; its address."""
        self.client().create_bucket(Bucket=bucket)
        return f"s3://{bucket}"

    def objects(self, bucket: str, prefix: str = "") -> dict[str, bytes]:
        """By key, everything that lies below a prefix; not what a worker removes while it is read."""
        client = self.client()
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        found = {}
        for key in [one["Key"] for page in pages for one in page.get("Contents", ())]:
            with suppress(client.exceptions.NoSuchKey):
                found[key] = client.get_object(Bucket=bucket, Key=key)["Body"].read()
        return found

    def requests(self, bucket: str, *methods: str) -> list[Request]:
        """What was asked of a bucket, in order; of all methods where none is named."""
        lines = re.findall(r'"(?:\x1b\[\d+m)*([A-Z]+) (/\S+) HTTP/1.1(?:\x1b\[\d+m)*" (\d+)', self.output())
        asked = [Request(method, path, int(status)) for method, path, status in lines]
        ours = [one for one in asked if one.path.split("?")[0].split("/")[1] == bucket]
        return [one for one in ours if not methods or one.method in methods]

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder)


def on_disk(folder: Path, *left_out: str) -> dict[str, bytes]:
    """By name as S3 would have it, what lies in a folder."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.name not in left_out]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def upload(folder: Path, place: AnyPath) -> None:
    for name, data in on_disk(folder).items():
        folders.write(place / name, data)
