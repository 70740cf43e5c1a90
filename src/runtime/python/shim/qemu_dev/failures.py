"""What went wrong, as text for the log: a traceback that shows the Worker's own files only."""

import sys
import traceback

from qemu_dev import sources

_FRAMES_MAX = 40
_MEMBERS_MAX = 10
_DEPTH_MAX = 8


class Plain(Exception):
    """A failure that is told without a traceback."""


def describe(error, depth=0):
    """The text of an exception. Its first line is what it says, as in JavaScript's stacks."""
    if isinstance(error, Plain):
        return str(error)
    _flush()
    lines = ["".join(traceback.format_exception_only(error)).strip().partition("\n  + ")[0], *_frames(error)]
    if depth < _DEPTH_MAX:
        lines += [f"  {word} " + describe(other, depth + 1).replace("\n", "\n  ") for word, other in _others(error)]
    return "\n".join(lines)


def _frames(error):
    """The Worker's own frames, innermost first."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if sources.is_own(frame.filename)]
    lines = [f"    at {frame.name} ({frame.filename}:{frame.lineno})" for frame in reversed(frames)]
    more = len(lines) - _FRAMES_MAX
    return lines if more <= 0 else [*lines[:_FRAMES_MAX], f"    and {more} more"]


def _others(error):
    """The exceptions beneath this one, each with how it came there."""
    if error.__cause__ is not None:
        yield "caused by", error.__cause__
    elif error.__context__ is not None and not error.__suppress_context__:
        yield "while handling", error.__context__
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions[:_MEMBERS_MAX]:
            yield "with", member
        more = len(error.exceptions) - _MEMBERS_MAX
        if more > 0:
            yield "with", Plain(f"{more} more")


def _flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
