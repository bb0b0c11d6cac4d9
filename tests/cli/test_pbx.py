"""Commands about a PBX, where there is no Asterisk."""

from pathlib import Path

import pytest

from provisioner.cli.group import main


def test_configuration_without_a_carrier_has_no_calls_outside(tmp_path: Path) -> None:
    assert main(["asterisk", "config", str(tmp_path)]) == 0
    assert {"extensions.conf", "pjsip.conf", "provision.secret"} <= {
        p.name for p in tmp_path.iterdir()
    }
    assert "type = identify" not in (tmp_path / "pjsip.conf").read_text("utf-8")
    assert (tmp_path / "provision.secret").stat().st_mode & 0o777 == 0o600


def test_check_says_first_that_a_file_takes_no_calls(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "customers").mkdir()
    (tmp_path / "provision.yaml").write_text(
        "version: 1\npbx: {driver: local}\ndesk: {driver: sql}\n", "utf-8"
    )
    assert main(["check", "cafe", "--root", str(tmp_path)]) == 3
    assert "PV592" in capsys.readouterr().err
