"""The published JSON schema of the events: `python -m visavis_agents.schema > docs/events.schema.json`."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from visavis_agents.events import FromClient, FromServer


def schema() -> dict[str, Any]:
    """One JSON schema (2020-12) with every event of both directions."""
    (client, server), definitions = msgspec.json.schema_components(
        [FromClient, FromServer], ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "visavis events",
        "anyOf": [{"title": "from the client", **client}, {"title": "from the server", **server}],
        "$defs": dict(sorted(definitions.items())),
    }


if __name__ == "__main__":
    print(json.dumps(schema(), indent=1))
