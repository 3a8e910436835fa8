"""Follows a redirect wherever it leads, the key in hand."""

from collections.abc import Mapping

from tests.clients.reference import answers
from tests.clients.reference.answers import Answer
from tests.clients.reference.sync import Client, target_of


class Broken(Client):
    def may_follow(self, url: str) -> bool:
        return answers.origin(url) is not None

    def exchange(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        if super().may_follow(url):
            return super().exchange(method, url, body, headers)
        elsewhere = self.http_class(url)
        try:
            return elsewhere.send(method, target_of(url), body, headers, self.hints.request_timeout_s)
        finally:
            elsewhere.close()


client = Broken.call
