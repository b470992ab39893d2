"""One pytest session: its options, the servers that run, and what is told at its end.

A desk is made when the first test asks for it, so that a session without such tests pays nothing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.cassette import Provenance, redact, write
from conformance.check import Options
from conformance.cli.codes import chosen_options, resolved
from conformance.config import load_settings
from conformance.errors import CassetteError, UsageError
from conformance.mock.settings import Settings
from conformance.plugin.server import CohereServer, configured
from conformance.report.collect import Collector
from conformance.report.records import Case, as_line, from_line
from conformance.targets.mock import settings_from
from conformance.verdict import EXIT_BROKEN, EXIT_NOT_JUDGED, EXIT_OK, Level
from conformance.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

    from conformance.mock.server import MockServer
    from conformance.plugin.bench import Bench
    from conformance.plugin.inprocess import CohereRespx
    from conformance.report.records import Record
    from conformance.targets.base import Target
    from conformance.violation import Violation
    from conformance.wire import Exchange

__all__ = ["Desk", "write_report"]

_UNFIT = re.compile(r"[^\w.\[\]-]+")
_LONGEST = 120
_FOLDER = "recordings"


class Desk:
    """What all tests of one process share. `ledger` is a file that all processes share."""

    def __init__(self, config: pytest.Config, ledger: Path | None = None) -> None:
        self.config = config
        self.spec: str = config.getoption("cohere_target") or config.getini("cohere_target")
        self.records: list[Record] = []
        self.tests = 0
        self.judged = 0
        self.unjudged = 0
        project = load_settings(config.rootpath)
        self._strict = project.strict
        self._options = chosen_options(project, (), ())
        self._ledger = ledger
        self._target: Target | None = None
        self._servers: dict[str, MockServer] = {}
        self._collector = Collector(options=self._options)

    # -- what a test is given ---------------------------------------------------------------------

    @property
    def is_mock(self) -> bool:
        """The target is the mock, which this process runs itself."""
        return self.spec.startswith("mock:")

    @property
    def target(self) -> Target:
        """The target of all tests, opened when the first asks for it."""
        if self._target is None:
            from conformance.targets.open import TargetOptions, open_target

            option = self.config.getoption
            self._target = open_target(
                self.spec,
                TargetOptions(
                    api_key_env=option("cohere_api_key_env"),
                    max_requests=option("cohere_max_requests"),
                    max_tokens=option("cohere_max_tokens"),
                    ledger=self._ledger,
                ),
            )
        return self._target

    def server(self, item: pytest.Item) -> CohereServer:
        """The server of a test: the mock, or the target behind a local address."""
        if self.is_mock:
            settings = self._settings(item)
            running = self._running("mock")
            running.use(settings)
            return CohereServer(running, settings, **self._facts(item))
        return self._forwarding(item, self.target, "target")

    def session_server(self) -> MockServer:
        """The server that `server` gives to each test: its address is the same for all."""
        return self._running("mock" if self.is_mock else "target")

    def respx(self, item: pytest.Item) -> CohereRespx:
        """The routes of a test for HTTP clients of this process."""
        from conformance.plugin.inprocess import CohereRespx

        if self.is_mock:
            return CohereRespx(self._settings(item), None, **self._facts(item))
        from conformance.plugin.source import Forwarder

        forwarder = Forwarder(self.target)
        made = CohereRespx(None, forwarder, **self._facts(item))
        made.troubles = forwarder.troubles
        return made

    def recording(self, item: pytest.Item) -> CohereServer:
        """The server that plays back the recording of a test, or, when recording, the target."""
        if self.config.getoption("cohere_record"):
            return self.server(item)
        from conformance.targets.cassette import CassetteTarget

        path = self.recording_of(item)
        if not path.exists():
            raise CassetteError(
                "this test has no recording",
                where=str(path),
                hint=(
                    f'record it: pytest "{item.nodeid}" '
                    f"--cohere-target https://api.cohere.com --cohere-record {self._folder()}"
                ),
            )
        return self._forwarding(item, CassetteTarget(f"cassette:{path}"), "recording")

    def _forwarding(self, item: pytest.Item, target: Target, name: str) -> CohereServer:
        from conformance.plugin.source import Forwarder

        forwarder = Forwarder(target)
        running = self._running(name)
        running.use(Settings(), forwarder)
        made = CohereServer(running, None, **self._facts(item))
        made.troubles = forwarder.troubles
        return made

    def _running(self, name: str) -> MockServer:
        if name not in self._servers:
            from conformance.mock.server import MockServer

            self._servers[name] = MockServer().start()
        return self._servers[name]

    def _settings(self, item: pytest.Item) -> Settings:
        settings = settings_from(self.spec)
        seed = self.config.getoption("cohere_seed")
        if seed is not None:
            settings = settings.changed(seed=seed)
        for mark in reversed(list(item.iter_markers("cohere_mock"))):
            if mark.args:
                raise UsageError(
                    "`cohere_mock` takes its options by name",
                    where=item.nodeid,
                    hint='write `@pytest.mark.cohere_mock(fault="STREAM-014")`',
                )
            settings = configured(settings, dict(mark.kwargs))
        return settings

    def _facts(self, item: pytest.Item) -> dict[str, Any]:
        """What every bench needs to know: the test, and the rules that judge it."""
        codes = [code for mark in item.iter_markers("cohere_rule") for code in mark.args]
        options = self._options
        if codes:
            chosen = resolved(tuple(map(str, codes)), f"cohere_rule of {item.nodeid}")
            options = Options(chosen, options.ignore, options.closed)
            item.user_properties.extend(("cohere_rule", code) for code in chosen)
        return {"test": item.nodeid, "options": options, "strict": self._strict}

    # -- recordings -------------------------------------------------------------------------------

    def _folder(self) -> Path:
        config = self.config
        given = config.getoption("cohere_recordings") or config.getini("cohere_recordings")
        return config.rootpath / (given or _FOLDER)

    def recording_of(self, item: pytest.Item, folder: Path | None = None) -> Path:
        """Where the recording of a test is: named by a mark, else after module and test."""
        mark = item.get_closest_marker("cohere_recording")
        if mark is not None and mark.args and folder is None:
            given = Path(str(mark.args[0]))
            beside = item.path.parent / given
            return beside if beside.exists() else item.config.rootpath / given
        module = item.path.with_suffix("")
        if module.is_relative_to(item.config.rootpath):
            module = module.relative_to(item.config.rootpath)
        else:
            module = Path(module.name)
        _, *inner = item.nodeid.split("::")
        name = ".".join(_UNFIT.sub("-", part).strip("-.") for part in inner)[:_LONGEST]
        return (folder or self._folder()) / module / f"{name}.yaml"

    def _record(self, item: pytest.Item, bench: Bench) -> None:
        folder = self.config.getoption("cohere_record")
        exchanges = bench.exchanges
        if not folder or not exchanges:
            return
        kept = [self._kept(each) for each in exchanges]
        tool = f"cohere-conformance {__version__}"
        path = self.recording_of(item, self.config.invocation_params.dir / folder)
        write(path, kept, Provenance("recorded", source=self.spec, tool=tool))

    def _kept(self, exchange: Exchange) -> Exchange:
        """An exchange for a recording: without keys, and without the port of our own server."""
        if exchange.request is not None:
            base = "http://localhost" if self.is_mock else self.target.url or ""
            _, _, tail = exchange.request.url.partition("/v2/")
            url = f"{base}/v2/{tail}" if tail else exchange.request.url
            exchange = replace(exchange, request=replace(exchange.request, url=url))
        return redact(exchange, self._secrets())

    def _secrets(self) -> tuple[str, ...]:
        key = getattr(self._target, "key", None)
        forms: tuple[str, ...] = key.forms if key is not None else ()
        return forms

    # -- what is told ------------------------------------------------------------------------------

    def close_bench(self, item: pytest.Item, bench: Bench) -> None:
        """A test has done with what it was given: record it, and note it for the report."""
        bench.close()
        self._record(item, bench)
        exchanges = bench.exchanges
        if not exchanges:
            return
        self.tests += 1
        broken: list[Violation] = []
        tolerated = False
        features: dict[str, None] = {}
        endpoint = None
        for each in exchanges:
            found = bench.violations_of(each)
            allowed = [violation for violation in found if bench.tolerates(violation)]
            tolerated |= bool(allowed)
            shown = [replace(v, level=Level.INFO) if v in allowed else v for v in found]
            taken = self._collector.take(each, shown, case=item.nodeid)
            self.records += taken.records
            self.judged += taken.exchange.judged
            self.unjudged += not taken.exchange.judged
            features |= dict.fromkeys(taken.exchange.features)
            endpoint = endpoint or taken.exchange.endpoint
            broken += [violation for violation in found if bench.fails(violation)]
        self.records.append(
            Case(
                name=item.nodeid,
                outcome="broken" if broken else "known" if tolerated else "kept",
                endpoint=endpoint,
                features=tuple(features),
                message=broken[0].headline if broken else "",
                codes=tuple(dict.fromkeys(violation.code for violation in broken)),
                exchanges=len(exchanges),
            )
        )

    def lines(self) -> list[str]:
        """All records of this process as lines."""
        return [as_line(each) for each in [*self.records, *self._collector.closing()]]

    def summary(self) -> str:
        """One line about what was judged, empty when there was nothing."""
        if not self.tests:
            return ""
        exchanges = "exchange" if self.judged == 1 else "exchanges"
        tests = "test" if self.tests == 1 else "tests"
        told = f"cohere: {self.judged} {exchanges} of {self.tests} {tests} judged"
        return told + (f", {self.unjudged} out of scope" if self.unjudged else "")

    def close(self) -> None:
        """Stop what runs."""
        for server in self._servers.values():
            server.stop()
        self._servers = {}
        if self._target is not None:
            self._target.close()


def write_report(config: pytest.Config, lines: Iterable[str]) -> None:
    """The report of a session, from the lines of all its processes."""
    from conformance.report.folder import ReportFolder, header_of

    target = config.getoption("cohere_target") or config.getini("cohere_target")
    header = header_of("pytest", target, seed=config.getoption("cohere_seed"), party="client")
    folder = config.invocation_params.dir / config.getoption("cohere_report")
    with ReportFolder(folder, header) as made:
        broken, judged = False, False
        for line in lines:
            record = from_line(line)
            if record is not None:
                made.add(record)
                broken |= isinstance(record, Case) and record.outcome == "broken"
                judged |= getattr(record, "judged", None) is True
        made.finish(EXIT_BROKEN if broken else EXIT_OK if judged else EXIT_NOT_JUDGED)
