"""What the findings about readers of remote data say besides where they stand."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from commlint import api
from commlint.config import Config
from commlint.finding import Confidence, Finding

HEAD = """\
import requests
from enum import Enum
from dataclasses import dataclass
from marshmallow import EXCLUDE, Schema, fields
from nameko.events import event_handler
from pydantic import BaseModel, ConfigDict

def fetch():
    return requests.get("http://users/users", timeout=2).json()

"""


def check(root: Path, rule: str, code: str) -> list[Finding]:
    (root / "app.py").write_text(HEAD + dedent(code), "utf-8")
    report = api.analyze(Config(root=root, select=(rule,), min_confidence=Confidence.LOW))
    assert report.failures == ()
    return list(report.findings)


def lines(root: Path, finding: Finding) -> list[tuple[str, str]]:
    """The lines of related places, each with what is said of it."""
    text = (root / "app.py").read_text("utf-8").splitlines()
    return [(text[step.location.line - 1].strip(), step.text) for step in finding.related]


@pytest.mark.parametrize(
    ("code", "message", "line", "said", "advice"),
    [
        (
            """
            class User(BaseModel):
                model_config = ConfigDict(
                    extra="forbid",
                )

            User.model_validate(fetch())
            """,
            "`User` rejects fields that it does not know, in an answer of `users`",
            "model_config = ConfigDict(",
            'extra="forbid"',
            'read what others send with `extra="ignore"`',
        ),
        (
            """
            class Base(BaseModel, extra="forbid"):
                pass

            class User(Base):
                pass

            class Page(BaseModel):
                users: list[User]

            Page(**fetch())
            """,
            "`User` inside `Page` (`users`) rejects fields that it does not know, in an answer of `users`",
            'class Base(BaseModel, extra="forbid"):',
            'extra="forbid"',
            'read what others send with `extra="ignore"`',
        ),
        (
            """
            class User(Schema):
                pass

            User().load(fetch())
            """,
            "`User` rejects fields that it does not know, in an answer of `users`",
            "class User(Schema):",
            "marshmallow does so unless it is told otherwise",
            "read what others send with `unknown=EXCLUDE`",
        ),
        (
            """
            class Address(Schema):
                pass

            class User(Schema):
                class Meta:
                    unknown = EXCLUDE

                address = fields.Nested(Address)

            User().load(fetch())
            """,
            "`Address` inside `User` (`address`) rejects fields that it does not know, in an answer of `users`",
            "class Address(Schema):",
            "marshmallow does so unless it is told otherwise",
            "read what others send with `unknown=EXCLUDE`",
        ),
        (
            """
            @dataclass
            class User:
                name: str

            User(**fetch())
            """,
            "`User` rejects fields that it does not know, in an answer of `users`",
            "class User:",
            "a keyword that it does not have is a `TypeError`",
            "keep only the fields that it knows, or read it with a model that ignores others",
        ),
        (
            """
            class User(BaseModel, extra="forbid"):
                pass

            class Mailer:
                name = "mailer"

                @event_handler("users", "added")
                def greet(self, payload):
                    return User(**payload)
            """,
            "`User` rejects fields that it does not know, in what `Mailer.greet` gets",
            'class User(BaseModel, extra="forbid"):',
            'extra="forbid"',
            'read what others send with `extra="ignore"`',
        ),
    ],
)
def test_who_rejects_what_and_where_that_is_said(
    tmp_path: Path, code: str, message: str, line: str, said: str, advice: str
) -> None:
    [finding] = check(tmp_path, "strict-reader", code)
    assert finding.message == message
    assert lines(tmp_path, finding) == [(line, f"rejects unknown fields: {said}")]
    assert finding.advice == advice
    assert finding.confidence is Confidence.HIGH


SEVERAL = """
class User(BaseModel, extra="forbid"):
    pass

class Item(BaseModel{keyword}):
    pass

def read(model):
    return model(**fetch())

read(User)
read(Item)
"""


def test_one_of_several_classes_is_less_sure(tmp_path: Path) -> None:
    [finding] = check(tmp_path, "strict-reader", SEVERAL.format(keyword=', extra="forbid"'))
    assert finding.confidence is Confidence.MEDIUM


def test_one_of_several_classes_of_which_some_are_tolerant_is_not_judged(tmp_path: Path) -> None:
    assert check(tmp_path, "strict-reader", SEVERAL.format(keyword="")) == []


def test_fields_with_closed_types_are_named(tmp_path: Path) -> None:
    code = """
    class State(Enum):
        OPEN = "open"

    class Line(BaseModel):
        state: State

    class Order(BaseModel):
        state: State
        lines: list[Line]

    Order(**fetch())
    """
    [finding] = check(tmp_path, "closed-enum", code)
    expected = "`Order` takes only the values that it knows for `state`, `lines.state`, in an answer of `users`"
    assert finding.message == expected
    assert lines(tmp_path, finding) == [("class State(Enum):", "State")]
