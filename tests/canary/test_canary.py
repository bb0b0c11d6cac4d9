"""No secret and no personal datum where it does not belong: output, plans, journal, traceback.

A workspace full of canaries lives through everything that the commands can do, well and badly, in
both languages; then every place is searched for them.
"""

import hashlib
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest
from canary.aviary import (
    CHAINED,
    CLEAR,
    CRASH,
    DAY,
    DESK,
    DIES,
    GENERATED,
    NO_ANSWER,
    OFFLINE,
    PBX,
    PERSONAL,
    RAISES,
    SEALED,
    Aviary,
    breaks,
    canaries,
    manifest,
)

LANGUAGES = ("en", "de")
WITH_KEY = "--identity operator.key"


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Aviary:
    """From nothing through faults, a crash and a killed process to a billed customer."""
    aviary = Aviary.build(tmp_path_factory.mktemp("aviary"))
    run = aviary.run
    run(f"plan --at {DAY} --all --out first.json")
    run(f"plan --at {DAY} --format json", lang="de")
    run(f"apply --at {DAY}")  # nobody there to ask
    run(f"apply --at {DAY} --auto-approve")  # no key for the sealed password
    run(f"apply --at {DAY} --auto-approve {WITH_KEY}", site=breaks(PBX, "put", DIES, 2))
    run(f"apply --at {DAY} --resume {WITH_KEY}", site=breaks(PBX, "put", OFFLINE))
    run(f"apply --at {DAY} --resume {WITH_KEY}", site=breaks(PBX, "put", RAISES), lang="de")
    run(f"apply --at {DAY} --resume {WITH_KEY}", site=breaks(PBX, "put", NO_ANSWER), lang="de")
    written = (aviary.root / "customers/limmat-it/voliere.yaml").read_text()
    aviary.write(written.replace("Zqkies 77", "Zqkies 78"))
    run(f"apply --at {DAY} --auto-approve {WITH_KEY}", site=breaks(DESK, "put", CHAINED, 2))
    run(f"apply --at {DAY} --auto-approve {WITH_KEY}")
    assert run(f"plan --at {DAY} --detailed-exitcode --out last.json").code == 0
    order = "voliere/alt/1"
    reason = "--who R.Frei --why letter"
    run(f"porting accept {order} --date 2027-03-11 {reason} --at 2026-11-25")
    run("reconcile --at 2027-03-09 --auto-approve")
    run("reconcile --at 2027-03-11 --auto-approve", site=breaks(PBX, "put", RAISES))
    run("reconcile --at 2027-03-11 --auto-approve", lang="de")
    run(f"porting complete {order} {reason} --at 2027-03-11")
    run("reconcile --at 2027-03-12 --auto-approve")
    return aviary


def test_the_life_really_happened(applied: Aviary) -> None:
    codes = {ran.code for ran in applied.ran}
    assert codes == {0, 1, 3, 5, 9}, [(r.name, r.code, r.said[-300:]) for r in applied.ran]
    state = applied.run("porting show voliere/alt/1").out
    assert "completed" in state
    assert any("RuntimeError" in ran.err for ran in applied.ran), "a crash was shown as what it is"


READING = (
    "validate",
    "validate --format json",
    f"plan --at {DAY}",
    "plan --at 2027-04-01 --all --format json",
    "plan --at 2027-04-01 voliere",
    "show first.json --all",
    "show last.json --format json",
    "status",
    "status voliere",
    "porting list --all",
    "porting show voliere/alt/1",
    "numbers",
    "numbers --list",
    "billing 2027-03",
    "billing 2026-12 --format csv",
    "billing 2027-03 --format json",
    "explain PV301",
    "doctor",
    "doctor --format json --identity operator.key",
    "poa voliere --out letters",
    "poa voliere --signed customers/limmat-it/voliere.yaml --on 2020-01-01 --stored-at x",
    "schema",
    "schema plan",
    "porting cancel voliere/alt/1 --who R --why x",
    "porting accept voliere/alt/9 --who R --why x",
    "apply --at 2027-04-01",
    "apply --approved abc",
    "apply --approved last.json --auto-approve --at 2027-04-01",
    "show provision.yaml",
    "show customers/limmat-it/voliere.yaml",
    "secret open customers/limmat-it/voliere.yaml -i operator.key",
    "status customers/limmat-it/voliere.yaml",
    "nonsense",
)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_output_of_a_reading_command(applied: Aviary, lang: str) -> None:
    done = [applied.look(line, lang=lang) for line in READING]
    assert not {ran.name: canaries(ran.said) for ran in done if canaries(ran.said)}


