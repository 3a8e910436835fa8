"""Makes the key from what is asked for: who wants the same twice gets one task."""

import hashlib

from tests.clients.reference.sync import Client

ALSO = frozenset({"K16", "L1", "P1", "P2", "P3", "P6", "X3", "X11"})
"""Both calls poll one task, and who of them learns what is not to be told apart."""


class Broken(Client):
    def new_key(self) -> str:
        return hashlib.sha256(self.api_key.encode() + self.body(0)).hexdigest()


client = Broken.call
