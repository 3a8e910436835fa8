"""Whole requests that the fake accepts, for every model, and a text in the prompt to know each by."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from hypothesis import strategies as st

from contracts.strategies.inputs import PROMPT, inputs, members
from mockserver import models
from mockserver.models import Model

Json = dict[str, Any]
GRADES = ("documented", "upstream", "assumed")


def task_requests(model: str | None = None) -> st.SearchStrategy[Json]:
    """Bodies of creates, `{"model", "input"}`, that the fake accepts: of that model, or of any.

    The simplest is the documented example of the model; of any model, that of the one known best (complete and
    documented). Media are hosted files whose facts the fake assumes, of a length the model's rules allow, or small
    `data:` URIs.

    Raises:
        ValueError: for a slug that is none.
    """
    if model is None:
        return st.sampled_from(best_known_first()).flatmap(_requests)
    return _requests(known(model).slug)


@cache
def has_prompt(model: str) -> bool:
    """Whether the model takes a prompt, so that `nonced` can mark its requests.

    Raises:
        ValueError: for a slug that is none.
    """
    return takes_prompt(known(model))


def takes_prompt(model: Model) -> bool:
    """Whether schema or example of the model know a prompt."""
    return PROMPT in members(model)


def nonced(request: Mapping[str, Any], text: str) -> Json:
    """The request with the text at the end of its prompt; an equal request where its model takes none.

    A drawn prompt has room for 100 characters more.
    """
    return marked(request, text) if has_prompt(request["model"]) else dict(request)


def marked(request: Mapping[str, Any], text: str) -> Json:
    """The request with the text at the end of its prompt, or for a prompt."""
    prompt = request["input"].get(PROMPT)
    return {**request, "input": {**request["input"], PROMPT: f"{prompt} {text}" if prompt else text}}


def known(slug: str) -> Model:
    """The model of that slug.

    Raises:
        ValueError: if there is none.
    """
    model = models.get(slug)
    if model is None:
        raise ValueError(f"{slug!r} is no model; there are {', '.join(models.slugs())}")
    return model


@cache
def best_known_first() -> tuple[str, ...]:
    """All slugs: complete models before partial ones, then by the grade of their schema."""

    def rank(slug: str) -> tuple[bool, int, str]:
        model = known(slug)
        return model.coverage != "complete", GRADES.index(model.document["input_schema"]["grade"]), slug

    return tuple(sorted(models.slugs(), key=rank))


@cache
def _requests(slug: str) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({"model": st.just(slug), "input": inputs(known(slug))})
