"""Its key tells what the prompt is."""

import re
import uuid

from tests.clients.reference.sync import Client


class Broken(Client):
    def new_key(self) -> str:
        slug = re.sub(r"[^a-z0-9]+", "-", str(self.request["input"].get("prompt", "")).lower())
        return f"{slug[:100]}-{uuid.uuid4()}"


client = Broken.call
