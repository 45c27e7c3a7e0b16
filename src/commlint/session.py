"""A tree that is judged again and again as its files are edited."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from commlint import facts
from commlint.analysis import Analysis, content, libraries_of, read
from commlint.catalogue.models import Library
from commlint.config import Config
from commlint.finding import Edit, Fix, Report, Rule
from commlint.judging import judge, rules_of, with_sources
from commlint.servicemap import Load, ServiceMap


class Session(msgspec.Struct, frozen=True):
    """A tree that was read once, with some of its Python files as an editor or a fix would have them.

    Attributes:
        config: What to report.
        rules: The rules that are on, by code.
        libraries: What is known of libraries.
        analysis: What is known of the tree.
        texts: The files that are not as they were when the tree was read; of one that can no longer be read, as it was
            when it last could.
    """

    config: Config
    rules: Mapping[str, Rule]
    libraries: tuple[Library, ...]
    analysis: Analysis
    texts: Mapping[str, bytes] = MappingProxyType({})

    @property
    def files(self) -> frozenset[str]:
        """The Python files that can be edited."""
        return frozenset(self.analysis.files)

    @property
    def generated(self) -> frozenset[str]:
        """The files that are not written by hand."""
        return frozenset(self.analysis.spelling.path(file.path) for file in self.analysis.tree.generated)

    def with_texts(self, texts: Mapping[str, bytes]) -> Session:
        """The same tree with some files as given; of one that cannot be read, what was known of it stays.

        Only these files are read, and the program is linked anew only where what they say has changed.

        Args:
            texts: What files say, by path; files that are not among `files` are left out.
        """
        from commlint import extract, program  # noqa: PLC0415 - heavy, as in `analysis.link`

        analysis, files = self.analysis, self.files
        inner = {analysis.spelling.inner(path): path for path in texts if path in files}
        read = [extract.extract_one(path, texts[name]) for path, name in inner.items()]
        known = {module.path: module for module in analysis.extracted.modules}
        whole = [one for one in read if isinstance(one, facts.Module)]
        changed = {one.path: one for one in whole if one.path not in known or not _says_the_same(known[one.path], one)}
        extracted = facts.Extracted(
            tuple({**known, **changed}.values()),
            (
                *(one for one in analysis.extracted.unreadable if one.path not in inner),
                *(one for one in read if isinstance(one, facts.Unreadable)),
            ),
            (
                *(one for one in analysis.extracted.failed if one.path not in inner),
                *(one for one in read if isinstance(one, facts.Failed)),
            ),
        )
        linked = analysis.linked
        if changed:
            modules = sorted((*extracted.modules, *analysis.neighbours.modules), key=lambda module: module.path)
            linked = program.link(analysis.tree, modules, self.libraries)
        return msgspec.structs.replace(
            self,
            analysis=msgspec.structs.replace(analysis, extracted=extracted, linked=linked),
            texts={**self.texts, **{inner[one.path]: texts[inner[one.path]] for one in whole}},
        )

    def report(self) -> Report:
        """What is fragile in the tree as it is now."""
        report = judge(self.config, self.rules, self.analysis, self.texts)
        return with_sources(self.config, report, self.texts)

    def text(self, path: str) -> bytes:
        """What a file says; nothing where it cannot be read."""
        return content(self.config, path, self.texts)

    def edits(self, fix: Fix) -> tuple[Edit, ...]:
        """A fix as text; nothing where it cannot be made."""
        from commlint import fix as fixes  # noqa: PLC0415 - libcst, a third of a second, which few need to spend

        files = {path: self.text(path) for path in fixes.files_of([fix])}
        return fixes.edits(files, [fix]).get(fix, ()) if files.keys() <= self.files else ()

    def service_map(self) -> ServiceMap:
        """The services of the tree and the calls between them."""
        return self.analysis.spelling.of(self.analysis.linked.service_map())

    def loads(self) -> tuple[Load, ...]:
        """What the endpoints of the tree ask of others, where they ask anything."""
        found = self.analysis.spelling.of(self.analysis.linked.loads())
        return tuple(load for load in found if self.analysis.spelling.is_own(load.location.file))


def begin(config: Config) -> Session:
    """Reads the tree that a configuration names.

    Raises:
        CommlintError: The configuration names a rule that does not exist, or a library model is wrong.
    """
    return Session(config, rules_of(config), libraries_of(config), read(config))


def _says_the_same(one: facts.Module, other: facts.Module) -> bool:
    return facts.encode(facts.Extracted((one,))) == facts.encode(facts.Extracted((other,)))
