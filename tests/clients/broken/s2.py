"""Fetches the result with the headers that the API gets."""

from tests.clients.reference.sync import Client

PROFILE = {"downloads": True}


class Broken(Client):
    def wants_downloads(self) -> bool:
        return True

    def download_headers(self) -> dict[str, str]:
        return self.headers()


client = Broken.call
