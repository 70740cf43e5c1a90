"""What queue() receives: https://developers.cloudflare.com/queues/configuration/javascript-apis/#messagebatch

The first decision about a message counts; later ones that contradict it log a warning.
"""

import datetime

from qemu_dev import values
from wit_world.exports.consumer import Decision_Ack, Decision_Retry, MessageDecision, Outcome
from wit_world.imports import logging
from wit_world.imports.types import ContentType

ACK, RETRY = "ack", "retry"
DELAY_SECONDS_MAX = 86_400


class Decisions:
    """What was decided about one delivery."""

    def __init__(self, batch):
        self.messages = [None] * len(batch.messages)
        self.batch = None

    def outcome(self, failure):
        """The outcome in the world's words."""
        decided = [
            MessageDecision(index, _decision(decision))
            for index, decision in enumerate(self.messages)
            if decision is not None
        ]
        return Outcome(decided, self.batch and _decision(self.batch), failure)

    def ack(self, index, identifier):
        if self.batch and self.batch[0] == ACK:
            return
        if self.batch:
            return _warn("ack", f" on message {identifier}", "retryAll")
        if self.messages[index] and self.messages[index][0] == RETRY:
            return _warn("ack", f" on message {identifier}", "retry")
        self.messages[index] = (ACK, None)

    def retry(self, index, identifier, delay):
        if self.batch and self.batch[0] == ACK:
            return _warn("retry", f" on message {identifier}", "ackAll")
        if self.messages[index] and self.messages[index][0] == ACK:
            return _warn("retry", f" on message {identifier}", "ack")
        self.messages[index] = (RETRY, delay)

    def ack_all(self):
        if self.batch and self.batch[0] == RETRY:
            return _warn("ackAll", "", "retryAll")
        self.batch = (ACK, None)

    def retry_all(self, delay):
        if self.batch and self.batch[0] == ACK:
            return _warn("retryAll", "", "ackAll")
        former = self.batch[1] if self.batch else None
        self.batch = (RETRY, former if delay is None else delay)


def _decision(decision):
    verb, delay = decision
    return Decision_Ack() if verb == ACK else Decision_Retry(delay)


def _warn(called, where, earlier):
    of_message = " on a message" if where else ""
    logging.log(
        logging.Level.WARN,
        f"Received a call to {called}(){where} after {earlier}() was already called. "
        f"Calling {called}(){of_message} after calling {earlier}() has no effect.",
    )


def whole_seconds(delay):
    """A delay as JavaScript makes it a whole number of seconds; none stays none."""
    if delay is None:
        return None
    seconds = int(delay)
    if not 0 <= seconds <= DELAY_SECONDS_MAX:
        raise ValueError(f"delaySeconds must be between 0 and {DELAY_SECONDS_MAX}, got {delay}")
    return seconds


class Message:
    """One message of a batch."""

    def __init__(self, record, index, decisions):
        self.id = record.id
        self.timestamp = datetime.datetime.fromtimestamp(record.timestamp_ms / 1000, datetime.timezone.utc)
        self.attempts = record.attempts
        self.body = _body(record)
        self._index, self._decisions = index, decisions

    def ack(self):
        """It has been handled."""
        self._decisions.ack(self._index, self.id)

    def retry(self, options=None, /, **named):
        """It is delivered again, after `delaySeconds`."""
        delay = values.options(options, named, "retry()").get("delaySeconds")
        self._decisions.retry(self._index, self.id, whole_seconds(delay))

    def __repr__(self):
        return f"Message(id={self.id!r}, attempts={self.attempts}, body={self.body!r})"


class MessageBatch:
    """A batch of messages of one queue."""

    def __init__(self, batch, decisions):
        self.queue = batch.queue
        self.messages = values.JsArray(
            Message(record, index, decisions) for index, record in enumerate(batch.messages)
        )
        self.metadata = values.JsObject(metrics=metrics(batch.metrics))
        self._decisions = decisions

    def ackAll(self):
        """All messages have been handled."""
        self._decisions.ack_all()

    def retryAll(self, options=None, /, **named):
        """All messages are delivered again, after `delaySeconds`."""
        delay = values.options(options, named, "retryAll()").get("delaySeconds")
        self._decisions.retry_all(whole_seconds(delay))


def metrics(record):
    """The metrics of a queue as Workers see them."""
    oldest = record.oldest_message_timestamp_ms
    if oldest is not None:
        oldest = datetime.datetime.fromtimestamp(oldest / 1000, datetime.timezone.utc)
    return values.JsObject(
        backlogCount=record.backlog_count, backlogBytes=record.backlog_bytes, oldestMessageTimestamp=oldest
    )


def _body(record):
    if record.content_type == ContentType.JSON:
        return values.from_json(record.body)
    if record.content_type == ContentType.TEXT:
        return record.body.decode()
    if record.content_type == ContentType.BYTES:
        return bytes(record.body)
    raise TypeError(
        f'message {record.id} is a structured clone (contentType "v8"), which only JavaScript can read: '
        'send it with contentType "json"'
    )
