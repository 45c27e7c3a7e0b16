"""A system of many repositories, made up: services that call each other in every way that the rules know."""

from __future__ import annotations

from pathlib import Path

REPOSITORIES = 25
SERVICES = 60

_APP = """\
import os

import httpx
import requests
from flask import Flask, jsonify

app = Flask(__name__)
session = httpx.Client(timeout=2)


@app.get("/{name}/<int:number>")
def one(number):
    answer = requests.get(f"{first}/{first_path}/{{number}}"{timeout})
    return jsonify(answer.json())


@app.get("/{name}")
def several():
    found = []
    for number in load_numbers():
        {call}
    return jsonify(found)


@app.get("/{name}/local")
def local():
    return "fine"
"""
_PLAIN = 'found.append(session.get(os.environ["{setting}"] + f"/{path}/{{number}}").json())'
_GUARDED = """try:
            found.append(session.get(os.environ["{setting}"] + f"/{path}/{{number}}").json())
        except httpx.HTTPError:
            found.append(None)"""


def name_of(number: int) -> str:
    return f"svc{number % SERVICES:02}"


def home_of(number: int) -> str:
    """The repository of a service; the last one only deploys."""
    return f"repo{number % SERVICES % (REPOSITORIES - 1):02}"


def write(root: Path) -> list[str]:
    """Writes the repositories as folders beside each other, and returns their names."""
    deployed = []
    for number in range(SERVICES):
        folder = root / home_of(number) / name_of(number)
        folder.mkdir(parents=True)
        first, second = number + 1 + number % 3, number + 7
        # Every ninth asks for something that is not there.
        path = "gone" if number % 9 == 4 else name_of(second)
        call = (_GUARDED if number % 2 else _PLAIN).format(setting=f"{name_of(second).upper()}_URL", path=path)
        (folder / "app.py").write_text(
            _APP.format(
                name=name_of(number),
                first=f"http://{name_of(first)}:8000",
                first_path=name_of(first),
                timeout="" if number % 4 else ", timeout=3",
                call=call,
            )
        )
        (folder / "Dockerfile").write_text("FROM python:3.12\nCOPY . .\nCMD flask run\n")
        (folder / "requirements.txt").write_text("flask==3.0\nhttpx==0.27\nrequests==2.32\n")
        deployed.append(
            f"  {name_of(number)}:\n    build: ../{home_of(number)}/{name_of(number)}\n    environment:\n"
            f"      {name_of(second).upper()}_URL: http://{name_of(second)}:8000\n"
            f"      DB_PASSWORD: not-for-others-{number}\n"
        )
    deploy = root / "deploy"
    deploy.mkdir()
    (deploy / "docker-compose.yml").write_text("services:\n" + "".join(deployed))
    return sorted(path.name for path in root.iterdir())
