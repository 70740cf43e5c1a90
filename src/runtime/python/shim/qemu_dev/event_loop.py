"""The event loop of an instance: timers wait by sleeping, which suspends the instance and holds no thread.

An instance runs one invocation at a time; what is given to `waitUntil` is waited for by `settle`.
"""

import asyncio
import contextlib
import time


class _Sleeper:
    """Stands where a selector of sockets would."""

    def select(self, timeout):
        if timeout is None:
            raise RuntimeError("the handler waits for something that can never happen")
        if timeout > 0:
            time.sleep(timeout)
        return []


class _Loop(asyncio.BaseEventLoop):
    def __init__(self):
        super().__init__()
        self._selector = _Sleeper()

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass


_pending = []


@contextlib.contextmanager
def running():
    """Lets a main file start tasks while it is evaluated."""
    asyncio.set_event_loop(_loop())
    yield


def run(coroutine):
    """Runs a handler to its end."""
    return _loop().run_until_complete(coroutine)


def wait_until(awaitable):
    """Keeps what `ctx.waitUntil` is given; it begins at once."""
    task = asyncio.ensure_future(awaitable, loop=_loop())
    _pending.append(task)
    return task


def settle():
    """Waits for all that was given to `wait_until`; answers with what failed."""
    errors = []
    while _pending:
        task = _pending.pop(0)
        try:
            _loop().run_until_complete(task)
        except Exception as error:
            errors.append(error)
    return errors


_the_loop = None


def _loop():
    global _the_loop
    if _the_loop is None:
        _the_loop = _Loop()
    return _the_loop
