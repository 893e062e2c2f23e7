"""One short MQTT 5 session that tries rights: which publishes a broker takes, and what it lets us read.

MQTT 3.1.1, which every link speaks, cannot tell: a broker acknowledges a publish that it denies. MQTT 5
answers each with a reason. Blocks: run it in a thread.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from dispatch.causes import cause
from dispatch.feed.broker_words import answer
from dispatch.feed.mqtt import KEEPALIVE_S, tls_context
from dispatch.feed.transport import Endpoint, TransportLost
from dispatch.language import _

NOT_AUTHORISED = 0x87
OLD_BROKER = frozenset({0x84, 0x01})
"""Answers to a CONNECT of MQTT 5 by a broker that does not speak it."""
CONNECT_WITHIN_S = 3.0
ANSWERS_WITHIN_S = 3.0
LISTEN_S = 0.3


class NoAnswers(TransportLost):
    """The broker does not say what it denies: it speaks no MQTT 5."""


@dataclass(slots=True)
class Tried:
    """What came of it."""

    taken: set[str] = field(default_factory=set)
    denied: set[str] = field(default_factory=set)
    heard: set[str] = field(default_factory=set)
    """Topics of messages that came, those that the broker keeps among them."""


def try_rights(endpoint: Endpoint, client_id: str, publishes: Mapping[str, bytes]) -> Tried:
    """Ask for everything, publish each message once (QoS 1, not retained); what was taken, denied, heard.

    Of a cluster the first node that answers counts. TransportLost when none can be reached or lets
    anybody in; NoAnswers when it speaks no MQTT 5.
    """
    lost = TransportLost(_("the broker does not answer"))
    for node in endpoint.nodes:
        trial = _Trial(node, client_id)
        try:
            trial.connect()
            trial.listen()
            return trial.publish(publishes)
        except NoAnswers:
            raise
        except TransportLost as error:
            lost = error
        finally:
            trial.end()
    raise lost


class _Trial:
    """paho in a thread of its own, with what it hears."""

    def __init__(self, endpoint: Endpoint, client_id: str) -> None:
        self._endpoint, self._tried = endpoint, Tried()
        self._greeted, self._subscribed = threading.Event(), threading.Event()
        self._answer: ReasonCode | None = None
        self._answers: dict[int, int] = {}
        client = Client(CallbackAPIVersion.VERSION2, client_id, protocol=MQTTProtocolVersion.MQTTv5)
        client.username_pw_set(endpoint.username, endpoint.password)
        try:
            context = tls_context(endpoint)
        except OSError as error:
            raise TransportLost(_("certificates cannot be read: {error}", error=cause(error))) from None
        if context is not None:
            client.tls_set_context(context)
        client.on_connect, client.on_publish = self._on_connect, self._on_publish
        client.on_subscribe, client.on_message = self._on_subscribe, self._on_message
        self._client = client

    def connect(self) -> None:
        self._client.connect_timeout = CONNECT_WITHIN_S
        try:
            self._client.connect(self._endpoint.host, self._endpoint.port, keepalive=KEEPALIVE_S)
        except (OSError, ValueError) as error:
            raise TransportLost(cause(error)) from None
        self._client.loop_start()
        if not self._greeted.wait(CONNECT_WITHIN_S) or self._answer is None:
            raise TransportLost(_("the broker does not answer"))
        if self._answer.value in OLD_BROKER:
            raise NoAnswers(_("the broker speaks no MQTT 5 and does not say what it denies"))
        if self._answer.is_failure:
            raise TransportLost(answer(self._answer.value, str(self._answer)))

    def listen(self) -> None:
        """A broker grants the subscription and leaves out what may not be read."""
        self._client.subscribe("#", qos=0)
        if not self._subscribed.wait(ANSWERS_WITHIN_S):
            raise TransportLost(_("the broker does not answer"))

    def publish(self, publishes: Mapping[str, bytes]) -> Tried:
        numbers = {self._client.publish(topic, body, qos=1).mid: topic for topic, body in publishes.items()}
        until = time.monotonic() + ANSWERS_WITHIN_S
        while len(self._answers) < len(numbers) and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(LISTEN_S)
        if len(self._answers) < len(numbers):
            raise TransportLost(_("the broker does not answer"))
        for number, topic in numbers.items():
            denied = self._answers[number] == NOT_AUTHORISED
            (self._tried.denied if denied else self._tried.taken).add(topic)
        return self._tried

    def end(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    # --- what paho says, in its thread ---------------------------------------------------------

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, code: ReasonCode, _more: Properties | None
    ) -> None:
        self._answer = code
        self._greeted.set()
        if code.is_failure:
            self._client.disconnect()

    def _on_subscribe(
        self, _client: Client, _data: object, _mid: int, _codes: list[ReasonCode], _more: Properties | None
    ) -> None:
        self._subscribed.set()

    def _on_publish(
        self, _client: Client, _data: object, mid: int, code: ReasonCode, _more: Properties | None
    ) -> None:
        self._answers[mid] = code.value

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self._tried.heard.add(message.topic)
