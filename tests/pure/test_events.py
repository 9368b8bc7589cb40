"""Every event survives the wire, and the published schema is the one of today's events."""

import json
from pathlib import Path
from typing import get_args

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given, settings

from visavis_agents import events as ev, shown
from visavis_agents.schema import schema

KINDS = [*get_args(ev.FromClient), *get_args(ev.FromServer)]


def values(kind: type) -> st.SearchStrategy:
    """Any value of one event class."""
    plain = {
        str: st.text(max_size=20),
        int: st.integers(0, 2**31),
        float: st.floats(0, 1e6),
        bool: st.booleans(),
    }
    words = st.builds(ev.Word, text=plain[str], start_s=plain[float], end_s=plain[float])
    lines = st.builds(ev.HistoryLine, who=st.sampled_from(["user", "assistant"]), text=plain[str])
    parts = st.builds(ev.Part, **dict.fromkeys("xywh", st.floats(0, 1)))
    texts = st.lists(plain[str], max_size=3).map(tuple)
    content = st.one_of(
        st.builds(shown.ListContent, items=st.lists(st.builds(shown.ListItem, text=plain[str])).map(tuple)),
        st.builds(shown.TableContent, columns=texts, rows=st.lists(texts, max_size=3).map(tuple)),
        st.builds(
            shown.ChartContent,
            form=st.sampled_from(["bar", "line", "pie"]),
            labels=texts,
            values=st.lists(plain[float], max_size=3).map(tuple),
        ),
        st.builds(shown.CountdownContent, name=plain[str], rings_s=plain[float], length_s=plain[float]),
        st.builds(shown.QuoteContent, text=plain[str], document=plain[str]),
    )
    special = {
        "content": content,
        "part": st.none() | parts,
        "words": st.lists(words, max_size=3).map(tuple),
        "history": st.lists(lines, max_size=3).map(tuple),
        "facts": st.lists(plain[str], max_size=3).map(tuple),
        "waiting": st.lists(plain[str], max_size=3).map(tuple),
        "allowed": st.booleans(),
        "found": st.lists(plain[str], max_size=3).map(tuple),
        "forms": st.lists(plain[str], max_size=3).map(tuple),
        "stages_ms": st.dictionaries(plain[str], plain[float], max_size=3),
        "arguments": st.dictionaries(plain[str], plain[str], max_size=3),
    }
    fields = msgspec.structs.fields(kind)
    return st.builds(kind, **{f.name: special[f.name] if f.name in special else plain[f.type] for f in fields})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_event_survives_the_wire(kind: type, data: st.DataObject) -> None:
    event = data.draw(values(kind))
    decode = ev.decode_from_client if kind in get_args(ev.FromClient) else ev.decode_from_server
    assert decode(ev.encode(event)) == event


@pytest.mark.parametrize(
    "message",
    [
        "",
        "[]",
        "{}",
        '{"type":"no.such"}',
        '{"type":"ping"}',
        '{"type":"ping","n":"x"}',
        b"\xff\xfe",
        "[" * 5000,
        "null",
    ],
)
def test_bad_messages_are_one_kind_of_error(message: str | bytes) -> None:
    with pytest.raises((msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError)):
        ev.decode_from_client(message)


def test_tags_are_unique_and_the_published_schema_is_up_to_date() -> None:
    tags = [kind.__struct_config__.tag for kind in KINDS]
    assert len(set(tags)) == len(tags)
    published = json.loads((Path(__file__).parents[2] / "docs" / "events.schema.json").read_text())
    assert published == json.loads(json.dumps(schema())), (
        "run: python -m visavis_agents.schema > docs/events.schema.json"
    )
