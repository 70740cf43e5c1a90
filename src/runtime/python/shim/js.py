"""As much of JavaScript's globals as Python Workers use; what is not here says so by name."""

from qemu_dev import absent, values
from wit_world.imports import logging as _log
from workers import Headers, Request, Response, fetch  # noqa: F401


class _Console:
    """Writes to the Worker's log."""

    def _write(level):
        def write(self, *arguments):
            _log.log(level, " ".join(map(_text, arguments)))

        return write

    debug = _write(_log.Level.DEBUG)
    log = info = _write(_log.Level.INFO)
    warn = _write(_log.Level.WARN)
    error = _write(_log.Level.ERROR)


def _text(value):
    return value if isinstance(value, str) else repr(value)


console = _Console()


class Object:
    """The constructor of objects, as `to_js` is given it."""

    new = staticmethod(lambda: values.JsObject())

    @staticmethod
    def fromEntries(entries):
        """The object with these members."""
        return values.JsObject(entries)

    @staticmethod
    def keys(value):
        """The names of its members."""
        return values.JsArray(value.keys())

    @staticmethod
    def entries(value):
        """Its members."""
        return values.JsArray(values.JsArray(entry) for entry in value.items())


class JSON:
    """JSON text and values."""

    @staticmethod
    def parse(text):
        """The value of a text."""
        return values.from_json(text)

    @staticmethod
    def stringify(value):
        """The text of a value."""
        return values.to_json(value)


def __getattr__(name):
    raise absent.refusal("js", name, ["console", "fetch", "Headers", "JSON", "Object", "Request", "Response"])
