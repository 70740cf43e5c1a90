"""Conversions between Python and JavaScript, of which there is none here: values are Python's.

https://developers.cloudflare.com/workers/languages/python/ffi/
"""

from qemu_dev.values import JsArray, JsObject


class JsException(Exception):
    """An error of the runtime."""


JsProxy = (JsObject, JsArray)


def to_js(value, **_options):
    """Dictionaries and lists as JavaScript's objects and arrays; anything else as it is."""
    if isinstance(value, dict):
        return JsObject({key: to_js(member) for key, member in value.items()})
    if isinstance(value, (list, tuple)):
        return JsArray(map(to_js, value))
    return value


def create_proxy(value, **_options):
    """Values are not copied, so a proxy is the value."""
    return value


def create_once_callable(value, **_options):
    """As `create_proxy`."""
    return value


def run_sync(awaitable):
    """Waiting in the middle of a function is not there."""
    raise RuntimeError("run_sync() is not there: make the function async, and await")
