"""`mindvideo-mock replay`: one life, lived again."""

import sys
from dataclasses import replace
from functools import partial

from mockserver.cli import holding
from mockserver.cli.holding import Flags
from mockserver.cli.options import BadOption


def run(flags: Flags) -> int:
    """The exit code: 0 nothing was broken, 1 something was, 2 an error of the harness.

    Raises:
        BadOption: for a token that is none, or a flag that cannot be obeyed.
    """
    from contracts import harness
    from contracts.lives import BadToken, from_token
    from contracts.report import document, progress, terminal

    try:
        life = from_token(flags["token"])
    except BadToken as error:
        raise BadOption(str(error)) from error
    client = holding.client(flags)
    options = harness.Options(only=holding.listed(flags.get("only", [])), profile=holding.profile(flags))
    with progress.shown(sys.stderr) as watch:
        result = holding.held(partial(harness.replay, client, life, options, flags.get("times", 1), watch))
    judged = [ruling for ruling in result.rulings if ruling.word != "NOT_EXERCISED"]
    result = replace(result, rulings=judged, flags=holding.again(flags))
    if flags.get("json"):
        print(document.render(result), end="")
    else:
        terminal.show_replay(result, life, sys.stdout)
    return result.exit_code
