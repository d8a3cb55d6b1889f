"""The command line of the simulated city; `--help` says it in plain words."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final, NoReturn

from tanggap.simulator.city import (
    CITIZENS,
    NEWS,
    NEWSPAPER,
    OFFICIAL_HANDLE,
    PLACES_FILE,
    City,
    citizens,
    load_city,
)
from tanggap.simulator.day import ALL_PLATFORMS, Day, plan
from tanggap.simulator.generate import generate
from tanggap.simulator.mastodon import Mastodon, MastodonError
from tanggap.simulator.mock_mastodon import STATE_FILE, command, write_config
from tanggap.simulator.run import Bounds, CityRun, Result, speed_for
from tanggap.simulator.town_verdict import judge_town
from tanggap.simulator.townspeople import TownError, Townspeople
from tanggap.simulator.truth import TruthFile, read_truth
from tanggap.simulator.verdict import judge
from tanggap.simulator.webhook import Hook, sign

HOOK_VARIABLE: Final = "TANGGAP_SIMULATOR_SECRET"
WIB: Final = timezone(timedelta(hours=7), "WIB")
_MOST: Final = 100_000


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit status: 0 done, 1 something was not delivered or answered twice, 2 misuse."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    deeds = {
        "run": _run,
        "generate": _generate,
        "mastodon": _mastodon,
        "platforms": _platforms,
        "verdict": _verdict,
    }
    if not arguments or (arguments[0] not in deeds and arguments[0] not in ("-h", "--help")):
        arguments.insert(0, "run")
    options = _parser().parse_args(arguments)
    try:
        return deeds[options.command](options)
    except BrokenPipeError:
        raise
    except (ValueError, OSError, MastodonError, TownError) as error:
        print(f"Simulasi berhenti: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tanggap.simulator",
        description="Kota Tirtakencana (rekaan): warga yang menulis kepada pemerintahnya. Tanpa perintah: 'run'.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser(
        "run", help="jalankan satu hari di kota terhadap server Mastodon dan alamat webhook"
    )
    run.add_argument("--mastodon", metavar="URL", help="alamat server Mastodon, mis. http://127.0.0.1:3010")
    run.add_argument("--town", metavar="URL", help="alamat platform tiruan (perintah 'platforms')")
    run.add_argument(
        "--hooks", metavar="URL", help="alamat webhook lengkap: http://host/hooks/<kunci aplikasi>"
    )
    run.add_argument("--secret", help=f"rahasia webhook (whsec_…); boleh lewat variabel {HOOK_VARIABLE}")
    run.add_argument(
        "--posts", type=_count, default=300, help="banyaknya pesan baru (bawaan 300, terbanyak 100000)"
    )
    pace = run.add_mutually_exclusive_group()
    pace.add_argument("--rate", type=_positive, default=30.0, help="pesan per menit, rata-rata (bawaan 30)")
    pace.add_argument("--speed", type=_positive, help="berapa kali lebih cepat daripada hari sungguhan")
    run.add_argument(
        "--wait", type=float, default=0.0, help="detik menunggu jawaban sesudah pesan terakhir (bawaan 0)"
    )
    run.add_argument(
        "--limit", type=_positive, help="paling lama sekian detik (bawaan: lama hari itu + wait + 120)"
    )
    run.add_argument("--run", type=int, help="nomor putaran dalam id pesan (bawaan: detik sejak 1970)")
    run.add_argument(
        "--truth", type=Path, default=Path("simulator-truth.ndjson"), help="berkas kebenaran (ditimpa)"
    )
    bulk = commands.add_parser(
        "generate", help="tulis banyak baris kontrak ke keluaran standar, tanpa server"
    )
    bulk.add_argument("--posts", type=_count, required=True, help="banyaknya baris")
    bulk.add_argument(
        "--start",
        type=datetime.fromisoformat,
        help="tengah malam hari pertama, ISO 8601 (bawaan: mundur --days)",
    )
    bulk.add_argument("--days", type=_positive, default=1.0, help="tersebar dalam sekian hari (bawaan 1)")
    bulk.add_argument(
        "--mean-length", type=int, default=100, help="panjang teks rata-rata, 70 sampai 130 (bawaan 100)"
    )
    bulk.add_argument("--platforms", default=",".join(ALL_PLATFORMS), help="dipisah koma")
    bulk.add_argument("--truth", type=Path, help="tulis juga label tiap baris ke berkas ini")
    town = _add_platforms(commands)
    for command_parser in (run, bulk, town):
        command_parser.add_argument(
            "--seed", type=int, default=1, help="benih; benih sama, hari sama (bawaan 1)"
        )
    server = commands.add_parser("mastodon", help="jalankan server Mastodon tiruan dengan warga kota ini")
    server.add_argument("--port", type=int, required=True)
    server.add_argument(
        "--folder", type=Path, required=True, help=f"data server dan {STATE_FILE} (token tiap akun)"
    )
    server.add_argument("--citizens", type=int, default=CITIZENS)
    for command_parser in (run, bulk, server):
        command_parser.add_argument("--places", type=Path, default=PLACES_FILE, help="berkas tempat (JSON)")
    verdict = commands.add_parser("verdict", help="bandingkan berkas kebenaran dengan isi server Mastodon")
    verdict.add_argument("--truth", type=Path, required=True)
    verdict.add_argument("--mastodon", metavar="URL", required=True)
    verdict.add_argument("--town", metavar="URL", help="bandingkan juga dengan platform tiruan ini")
    verdict.add_argument("--held", type=Path, help="dengan --town: yang disimpan dan dikirim produk (JSON)")
    for command_parser in (run, verdict):
        command_parser.add_argument("--official", default=OFFICIAL_HANDLE, help="nama akun resmi pemerintah")
    return parser


def _add_platforms(commands: Any) -> argparse.ArgumentParser:
    town: argparse.ArgumentParser = commands.add_parser(
        "platforms", help="jalankan semua platform tiruan pada satu porta"
    )
    town.add_argument("--port", type=int, required=True)
    town.add_argument("--hooks", metavar="URL", help="awal alamat webhook; kunci aplikasinya sim-<platform>")
    town.add_argument("--only", default="", help="hanya platform ini, dipisah koma (bawaan: semua)")
    town.add_argument(
        "--folder", type=Path, help="simpan isinya di sini, agar tetap ada sesudah dijalankan ulang"
    )
    town.add_argument(
        "--most", type=int, default=0, help="simpan sekian hal terbaru tiap platform (bawaan: semua)"
    )
    town.add_argument("--official", default="", help="nama akun resmi di semua platform")
    town.add_argument("--latency", type=float, default=0.0, help="detik sebelum tiap jawaban (bawaan 0)")
    return town


def _run(options: argparse.Namespace) -> int:
    secret = options.secret or os.environ.get(HOOK_VARIABLE, "")
    if not options.mastodon and not options.hooks and not options.town:
        raise ValueError(
            "beri --mastodon, --town, atau --hooks; tanpa itu warga tidak bisa menulis ke mana pun"
        )
    if options.hooks:
        sign(secret, "msg_test", 0, b"")  # a wrong secret shows here, not at the first post
    city = load_city(options.places)
    with ExitStack() as open_things:
        town = Townspeople(options.town) if options.town else None
        day = _day(options, city, set(town.platforms()) if town else set())
        length = max(day.delay(event) for event in day.events if not event.awaits_answer)
        limit = options.limit or length + options.wait + 120
        truth = TruthFile(open_things.enter_context(options.truth.open("w", encoding="utf-8")))
        mastodon = Mastodon(options.mastodon, official=options.official) if options.mastodon else None
        hook = Hook(options.hooks, secret) if options.hooks else None
        for client in (mastodon, hook, town):
            if client is not None:
                open_things.callback(client.close)
        number = options.run if options.run is not None else int(time.time())
        run = CityRun(
            day, number, truth, Bounds(limit, options.wait), mastodon=mastodon, hook=hook, town=town
        )
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: run.stop())
        print(_announcement(day, length, options), file=sys.stderr)
        result = run.go()
    _print({**result.as_dict(), "truth": str(options.truth), "run": number})
    return 1 if _incomplete(result, limit) else 0


def _day(options: argparse.Namespace, city: City, in_town: set[str]) -> Day:
    platforms = [
        name
        for name in (*ALL_PLATFORMS, NEWS)
        if name in in_town or (options.mastodon if name == "mastodon" else options.hooks and name != NEWS)
    ]
    speed = options.speed or speed_for(options.posts, options.rate)
    # From six in the morning, when the city wakes: even the first seconds of a run have something to show.
    start = _midnight() + timedelta(hours=6)
    return plan(options.seed, options.posts, start, speed, city=city, platforms=platforms)


def _midnight() -> datetime:
    return datetime.now(WIB).replace(hour=0, minute=0, second=0, microsecond=0)


def _announcement(day: Day, length: float, options: argparse.Namespace) -> str:
    incident = f" Kejadian hari ini: {day.incident[0]} di {day.incident[1]}." if day.incident else ""
    return f"{options.posts} pesan dalam {length / 60:.1f} menit, {day.speed:.0f} kali cepatnya hari biasa.{incident}"


def _incomplete(result: Result, limit: float) -> bool:
    return bool(result.failed) or result.stopped or result.seconds >= limit


def _generate(options: argparse.Namespace) -> int:
    start = options.start or _midnight() - timedelta(days=options.days)
    start = start if start.tzinfo else start.replace(tzinfo=WIB)
    pairs = generate(
        options.posts,
        options.seed,
        start,
        days=options.days,
        mean_length=options.mean_length,
        platforms=options.platforms.split(","),
        city=load_city(options.places),
    )
    with ExitStack() as open_things:
        truth = (
            open_things.enter_context(options.truth.open("w", encoding="utf-8")) if options.truth else None
        )
        for line, labels in pairs:
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
            if truth is not None:
                truth.write(json.dumps(labels, ensure_ascii=False) + "\n")
    return 0


def _mastodon(options: argparse.Namespace) -> NoReturn:
    """Becomes the server: the same process, so that ending it leaves nothing behind."""
    people = citizens(load_city(options.places), options.citizens)
    folder = options.folder.resolve()
    words = command(write_config(folder, options.port, people), options.port)
    print(
        f"Server Mastodon tiruan di http://127.0.0.1:{options.port}, token di {folder / STATE_FILE}",
        file=sys.stderr,
    )
    os.chdir(folder)
    os.execv(words[0], words)  # noqa: S606 - fixed words, and a shell in between would not end with us


def _platforms(options: argparse.Namespace) -> int:
    from tanggap.simulator.platforms import all_simulated
    from tanggap.simulator.platforms.serving import Town

    known = all_simulated()
    names = [name for name in options.only.split(",") if name] or sorted(known)
    if unknown := set(names) - known.keys():
        raise ValueError(
            f"platform tidak dikenal: {', '.join(sorted(unknown))}; ada {', '.join(sorted(known))}"
        )
    simulated = [known[name](seed=options.seed) for name in names]
    for one in simulated if options.official else ():
        one.rename(NEWSPAPER if one.platform == NEWS else options.official)
    base = (options.hooks or "").rstrip("/")
    hooks = {one.platform: f"{base}/sim-{one.platform}" for one in simulated if base and one.has_hooks}
    end = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: end.set())
    kept = {"most": options.most, "folder": options.folder}
    with Town(simulated, port=options.port, hooks=hooks, latency=options.latency, **kept) as town:
        print(f"Platform tiruan di {town.address}: {', '.join(names)}", file=sys.stderr)
        end.wait()
    return 0


def _verdict(options: argparse.Namespace) -> int:
    mastodon = Mastodon(options.mastodon, official=options.official)
    try:
        found = judge(read_truth(options.truth), mastodon.answers(most=_MOST))
    finally:
        mastodon.close()
    values = found.as_dict()
    if options.town:
        people, held = Townspeople(options.town), json.loads(options.held.read_text(encoding="utf-8"))
        values["town"] = judge_town(read_truth(options.truth), people, held).as_dict()
        people.close()
    _print(values)
    return 1 if found.answered_twice else 0


def _print(values: dict[str, Any]) -> None:
    print(json.dumps(values, ensure_ascii=False))


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= _MOST:
        raise argparse.ArgumentTypeError(f"harus 1 sampai {_MOST}")
    return number


def _positive(text: str) -> float:
    number = float(text)
    if number <= 0:
        raise argparse.ArgumentTypeError("harus lebih besar daripada 0")
    return number


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:
        # The reader of our output went away (head, less): that is no error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
