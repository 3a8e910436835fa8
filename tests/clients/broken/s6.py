"""Tells in its report which key it used."""

from tests.clients.reference.sync import Client, Outcome


class Broken(Client):
    def outcome(self, outcome: str, urls: list[str] | None = None, message: str = "") -> Outcome:
        return super().outcome(outcome, urls) | {"message": f"{message} (key {self.api_key})"}


client = Broken.call
