"""Its key is longer than 255 characters."""

import uuid

from tests.clients.reference.sync import Client


class Broken(Client):
    def new_key(self) -> str:
        return "-".join(str(uuid.uuid4()) for _ in range(8))


client = Broken.call
