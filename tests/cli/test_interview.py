"""The interview of ``provision new`` on a terminal: it asks, takes back, and keeps a draft."""

from pathlib import Path

from cli.test_new import written
from cli.test_terminal import Terminal

from provisioner.manifest.loader import load_manifest
from provisioner.manifest.repository import load_workspace


def answered(workspace: Path, line: str, *answers: tuple[str, str | None]) -> Terminal:
    """``provision`` on a terminal, after these answers; None only waits for what is shown."""
    terminal = Terminal(workspace, line, XDG_STATE_HOME=str(workspace / "home"))
    for question, answer in answers:
        terminal.until(question)
        if answer is not None:
            terminal.seen = terminal.seen.rpartition(question)[2]
            terminal.type(f"{answer}\n")
    return terminal


def drafts(workspace: Path) -> list[Path]:
    return list((workspace / "home/provision/drafts").glob("*"))


def test_on_a_terminal_it_asks_in_the_resellers_language(workspace: Path) -> None:
    config = workspace / "provision.yaml"
    text = config.read_text("utf-8").replace("language: en", "language: de")
    config.write_text(text, "utf-8")
    asked = answered(
        workspace,
        "new --reseller limmat-it",
        ("Firmenname:", "Bäckerei Süss GmbH"),
        ("[baeckerei-suess]:", ""),
        ("UID", ""),
        ("Strasse", ""),
        ("Der Text ist leer", "Mühleweg 4"),
        ("Postleitzahl:", "30111"),
        ("keine Schweizer Postleitzahl", "CH-3011 Bern"),
        ("Ort [Bern]:", ""),
        ("Ansprechperson:", "Zoë Łęcki"),
        ("E-Mail", "buero@suess.example"),
        ("Telefonnummer:", "+41 31 555 01 77"),
        ("= 0315550177", None),
        ("Verrechnet ab [", "1.1.2027"),
        ("= 2027-01-01", None),
        ("Aufgeschaltet ab", ""),
        ("anderen Anbieter hierher?", "sì"),
        ("Einzelnummern", "031 555 21 40"),
        ("Durchwahlblöcke", "031 555 22 xx"),
        ("Aktueller Anbieter [unknown]:", "unbekannt"),
        ("gleichen Vertrag? (ja/nein) [nein]:", "y"),
        ("Umfang [1]:", "Teilportierung"),
        ("Weitere Dienste", "Nein."),
        ("Zeitpunkt [1]:", "2"),
        ("Datum der Portierung", "2027-03-06"),
        ("[2027-03-08]:", ""),
        ("Uhrzeit [09:00]:", "9 Uhr"),
        ("= 09:00", None),
        ("Zeichnungsberechtigung [1]:", "collective"),
        ("Wer unterschreibt", "Zoë Łęcki"),
        ("zwei oder mehr Unterschriften", "Zoë Łęcki und Ann Egli"),
        ("= Zoë Łęcki, Ann Egli", None),
        ("Vorwahl jeder neuen Nummer", "keine"),
        ("Neuer Durchwahlblock", ""),
        ("Bezeichnung [Zoë Łęcki]:", ""),
        ("Was steht dort [1]:", ""),
        ("Lizenz [2]:", "Phones + Apps"),
        ("Login [zoe.lecki]:", ""),
        ("03155522 ist der Block", None),
        ("Nummer (- für keine) [0315552140]:", ""),
        ("leer: fertig):", "Werkstatt hinten"),
        ("Was steht dort [3]:", ""),
        ("Lizenz [1]:", ""),
        ("Login [werkstatt.hinten]:", ""),
        ("Nummer (- für keine) [03155522]:", "0315552214"),
        ("leer: fertig):", ""),
        ("keinem Arbeitsplatz: 03155522", None),
        ("[baeckerei.suess.support]:", ""),
        ("So schreiben?", "ja"),
    )
    assert asked.end() == 0, asked.seen
    assert "provision poa baeckerei-suess" in asked.seen
    manifest = load_manifest(written(workspace).encode(), "x").value
    assert manifest.porting[0].other_services == ()
    assert manifest.porting[0].schedule.date.isoformat() == "2027-03-08"  # type: ignore[union-attr]
    assert not load_workspace(workspace).faulty


