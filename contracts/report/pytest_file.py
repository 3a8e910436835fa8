"""`--emit-pytest FILE`: each counterexample as a test that lives it again."""

import textwrap
from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING

from contracts.report.story import tell
from contracts.run import Profile
from contracts.verdicts import Result, Ruling

if TYPE_CHECKING:
    from contracts.harness import Kind

WIDTH = 110

HEAD = '''\
"""Lives in which a client broke the contract, kept as tests. Made by `mindvideo-mock check --emit-pytest`.

Run it with pytest, from the folder in which the check was run.
"""

from contracts.harness import {kind}, Options, replay
from contracts.lives import from_token
from contracts.report.plain import failures
from contracts.run import Profile

CLIENT = {client!r}
PROFILE = Profile({claims})


def held(name: str, token: str) -> None:
    """The client keeps the promise in this life."""
    options = Options(only=(name,), strict=True, profile=PROFILE)
    result = replay(CLIENT, from_token(token), options)
    kept = {{"PASS", "NOT_EXERCISED"}}
    assert not result.errors
    assert {{ruling.word for ruling in result.rulings}} <= kept, failures(result)
'''


def source(result: Result, client: "Kind", profile: Profile) -> str:
    """The test file; `client` is one that has a name, so that its `repr` makes it again."""
    said = {field.name: getattr(profile, field.name) for field in fields(profile)}
    claims = ", ".join(f"{name}={value!r}" for name, value in said.items() if value != getattr(Profile(), name))
    head = HEAD.format(kind=type(client).__name__, client=client, claims=claims)
    return "".join([head, *(_test(ruling) for ruling in result.rulings if ruling.counterexample is not None)])


def _test(ruling: Ruling) -> str:
    assert ruling.counterexample is not None
    story, name = tell(ruling.counterexample), ruling.obligation.id
    first, *more = textwrap.wrap(f"{name}: {ruling.obligation.promise}", WIDTH)
    told = [first, *more, "", *textwrap.wrap(story.message, WIDTH), *textwrap.wrap(story.life, WIDTH)]
    lines = [
        "\n",
        f"def test_{name.lower()}() -> None:",
        f'    """{_docstring(told[0])}',
        *(f"    {_docstring(line)}".rstrip() for line in told[1:]),
        '    """',
        "    held(",
        f'        "{name}",',
        *_literal(ruling.counterexample.token),
        "    )",
        "",
    ]
    return "\n".join(lines)


def _docstring(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _literal(token: str) -> Iterator[str]:
    """The token, in as many lines as it takes."""
    for start in range(0, len(token), WIDTH - 20):
        end = "," if start + WIDTH - 20 >= len(token) else ""
        yield f'        "{token[start : start + WIDTH - 20]}"{end}'
