"""Polls without a wait worth the name."""

from tests.clients.reference.sync import Client


class Broken(Client):
    def interval_s(self) -> float:
        return self.hints.poll_interval_s / 50


client = Broken.call
