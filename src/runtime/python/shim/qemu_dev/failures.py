"""What went wrong, as text for the log: a traceback that shows the Worker's own files only."""

import sys
import traceback

from qemu_dev import sources


class Plain(Exception):
    """A failure that is told without a traceback."""


def describe(error):
    """The text of an exception. Its first line is what it says, as in JavaScript's stacks."""
    if isinstance(error, Plain):
        return str(error)
    _flush()
    headline = "".join(traceback.format_exception_only(error)).strip()
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if sources.is_own(frame.filename)]
    lines = [f"    at {frame.name} ({frame.filename}:{frame.lineno})" for frame in reversed(frames)]
    cause = error.__cause__
    if cause is not None:
        lines.append(f"  caused by {describe(cause)}")
    return "\n".join([headline, *lines])


def _flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
