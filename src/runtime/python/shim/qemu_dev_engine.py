"""The entry of the Python engine: the functions of wit/python.wit and wit/worker.wit, over the Worker's class.

It is evaluated once, when the engine is made; `start` hands over the Worker's sources.
"""

import json
import random

from qemu_dev import standard_library  # noqa: F401  first: nothing is imported from files later
import js  # noqa: F401
import pyodide.ffi  # noqa: F401
import workers
from componentize_py_types import Err
from qemu_dev import batches, bindings, event_loop, failures, sources, web
from wit_world import exports
from wit_world.exports import worker as contract
from wit_world.imports import host


class _Worker:
    """The Worker of this instance: its handlers by name."""

    handlers = {}
    environment = None


class Worker(exports.Worker):
    """The interface of wit/python.wit."""

    def start(self):
        random.seed()
        setup = json.loads(host.get_setup())
        _Worker.environment = bindings.environment(setup)
        try:
            with event_loop.running():
                module = sources.run_main(host.get_sources())
            _Worker.handlers = workers._handlers(module, _Worker.environment)
        except BaseException as error:
            raise Err(failures.describe(error))
        return contract.Handlers(*(name in _Worker.handlers for name in ("fetch", "queue", "scheduled")))

    def fetch(self, request):
        try:
            context = workers._Context()
            response = event_loop.run(_call("fetch", context, web.incoming(request)))
            return web.outgoing(response)
        except BaseException as error:
            raise Err(failures.describe(error))

    def settle(self):
        return [failures.describe(error) for error in event_loop.settle()]


class Consumer(exports.Consumer):
    """The interface `consumer` of wit/worker.wit."""

    def queue(self, batch):
        decisions = batches.Decisions(batch)
        failure = None
        try:
            context = workers._Context()
            event_loop.run(_call("queue", context, batches.MessageBatch(batch, decisions)))
            for error in event_loop.settle():
                raise error
        except BaseException as error:
            failure = failures.describe(error)
        return decisions.outcome(failure)


class Scheduler(exports.Scheduler):
    """The interface `scheduler` of wit/worker.wit."""

    def scheduled(self, event):
        try:
            context = workers._Context()
            event_loop.run(_call("scheduled", context, workers._ScheduledController(event)))
            for error in event_loop.settle():
                raise error
        except BaseException as error:
            raise Err(failures.describe(error))


async def _call(name, context, argument):
    handler = _Worker.handlers.get(name)
    if handler is None:
        event = f"{name.capitalize()}Event"
        raise failures.Plain(
            f"Received a {event} but we lack a handler for {event}s. "
            f"Did you remember to define {name}() in the class Default?"
        )
    result = handler(argument, context)
    return await result if hasattr(result, "__await__") else result
