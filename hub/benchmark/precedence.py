"""Which of two dates comes first, when each is known to the year, the month or the day only."""

from __future__ import annotations


def precedes(first: str, second: str) -> bool | None:
    """Return whether `first` is earlier than `second`; None when the coarser of the two cannot tell.

    June 2021 precedes July 2021; « 2021 » neither precedes July 2021 nor follows it.
    """
    known = min(len(first), len(second))
    if first[:known] != second[:known]:
        return first[:known] < second[:known]
    return False if len(first) == len(second) else None
