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


def test_a_node_of_a_fleet_asks_the_database(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("s3cret\n")
    folder = tmp_path / "etc"
    folder.mkdir()
    place = ("--database", "db.example:5433/asterisk", "--database-password", str(secret))
    assert main(["asterisk", "config", str(folder), *place]) == 0
    connection = folder / "res_pgsql.conf"
    assert connection.stat().st_mode & 0o777 == 0o600
    lines = connection.read_text("utf-8").splitlines()
    for line in ("hostname=db.example", "port=5433", "user=asterisk", "password=s3cret"):
        assert line in lines
    made = {file.name: file.read_text("utf-8") for file in folder.iterdir()}
    assert made["sorcery.conf"].count(",allow_unqualified_fetch=no") == 3
    assert "DB(" not in made["extensions.conf"]
    assert made["extensions.conf"].count("${REALTIME_FIELD(") == 6
    assert "preload = res_config_pgsql.so" in made["modules.conf"]
    only = ("--only", "res_pgsql.conf", "--replace")
    assert main(["asterisk", "config", str(folder), *place, *only]) == 0


@pytest.mark.parametrize(
    ("password", "more"),
    [
        ("a;b", ()),
        ("two words", ()),
        ("", ()),
        ("fine", ("--database-user", "Robert'); --")),
        (None, ()),
    ],
)
def test_a_node_takes_no_password_that_would_be_cut(
    tmp_path: Path, password: str | None, more: tuple[str, ...]
) -> None:
    file = tmp_path / "password"
    file.write_text(password or "")
    (tmp_path / "etc").mkdir()
    given = () if password is None else ("--database-password", str(file))
    place = ("--database", "db.example/asterisk", *given, *more)
    assert main(["asterisk", "config", str(tmp_path / "etc"), *place]) == 64
    assert not list((tmp_path / "etc").iterdir())
