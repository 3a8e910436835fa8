"""Real reference videos around each bound that a model sets to their length."""

from base64 import b64encode
from dataclasses import dataclass
from functools import cache, lru_cache

from hypothesis import strategies as st

from contracts.strategies.references import seconds
from contracts.strategies.requests import best_known_first, known
from mockserver.media import names, synth

Bounds = tuple[str, int, int]
"""(orientation, shortest ms, longest ms)"""

STEP_MS = 1
SIZES_PX = ((360, 360), (640, 360), (360, 640))


@dataclass(frozen=True, slots=True)
class ReferenceVideo:
    """An MP4 with picture and sound of exactly that length; `is_accepted` by `models` where told `orientation`.

    `orientation` is the value that decides on the bounds; both ends of `bounds_ms` are allowed.
    """

    duration_ms: int
    size_px: tuple[int, int]
    orientation: str
    bounds_ms: tuple[int, int]
    is_accepted: bool
    models: tuple[str, ...]

    @property
    def name(self) -> str:
        """The fake serves the same file under `/_mock/media/<name>`."""
        return f"ref-video-{seconds(self.duration_ms)}s-{self.size_px[0]}x{self.size_px[1]}.mp4"

    @property
    def content(self) -> bytes:
        """The file."""
        return _file(self.name)

    @property
    def data_uri(self) -> str:
        """The file as a request may hold it."""
        return f"data:video/mp4;base64,{b64encode(self.content).decode()}"


def reference_videos(orientation: str | None = None) -> st.SearchStrategy[ReferenceVideo]:
    """Videos exactly on a bound of the duration rules, 1 ms inside and 1 ms outside of it; for any orientation, or one.

    The simplest is as short as is allowed.

    Raises:
        ValueError: for an orientation that no rule knows.
    """
    chosen = [bounds for bounds in _bounds() if orientation in (None, bounds[0])]
    if not chosen:
        there_are = ", ".join(sorted({value for value, *_ in _bounds()}))
        raise ValueError(f"no rule knows the orientation {orientation!r}; there are {there_are}")
    lengths = [(bounds, length_ms) for bounds in chosen for length_ms in _around(bounds)]
    return st.builds(_video, st.sampled_from(lengths), st.sampled_from(SIZES_PX))


@cache
def _bounds() -> dict[Bounds, tuple[str, ...]]:
    """The models that have each of the bounds, best known first."""
    found: dict[Bounds, tuple[str, ...]] = {}
    for slug in best_known_first():
        for rule in known(slug).document["rules"]:
            for value, (shortest_ms, longest_ms) in rule["bounds_ms"].items():
                bounds = (value, shortest_ms, longest_ms)
                found[bounds] = (*found.get(bounds, ()), slug)
    return found


def _around(bounds: Bounds) -> list[int]:
    """Lengths in ms: on the bounds, inside, outside."""
    _, shortest_ms, longest_ms = bounds
    inside = [shortest_ms, longest_ms, shortest_ms + STEP_MS, longest_ms - STEP_MS]
    return [length_ms for length_ms in (*inside, shortest_ms - STEP_MS, longest_ms + STEP_MS) if length_ms > 0]


def _video(chosen: tuple[Bounds, int], size_px: tuple[int, int]) -> ReferenceVideo:
    bounds, length_ms = chosen
    orientation, shortest_ms, longest_ms = bounds
    is_accepted = shortest_ms <= length_ms <= longest_ms
    return ReferenceVideo(length_ms, size_px, orientation, (shortest_ms, longest_ms), is_accepted, _bounds()[bounds])


@lru_cache(maxsize=64)
def _file(name: str) -> bytes:
    media = names.parse(name)
    assert media is not None, name
    return synth.named(media)
