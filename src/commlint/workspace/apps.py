"""Signs in the text of a file that it is a program others can call."""

from __future__ import annotations

import re

import msgspec

MAX_BYTES = 400_000
_KINDS = (
    "Flask|FastAPI|Starlette|Quart|Sanic|Bottle|FastMCP|Application|Chalice|Litestar|Celery|Configurator|FunctionApp"
    "|FlaskApp|AsyncApp|AioHttpApp|Robyn|Dash|(?<=falcon\\.)App|(?<=falcon\\.)API|(?<=falcon\\.asgi\\.)App|(?<=connexion\\.)App"
)
# Assigned at the top level, or inside a factory: middleware and documentation mention the classes too, deeper.
_CREATES = re.compile(rf"^\w+[ \t]*(?::[^=\n]*)?=[ \t]*(?:\w+\.)*({_KINDS})\(", re.MULTILINE)
_FACTORY = re.compile(
    r"^(?:async )?def (?:(?:create|make|build|get|init)_\w*(?:app|application|server)\w*|main(?=\(global_conf))\("
    rf".*?^[ \t]+\w+[ \t]*(?::[^=\n]*)?=[ \t]*(?:\w+\.)*({_KINDS})\(",
    re.MULTILINE | re.DOTALL,
)
_SERVES = re.compile(
    r"^[^#\n'\"]*\b((?:grpc|aio)\.server|start_http_server|ServiceContainer|HTTPServer)\(", re.MULTILINE
)
_IS_PROGRAM = re.compile(r"^if __name__ ==|^(?:asyncio\.run|serve|main)\(", re.MULTILINE)
_RUNS = re.compile(r"^[^#\n'\"]*\b(?:\w+\.run(?:_app)?|run_simple|app_run)\(", re.MULTILINE)
_PORT = re.compile(r"\bport[ \t]*=[ \t]*(?:int\()?(?:os\.(?:environ\.get|getenv)\([^,\n]*,[ \t]*)?[\"']?(\d{2,5})\b")
_QUICK = re.compile(rf"\b(?:{_KINDS}|server|start_http_server|ServiceContainer|HTTPServer)\(")


class App(msgspec.Struct, frozen=True):
    """A file that creates something that serves.

    Attributes:
        path: The file.
        kind: The class or function it is created with, as `Flask`.
        runs: Whether the file also starts it.
        port: The port it is run on; 0 where the file does not say.
        factory: It is created by a function, for whoever calls that.
    """

    path: str
    kind: str
    runs: bool = False
    port: int = 0
    factory: bool = False

    @property
    def reason(self) -> str:
        """What was seen, in plain words."""
        article = "an" if self.kind[0] in "AEIO" else "a"
        created = (
            f"creates {article} {self.kind} app" if self.kind[0].isupper() else f"starts a server with {self.kind}"
        )
        if self.port:
            return f"{created} and runs it on port {self.port}"
        return f"{created} and runs it" if self.runs and self.kind[0].isupper() else created


def look(path: str, data: bytes) -> App | None:
    """The app that a file creates, if it creates one.

    Args:
        path: The file.
        data: What is in it, or its beginning.
    """
    text = data.decode("utf-8", "replace")
    if _QUICK.search(text) is None:
        return None
    created = _CREATES.search(text)
    factory = created is None
    created = created or _FACTORY.search(text)
    if created is None:
        # A library may well start a server for its metrics; a program does so when it is run.
        serves = _SERVES.search(text) if _IS_PROGRAM.search(text) else None
        return App(path, serves[1], runs=True) if serves else None
    run = None
    for run in _RUNS.finditer(text):
        port = _PORT.search(text, run.end(), run.end() + 300)
        if port is not None:
            return App(path, created[1], runs=True, port=int(port[1]), factory=factory)
    return App(path, created[1], runs=run is not None, factory=factory)