def test_no_output_of_a_run(applied: Aviary) -> None:
    assert not {ran.name: canaries(ran.said) for ran in applied.ran if canaries(ran.said)}


def test_no_file_but_the_two_databases(applied: Aviary) -> None:
    given = {"voliere.yaml", "sitecustomize.py"}
    files = [p for p in applied.root.rglob("*") if p.is_file() and p.name not in given]
    files = [p for p in files if p.parent.name != "state"]
    assert {"first.json", "last.json", "limmat-it.jsonl"} <= {p.name for p in files}
    found = {p.name: canaries(p.read_bytes().decode("utf-8", "replace")) for p in files}
    assert not {name: what for name, what in found.items() if what}


def test_the_hand_over_is_sealed_and_opens(applied: Aviary) -> None:
    shown = applied.run("secret open handover/limmat-it.jsonl -i reseller.key")
    applied.ran.remove(shown)  # it shows passwords: that is what it is for
    assert {line.rpartition("\t")[2] for line in shown.out.splitlines()} == {GENERATED}
    logins = {line.split("\t")[2] for line in shown.out.splitlines()}
    assert logins == {"zwei.voliere", "voliere.support", "voliere.admin"}
    wrong = applied.run("secret open handover/limmat-it.jsonl -i operator.key")
    assert wrong.code == 3
    assert not canaries(wrong.said)


PERSONAL_IN = {
    "accounts": {"zqhalm", "zqkies", "zqpost", PERSONAL["phone"]},
    "releases": {
        "zqhalm",
        "zqkies",
        "zqpost",
        "zqfeder",
        "zqfluegel",
        "zqnest",
        "zqkorn",
        PERSONAL["phone"],
    },
    "orders": {"zqfeder", "zqfluegel"},  # the donor wants to know who signs
}
"""Where the desk keeps personal data, since it is the system of record for it."""


def test_the_desk_keeps_personal_data_only_where_it_belongs(applied: Aviary) -> None:
    found = {name: canaries(text) for name, text in applied.tables("desk.sqlite")}
    assert {"runs", "intents", "audit", "calls", "noted", "leases"} <= set(found)
    assert {name: what for name, what in found.items() if what} == PERSONAL_IN


def test_the_pbx_has_the_names_and_hashed_passwords(applied: Aviary) -> None:
    found = {name: canaries(text) for name, text in applied.tables("pbx.sqlite")}
    assert {name: what for name, what in found.items() if what} == {"objects": {"zqnest", "zqkorn"}}


def _plain_hashes(secret: str) -> set[str]:
    """What anyone who guesses ``secret`` could compare with."""
    whole = [
        hashlib.new(kind, secret.encode()).hexdigest()
        for kind in ("md5", "sha1", "sha256", "sha512")
    ]
    quoted = hashlib.sha256(f'"{secret}"'.encode()).hexdigest()
    return {text[:16] for text in [*whole, quoted]}


@pytest.mark.parametrize("secret", [SEALED, GENERATED])
def test_no_place_has_an_unkeyed_hash_of_a_password(applied: Aviary, secret: str) -> None:
    places = {
        p.name: p.read_bytes().decode("utf-8", "replace") for p in applied.root.glob("*.json")
    }
    for file in ("desk.sqlite", "pbx.sqlite"):
        places |= dict(applied.tables(file))
    places["said"] = "".join(ran.said for ran in applied.ran)
    hashes = _plain_hashes(secret)
    assert not [name for name, text in places.items() if any(h in text.lower() for h in hashes)]


# What people get wrong

