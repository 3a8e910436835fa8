"""Every drawn request is accepted by the fake, and says its nonce."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.lives import LONGEST_TOKEN, Life, LogicalTask, token
from contracts.strategies import has_prompt, nonced, task_requests
from contracts.strategies.inputs import NONCE_CHARS
from contracts.strategies.requests import best_known_first, marked
from mockserver import models
from mockserver.models import Model
from mockserver.settings import Settings
from tests.asgi import KEY, Caller, dialect
from tests.contracts.strategies.drawing import simplest, some

SLUGS = models.slugs()
PRINTED_BY_HYPOTHESIS = 30_000
"""Of what is longer it warns, and warnings are errors in many a suite."""


def of(slug: str) -> Model:
    model = models.get(slug)
    assert model is not None
    return model


def media_of(request: dict[str, Any]) -> list[tuple[str, str]]:
    return [(kind, text) for _, kind, text in of(request["model"]).media(request["input"])]


async def accepted(request: dict[str, Any], **changes: object) -> None:
    reply = await Caller(Settings(dialect=dialect(**changes))).create(request)
    assert reply.status == 200, (request, reply.body)


@pytest.mark.clause("D-CREATE", "D-SCHEMA", "D-INPUT", "D-DURATION")
@pytest.mark.parametrize("slug", SLUGS)
@settings(max_examples=25)
@given(data=st.data())
async def test_every_request_is_accepted(slug: str, data: st.DataObject) -> None:
    """By the documented rules and by the provider's, with a nonce in it, and short enough to print."""
    request = data.draw(task_requests(slug))
    assert request.keys() == {"model", "input"}
    assert request["model"] == slug
    await accepted(request)
    await accepted(nonced(request, "n" * NONCE_CHARS), media_rules="upstream")
    assert len(repr(request)) < PRINTED_BY_HYPOTHESIS
    assert len(token(Life((LogicalTask(**request),)))) < LONGEST_TOKEN


@settings(max_examples=50)
@given(task_requests())
async def test_any_model(request: dict[str, Any]) -> None:
    """Without a model, requests of all of them are drawn, and accepted."""
    await accepted(request)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_simplest_is_the_documented_example(slug: str) -> None:
    """What a failure shrinks to, if the request does not matter, is the model's own example."""
    assert simplest(task_requests(slug)) == {
        "model": slug,
        "input": of(slug).example_input,
    }


def test_all_models_are_drawn() -> None:
    """None is left out where no model is asked for."""
    assert sorted(best_known_first()) == sorted(SLUGS)


def test_the_simplest_model_is_the_documented_one() -> None:
    """Of any model, the one whose page there is comes first."""
    slug = "kling-v3-motion-control"
    assert simplest(task_requests()) == {"model": slug, "input": of(slug).example_input}


def test_requests_shrink_to_what_matters() -> None:
    """The members that do not matter go, and those that must be there become plain."""
    requests = task_requests("kling-v3-motion-control")
    request = simplest(requests, lambda request: bool(request["input"]["mode"] == "pro"))
    assert request["input"] == {
        "character_orientation": "image",
        "image_url": "https://cdn.example/ref.png",
        "mode": "pro",
        "video_url": "https://cdn.example/ref-8s.mp4",
    }


def test_media_are_hosted_or_inline() -> None:
    """Both forms of a reference are drawn, for images and for videos."""
    drawn = [each for request in some(task_requests("kling-v3-motion-control")) for each in media_of(request)]
    forms = {(kind, text.partition(":")[0]) for kind, text in drawn}
    assert forms == {(kind, form) for kind in ("image", "video") for form in ("http", "https", "data")}


def test_a_test_may_change_what_it_drew() -> None:
    """A drawn request belongs to the test that drew it: the next one is none the worse."""
    for _ in range(2):
        request = simplest(task_requests("viduq3"))
        assert request["input"] == of("viduq3").example_input
        request["input"]["image_urls"].clear()
        request["input"].clear()


@given(task_requests(), st.text(min_size=1))
def test_nonces(request: dict[str, Any], text: str) -> None:
    """A nonce stands at the end of the prompt, and nothing beside it changes, in the given request least of all."""
    before = json.dumps(request)
    made = nonced(request, text)
    assert has_prompt(request["model"])
    assert made["input"]["prompt"].endswith(text)
    assert made["input"]["prompt"].startswith(request["input"].get("prompt", ""))
    assert json.dumps(request) == before
    assert {**made["input"], "prompt": ""} == {**request["input"], "prompt": ""}


def test_a_nonce_where_there_is_no_prompt() -> None:
    """A request without a prompt gets one that is the nonce."""
    assert marked({"model": "x", "input": {"mode": "std"}}, "[n]")["input"] == {"mode": "std", "prompt": "[n]"}


async def test_nonces_reach_the_server() -> None:
    """The prompt as the server has it holds the nonce."""
    caller = Caller()
    request = nonced({"model": "viduq3-turbo", "input": {"prompt": "A kite"}}, "[life 1-0]")
    task = await caller.store.task((await caller.account(KEY)).account_id, await caller.made(request))
    assert task is not None
    assert json.loads(task.body)["input"]["prompt"] == "A kite [life 1-0]"


@pytest.mark.parametrize("use", [task_requests, has_prompt])
def test_unknown_models(use: Any) -> None:
    """A slug that is none is told at once, with those there are."""
    with pytest.raises(ValueError, match=r"'kling-v9' is no model; there are .*viduq3"):
        use("kling-v9")
