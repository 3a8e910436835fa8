"""Dialects: answers to some of the open questions of `contracts/dialect.toml`, as they are written outside."""

from typing import Any

from hypothesis import strategies as st

from mockserver.dialect import Setting, settings

Values = st.SearchStrategy[object]

VALUES: dict[str, Values] = {
    "seconds": st.just("never") | st.integers(1, 1_000_000) | st.floats(0.5, 1e6).map(lambda value: round(value, 3)),
    "milliseconds": st.integers(0, 5000),
    "rate": st.just("none")
    | st.builds(lambda count, window_s: f"{count}/{window_s}", st.integers(1, 9), st.integers(1, 99)),
    "count": st.just("none") | st.integers(1, 9),
}
"""By form of a setting; that of a choice lists its variants itself."""

TELLING: dict[str, tuple[object, ...]] = {
    "seconds": ("never", 60),
    "milliseconds": (0, 500),
    "rate": ("none", "1/10"),
    "count": ("none", 1),
}
"""By form: values that a client can tell from each other within one life."""


def dialects() -> st.SearchStrategy[dict[str, Any]]:
    """Some settings, each at any of its values, numbers included. The simplest is `{}`, the default dialect."""
    return st.fixed_dictionaries({}, optional={each.name: _values(each) for each in settings()})


def readings() -> tuple[dict[str, Any], ...]:
    """One dialect for each other answer to each open question, all else at the default; of numbers a telling one."""
    return tuple(
        {each.name: value}
        for each in settings()
        for value in (each.variants if each.form == "choice" else TELLING[each.form])
        if value != each.default
    )


def _values(setting: Setting) -> Values:
    return st.sampled_from(setting.variants) if setting.form == "choice" else VALUES[setting.form]
