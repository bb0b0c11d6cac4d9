"""Where Asterisk speaks TLS, by its configuration."""

from pathlib import Path

import pytest

from provisioner.drivers.asterisk.listeners import (
    HTTPS,
    SIP,
    Listener,
    control_port,
    of_folder,
)

ETC = Path("/etc/asterisk")
PJSIP = """
[udp]
type = transport
protocol = udp
bind = 0.0.0.0:5060
;--
[old]
type = transport
protocol = tls
cert_file = old.pem
--;
[tls](pattern) ; for phones
type=transport
protocol = tls
bind => 192.0.2.10
cert_file = /srv/pbx.pem   ; the chain
priv_key_file = pbx.key
"""
HTTP = """
[general]
bindport = 8090
tlsenable = yes
tlsbindaddr = [::]:8443
tlscertfile = both.pem
"""


def test_transports_and_https() -> None:
    phones = Listener(SIP, "192.0.2.10", 5061, Path("/srv/pbx.pem"), ETC / "pbx.key")
    apps = Listener(HTTPS, "::", 8443, ETC / "both.pem", ETC / "both.pem")
    assert of_folder(ETC, PJSIP, HTTP) == [phones, apps]
    assert (phones.address, apps.address) == ("192.0.2.10:5061", "[::]:8443")
    assert apps.at("::1").address == "[::1]:8443"
    assert phones.at("127.0.0.1") is phones
    assert control_port(HTTP) == 8090


@pytest.mark.parametrize(
    ("pjsip", "http"),
    [
        ("", ""),
        (PJSIP.replace("protocol = tls", "protocol = udp"), HTTP.replace("= yes", "= no")),
        (PJSIP.replace("192.0.2.10", "pbx.example"), ""),
        ("[tls]\ntype = transport\nprotocol = tls\nbind = 0.0.0.0", "[general]\ntlsenable = yes"),
    ],
    ids=["nothing", "off", "a name", "no certificate"],
)
def test_no_tls(pjsip: str, http: str) -> None:
    assert of_folder(ETC, pjsip, http) == []
    assert control_port(http.replace("bindport = 8090", "")) == 8088
