"""A summary is data from anybody: what is in it is bounded, and a bad one is one clear sentence."""

from __future__ import annotations

import contextlib
import zlib
from pathlib import Path

import msgspec
import pytest

from commlint import facts
from commlint.errors import CommlintError
from commlint.neighbours.summary import Origin, Summary, decode, encode, load
from commlint.workspace.contents import Shelf, Signs
from commlint.workspace.files import SourceFile

CODE = facts.Module("app.py", (facts.Evaluate(facts.Name("x"), 1),), 1)
GOOD = Summary(Origin("users", "services/api", "abc", 5), Shelf(files=(SourceFile("app.py", 3),)), (CODE,))


def packed(value: object) -> bytes:
    """Bytes that look like a summary and hold anything."""
    return encode(GOOD).partition(b"\n")[0] + b"\n" + zlib.compress(msgspec.msgpack.encode(value))


def test_what_is_written_is_read() -> None:
    read = decode(encode(GOOD))
    assert (read.origin, read.shelf) == (GOOD.origin, GOOD.shelf)
    assert facts.encode(facts.Extracted(read.modules)) == facts.encode(facts.Extracted((CODE,)))
    assert encode(read) == encode(GOOD)
    assert read.origin.place == "users/services/api"


def with_shelf(**fields: object) -> bytes:
    return encode(msgspec.structs.replace(GOOD, modules=(), shelf=Shelf(**fields)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is no summary of commlint"),
        (b"commlint summary 99999999999999999999.1\n", "is no summary of commlint"),
        (b"commlint summary 99.1\nwhatever", "was made by a newer commlint"),
        (b"commlint summary 0.1\nwhatever", "was made by an older commlint"),
        (encode(GOOD)[:-9], "is cut short"),
        (encode(GOOD)[:40], "is cut short"),
        (encode(GOOD).replace(b"\nx", b"\ny"), "is damaged"),
        (packed({"a": 1}), "is damaged"),
        (packed([["users"], {"files": [{"path": 5, "size": 1}]}]), "is damaged"),
        (packed([["../x"], {}]), "a name that is none"),
        (packed([["users", "../.."], {}]), "leads out"),
        (with_shelf(others=("../../etc/passwd",)), "leads out"),
        (with_shelf(others=("/etc/passwd",)), "leads out"),
        (with_shelf(others=("a/./b",)), "leads out"),
        (with_shelf(others=("C:/x",)), "leads out"),
        (with_shelf(others=("a\\..\\b",)), "leads out"),
        (with_shelf(others=("a\0b",)), "leads out"),
        (with_shelf(texts={"../.env": "A=1"}), "leads out"),
        (with_shelf(signs={"a//b.py": Signs()}), "leads out"),
        (with_shelf(releases={"..": ()}), "leads out"),
        (with_shelf(files=(SourceFile("a.py", 1), SourceFile("a.py", 1))), "lists a file twice"),
        (encode(msgspec.structs.replace(GOOD, shelf=Shelf())), "code of files that it does not list"),
    ],
)
def test_what_cannot_be_trusted_is_not_read(data: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=reason):
        decode(data)
    file = tmp_path / "users.commlint"
    file.write_bytes(data)
    with pytest.raises(CommlintError, match=rf"^users\.commlint: .*{reason}"):
        load(file)


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("commlint.neighbours.summary._MAX_UNPACKED", 1_000_000)
    with pytest.raises(ValueError, match="holds more than a summary can"):
        decode(packed(b"\0" * 2_000_000))


def test_code_nested_without_end_is_not_decoded() -> None:
    # One hundred thousand nots, one in the other: [[14, [14, ... ]]].
    deep = b"\x92\x0e" * 100_000 + b"\x92\x01\xa1x"
    assert msgspec.msgpack.decode(b"\x92\x0e" * 3 + b"\x92\x01\xa1x") == [14, [14, [14, [1, "x"]]]]
    module = b"\x93\xa6app.py\x91\x93\x20" + deep + b"\x01\x01"
    body = b"\x93\x91\xa5users" + msgspec.msgpack.encode({"files": [{"path": "app.py", "size": 1}]}) + b"\x91" + module
    with pytest.raises(ValueError, match="nests more deeply than code does"):
        decode(encode(GOOD).partition(b"\n")[0] + b"\n" + zlib.compress(body))
    shallow = body.replace(deep, b"\x92\x0e" * 50 + b"\x92\x01\xa1x")
    assert len(decode(encode(GOOD).partition(b"\n")[0] + b"\n" + zlib.compress(shallow)).modules) == 1


def test_any_byte_changed_is_read_or_refused_in_words() -> None:
    data = encode(GOOD)
    for place in range(len(data)):
        for bit in (1, 128):
            changed = bytearray(data)
            changed[place] ^= bit
            # Anything but a reason in words is a failure.
            with contextlib.suppress(ValueError):
                decode(bytes(changed))
