"""How a desk phone's voice is encrypted, as fields of its endpoint and back.  Pure."""

from collections.abc import Mapping

from provisioner.telephony.srtp import Srtp

Fields = Mapping[str, str]
_ENCRYPTION, _OPTIMISTIC = "media_encryption", "media_encryption_optimistic"
OF_APPS = {_ENCRYPTION: "dtls"}
_FIELDS = {
    Srtp.REQUIRED: {_ENCRYPTION: "sdes", _OPTIMISTIC: "no"},
    Srtp.OPTIONAL: {_ENCRYPTION: "sdes", _OPTIMISTIC: "yes"},
    Srtp.OFF: {_ENCRYPTION: "no", _OPTIMISTIC: "no"},
}
_MARK = "@srtp"
"""On the endpoint, where it was declared."""
_NO = frozenset({"", "no", "false", "none"})


def srtp(endpoint: Fields) -> Srtp | None:
    """None for a way in which no desk phone of ours is set up."""
    kind = endpoint.get(_ENCRYPTION, "").lower()
    if kind in _NO:
        return Srtp.OFF
    optimistic = endpoint.get(_OPTIMISTIC, "").lower() not in _NO
    return (Srtp.OPTIONAL if optimistic else Srtp.REQUIRED) if kind == "sdes" else None


def declared(endpoint: Fields) -> Srtp | None:
    """As a resource has it: what Asterisk does by itself was declared by nobody."""
    found = srtp(endpoint)
    return None if found is Srtp.OFF and _MARK not in endpoint else found


def wanted(srtp_: Srtp | None, now: Fields) -> dict[str, str]:
    """What the endpoint is to have, with our mark; None: as it is, if phones can talk that way."""
    if srtp_ is not None:
        return {**_FIELDS[srtp_], _MARK: str(srtp_)}
    found = srtp(now)
    kept = {_ENCRYPTION: "no"} if found in {None, Srtp.OFF} else dict(_FIELDS[found])
    return kept | {n: v for n, v in now.items() if n == _MARK}
