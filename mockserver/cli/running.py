"""`mindvideo-mock serve`."""

import os
import sys
from collections.abc import Mapping

from mockserver.cli.load import load
from mockserver.cli.options import BadOption


def serve(flags: Mapping[str, object]) -> int:
    """Serve with these flags, the environment and the file they name, until told to stop."""
    try:
        settings = load(flags, os.environ)
    except BadOption as error:
        print(f"mindvideo-mock: {error}", file=sys.stderr)
        return 2
    from mockserver import serve as serving

    return serving.serve(settings)
