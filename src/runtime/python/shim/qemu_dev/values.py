"""Values of JavaScript as Python sees them: objects are read by attribute and by key."""

import json
import math


class JsObject(dict):
    """A JavaScript object: `value.name`, `value["name"]` and `value.to_py()`."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name, value):
        self[name] = value

    def to_py(self, **_options):
        """Plain dictionaries and lists."""
        return {key: _to_py(value) for key, value in self.items()}


class JsArray(list):
    """A JavaScript array."""

    @property
    def length(self):
        """How many elements it has."""
        return len(self)

    def to_py(self, **_options):
        """Plain dictionaries and lists."""
        return [_to_py(value) for value in self]


def _to_py(value):
    return value.to_py() if isinstance(value, (JsObject, JsArray)) else value


def from_json(text):
    """The value of JSON text. A whole number is an int, as JavaScript has one kind of numbers."""
    return _wrap(json.loads(text, object_pairs_hook=JsObject, parse_float=_number))


def _wrap(value):
    if isinstance(value, list):
        return JsArray(map(_wrap, value))
    if isinstance(value, JsObject):
        for key, member in value.items():
            value[key] = _wrap(member)
    return value


def _number(text):
    number = float(text)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def to_json(value):
    """JSON text as `JSON.stringify` writes it."""
    return json.dumps(_plain(value), separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _plain(value):
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if hasattr(value, "items"):
        return {_key(key): _plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(member) for member in value]
    if hasattr(value, "isoformat"):
        return _iso(value)
    raise TypeError(f"a value of type {type(value).__name__} is no JSON: make it a dict, a list, a str or a number")


def _key(key):
    if isinstance(key, str):
        return key
    if isinstance(key, (bool, int, float)) or key is None:
        return to_json(key)
    raise TypeError(f"a key of type {type(key).__name__} is no JSON: keys are strings")


def _iso(value):
    """As `Date.prototype.toJSON` writes an instant."""
    import datetime

    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        text = value.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds")
        return text.replace("+00:00", "Z")
    return value.isoformat()


def options(given, named, what):
    """The options of a call: keywords, or one dictionary as JavaScript has it."""
    if given is None:
        return dict(named)
    if not hasattr(given, "items"):
        raise TypeError(f"The options of {what} must be keywords or a dictionary")
    return {**dict(given.items()), **named}
