"""By which names the door may be called, and what web.toml may say."""

from pathlib import Path

import pytest

from dispatch import language
from dispatch.domain.errors import BadConfiguration
from dispatch.settings.web import WebRules, load_web
from dispatch.web.addresses import Addresses


def rules(**said: object) -> WebRules:
    return WebRules.model_validate({"edition": "test", "desks": [6], **said})


def test_on_loopback_its_names_and_port_and_nothing_else() -> None:
    here = Addresses.of(rules(), 8023)
    assert (here.told, here.secure) == ("http://127.0.0.1:8023", False)
    for host in ("127.0.0.1:8023", "localhost:8023", "[::1]:8023", "LOCALHOST:8023"):
        assert here.knows_host(host), host
    for host in (
        "127.0.0.1",
        "127.0.0.1:80",
        "evil.example:8023",
        "127.0.0.1:8023.evil.example",
        "",
        "[",
        "a@b",
    ):
        assert not here.knows_host(host), host
    assert here.knows_origin("http://127.0.0.1:8023")
    for origin in (
        "",
        "null",
        "https://127.0.0.1:8023",
        "http://127.0.0.1",
        "http://127.0.0.1:8023/x",
        "file://",
    ):
        assert not here.knows_origin(origin), origin
    assert here.socket_of("localhost:8023") == "ws://localhost:8023/ws"


def test_behind_a_proxy_only_the_public_address() -> None:
    here = Addresses.of(rules(public_address="https://Blood.example.org"), 8023)
    assert (here.told, here.secure) == ("https://blood.example.org", True)
    assert here.knows_host("blood.example.org")
    assert here.knows_host("blood.example.org:443")
    assert here.knows_origin("https://blood.example.org")
    assert not here.knows_host("127.0.0.1:8023")
    assert not here.knows_origin("http://blood.example.org")
    assert here.socket_of("blood.example.org") == "wss://blood.example.org/ws"


@pytest.mark.parametrize(
    ("line", "key", "sentence"),
    [
        ('host = "0.0.0.0"', "host", "only with cert_file and key_file"),
        ('host = "192.0.2.7"', "host", "only with cert_file and key_file"),
        ('cert_file = "a.pem"', "cert_file", "both or neither"),
        ('public_address = "http://a.example"', "public_address", "https://name"),
        ('public_address = "https://a.example/czt"', "public_address", "https://name"),
        ('public_address = "https://a.example:x"', "public_address", "https://name"),
        ("desks = [6, 6]", "desks", "each digit once"),
        ("desks = []", "desks", "desks"),
        ("idle_min = 0", "idle_min", "idle_min"),
    ],
)
def test_what_would_be_unsafe_is_refused_with_its_line(
    tmp_path: Path, line: str, key: str, sentence: str
) -> None:
    language.use("en")
    lines = [line] if key == "desks" else ["desks = [6]", line]
    (tmp_path / "web.toml").write_text("\n".join(['edition = "x"', *lines]) + "\n", "utf-8")
    with pytest.raises(BadConfiguration) as refused:
        load_web(tmp_path)
    assert sentence in str(refused.value)
    assert refused.value.line == 1 + len(lines)


def test_the_shipped_door_is_reached_from_this_machine_only() -> None:
    shipped = load_web()
    assert shipped.loopback
    assert not shipped.public_address
    assert not rules(host="10.0.0.5").loopback
    assert rules(host="::1").loopback
