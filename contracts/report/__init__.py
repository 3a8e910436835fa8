"""What the user sees of a check: the life in words, on a terminal, as JSON, JUnit XML, one HTML page, and as tests.

Everything that a client or a server said goes through `words.clean` first: no API key is shown, no control character.
"""


class Unusable(ValueError):
    """A file of the user's that cannot be obeyed: one line, which names it."""
