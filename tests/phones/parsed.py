"""What a phone makes of its file, as its maker documents the format: nothing of ours is used."""

import xml.etree.ElementTree as ET


def snom(content: bytes) -> dict[str, str]:
    root = ET.fromstring(content)  # noqa: S314 - made by ourselves
    assert root.tag == "settings"
    (phone,) = root
    assert phone.tag == "phone-settings"
    assert all(each.get("idx") == "1" for each in phone)
    return {each.tag: each.text or "" for each in phone}


def yealink(content: bytes) -> dict[str, str]:
    """A line is a parameter; ``#`` at its beginning makes it a comment, ``%NULL%`` is empty."""
    first, *lines = content.decode().splitlines()
    assert first == "#!version:1.0.0.1"
    found = {}
    for line in lines:
        if line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        assert equals, line
        assert name.strip() not in found
        found[name.strip()] = "" if value.strip() == "%NULL%" else value.strip()
    return found


def file(name: str, content: bytes) -> dict[str, str]:
    return (snom if name.endswith(".xml") else yealink)(content)
