"""What the lives of a check have shown, obligation by obligation; from it come the rulings."""

from bisect import insort
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal

from contracts.crew import Crew, Evidence, evidence_of
from contracts.lives import Life, token
from contracts.obligations import Broken
from contracts.obligations.registry import OBLIGATIONS, Obligation
from contracts.run import Run
from contracts.shrink import shrink, size
from contracts.verdicts import Counterexample, Ruling, Word

RERUNS = 3
"""How often a life is run to see whether it breaks the promise again: two of three are enough."""

CANDIDATES = 5
"""How many lives are kept that broke a promise: the smallest of them may have been bad luck, as on a busy machine."""

Watch = Callable[[str, int], None]


def _unwatched(name: str, done: int) -> None:
    return


def worst(broken: tuple[Broken, ...]) -> Broken:
    """What weighs most."""
    return next((each for each in broken if each.severity == "fail"), broken[0])


class Docket:
    """Gathers evidence; `crew` runs what is to be shrunk, each failure in at most `budget` lives."""

    def __init__(self, crew: Crew, only: tuple[str, ...], budget: int) -> None:
        self._crew = crew
        self._names = [name for name in OBLIGATIONS if name in (only or OBLIGATIONS)]
        self._budget = budget
        self._judged: Counter[str] = Counter()
        self._failed: dict[tuple[str, str], list[Life]] = {}
        self._readings: dict[str, set[str]] = {}
        self._is_default: set[str] = set()
        self.lives = 0
        self.cost = Decimal(0)
        self.errors: list[str] = []

    @property
    def failing(self) -> tuple[str, ...]:
        """The ids of what was broken so far."""
        broken = {name for name, _ in self._failed}
        return tuple(name for name in self._names if name in broken)

    def add(self, evidence: Evidence) -> None:
        """Take down what one life has shown; of each failure the smallest lives are kept."""
        self.lives += 1
        self.cost += evidence.cost
        self.errors.extend(evidence.errors)
        self._judged.update(evidence.exercised)
        for name, broken in evidence.broken.items():
            lives = self._failed.setdefault((name, worst(broken).severity), [])
            if evidence.life not in lives:
                insort(lives, evidence.life, key=size)
                del lives[CANDIDATES:]
            if not evidence.life.dialect:
                self._is_default.add(name)
            settings = [f"{setting}={value}" for setting, value in evidence.life.dialect.items()]
            self._readings.setdefault(name, set()).update(settings)

    def rulings(
        self, known_failing: Mapping[str, str], reruns: int = RERUNS, watch: Watch = _unwatched
    ) -> list[Ruling]:
        """One for each obligation."""

        def ruling(name: str) -> Ruling:
            return self._ruling(OBLIGATIONS[name], known_failing.get(name), reruns, watch)

        return self._crew.each(ruling, self._names)

    def _ruling(self, obligation: Obligation, known: str | None, reruns: int, watch: Watch) -> Ruling:
        name, judged = obligation.id, self._judged[obligation.id]
        doubtful: Life | None = None
        for severity in ("fail", "warn"):
            lives = self._failed.get((name, severity), [])
            tried = (self._counterexample(obligation, severity, life, reruns, watch) for life in lives)
            found = next((each for each in tried if each is not None), None)
            if found is None:
                doubtful = doubtful or next(iter(lives), None)
                continue
            word: Word = "FAIL" if severity == "fail" and obligation.level != "S" else "WARN"
            readings = () if name in self._is_default else tuple(sorted(self._readings[name]))
            return Ruling(obligation, word, judged, found.broken.message, found, known, readings)
        if doubtful is not None:
            message = f"It was broken once, and not again when the same life was lived anew: {token(doubtful)}"
            return Ruling(obligation, "INCONCLUSIVE", judged, message, known=known)
        if not judged:
            return Ruling(obligation, "NOT_EXERCISED", 0, "No life put it to the test.", known=known)
        return Ruling(obligation, "PASS", judged, known=known)

    def _counterexample(
        self, obligation: Obligation, severity: str, life: Life, reruns: int, watch: Watch
    ) -> Counterexample | None:
        """The smallest life that breaks it, and one run of it; None if it is not broken again."""
        tried = 0

        def breaks(candidate: Life) -> bool:
            nonlocal tried
            tried += 1
            watch(obligation.id, tried)
            return self._broken(obligation, severity, candidate) is not None

        shown = self._shown(obligation, severity, life, reruns)
        if len(shown) * 2 <= reruns:
            return None
        smallest = shrink(life, breaks, self._budget)
        if smallest != life:
            again = self._shown(obligation, severity, smallest, reruns)
            if len(again) * 2 <= reruns:  # It was luck that it shrank so far.
                smallest = life
            else:
                shown = again
        run, broken = shown[0]
        return Counterexample(smallest, run, broken, (len(shown), reruns))

    def _shown(self, obligation: Obligation, severity: str, life: Life, reruns: int) -> list[tuple[Run, Broken]]:
        """Those of so many runs of the life that break it."""
        runs = [self._broken(obligation, severity, life) for _ in range(reruns)]
        return [each for each in runs if each is not None]

    def _broken(self, obligation: Obligation, severity: str, life: Life) -> tuple[Run, Broken] | None:
        """A run of the life that breaks the promise so; None if it does not."""
        run = self._crew.run(life)
        found = evidence_of(run, (obligation.id,)).broken.get(obligation.id, ())
        return next(((run, broken) for broken in found if broken.severity == severity), None)