MISTAKES: dict[str, Callable[[str], str]] = {
    "a password in clear": lambda m: m.replace("{generate: true}", CLEAR),
    "a password in clear in flow": lambda m: m.replace(
        "{generate: true}", f"{{generate: {CLEAR}}}"
    ),
    "a password as age": lambda m: m.replace("{generate: true}", f"{{age: {CLEAR}}}"),
    "a password under a new name": lambda m: m.replace(
        "password: {generate: true}", f"passwort: {CLEAR}"
    ),
    "a password as a field": lambda m: m.replace("{generate: true}", f"{{{CLEAR}: true}}"),
    "a password in a list": lambda m: m.replace("{generate: true}", f"[{CLEAR}]"),
    "a password in a comment": lambda m: m.replace(
        "{generate: true}", f"{{generated: x}} # {CLEAR}"
    ),
    "a password instead of a login": lambda m: m.replace("login: eins.voliere", f"login: {CLEAR}!"),
    "two e-mail addresses": lambda m: m.replace("zqpost@", "zqpost@zqpost@"),
    "e-mail in the street": lambda m: m.replace(
        "street: Zqkies 77", "street: {zqpost@x.example: 1}"
    ),
    "phone with spaces": lambda m: m.replace("0795557613", "079 555 76 13"),
    "phone of another country": lambda m: m.replace("0795557613", "0041795557613"),
    "person as a list": lambda m: m.replace("person: Zqhalm Vogel", "person: [Zqhalm, Vogel]"),
    "person as a mapping": lambda m: m.replace("person: Zqhalm Vogel", "person: {Zqhalm: Vogel}"),
    "person in Cyrillic": lambda m: m.replace("Zqhalm Vogel", "Zqhalm Мüller"),
    "person too long": lambda m: m.replace("Zqhalm Vogel", "Zqhalm " * 20),
    "person twice": lambda m: m.replace("  person:", "  person: Zqkorn Vogel\n  person:"),
    "person after a colon": lambda m: m.replace("person: Zqhalm", "person: Frau: Zqhalm"),
    "field misspelled": lambda m: m.replace("person:", "persn:"),
    "field with the value's name": lambda m: m.replace(
        "person: Zqhalm Vogel", "Zqhalm Vogel: person"
    ),
    "a value that slipped up": lambda m: m.replace(
        "city: Winterthur", "city: zqpost@vogel.example"
    ),
    "a value that slipped to a postcode": lambda m: m.replace("8400", PERSONAL["phone"]),
    "a value that slipped to a provider": lambda m: m.replace(
        "scope: partial", "scope: Zqhalm Vogel"
    ),
    "quote not closed": lambda m: m.replace("person: Zqhalm Vogel", 'person: "Zqhalm Vogel'),
    "bracket not closed": lambda m: m.replace("Zqfluegel Vogel]", "Zqfluegel Vogel"),
    "indentation": lambda m: m.replace("  person: Zqhalm", "   person: Zqhalm"),
    "a tab": lambda m: m.replace("  person:", "\tperson:"),
    "an anchor": lambda m: m.replace("person: ", "person: &Zqhalm "),
    "an alias": lambda m: m.replace("person: Zqhalm Vogel", "person: *Zqhalm"),
    "a tag": lambda m: m.replace("person: ", "person: !Zqhalm "),
    "a control character": lambda m: m.replace("Zqhalm", "Zqhalm\x1b[31m"),
    "an invisible character": lambda m: m.replace("Zqhalm", "Zqhalm\u200b"),
    "one signatory": lambda m: m.replace(", Zqfluegel Vogel", ""),
    "signatory empty": lambda m: m.replace("Zqfluegel Vogel]", '""]'),
    "signatories as text": lambda m: m.replace(
        "[Zqfeder Vogel, Zqfluegel Vogel]", "Zqfeder und Zqfluegel"
    ),
    "name as a number": lambda m: m.replace("name: Zqnest Vogel", "name: {stock: Zqnest}"),
    "name in the number": lambda m: m.replace("number: 0525551200", "number: Zqnest Vogel"),
    "name in the license": lambda m: m.replace("license: phones+apps", "license: Zqnest Vogel"),
    "name in the extension": lambda m: m.replace(
        "password:", "extension: Zqnest Vogel\n    password:"
    ),
    "name as the whole file": lambda _: "Zqhalm Vogel",
    "name as a list": lambda _: "[Zqhalm Vogel, {email: zqpost@vogel.example}]",
    "same login": lambda m: m.replace("zwei.voliere", "eins.voliere"),
    "same number": lambda m: m.replace(
        "numbers: [0525551200]", "numbers: [0525551200, 0525551200]"
    ),
}


