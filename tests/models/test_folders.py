"""One contract for folders on a disk and on S3: whole files or none, and the same answers to the same questions."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from models import folders, lake
from models.errors import FolderError, InputError
from models.folders import AnyPath
from models.records import rows_to_table
from models.s3 import PATIENCE_SECONDS
from tests.parts.proxy import Proxy
from tests.parts.s3 import S3Server


@pytest.fixture(params=["disk", "s3"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> AnyPath:
    """An empty folder, on each of the two."""
    if request.param == "disk":
        return folders.at(tmp_path)
    return folders.at(f"s3://{request.getfixturevalue('bucket')}/some/where/")


def stock(*skus: str) -> pa.Table:
    return rows_to_table("stock", [{"store_id": "S1", "sku": sku, "on_hand": 1, "ts": 0} for sku in skus])


def names(folder: AnyPath) -> list[str]:
    return [str(folders.below(folder, path)) for path in folders.rglob(folder, "*") if path.is_file()]


def test_what_was_written_is_read_and_written_over(folder: AnyPath) -> None:
    path = folder / "deep" / "er" / "file.txt"
    for data in (b"one", b"", b"three"):
        folders.write(path, data)
        assert path.read_bytes() == data
        with path.open("rb") as file:
            assert file.read() == data
    assert (path.is_file(), path.is_dir(), path.exists()) == (True, False, True)
    assert (path.name, path.suffix, path.parent) == ("file.txt", ".txt", folder / "deep" / "er")
    assert (path.parent.is_file(), path.parent.is_dir()) == (False, True)


def test_what_is_not_there_is_a_file_not_found(folder: AnyPath) -> None:
    path = folder / "none"
    for ask in (path.read_bytes, path.read_text, lambda: path.open("rb"), lambda: folders.stamp(path)):
        with pytest.raises(FileNotFoundError) as found:
            ask()
        assert found.value.strerror == "No such file or directory"
        assert str(found.value.filename) == str(path)
    assert not path.exists()
    assert names(path) == folders.glob(path, "*") == []


def test_of_two_who_create_a_file_the_first_wins(folder: AnyPath) -> None:
    for data in (b"first", b"second"):
        folders.create(folder / "salt" / "day", data)
    assert (folder / "salt" / "day").read_bytes() == b"first"


def test_of_many_who_create_a_file_at_once_one_wins(folder: AnyPath) -> None:
    found: list[bytes] = []

    def race(number: int) -> None:
        start.wait()
        for file in range(5):
            folders.create(folder / str(file), f"{number}".encode())
            found.append((folder / str(file)).read_bytes())

    start = threading.Barrier(8)
    racers = [threading.Thread(target=race, args=[number]) for number in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert len(found) == 40
    assert sorted(found) == sorted((folder / str(file)).read_bytes() for file in range(5) for _ in range(8))


def test_files_are_found_by_pattern_at_their_depth(folder: AnyPath) -> None:
    for name in ("b.txt", "a.txt", "x=1/c.txt", "x=1/.hidden.txt", "x=2/d.csv", "x=1/y/e.txt"):
        folders.write(folder / name, b"")
    found = {pattern: [path.name for path in folders.glob(folder, pattern)] for pattern in ("*.txt", "x=*/[!.]*.txt")}
    assert found == {"*.txt": ["a.txt", "b.txt"], "x=*/[!.]*.txt": ["c.txt"]}
    deep = [str(folders.below(folder, path)) for path in folders.rglob(folder, "*.txt")]
    assert deep == ["a.txt", "b.txt", "x=1/.hidden.txt", "x=1/c.txt", "x=1/y/e.txt"]


def test_more_files_than_one_answer_of_s3_holds(bucket: str) -> None:
    folder = folders.at(f"s3://{bucket}")
    with ThreadPoolExecutor(4) as pool:
        pool.map(lambda number: folders.write(folder / "many" / f"{number:04d}", b""), range(1001))
    assert [path.name for path in folders.glob(folder / "many", "*")] == [f"{number:04d}" for number in range(1001)]
    folders.remove(folders.glob(folder / "many", "*"))
    assert not (folder / "many").exists()


def test_a_neighbour_whose_name_begins_alike_is_another_folder(folder: AnyPath) -> None:
    folders.write(folder / "pings-of-others" / "x", b"")
    folders.write(folder / "pings.parquet", b"")
    assert not (folder / "pings").is_dir()
    assert folders.rglob(folder / "pings", "*") == []


def test_files_are_removed_and_one_that_is_gone_is_no_error(folder: AnyPath) -> None:
    for name in "abc":
        folders.write(folder / name, b"")
    for _ in range(2):
        folders.remove([folder / "a", folder / "c"])
        assert names(folder) == ["b"]
    folders.remove([])


def test_a_stamp_changes_when_a_file_is_written_again(folder: AnyPath) -> None:
    path = folder / "LATEST"
    folders.write(path, b"one")
    before = folders.stamp(path)
    assert folders.stamp(path) == before == folders.stamp(folders.glob(folder, "LATEST")[0])
    time.sleep(0.01)
    folders.write(path, b"two")
    assert folders.stamp(path) != before


def test_a_folder_is_written_whole_and_over_what_was_there(folder: AnyPath) -> None:
    for number in range(2):
        folders.write_folder(folder / "bundle", {"a": b"%d" % number, "b": b"", "manifest": b"last"})
        assert (folder / "bundle" / "a").read_bytes() == b"%d" % number
    assert names(folder) == ["bundle/a", "bundle/b", "bundle/manifest"]
    assert folders.taken(folder / "bundle")
    assert folders.taken(folder / "bundle" / "a")
    assert not folders.taken(folder / "other")


def test_nothing_is_there_of_what_could_not_be_written_to_its_end(folder: AnyPath) -> None:
    with pytest.raises(RuntimeError), folders.writing(folder / "half"):
        raise RuntimeError
    assert names(folder) == []


def test_a_new_file_that_is_there_already_holds_the_same(folder: AnyPath) -> None:
    path = folder / "stock" / "date=2026-11-24" / "stock-0-0-1.parquet"
    for _ in range(2):
        lake.write(path, stock("a", "b"), new=True)
        assert lake.read(folder, "stock").column("sku").to_pylist() == ["a", "b"]


def test_on_s3_a_file_is_one_put_and_nothing_else(bucket: str, s3: S3Server) -> None:
    folder = folders.at(f"s3://{bucket}/lake")
    lake.write(folder / "stock.parquet", stock("a"))
    large = pa.table({"x": np.random.default_rng(0).random(1_000_000)})
    lake.write(folder / "large.parquet", large)  # more than the 5 MiB that libraries cut into parts
    folders.create(folder / "salt", b"x")
    folders.create(folder / "salt", b"y")
    folders.write_folder(folder / "b", {"z": b"1", "a": b"2"})
    changes = s3.requests(bucket, "PUT", "POST", "DELETE")[1:]  # the first made the bucket
    assert [(one.method, one.path.removeprefix(f"/{bucket}/lake/"), one.status) for one in changes] == [
        ("PUT", "stock.parquet", 200),
        ("PUT", "large.parquet", 200),
        ("PUT", "salt", 200),
        ("PUT", "salt", 412),
        ("PUT", "b/z", 200),
        ("PUT", "b/a", 200),
    ]
    objects = s3.objects(bucket)
    assert set(objects) == {f"lake/{name}" for name in ("stock.parquet", "large.parquet", "salt", "b/z", "b/a")}
    assert len(objects["lake/large.parquet"]) > 5 * 2**20
    assert objects["lake/salt"] == b"x"


@pytest.mark.parametrize("text", ["s3://", "s3:///folder"])
def test_an_address_without_a_bucket_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="names no bucket"):
        folders.at(text)


def test_addresses_are_read_as_people_write_them() -> None:
    assert str(folders.at("s3://b/x//y/")) == "s3://b/x/y"
    assert str(folders.at("s3://b/")) == "s3://b"
    assert str(folders.at("s3://b") / "x") == "s3://b/x"
    assert folders.at("lake") == Path("lake")


def test_local_folders_load_no_s3_library(tmp_path: Path) -> None:
    code = "import sys; from aislewise import cli; from models import bundle, folders, lake, plans\n"
    code += "folders.write(folders.at(sys.argv[1]), b'x'); print('obstore' in sys.modules)"
    command = [sys.executable, "-c", code, str(tmp_path / "file")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert done.stdout == "False\n"


def everything(path: AnyPath, *left_out: str) -> Iterator[tuple[str, str]]:
    """Each way to ask, and what is said."""
    asks = {
        "read": path.read_bytes,
        "list": lambda: folders.rglob(path, "*"),
        "head": path.is_file,
        "put": lambda: folders.write(path, b"x"),
        "create": lambda: folders.create(path, b"x"),
        "remove": lambda: folders.remove([path]),
    }
    for name, ask in asks.items():
        if name in left_out:
            continue
        began = time.monotonic()
        with pytest.raises(FolderError) as found:
            ask()
        assert time.monotonic() - began < 2.5 * PATIENCE_SECONDS
        assert "\n" not in str(found.value)
        assert found.value.strerror
        yield name, str(found.value)


def test_a_bucket_that_is_not_there_is_said(s3: S3Server) -> None:
    path = folders.at(f"s3://nobody-{uuid.uuid4().hex}/x")
    for ask in (path.read_bytes, lambda: folders.rglob(path, "*"), lambda: folders.write(path, b"x")):
        with pytest.raises(FolderError, match=rf"^{path}: there is no such bucket \(make it"):
            ask()


def test_an_endpoint_that_nobody_listens_at_is_said(monkeypatch: pytest.MonkeyPatch, s3: S3Server) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    path = folders.at(f"s3://{uuid.uuid4().hex}/x")
    for _, said in everything(path, "list", "head", "create", "remove"):
        assert said.startswith(f"{path}: S3 cannot be used: ")
        assert "AWS_ENDPOINT_URL" in said


def test_a_service_that_stalls_is_noticed(monkeypatch: pytest.MonkeyPatch, s3: S3Server) -> None:
    with Proxy(s3.address) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{proxy.address}")
        path = folders.at(f"{s3.make('stalls')}/x")
        folders.write(path, b"x")
        proxy.stall()
        began = time.monotonic()
        with pytest.raises(FolderError, match="S3 cannot be used"):
            path.read_bytes()
        assert time.monotonic() - began < 2.5 * PATIENCE_SECONDS
        proxy.mend()
        assert path.read_bytes() == b"x"


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (503, "SlowDown", "S3 cannot be used: Server returned non-2xx status code: 503 Service Unavailable SlowDown"),
        (403, "InvalidAccessKeyId", "S3 refuses: InvalidAccessKeyId (check AWS_ACCESS_KEY_ID"),
        (401, "Unauthorized", "S3 refuses: Unauthorized (check AWS_ACCESS_KEY_ID"),
    ],
)
def test_what_s3_answers_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, s3: S3Server, status: int, code: str, said: str
) -> None:
    class Refusing(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_HEAD = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
        path = folders.at(f"s3://{uuid.uuid4().hex}/x")
        answers = dict(everything(path, *(("list", "head", "create", "remove") if status == 503 else ())))
        server.shutdown()
    assert {name for name, text in answers.items() if said in text} >= answers.keys() - {"head"}
