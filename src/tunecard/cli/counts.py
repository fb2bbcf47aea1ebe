"""One piece of counted work, and how it is told in a line: how far, how long already, how long still."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

MARK_SECONDS = 1.0  # between two marks of the pace
MARKS = 21  # kept: the pace is that of the last twenty seconds, or twenty units where they take longer
QUIET_SECONDS = 1.0  # nothing is said of the time to go before
LEAST_BAR, MOST_BAR = 8, 24
LEAST_TOLD = 12  # what is told is cut to its room, or left out where there is less

Changed = Callable[["Ongoing", float], None]


class Ongoing:
    """Work under way: its title, size, unit, how much is done, and since when.

    Args:
        clock: seconds, monotonic.
        changed: called after each advance and word with the work and the time.
        done: how much of it was done before.
    """

    def __init__(
        self, title: str, total: int | None, unit: str, clock: Callable[[], float], changed: Changed, done: int = 0
    ) -> None:
        self.title, self.total, self.unit = title, total, unit
        self.done, self.told = done, ""
        self._clock, self._changed = clock, changed
        self.began = clock()
        self._marks = deque([(self.began, done)], maxlen=MARKS)

    def advance(self, n: int = 1) -> None:
        """So many more units are done."""
        self.done += n
        now = self._clock()
        if now - self._marks[-1][0] >= MARK_SECONDS:
            self._marks.append((now, self.done))
        self._changed(self, now)

    def tell(self, text: str) -> None:
        """What is worked on now."""
        self.told = text
        self._changed(self, self._clock())

    def seconds_to_go(self, now: float) -> float | None:
        """By the pace of late; None where size or pace are not known."""
        pace = self.pace(now)
        return None if self.total is None or pace is None else max(0.0, (self.total - self.done) / pace)

    def pace(self, now: float) -> float | None:
        """Units a second of late; None in the first second, and where nothing was done."""
        since, before = self._marks[0]
        if self.done <= before or now - self.began < QUIET_SECONDS or now <= since:
            return None
        return (self.done - before) / (now - since)

    @property
    def share(self) -> float | None:
        """How much of it is done, 0 to 1; None where nobody knows how much there is."""
        return min(1.0, self.done / self.total) if self.total else None


def figures(work: Ongoing, *, unit: bool = True) -> str:
    """`120 of 300 steps`; `120 rows` where nobody knows of how many; nothing where nothing is counted.

    >>> work = Ongoing("Reading", 3000, "rows", lambda: 0.0, lambda work, now: None)
    >>> work.advance(1200)
    >>> figures(work), figures(work, unit=False)
    ('1,200 of 3,000 rows', '1,200 of 3,000')
    """
    named = f" {work.unit}" if unit and work.unit else ""
    if work.total is not None and work.done <= work.total:
        return f"{work.done:,} of {work.total:,}{named}"
    return f"{work.done:,}{named}" if work.done else ""


def pace_words(work: Ongoing, now: float) -> str:
    """`58 rows/s`; nothing where less than one a second is done, or no unit is named."""
    pace = work.pace(now)
    return f"{pace:,.0f} {work.unit}/s" if work.unit and pace is not None and pace >= 1 else ""


def clock_time(seconds: float) -> str:
    """Minutes and seconds, hours before them where there are any.

    >>> clock_time(7.6), clock_time(83), clock_time(3723)
    ('0:08', '1:23', '1:02:03')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def took(seconds: float) -> str:
    """How long something that ended took.

    >>> took(3.21), took(83.4)
    ('3.2 s', '1:23')
    """
    return f"{seconds:.1f} s" if round(seconds, 1) < 60 else clock_time(seconds)


def time_words(work: Ongoing, now: float) -> str:
    """`0:12 to go` where that can be told, else how long it has taken already."""
    left = work.seconds_to_go(now)
    return f"{clock_time(now - work.began)} so far" if left is None else f"{clock_time(left)} to go"


def moving_line(work: Ongoing, now: float, width: int, bar: Callable[[float, int], str]) -> str:
    """One line of less than `width` columns: title, bar, figures, time, what is told; what has no room is left out.

    Args:
        bar: draws a share of 1 in so many columns.
    """
    share, time = work.share, time_words(work, now)
    columns = 0 if share is None else LEAST_BAR
    for unit, shown in ((True, columns), (True, 0), (False, 0)):
        parts = [work.title, " " * shown, figures(work, unit=unit), time]
        room = width - 1 - len(_joined(parts))
        if room >= 0:
            said = work.told or pace_words(work, now)
            told = cut(said, room - 2) if room - 2 >= LEAST_TOLD or len(said) <= room - 2 else ""
            room -= len(told) + 2 if told else 0
            drawn = bar(share, min(MOST_BAR, shown + room)) if share is not None and shown else ""
            return _joined([work.title, drawn, figures(work, unit=unit), time, told])
    rest = _joined([figures(work, unit=False), time])
    return cut(_joined([cut(work.title, max(8, width - len(rest) - 3)), rest]), width - 1)


def _joined(parts: list[str]) -> str:
    return "  ".join(part for part in parts if part)


def cut(text: str, width: int) -> str:
    """The text in at most so many columns.

    >>> cut("Reading rows", 8)
    'Readi...'
    """
    return text if len(text) <= width else f"{text[: max(0, width - 3)]}..."
