"""Requests and responses, as the module `workers` has them."""

import http
from collections.abc import MutableMapping
from urllib.parse import urljoin

from componentize_py_types import Err
from pyodide.ffi import JsException
from qemu_dev import values
from wit_world.imports import host


class Headers(MutableMapping):
    """Headers by name, whatever its case. Several of one name are one value with commas, but for Set-Cookie."""

    def __init__(self, init=None):
        self._entries = []
        pairs = init.items() if hasattr(init, "items") else init or ()
        for name, value in pairs:
            self.append(name, value)

    @classmethod
    def new(cls, init=None):
        """As JavaScript makes them."""
        return cls(init)

    def append(self, name, value):
        """Adds one more."""
        self._entries.append((str(name).lower(), str(value)))

    set = lambda self, name, value: self.__setitem__(name, value)  # noqa: E731
    has = lambda self, name: name in self  # noqa: E731
    delete = lambda self, name: self.pop(name, None)  # noqa: E731

    def getSetCookie(self):
        """Each Set-Cookie by itself."""
        return [value for name, value in self._entries if name == "set-cookie"]

    def get_all(self, name, default=None):
        """All values of a name."""
        return [value for key, value in self._entries if key == str(name).lower()] or default

    def __getitem__(self, name):
        found = self.get_all(name)
        if not found:
            raise KeyError(name)
        return ", ".join(found)

    def __setitem__(self, name, value):
        self._entries = [entry for entry in self._entries if entry[0] != str(name).lower()]
        self.append(name, value)

    def __delitem__(self, name):
        if name not in self:
            raise KeyError(name)
        self._entries = [entry for entry in self._entries if entry[0] != str(name).lower()]

    def __iter__(self):
        return iter(dict(self._entries))

    def __len__(self):
        return len(dict(self._entries))

    def __repr__(self):
        return f"Headers({dict(self)!r})"

    def pairs(self):
        """As they travel."""
        return list(self._entries)


class _Body:
    """What requests and responses have in common."""

    def __init__(self, body, headers):
        self._bytes, content_type = _encode(body)
        self.headers = headers if isinstance(headers, Headers) else Headers(headers)
        self.bodyUsed = False
        if content_type is not None and "content-type" not in self.headers:
            self.headers["content-type"] = content_type

    def _take(self):
        if self.bodyUsed:
            raise OSError("Body has already been used")
        self.bodyUsed = self._bytes is not None
        return self._bytes or b""

    async def text(self):
        """The body as text."""
        return self._take().decode(errors="replace").removeprefix("\ufeff")

    async def json(self):
        """The value of the body's JSON."""
        return values.from_json(self._take())

    async def bytes(self):
        """The body's bytes."""
        return self._take()

    buffer = arrayBuffer = bytes

    @property
    def body(self):
        """The body's bytes, where there is one."""
        return self._bytes

    @property
    def js_object(self):
        """What JavaScript has for it is the same here."""
        return self


class Request(_Body):
    """A request."""

    def __init__(self, url, method=None, headers=None, body=None, redirect="follow"):
        other = url if isinstance(url, Request) else None
        self.url = other.url if other else str(url)
        self.method = str(method or (other.method if other else "GET")).upper()
        self.redirect = redirect
        inherited = other.headers if other else None
        super().__init__(body if body is not None else other and other._bytes, headers or inherited)

    @classmethod
    def new(cls, url, options=None, /, **named):
        """As JavaScript makes one."""
        return cls(url, **values.options(options, named, "a request"))


class Response(_Body):
    """A response."""

    def __init__(self, body=None, status=200, status_text="", headers=None, **named):
        self.status = int(status)
        if not 200 <= self.status <= 599:
            raise ValueError(f"the status of a response is between 200 and 599, not {self.status}")
        self.status_text = named.pop("statusText", status_text) or _reason(self.status)
        self.url = named.pop("url", "")
        if named:
            raise TypeError(f"a response has no {', '.join(sorted(named))} here")
        super().__init__(body, headers)

    statusText = property(lambda self: self.status_text)
    ok = property(lambda self: 200 <= self.status <= 299)

    @classmethod
    def new(cls, body=None, options=None, /, **named):
        """As JavaScript makes one."""
        return cls(body, **values.options(options, named, "a response"))

    @classmethod
    def from_json(cls, data, status=200, status_text="", headers=None):
        """A response of JSON."""
        response = cls(values.to_json(data), status, status_text, headers)
        if "content-type" not in Headers(headers):
            response.headers["content-type"] = "application/json"
        return response

    @classmethod
    def redirect(cls, url, status=302):
        """A redirection."""
        return cls(None, status, headers={"location": url})


class _Json:
    """`Response.json(data)` makes a response, `await response.json()` reads one."""

    def __get__(self, instance, owner):
        return owner.from_json if instance is None else _Body.json.__get__(instance)


Response.json = _Json()


async def fetch(resource, options=None, /, **named):
    """Makes a request to the outside."""
    given = values.options(options, named, "fetch()")
    request = resource if isinstance(resource, Request) and not given else Request(resource, **given)
    asked = host.Request(
        request.method, request.url, request.headers.pairs(), request._bytes, request.redirect == "follow"
    )
    try:
        answer = host.fetch(asked)
    except Err as error:
        raise JsException(error.value) from None
    if request.redirect == "error" and 300 <= answer.status <= 399:
        raise JsException(f"Redirected to {urljoin(answer.url, Headers(answer.headers).get('location', ''))}")
    response = Response(None, answer.status, answer.status_text, Headers(answer.headers), url=answer.url)
    response._bytes = answer.body
    return response


def incoming(request):
    """The request that a handler receives."""
    return Request(request.url, request.method, Headers(request.headers), request.body)


def outgoing(response):
    """A handler's response in the host's words."""
    if not isinstance(response, Response):
        raise TypeError(f"fetch() must return a Response, not a value of type {type(response).__name__}")
    return host.Response(
        response.status, response.status_text, "", response.headers.pairs(), response._bytes or b""
    )


def _encode(body):
    if body is None:
        return None, None
    if isinstance(body, str):
        return body.encode(), "text/plain;charset=UTF-8"
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body), None
    raise TypeError(f"a body is a str or bytes, not a value of type {type(body).__name__}; Response.json() takes a dict")


def _reason(status):
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""
