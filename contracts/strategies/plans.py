"""How a task goes on the server, as the control plane takes it (`PUT …/plan`, and each entry of its queue)."""

from typing import Any

from hypothesis import strategies as st

LONGEST_MS = 600_000
LONGEST_MESSAGE_CHARS = 200

CODES = st.sampled_from(["content_policy", "internal_error"]) | st.from_regex(r"[a-z][a-z0-9_.-]{0,40}", fullmatch=True)
MESSAGES = st.sampled_from(["The prompt is not allowed.", "内容违规"]) | st.text(
    st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=LONGEST_MESSAGE_CHARS
)


def plans() -> st.SearchStrategy[dict[str, Any]]:
    """Plan documents: `queued_s`, `processing_s`, `outcome`, of a failure perhaps `code` and `message`.

    The simplest is a quick success: 1 s in the queue, 5 s of work.
    """
    timings = {"queued_s": _seconds(1), "processing_s": _seconds(5)}
    succeeded, failed, cancelled, stuck = (
        timings | {"outcome": st.just(outcome)} for outcome in ("succeeded", "failed", "cancelled", "stuck")
    )
    at_once = {"queued_s": st.just(0), "processing_s": st.just(0), "outcome": st.just("succeeded")}
    return st.one_of(
        st.fixed_dictionaries(succeeded),
        st.fixed_dictionaries(at_once),
        st.fixed_dictionaries(failed, optional={"code": CODES, "message": MESSAGES}),
        st.fixed_dictionaries(cancelled),
        st.fixed_dictionaries(stuck),
    )


def _seconds(mild: int) -> st.SearchStrategy[float]:
    """Mostly a usual length, the mild one first; none, and ones that end between two polls, among them."""
    return st.sampled_from([mild, 0, 0.5, 2, 30, 180]) | st.integers(0, LONGEST_MS).map(lambda length: length / 1000)
