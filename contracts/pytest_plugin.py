"""`pytest --mindvideo-client module:function`: one test for each obligation, all judged from the lives of one check.

Under pytest-xdist each worker that gets one of these tests runs the check once; `--dist loadgroup` gives them all to
one. A failure shows the promise, the smallest life that breaks it and its token, and no traceback of the harness.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from contracts.harness import Options
    from contracts.verdicts import Result

OPTIONS = (
    ("client", "MODULE:FUNCTION", "hold this client of the MindVideo API to its contract, one test for each promise"),
    ("lives", "N", "how many lives it is held to [400]"),
    ("profile", "FILE", "what the client claims about itself, as TOML"),
    ("dialects", "default|each|all", "how the server answers where nobody's documents say [default]"),
)

GROUP = "mindvideo-client"
RESULT: "pytest.StashKey[Result]" = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mindvideo")
    for name, metavar, text in OPTIONS:
        group.addoption(f"--mindvideo-{name}", metavar=metavar, help=text)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add the obligations to what was collected."""
    name = config.getoption("--mindvideo-client")
    if name:
        contract: Contract = Contract.from_parent(session, name=name)
        items.extend(contract.collect())


def options(config: pytest.Config) -> "Options":
    """What the command line says.

    Raises:
        UsageError: for an option that cannot be obeyed.
    """
    from contracts.harness import Options
    from contracts.report import Unusable
    from contracts.report import profile as profiles
    from contracts.run import Profile

    lives, path = str(config.getoption("--mindvideo-lives") or 400), config.getoption("--mindvideo-profile")
    dialects: Any = config.getoption("--mindvideo-dialects") or "default"
    if not lives.isdecimal() or int(lives) == 0:
        raise pytest.UsageError(f"--mindvideo-lives must be a number above 0, not {lives!r}")
    if dialects not in ("default", "each", "all"):
        raise pytest.UsageError(f"--mindvideo-dialects must be default, each or all, not {dialects!r}")
    try:
        profile = profiles.read(path) if path else Profile()
    except Unusable as error:
        raise pytest.UsageError(str(error)) from error
    return Options(lives=int(lives), profile=profile, dialects=dialects)


class Contract(pytest.Collector):
    """The promises of one client."""

    def collect(self) -> Iterator["Promise"]:
        """One item for each obligation."""
        from contracts.obligations.registry import OBLIGATIONS

        for name in OBLIGATIONS:
            item: Promise = Promise.from_parent(self, name=name)
            item.add_marker(pytest.mark.xdist_group(GROUP))
            yield item

    def result(self) -> "Result":
        """The check, run when the first of them asks."""
        from contracts.harness import Function, check

        stash = self.config.stash
        if RESULT not in stash:
            try:
                stash[RESULT] = check(Function(self.name), options(self.config))
            except ValueError as error:
                raise pytest.UsageError(str(error)) from error
        return stash[RESULT]


class Broken(Exception):
    """A promise was broken: the message tells how."""


class Promise(pytest.Item):
    """One obligation."""

    def runtest(self) -> None:
        """Look what the check said of it."""
        from contracts.report import plain

        contract = self.parent
        assert isinstance(contract, Contract)
        result = contract.result()
        if result.errors:
            raise Broken("The harness cannot be trusted here:\n" + "\n".join(result.errors))
        ruling = next(each for each in result.rulings if each.obligation.id == self.name)
        if ruling.word == "NOT_EXERCISED":
            pytest.skip(f"{self.name}: no life put it to the test")
        if ruling.word == "FAIL":
            raise Broken("\n".join(plain.paragraph(result, ruling)))
        if ruling.word != "PASS":
            self.add_report_section("call", f"{ruling.word} {self.name}", "\n".join(plain.paragraph(result, ruling)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The life, and no traceback of ours."""
        if isinstance(excinfo.value, Broken | pytest.UsageError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[str, None, str]:
        """What a report calls it."""
        from contracts.obligations.registry import OBLIGATIONS

        return self.path.name, None, f"{self.name}: {OBLIGATIONS[self.name].promise}"
