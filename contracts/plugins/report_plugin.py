"""A pytest plugin that writes the report of a run: `--report-dir DIR`.

It only translates: what pytest tells of tests becomes a `Session`, pytest's own junit.xml is sent
into the same folder, and workers of pytest-xdist hand over what they saw.
"""

from __future__ import annotations

import os
import shlex
import shutil
import time
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.plugins.state import PROVES
from contracts.replay import files as replay_files
from contracts.replay.stories import Stories
from contracts.report import files, github, junit
from contracts.report.build import EndedTest, Session, build
from contracts.report.observer import Observer
from contracts.report.traffic import Traffic
from contracts.session.run import Run

NAME = "panorama-report"


class Report:
    """Listens to a run and to pytest."""

    def __init__(self, folder: Path, run: Run, recorded: Run, contract: str) -> None:
        self.folder = folder
        self.run, self.recorded = run, recorded
        self.traffic = Traffic(run.contract, run.renderer)
        self.observer = Observer(run.contract, run.target.secrets)
        run.target.client.listeners += [self.traffic, self.observer]
        self.stories = Stories(run, contract)
        run.replay_command = self._replay_command
        self.written: dict[str, Any] | None = None
        self._troubles: list[str] = []
        self._tests: dict[str, EndedTest] = {}
        self._started, self._clock = datetime.now(UTC), time.monotonic()
        self._junit, self._is_new = folder / files.JUNIT, not folder.exists()

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """See that the folder can be written, and have junit.xml written to it."""
        if hasattr(config, "workerinput"):
            return
        try:
            files.prepare(self.folder)
            replay_files.prepare(self.folder)
        except OSError as error:
            raise pytest.UsageError(f"--report-dir {files.problem(error, self.folder)}") from None
        if config.option.xmlpath is None:
            config.option.xmlpath = str(self._junit)
        self._junit_from = Path(config.option.xmlpath)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        self.stories.begin_test()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.when == "setup" and not item.get_closest_marker("recorded"):
            vars(report)["proves"] = item.stash[PROVES]  # travels with it from a worker
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        test = self._tests.setdefault(report.nodeid, EndedTest(report.nodeid, "passed"))
        test.seconds += report.duration
        test.proves = getattr(report, "proves", test.proves)
        if report.outcome != "passed":
            test.outcome = _outcome(report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker of pytest-xdist is done: add what it has seen."""
        data = getattr(node, "workeroutput", {}).get(NAME)
        if data is not None:
            self.traffic.merge(data["traffic"])
            self.observer.merge(data["observer"])
            self.stories.merge(data["stories"])

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the report when all else is settled, the exit status and junit.xml included."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[NAME] = {
                "traffic": self.traffic.as_json(),
                "observer": self.observer.as_json(),
                "stories": self.stories.kept,
            }
        elif self._tests:
            try:
                self._write(int(session.exitstatus))
            except OSError as error:  # the disk is full, the folder is gone
                self._troubles.append(f"error: --report-dir {files.problem(error, self.folder)}")
                session.exitstatus = session.exitstatus or pytest.ExitCode.USAGE_ERROR
        else:
            self._leave_nothing()

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for trouble in self._troubles:
            terminalreporter.write_line(trouble, red=True)
        if self.written is None:
            return
        terminalreporter.write_line(f"report: {self.folder / files.PAGE}")
        for line in github.commands(self.written, os.environ):
            terminalreporter.write_line(line)

    def _write(self, exit_status: int) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        junit.without_secrets(self._junit_from, self.run.target.secrets)
        if self._junit_from != self._junit:
            shutil.copyfile(self._junit_from, self._junit)
        report = build(self.run, self.traffic, self.observer, self._session(exit_status))
        files.write(report, self.folder)
        replay_files.write(self.stories.kept, self.folder)
        self.written = report
        try:
            github.summarise(self.folder / files.MARKDOWN, os.environ)
        except OSError as error:
            said = f"cannot write {github.SUMMARY}: {error.strerror or error}"
            self._troubles.append(f"warning: {said}")

    def _session(self, exit_status: int) -> Session:
        recorded = self.recorded
        return Session(
            started=self._started,
            seconds=time.monotonic() - self._clock,
            exit_status=exit_status,
            tests=list(self._tests.values()),
            complaints=[*self.run.bad_news(), *recorded.bad_news()],
            recorded={
                "requests": sum(recorded.ledger.requests.values()),
                "broken": [requirement.id for requirement in recorded.broken()],
            }
            if recorded.tested
            else None,
        )

    def _replay_command(self, requirement: str) -> str:
        words = [
            "panorama-contracts",
            "replay",
            str(replay_files.path_of(self.folder, requirement)),
        ]
        settings = self.run.target.settings
        if settings.base_url:
            words += ["--base-url", settings.base_url]
            words += ["--allow-writes"] * settings.allow_writes
            words += ["--create-leaf-user"] * settings.create_leaf_user
        return shlex.join(words)

    def _leave_nothing(self) -> None:
        """No test was run, so there is nothing to report."""
        self._junit.unlink(missing_ok=True)
        if self._is_new and self.folder.exists():
            self.folder.rmdir()


def _outcome(report: pytest.TestReport) -> str:
    if report.failed:
        return "failed" if report.when == "call" else "error"
    return "advised" if hasattr(report, "wasxfail") else "skipped"