@pytest.fixture(scope="module")
def mistaken(tmp_path_factory: pytest.TempPathFactory) -> Aviary:
    """All mistakes at once, each in a customer of its own."""
    aviary = Aviary.build(tmp_path_factory.mktemp("mistaken"))
    for at, change in enumerate(MISTAKES.values()):
        aviary.write(change(manifest()), f"fehler-{at:02}")
    return aviary


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_finding_repeats_what_it_finds_wrong(mistaken: Aviary, lang: str) -> None:
    names = [f"fehler-{at:02}" for at in range(len(MISTAKES))]
    few = [
        " ".join(names[at : at + 12]) for at in range(0, len(names), 12)
    ]  # text shows 50 findings
    with ThreadPoolExecutor(2) as pool:
        lines = ["validate --format json", *(f"validate {some}" for some in few)]
        done = list(pool.map(lambda line: mistaken.run(line, lang=lang), lines))
    assert {ran.code for ran in done} == {3}
    found = orjson.loads(done[0].out)
    assert {f["customer"] for f in found if f["severity"] == "error"} >= {*names}
    assert not {ran.name: canaries(ran.said) for ran in done if canaries(ran.said)}


@pytest.mark.parametrize("line", ["plan --all --out all.json", "apply", "status"])
def test_no_command_on_a_broken_fleet(mistaken: Aviary, line: str) -> None:
    ran = mistaken.run(f"{line} --at {DAY}" if line.startswith(("plan", "apply")) else line)
    assert not canaries(ran.said)
    made = mistaken.root / "all.json"
    assert not made.exists() or not canaries(made.read_text("utf-8"))


# What goes wrong around it

FAULTS = {
    "desk is no database": lambda root: (root / "state/desk.sqlite").write_bytes(
        b"Zqsealed" * 1000
    ),
    "pbx is no database": lambda root: (root / "state/pbx.sqlite").write_bytes(b"Zqsealed" * 1000),
    "desk is a folder": lambda root: _folder(root / "state/desk.sqlite"),
    "pbx is a link to nowhere": lambda root: _link(root / "state/pbx.sqlite"),
    "an address with a password": lambda root: _config(
        root, f"postgresql://zqnest:{CLEAR}@127.0.0.1:9/x"
    ),
    "an address that is none": lambda root: _config(root, f"{CLEAR}://zqnest:{CLEAR}@:::"),
    "an option with a password": lambda root: _config(
        root, f"sqlite:///state/d.sqlite\n  token: {CLEAR}"
    ),
}


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _link(path: Path) -> None:
    path.unlink()
    path.symlink_to(f"/nowhere/{CLEAR}")


def _config(root: Path, url: str) -> None:
    text = (root / "provision.yaml").read_text("utf-8")
    (root / "provision.yaml").write_text(text.replace("sqlite:///state/desk.sqlite", url))


@pytest.mark.parametrize("name", FAULTS)
def test_no_fault_of_a_system_tells_secrets(name: str, applied: Aviary, tmp_path: Path) -> None:
    shutil.copytree(applied.root, tmp_path / "copy")
    copy = Aviary(tmp_path / "copy")
    FAULTS[name](copy.root)
    done = [copy.run(line) for line in (f"plan --at {DAY}", "status")]
    assert any(ran.code for ran in done)
    assert not {ran.name: canaries(ran.said) for ran in done if canaries(ran.said)}


CRASHES = {
    "reading the pbx": (PBX, "read", "plan"),
    "reading the desk": (DESK, "read", "plan --format json"),
    "who is there": (DESK, "customers", "status"),
    "whether one is there": (DESK, "known", "status voliere"),
    "a manifest": ("provisioner.manifest.models:Manifest", "canonical", "plan"),
    "opening a password": (
        "provisioner.apply.credentials:Credentials",
        "opened",
        "apply --auto-approve",
    ),
    "a sentence": ("provisioner.report.messages:Catalogue", "text", "validate"),
    "the plan": ("provisioner.plan.live:LivePlanner", "plan_fleet", "plan"),
}


@pytest.mark.parametrize("name", CRASHES)
def test_no_crash_of_ours_tells_what_it_knows(name: str, applied: Aviary, tmp_path: Path) -> None:
    target, method, line = CRASHES[name]
    shutil.copytree(applied.root, tmp_path / "copy")
    copy = Aviary(tmp_path / "copy")
    copy.write(manifest(person="Zqkorn Huber"))
    ran = copy.run(line, site=breaks(target, method, CHAINED))
    assert ran.code != 0
    assert not canaries(ran.said)
    assert "Traceback" not in ran.said


def test_the_canaries_sing() -> None:
    """What is searched for would be found."""
    everything = manifest() + SEALED + CLEAR + GENERATED + CRASH
    assert len(canaries(everything)) == len({*PERSONAL}) + 4
    assert canaries("+41 79 555 76 13") == {"+41 79 555 76 13"}
