"""The configuration file that `commlint init` writes: all that can be said, as comments, with what was found here.

A line that begins with `#` and a letter or bracket is a setting; one with a space behind the `#` is for the reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from commlint.catalogue.reading import toml_key, toml_value
from commlint.finding import Location, Service, Unsettled
from commlint.report.palette import plain

_HEAD = """\
# What commlint is asked here. Everything below is a comment and goes without saying: take the `#` away from what you
# change. `commlint config` shows what holds; docs/configuration.md says what each key means.
"""
_SETTINGS = """\
#required-version = ">={version}"

# Rules, as codes, slugs or beginnings of codes; `commlint rules` lists them. Empty means all.
#select = []
#ignore = []
#min-confidence = "medium"
#fail-on = "warning"
#preview = false

# What is not read at all, as in a `.gitignore`.
#exclude = []

# What is accepted for now: `commlint baseline` writes it.
#baseline = "commlint-baseline.txt"

# Calls of services, one inside the other, that an endpoint may wait for; remote calls of a request on one path.
#max-sync-depth = 1
#max-calls-per-request = 1

#[severities]
#missing-timeout = "error"

# What services may do with each other; `commlint contracts` shows which of them are kept.
#[[contracts]]
#name = "three calls deep at most"
#kind = "max-depth"
#max = 3

#[per-path-ignores]
#"scripts/**" = ["COMM4"]
"""
_FEW = 3
_HERE = frozenset({"localhost", "127.0.0.1", "0.0.0.0"})  # noqa: S104 - no address is bound
# A word in fewer letters is in the name of many a setting.
_SHORT = 3


def render(services: Sequence[Service], unsettled: Sequence[Unsettled], *, version: str, above: str) -> str:
    """The text of the file.

    Args:
        services: The services that were found.
        unsettled: Addresses that lead nobody knows where.
        version: The release of commlint that may read it.
        above: The configuration file that held here so far, relative to the new one; empty where there was none.
    """
    lines = [*_HEAD.splitlines(), ""]
    if above:
        lines += ["# This one held here so far.", f"extend = {toml_value(above)}", ""]
    lines += _SETTINGS.format(version=version).splitlines()
    found = [service for service in services if service.code != "none"]
    settings = [one for one in unsettled if one.setting and not one.host]
    owners = {one: _owner(one.setting, found) for one in settings}
    if found:
        lines += ["", f"# The services that were found: {len(found)}. `commlint services --why` says by what."]
    for service in found:
        lines += _service(service, [one for one in settings if owners[one] == service])
    open_questions = [one for one in settings if owners[one] is None]
    if open_questions:
        lines += [
            "",
            "# Settings and variables that hold addresses, and nothing says whose. Say it in the table of the service:",
        ]
        lines += ['# settings = ["NAME"]']
        lines += [f"#   {plain(one.setting)}: {_places(one.places)}" for one in open_questions]
    hosts = [one for one in unsettled if one.host and one.host not in _HERE]
    if hosts:
        lines += ["", "# Hosts that are called and are in no service here: somebody else's?"]
    for one in hosts:
        lines += [f"# {_places(one.places)}", f"#[services.{toml_key(one.host)}]", "#external = true"]
    return "".join(f"{line}\n" for line in lines)


def _service(service: Service, settings: Sequence[Unsettled]) -> Iterator[str]:
    """The table of a service, with the settings that by their names hold its address."""
    yield ""
    if service.hosts:
        more = f", +{len(service.hosts) - _FEW}" if len(service.hosts) > _FEW else ""
        yield f"# Reached as {', '.join(map(plain, service.hosts[:_FEW]))}{more}."
    yield f"#[services.{toml_key(service.name)}]"
    yield f"#root = {toml_value(service.root)}"
    yield "#availability = 99.9"
    if settings:
        yield from (f"# {plain(one.setting)}: {_places(one.places)}" for one in settings)
        yield f"#settings = {toml_value([one.setting for one in settings])}"


def _owner(setting: str, services: Sequence[Service]) -> Service | None:
    """The service whose name is in that of a setting: `ORDER_SERVICE_URL`."""
    letters = _letters(setting)
    named = [s for s in services if len(_stem(s)) >= _SHORT and _stem(s) in letters]
    return max(named, key=lambda service: len(_stem(service)), default=None)


def _stem(service: Service) -> str:
    """What is particular in the name of a service: `order` of `orders-service`."""
    return re.sub(r"(service|server|api|svc|app)$", "", _letters(service.short_name)).rstrip("s")


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _places(places: Sequence[Location]) -> str:
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    return f"{plain(places[0].file)}:{places[0].line}{more}"
