"""Runs every method of the Python client against a running session:

    pip install -r requirements.txt
    python3 run.py http://localhost:8787/cdn-cgi/api/client/v4

The session must be on this machine and hold no token, or the token in QUEUES_API_TOKEN.
"""

import base64
import json
import os
import secrets
import sys
import unittest

import cloudflare

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
TOKEN = os.environ.get("QUEUES_API_TOKEN", "any-token")
BASE_URL = ""


def fresh_name(word):
    return f"clients-{word}-{secrets.token_hex(4)}"


def code(error):
    return error.body["errors"][0]["code"]


class Queues(unittest.TestCase):
    def setUp(self):
        self.queues = cloudflare.Cloudflare(api_token=TOKEN, base_url=BASE_URL).queues
        self.queue = self.queues.create(account_id=ACCOUNT, queue_name=fresh_name("python"))
        self.id = self.queue.queue_id
        self.addCleanup(self.queues.delete, self.id, account_id=ACCOUNT)

    def backlog(self):
        return self.queues.get_metrics(self.id, account_id=ACCOUNT).backlog_count

    def test_queues(self):
        self.assertEqual(self.queues.get(self.id, account_id=ACCOUNT), self.queue)
        self.assertIn(self.id, [queue.queue_id for queue in self.queues.list(account_id=ACCOUNT)])
        settings = {"delivery_delay": 5.0, "message_retention_period": 3600}
        updated = self.queues.update(self.id, account_id=ACCOUNT, settings=settings)
        self.assertEqual(updated.settings.message_retention_period, 3600)
        edited = self.queues.edit(self.id, account_id=ACCOUNT, settings={"delivery_paused": True})
        self.assertEqual((edited.settings.delivery_delay, edited.settings.delivery_paused), (5, True))
        other = self.queues.create(account_id=ACCOUNT, queue_name=fresh_name("python"))
        with self.assertRaises(cloudflare.BadRequestError) as taken:
            self.queues.edit(other.queue_id, account_id=ACCOUNT, queue_name=self.queue.queue_name)
        self.assertEqual(code(taken.exception), 11009)
        self.assertTrue(self.queues.delete(other.queue_id, account_id=ACCOUNT).success)
        with self.assertRaises(cloudflare.NotFoundError) as gone:
            self.queues.get(other.queue_id, account_id=ACCOUNT)
        self.assertEqual(code(gone.exception), 10104)

    def test_messages(self):
        messages = self.queues.messages
        self.queues.consumers.create(self.id, account_id=ACCOUNT, type="http_pull")
        pushed = messages.push(self.id, account_id=ACCOUNT, body={"order": 1}, content_type="json")
        self.assertEqual(pushed.metadata.metrics.backlog_count, 1)
        batch = [{"body": "plain", "content_type": "text"}, {"body": 3, "delay_seconds": 3600.0}]
        messages.bulk_push(self.id, account_id=ACCOUNT, messages=batch)
        peeked = messages.peek(self.id, account_id=ACCOUNT, batch_size=10)
        self.assertEqual(len(peeked.messages), 3)
        pulled = messages.pull(self.id, account_id=ACCOUNT, batch_size=10.0, visibility_timeout_ms=60_000.0)
        first, second = pulled.messages
        self.assertEqual(json.loads(base64.b64decode(first.body)), {"order": 1})
        self.assertEqual((second.body, second.attempts), ("plain", 1))
        acknowledged = messages.ack(
            self.id,
            account_id=ACCOUNT,
            acks=[{"lease_id": first.lease_id}],
            retries=[{"lease_id": second.lease_id, "delay_seconds": 0.0}],
        )
        self.assertEqual((acknowledged.ack_count, acknowledged.retry_count), (1, 1))
        again = messages.pull(self.id, account_id=ACCOUNT)
        self.assertEqual([message.attempts for message in again.messages], [2])
        purged = messages.purge(self.id, account_id=ACCOUNT, refs=[{"ref": peeked.messages[2].ref}])
        self.assertEqual(purged.warnings, {})
        self.assertEqual(self.backlog(), 1)

    def test_paused(self):
        self.queues.consumers.create(self.id, account_id=ACCOUNT, type="http_pull")
        self.queues.edit(self.id, account_id=ACCOUNT, settings={"delivery_paused": True})
        with self.assertRaises(cloudflare.ConflictError) as paused:
            self.queues.messages.pull(self.id, account_id=ACCOUNT)
        self.assertEqual(paused.exception.body["errors"][0]["message"], "queue_delivery_paused")

    def test_purge(self):
        self.queues.messages.push(self.id, account_id=ACCOUNT, body="x", content_type="text", delay_seconds=60)
        started = self.queues.purge.start(self.id, account_id=ACCOUNT, delete_messages_permanently=True)
        self.assertEqual(started.queue_id, self.id)
        self.assertEqual(self.queues.purge.status(self.id, account_id=ACCOUNT).completed, "true")
        self.assertEqual(self.backlog(), 0)

    def test_consumers(self):
        consumers = self.queues.consumers
        settings = {"batch_size": 50.0, "max_wait_time_ms": 2000.0}
        created = consumers.create(
            self.id, account_id=ACCOUNT, type="worker", script_name="no-such-worker", settings=settings
        )
        where = {"account_id": ACCOUNT, "queue_id": self.id}
        self.assertEqual([found.consumer_id for found in consumers.list(self.id, account_id=ACCOUNT)], [created.consumer_id])
        self.assertEqual(consumers.get(created.consumer_id, **where).settings.batch_size, 50)
        updated = consumers.update(created.consumer_id, **where, type="http_pull")
        self.assertEqual(updated.settings.visibility_timeout_ms, 30_000)
        self.assertTrue(consumers.delete(created.consumer_id, **where).success)
        self.assertEqual(list(consumers.list(self.id, account_id=ACCOUNT)), [])

    def test_subscriptions(self):
        subscriptions = self.queues.subscriptions
        created = subscriptions.create(
            account_id=ACCOUNT,
            name=fresh_name("python"),
            enabled=True,
            source={"type": "workflows.workflow", "workflow_name": "w"},
            destination={"type": "queues.queue", "queue_id": self.id},
            events=["instance.errored"],
        )
        listed = [found.id for found in subscriptions.list(account_id=ACCOUNT, per_page=1)]
        self.assertIn(created.id, listed)
        self.assertEqual(subscriptions.get(created.id, account_id=ACCOUNT).to_dict(), created.to_dict())
        updated = subscriptions.update(created.id, account_id=ACCOUNT, enabled=False)
        self.assertEqual((updated.enabled, updated.events), (False, ["instance.errored"]))
        self.assertEqual(subscriptions.delete(created.id, account_id=ACCOUNT).id, created.id)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python3 run.py <base URL of the API>")
    BASE_URL = sys.argv.pop(1)
    unittest.main()
