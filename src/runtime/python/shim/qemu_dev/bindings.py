"""What is on `env`: variables, queues, and by name what is not there.

https://developers.cloudflare.com/queues/configuration/javascript-apis/#producer
"""

import contextlib

from componentize_py_types import Err
from pyodide.ffi import JsException
from qemu_dev import batches, values
from wit_world.imports import logging, producer
from wit_world.imports.producer import Error, ErrorCode, Message
from wit_world.imports.types import ContentType

# https://developers.cloudflare.com/queues/platform/limits/
_DELAY_SECONDS_MAX = 86_400
# https://developers.cloudflare.com/queues/reference/error-codes/
_CODES = {
    ErrorCode.QUEUE_NOT_FOUND: 10104,
    ErrorCode.BATCH_DELAY: 10202,
    ErrorCode.MESSAGE_DELAY: 10203,
    ErrorCode.MESSAGE_SIZE: 10204,
    ErrorCode.BATCH_SIZE: 10205,
    ErrorCode.BATCH_COUNT: 10206,
    ErrorCode.OVERLOADED: 10250,
    ErrorCode.STORAGE_LIMIT: 10251,
    ErrorCode.UNAVAILABLE: 15000,
}
CONTENT_TYPES = {"text": ContentType.TEXT, "bytes": ContentType.BYTES, "json": ContentType.JSON}


class Environment:
    """`env`: bindings by attribute."""

    def __init__(self, members, missing):
        self.__dict__.update(members)
        self.__dict__["_missing"] = missing

    def __getattr__(self, name):
        raise AttributeError(self.__dict__["_missing"].get(name, f"env has no binding {name}"))

    def __getitem__(self, name):
        return getattr(self, name)


def environment(setup):
    """`env` of a Worker with this setup."""
    members = {name: _variable(value) for name, value in setup["vars"].items()}
    exposes_codes = setup["flags"]["exposeErrorCodes"]
    members |= {binding["binding"]: Queue(binding["binding"], exposes_codes) for binding in setup["producers"]}
    missing = {binding["binding"]: binding["message"] for binding in setup["missing"]}
    for service in setup["services"]:
        name = service["binding"]
        missing[name] = f"env.{name} is a service binding: Python Workers reach others by their queues and URLs only here"
    return Environment(members, missing)


def _variable(value):
    return value if isinstance(value, str) else values.from_json(values.to_json(value))


class Queue:
    """A queue that a Worker sends to."""

    def __init__(self, binding, exposes_codes):
        self._binding = binding
        self._exposes_codes = exposes_codes

    async def send(self, body, options=None, /, **named):
        """Sends one message; `contentType` and `delaySeconds` may be given."""
        given = values.options(options, named, "send()")
        with self._failing("send"):
            message = _message(body, given.get("contentType"), given.get("delaySeconds"))
            return _result(producer.send(self._binding, message))

    async def sendBatch(self, messages, options=None, /, **named):
        """Sends up to 100 messages: dictionaries with `body`, `contentType` and `delaySeconds`."""
        given = values.options(options, named, "sendBatch()")
        with self._failing("sendBatch"):
            batch = [_item(item) for item in messages]
            delay = _delay(given.get("delaySeconds"), ErrorCode.BATCH_DELAY)
            return _result(producer.send_batch(self._binding, batch, delay))

    async def metrics(self):
        """The queue's backlog."""
        try:
            return batches.metrics(producer.metrics(self._binding))
        except Err as error:
            raise JsException(error.value.message) from None

    @contextlib.contextmanager
    def _failing(self, method):
        """What the queue refuses is told as in JavaScript."""
        try:
            yield
        except Err as error:
            code, message = error.value.code, error.value.message
            if self._exposes_codes and code in _CODES:
                raise JsException(f"{message} ({_CODES[code]})") from None
            raise JsException(f"Queue {method} failed: {message}") from None


def _item(item):
    if not hasattr(item, "get") or "body" not in item:
        raise TypeError('A message of sendBatch() must be a dictionary with "body"')
    if "options" in item:
        logging.log(
            logging.Level.WARN,
            'Ignored "options" on a message given to sendBatch(): it takes { body, contentType, delaySeconds }. '
            'Put "contentType" and "delaySeconds" beside "body".',
        )
    return _message(item["body"], item.get("contentType"), item.get("delaySeconds"))


def _message(body, content_type, delay):
    name = "json" if content_type is None else str(content_type).lower()
    if name == "v8":
        raise TypeError('contentType "v8" is JavaScript\'s own: send "json", "text" or "bytes" from Python')
    if name not in CONTENT_TYPES:
        raise TypeError(f"Unsupported queue message content type: {content_type}")
    return Message(CONTENT_TYPES[name], _encode(body, name), _delay(delay))


def _encode(body, name):
    if name == "json":
        return values.to_json(body).encode()
    expected = str if name == "text" else (bytes, bytearray, memoryview)
    if not isinstance(body, expected):
        wanted = "str" if name == "text" else "bytes"
        raise TypeError(
            f'Content Type "{name}" requires a value of type {wanted}, but received: {type(body).__name__}'
        )
    return body.encode() if name == "text" else bytes(body)


def _delay(delay, code=ErrorCode.MESSAGE_DELAY):
    if delay is None:
        return None
    seconds = int(delay)
    if 0 <= seconds <= _DELAY_SECONDS_MAX:
        return seconds
    problem = f"message delay {seconds} is invalid: must be an integer between 0 and {_DELAY_SECONDS_MAX}"
    raise Err(Error(code, problem))


def _result(metrics):
    return values.JsObject(metadata=values.JsObject(metrics=batches.metrics(metrics)))
