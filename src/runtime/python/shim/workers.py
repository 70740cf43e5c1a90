"""The module `workers` of Python Workers: https://developers.cloudflare.com/workers/languages/python/

Names that begin with an underscore are for the engine.
"""

from qemu_dev import absent, event_loop
from qemu_dev.web import Headers, Request, Response, fetch  # noqa: F401
from qemu_dev import bindings as _bindings  # noqa: F401


class WorkerEntrypoint:
    """The base of the class `Default`, whose methods are the Worker's handlers."""

    def __init__(self, ctx, env):
        self.ctx = ctx
        self.env = env


def __getattr__(name):
    raise absent.refusal("workers", name, ["Headers", "Request", "Response", "WorkerEntrypoint", "fetch"])


class _Context:
    """`ctx` of an invocation."""

    def waitUntil(self, awaitable):
        """What is given is waited for after the handler."""
        event_loop.wait_until(awaitable)

    def passThroughOnException(self):
        """There is no origin behind a local Worker."""


class _ScheduledController:
    """What `scheduled` receives."""

    type = "scheduled"

    def __init__(self, event):
        self.cron = event.cron
        self.scheduledTime = event.scheduled_time_ms

    def noRetry(self):
        """Cron events are not retried."""


def _handlers(module, environment):
    """The handlers of a Worker by name: methods of its class `Default`, or functions `on_fetch` and so on."""
    default = getattr(module, "Default", None)
    if isinstance(default, type):
        return {name: _of_class(default, name, environment) for name in _NAMES if hasattr(default, name)}
    functions = {name: getattr(module, f"on_{name}", None) for name in _NAMES}
    return {name: _of_function(given, environment) for name, given in functions.items() if given is not None}


_NAMES = ("fetch", "queue", "scheduled")


def _of_class(default, name, environment):
    def handle(argument, context):
        # An entrypoint is made for each invocation, as in production.
        method = getattr(default(context, environment), name)
        return _with_as_many(method, argument, environment, context)

    return handle


def _of_function(function, environment):
    return lambda argument, context: _with_as_many(function, argument, environment, context)


def _with_as_many(function, *arguments):
    """Handlers may leave out what they do not use: `queue(self, batch)`, `queue(self, batch, env, ctx)`."""
    import inspect

    parameters = inspect.signature(function).parameters.values()
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        return function(*arguments)
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return function(*arguments[: len(positional)])
