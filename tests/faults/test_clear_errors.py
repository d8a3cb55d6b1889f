"""What goes wrong says what happened, what was kept and what to do; and what was accepted is still there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from tanggap.config.ports import free
from tests.faults.installation import Installation, closing, wait_until
from tests.faults.test_hooks_killed import line, post, secret  # noqa: F401  a fixture

pytestmark = [pytest.mark.timeout(300), pytest.mark.chaos]
LARGE = 5_000_000


@pytest.fixture
def port() -> int:
    return free()


@pytest.mark.fault(3)
@pytest.mark.fault(11)
@pytest.mark.fault(44)
def test_deliveries_that_are_too_large_unknown_or_not_ours(
    installation: Installation,
    port: int,
    secret: str,  # noqa: F811
) -> None:
    installation.web(port)
    address = f"http://127.0.0.1:{port}/hooks/warta"
    unknown = orjson.dumps({**orjson.loads(line("aneh")), "action": "reaksi"})
    with httpx.Client(timeout=30) as client:
        accepted = post(client, address, secret, line("baik"))
        large = post(client, address, secret, line("besar", "a" * LARGE))
        forged = post(client, address, "whsec_" + "A" * 43 + "=", line("palsu"))
        event = post(client, address, secret, unknown)
        nobody = post(client, address.replace("warta", "tidak-ada"), secret, line("salah"))
        after = post(client, address, secret, line("sesudah"))
    told = [(one.status_code, one.json().get("error")) for one in (accepted, large, forged, event, nobody)]
    assert told == [(200, None), (413, "too_large"), (401, "signature"), (200, None), (404, "unknown_app")]
    assert "tidak disimpan. Bagi" in large.json()["text"]
    assert "Kiriman tidak disimpan" in forged.json()["text"]
    assert after.status_code == 200
    assert installation.run("work", "--drain").returncode == 0
    found = installation.facts()
    assert found["ids"] == ["baik", "sesudah"]
    assert found["raw"] == {"digested": 2, "quarantined": 1}
    assert "action" in found["reasons"][0]
    again = installation.run("raw", "again")
    assert again.stdout.startswith("1 deliveries wait"), again.stderr


@pytest.mark.fault(44)
@pytest.mark.fault(54)
def test_lines_that_cannot_be_read_are_set_aside_with_their_reason(
    installation: Installation, folder: Path
) -> None:
    file = folder / "campur.ndjson"
    whole = [line(f"i{number}") for number in range(5)]
    broken = [b'{"platform": "web", "text": "terpo', b"[]", line("besar", "a" * LARGE), b"\xff\xfe\x00"]
    file.write_bytes(b"\n".join([*whole[:2], *broken, *whole[2:]]) + b"\n")
    done = installation.run("import", str(file), "--channel", "campur", "--government", "34.71")
    assert done.returncode == 1
    assert "5 of 9 lines were taken in." in done.stderr
    assert "4 lines could not be read; they stand with the reason in" in done.stderr
    aside = Path(done.stderr.partition("the reason in ")[2].splitlines()[0])
    rejected = [orjson.loads(one) for one in aside.read_bytes().splitlines()]
    assert [one["line"] for one in rejected] == [3, 4, 5, 6]
    assert all(one["error"] for one in rejected)
    assert installation.facts()["ids"] == [f"i{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://root:rahasia@127.0.0.1/tanggap", "postgresql://"),
        ("postgresql://tanggap:rahasia@127.0.0.1:9/tanggap", "DATABASE_URL cannot be used"),
        ("postgresql://tanggap@tidak-ada.invalid/tanggap", "DATABASE_URL cannot be used"),
        ("bukan alamat", "DATABASE_URL"),
    ],
)
def test_a_wrong_address_of_the_database(folder: Path, url: str, told: str) -> None:
    with closing(folder / "data") as installation:
        for words in (["status"], ["work", "--drain"], ["web", "--port", str(free())]):
            done = installation.run(*words, DATABASE_URL=url)
            assert done.returncode == 1, (words, done.stderr)
            assert told in done.stderr
            assert "Traceback" not in done.stderr
            assert "rahasia" not in done.stderr, "a password in an error"


@pytest.fixture
def small_disk(made: Path, folder: Path, _own_database: None) -> Iterator[Installation]:
    """An installation on a disk of its own with little room."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("NO FULL DISK WAS TESTED: mounting a small one needs root on Linux")
    size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
    disk = folder / "disk"
    disk.mkdir(mode=0o711)
    options = f"size={size + 40_000_000},mode=711"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("NO FULL DISK WAS TESTED: this machine lets nobody mount one")
    try:
        subprocess.run(["cp", "-a", str(made), str(disk / "data")], check=True)
        with closing(disk / "data") as installation:
            yield installation
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.fault(18)
def test_a_full_disk_refuses_what_it_cannot_keep_and_goes_on_when_there_is_room(
    small_disk: Installation,
    port: int,
) -> None:
    made = small_disk.run("app", "add", "warta", "--government", "34.71")
    secret = made.stdout.partition("Secret:")[2].split()[0]  # noqa: F811
    small_disk.web(port)
    address = f"http://127.0.0.1:{port}/hooks/warta"
    with httpx.Client(timeout=30) as client:
        assert post(client, address, secret, line("sebelum")).status_code == 200
        ballast = small_disk.data / "ballast"
        fill(ballast)
        taken, refused = ["sebelum"], []
        for number in range(200):
            got = post(client, address, secret, line(f"penuh-{number}", "gelap " * 20_000))
            if got.status_code == 200:
                taken.append(f"penuh-{number}")
            else:
                refused.append(got)
            if len(refused) == 5:
                break
        assert refused, "the disk never got full"
        assert {one.status_code for one in refused} == {503}
        assert "tidak disimpan" in refused[0].json()["text"]
        told = small_disk.run(
            "import", "/dev/null", "--channel", "x", "--government", "34.71", "--format", "ndjson"
        )
        assert told.returncode == 1, told.stdout
        assert "Traceback" not in told.stderr
        ballast.unlink()
        small_disk.run("status")

        def taken_again() -> bool:
            return post(client, address, secret, line("sesudah")).status_code == 200

        wait_until(taken_again, 60, 0.5)
    drained = small_disk.run("work", "--drain")
    assert drained.returncode == 0, drained.stderr
    found = small_disk.facts()
    assert {*taken, "sesudah"} <= set(found["ids"])
    assert set(found["raw"]) == {"digested"}


def fill(ballast: Path) -> None:
    """Takes all the room that is left."""
    with ballast.open("wb", buffering=0) as out:
        try:
            while out.write(b"\0" * 65536):
                pass
        except OSError:
            return
