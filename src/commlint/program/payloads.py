"""Remote data, followed from where it arrives to where it is read or handed on.

It arrives as the answer of a remote call, or as what a consumer of messages is given. From there it is followed through
the function that gets it, into what this one calls, and out to the callers that get it back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import msgspec

from commlint import facts
from commlint.program.crossings import Crossing
from commlint.program.entries import EntryPoint
from commlint.program.following import Code, Env, Given, Read, Run, Trace, got
from commlint.program.models import Models
from commlint.program.parts import WHOLE, Parts, fields
from commlint.program.presence import NONE, Present, covers
from commlint.program.remote import RemoteCall
from commlint.program.sites import Site
from commlint.program.symbols import Class, Function, Symbols

# How far data is followed, outwards to callers and inwards into what is called.
_OUTWARDS, _INWARDS = 4, 3
# How many callers of a function are asked.
_CALLERS = 200
# Kinds of clients whose answers are objects with the fields as attributes.
_OBJECTS = frozenset({"grpc", "soap"})


class Payload(msgspec.Struct, frozen=True, eq=False):
    """Remote data that arrives, and what becomes of it.

    Attributes:
        remote: The call that it answers; `None` for a message.
        crossing: That call on one way from a service; `None` where no service makes it.
        entry: The consumer that is given it; `None` for an answer.
        objects: Its fields are attributes.
        reads: What is read of it, in order.
        given: The calls that are given a part of it, in order.
    """

    remote: RemoteCall | None
    crossing: Crossing | None
    entry: EntryPoint | None
    objects: bool
    reads: tuple[Read, ...]
    given: tuple[Given, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are read of it, sorted: `name`, `items[].price`."""
        return fields(read.keys for read in self.reads if read.kind != "test")


class Payloads:
    """Follows remote data.

    Args:
        symbols: What is defined where.
        models: What is known of libraries.
    """

    def __init__(self, symbols: Symbols, models: Models) -> None:
        self._code = Code(symbols, models)
        self._traces: dict[object, Trace] = {}

    def of_crossing(self, crossing: Crossing) -> Payload:
        """The answer of a call from service to service."""
        return self._answer(crossing.remote, crossing, crossing.way.stack)

    def of_call(self, remote: RemoteCall) -> Payload:
        """The answer of a call that no service makes."""
        return self._answer(remote, None, ())

    def of_message(self, entry: EntryPoint) -> Payload:
        """What a consumer is given."""
        function = entry.function
        names = [p.name for p in function.fact.parameters if p.kind in ("positional", "normal", "keyword")]
        if function.owner is not None and function.kind in ("method", "class"):
            names = names[1:]
        trace = self._trace(function, dict.fromkeys(names, WHOLE), {}, _INWARDS, objects=False)
        reads, given = tuple(trace.reads.values()), tuple(trace.given.values())
        return Payload(None, None, entry, objects=False, reads=reads, given=given)

    def _answer(self, remote: RemoteCall, crossing: Crossing | None, stack: Sequence[Site]) -> Payload:
        search = _Search(self, objects=remote.client.kind in _OBJECTS)
        search.outwards(remote.site, WHOLE, stack)
        reads, given = tuple(search.reads.values()), tuple(search.given.values())
        return Payload(remote, crossing, None, search.objects, reads, given)

    def _trace(
        self, function: Function, given: Env, answers: Mapping[facts.Call, Parts], depth: int, *, objects: bool
    ) -> Trace:
        """What a function does with what it is given or gets; worked out once for the same."""
        key = (function, frozenset(given.items()), frozenset(answers.items()), depth, objects)
        if key not in self._traces:
            self._traces[key] = Trace()

            def enter(inner: Function, passed: Env, left: int) -> Trace:
                return self._trace(inner, passed, {}, left, objects=objects)

            self._traces[key] = Run(self._code, enter, function, answers, depth, objects=objects).trace(given)
        return self._traces[key]

    def answered(self, site: Site, parts: Parts, *, objects: bool) -> Trace:
        """What the function with a call does with what that returns."""
        return self._trace(site.function, {}, {site.call: parts}, _INWARDS, objects=objects)

    def kept(self, function: Function, kept: Env, *, objects: bool) -> Iterator[Trace]:
        """What other methods do with what one keeps in attributes of its object."""
        for name, parts in kept.items() if function.owner is not None else ():
            for method in self._users(function.owner, name) if function.owner is not None else ():
                if method is not function:
                    yield self._trace(method, {name: parts}, {}, _INWARDS, objects=objects)

    def _users(self, cls: Class, name: str) -> Iterator[Function]:
        """The methods of a class and those below it that read an attribute of their object."""
        todo = [cls]
        while todo:
            current = todo.pop()
            todo += current.subclasses
            for binding in current.scope.bindings.values():
                if isinstance(binding, Function) and name.partition(".")[2] in self._attributes(binding):
                    yield binding

    @cached_property
    def _named(self) -> dict[Function, frozenset[str]]:
        return {}

    def _attributes(self, function: Function) -> frozenset[str]:
        """The names of the attributes that a function's code speaks of."""
        if (known := self._named.get(function)) is None:
            found: set[str] = set()
            todo: list[object] = [function.fact.body]
            while todo:
                current = todo.pop()
                if isinstance(current, tuple):
                    todo.extend(current)
                elif isinstance(current, msgspec.Struct):
                    if isinstance(current, facts.Attr):
                        found.add(current.name)
                    todo.extend(getattr(current, field) for field in current.__struct_fields__)
            known = self._named[function] = frozenset(found)
        return known


class _Search:
    """Follows one answer outwards.

    Attributes:
        objects: Its fields are attributes.
        reads: What is read of it.
        given: What is handed on of it.
    """

    def __init__(self, payloads: Payloads, *, objects: bool) -> None:
        self.objects = objects
        self.reads: dict[object, Read] = {}
        self.given: dict[object, Given] = {}
        self._payloads = payloads
        self._met: set[tuple[Site, Parts]] = set()

    def outwards(
        self,
        site: Site,
        parts: Parts,
        stack: Sequence[Site],
        depth: int = _OUTWARDS,
        written: frozenset[tuple[str, ...]] = frozenset(),
        present: Present = NONE,
    ) -> None:
        """Follows what a call returns: through its function, then through the callers that get it back.

        Args:
            site: The call.
            parts: What it returns.
            stack: The calls around it on the way that is meant, the innermost first; beyond them, any.
            depth: How many further callers are asked.
            written: The fields that the program has put there.
            present: The fields that are known to be there.
        """
        if (site, parts) in self._met:
            return
        self._met.add((site, parts))
        function = site.function
        trace = self._payloads.answered(site, parts, objects=self.objects)
        self._add(trace, written, present)
        for other in self._payloads.kept(function, trace.kept, objects=self.objects):
            self._add(other, written | trace.written, present)
        returned = trace.returned
        meant = [outer for outer in stack if function in outer.targets][:1]
        for caller in (meant or function.callers[:_CALLERS]) if returned and depth else ():
            if caller.function is not function and (held := got(caller, function, returned)):
                self.outwards(caller, held, stack, depth - 1, written | trace.written, present | trace.present)

    def _add(self, trace: Trace, written: frozenset[tuple[str, ...]], present: Present) -> None:
        for key, read in trace.reads.items():
            if read.keys not in written:
                is_tested = read.is_tested or covers(present, read.keys)
                found = read if is_tested == read.is_tested else msgspec.structs.replace(read, is_tested=is_tested)
                if key not in self.reads or (self.reads[key].is_tested and not is_tested):
                    self.reads[key] = found
        for place, given in trace.given.items():
            self.given.setdefault(place, given)