def test_ctrl_c_writes_nothing(workspace: Path) -> None:
    line = "new --reseller limmat-it --lang en"
    terminal = answered(workspace, line, ("Company:", "Muster AG"))
    terminal.until("[muster]:")
    terminal.interrupt()
    assert terminal.end() == 130
    assert len(list((workspace / "customers").rglob("*"))) == 2
    assert "provision new muster goes on" in terminal.seen
    again = answered(workspace, f"{line} muster", ("1 answers are kept", None), ("Go on", ""))
    again.until("UID")
    again.interrupt()
    assert again.end() == 130
    assert "Company:" not in again.seen


def test_answers_go_along_to_another_id(workspace: Path) -> None:
    line = "new --reseller limmat-it --lang en"
    terminal = answered(
        workspace, line, ("Company:", "Muster AG"), ("[muster]:", "other"), ("UID", "")
    )
    terminal.until("Street")
    terminal.interrupt()
    assert terminal.end() == 130
    assert [path.name.partition("-")[2] for path in drafts(workspace)] == ["other.json"]


def test_where_no_draft_can_be_kept_it_is_said_once_and_goes_on(workspace: Path) -> None:
    (workspace / "home").write_text("a file where the folder should be")
    line = "new muster --reseller limmat-it --lang en"
    terminal = answered(
        workspace,
        line,
        ("Company:", "Muster AG"),
        ("PV479", None),
        ("UID", ""),
        ("Street", "Weg 1"),
    )
    terminal.until("Postcode")
    assert "PV479" not in terminal.seen
    terminal.interrupt()
    assert terminal.end() == 130
    assert "are kept: provision" not in terminal.seen


def test_an_answer_is_taken_back_and_a_draft_goes_on(workspace: Path) -> None:
    """Also after a window was closed: they are on disk, for their owner alone."""
    line = "new --reseller limmat-it --lang en --new-number 031 --support-login -"
    terminal = answered(
        workspace,
        line,
        ("Company:", "<"),
        ("no answer yet", "Muster AG"),
        ("[muster]:", ""),
        ("UID", ""),
        ("Street", "Weg 1"),
        ("Postcode:", "3012"),
        ("Town:", "<"),
        ("Postcode [3012]:", "<"),
        ("Street and number [Weg 1]:", "Gasse 2"),
        ("Postcode [3012]:", "12"),
        ("Postcode [3012]:", "3011"),
        ("Town:", "Bern"),
        ("Contact person:", "Ann Egli"),
    )
    terminal.until("E-mail")
    terminal.interrupt()
    assert terminal.end() == 130
    assert "provision new muster goes on" in terminal.seen
    (draft,) = drafts(workspace)
    assert (draft.stat().st_mode & 0o777, draft.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    again = answered(
        workspace,
        line.replace("new", "new muster", 1),
        ("6 answers are kept", None),
        ("Go on", "j"),
        ("E-mail", "ann@muster.example"),
        ("Telephone number:", "031 555 01 77"),
        ("Billed from", ""),
        ("Switched on", ""),
        ("Do numbers move", "n"),
        ("New DDI block", ""),
        ("Name or description", "-"),
        ("[Ann Egli]", ""),
    )
    assert "Street" not in again.seen
    for question, answer in [
        ("used for", ""),
        ("License", ""),
        ("Login", ""),
        ("Number", ""),
        ("(empty: done)", ""),
        ("Write it", "<"),
        ("(empty: done)", ""),
        ("Write it", "yes"),
    ]:
        again.until(question)
        again.seen = again.seen.rpartition(question)[2]
        again.type(f"{answer}\n")
    assert again.end() == 0, again.seen
    manifest = load_manifest(written(workspace, "muster").encode(), "x").value
    assert (manifest.contact.street, str(manifest.contact.phone)) == ("Gasse 2", "0315550177")
    assert drafts(workspace) == []
