"""Sends the API key in a second header, to be on the safe side."""

from tests.clients.reference.sync import Client


class Broken(Client):
    def headers(self) -> dict[str, str]:
        return super().headers() | {"X-Api-Key": self.api_key}


client = Broken.call
