"""Rule packs: drafted, tried, made to stand, kept as they were; nothing leaves while one cannot be read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from tanggap.agencies.models import Government, Member, NotAllowed, Role, Unit
from tanggap.core import scope
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.publishing import checks, pack, review, rule_packs
from tanggap.publishing.approval import approving
from tanggap.publishing.contexts import context_of
from tanggap.publishing.models import Delivery, DeliveryKind, DeliveryState, RulePack
from tanggap.publishing.pack import Pack, Setting, Word
from tests.city import Scripted, a_channel, a_government, a_member, a_publication, a_unit

pytestmark = pytest.mark.django_db
MORINGA = Word("kelor ajaib", "block", "claims", "bukan obat")


@pytest.fixture
def town() -> Government:
    return a_government()


@pytest.fixture
def unit(town: Government) -> Unit:
    return a_unit(town, "KOMINFO")


@pytest.fixture
def administrator(unit: Unit) -> Member:
    return a_member(unit, Role.ADMINISTRATOR)


@pytest.fixture
def coordinator(unit: Unit) -> Member:
    return a_member(unit, Role.COORDINATOR)


@pytest.fixture(autouse=True)
def _inside(town: Government) -> object:
    Scripted.answers, Scripted.sent = [], []
    with scope.government(town.pk):
        yield


def keep(by: Member, *words: Word, basis: str = "SK 12/2026", first: date | None = None, until: date | None = None,
         **settings: Setting) -> int:  # fmt: skip
    one = rule_packs.draft(by)
    saved = rule_packs.save(
        by,
        Pack(0, settings, words),
        revision=one.revision,
        valid_from=first,
        valid_until=until,
        basis=basis,
        note="",
    )
    return saved.revision


def stand(by: Member, *words: Word, **settings: Setting) -> RulePack:
    revision = keep(by, *words, basis="SK 12/2026", first=None, until=None, **settings)
    rule_packs.attempt(by, 10)
    return rule_packs.go_live(by, revision=revision)


def rules(town: Government, text: str) -> dict[str, str]:
    where = context_of(town, timezone.now(), kind="post", platform="scripted")
    return {one.rule: str(one.severity) for one in checks.run(text, where)}


def said_before(by: Member, *texts: str) -> None:
    channel = a_channel(by.unit)
    for at, text in enumerate(texts):
        Delivery.objects.create(
            channel=channel, kind=DeliveryKind.REPLY, text=text, state=DeliveryState.SENT, due_at=timezone.now(),
            created_at=timezone.now(), created_by="test", sent_at=timezone.now() - timedelta(hours=at),
        )  # fmt: skip


def test_own_words_are_stopped_however_they_are_hidden(town: Government, coordinator: Member) -> None:
    assert "own_words" not in rules(town, "Minum kelor ajaib.")
    stand(coordinator, MORINGA)
    assert rules(town, "Minum kelor ajaib.")["own_words"] == "blocks"
    assert rules(town, "Minum k3lor  a\u200bjaib.")["own_words"] == "blocks"
    assert "own_words" not in rules(town, "Sayur kelor bergizi.")


def test_a_phrase_that_may_pass_lets_only_its_rule_pass(town: Government, administrator: Member) -> None:
    text = "Kami hadir di Pasar Kampret, goblok."
    stand(administrator, Word("pasar kampret", "pass", "hate_and_coarse", "nama pasar"))
    where = context_of(town, timezone.now(), kind="post", platform="scripted")
    quotes = [one.quote for one in checks.run(text, where) if one.rule == "hate_and_coarse"]
    assert quotes
    assert not any("ampret" in quote and "goblok" not in quote for quote in quotes)


def test_a_rule_that_only_warns_is_switched_off_by_a_coordinator(
    town: Government, coordinator: Member
) -> None:
    text = "Stunting turun 40 persen."
    assert rules(town, text)["claims"] == "warns"
    stand(coordinator, claims=Setting(on=False))
    assert "claims" not in rules(town, text)


def test_a_rule_that_blocks_is_weakened_only_by_an_administrator_with_a_reason(
    town: Government, coordinator: Member, administrator: Member
) -> None:
    off = Setting(on=False, reason="")
    with pytest.raises(Refusal) as refused:
        keep(coordinator, hate_and_coarse=off)
    assert refused.value.field == "rule-hate_and_coarse"
    for setting in (
        Setting(on=False, reason="uji"), Setting(severity="warns", reason="uji"),
        Setting(by=("officer", "coordinator"), reason="uji"),
    ):  # fmt: skip
        revision = keep(coordinator, hate_and_coarse=setting)
        rule_packs.attempt(coordinator, 5)
        with pytest.raises(NotAllowed):
            rule_packs.go_live(coordinator, revision=revision)
    rule_packs.attempt(administrator, 5)
    rule_packs.go_live(administrator, revision=revision)
    where = context_of(town, timezone.now(), kind="post", platform="scripted")
    found = [one for one in checks.run("Dasar goblok.", where) if one.rule == "hate_and_coarse"]
    assert found
    assert not checks.blocking(found, ["hate_and_coarse"], "officer")
    assert checks.who_answers(found[0], "officer") == "self"


def test_personal_data_cannot_be_let_go_by_anybody(town: Government, administrator: Member) -> None:
    with pytest.raises(Refusal):
        keep(administrator, personal_data=Setting(on=False, reason="uji"))
    with pytest.raises(Refusal):
        keep(administrator, Word("3471010101900001", "pass", "personal_data", "uji"))
    forced = Pack(1, {"personal_data": Setting(on=False)})
    where = checks.Context(kind="post", pack=forced)
    assert any(one.rule == "personal_data" for one in checks.run("NIK 3471010101900001", where))


def test_nothing_stands_untried_without_a_basis_or_for_days_gone_by(coordinator: Member) -> None:
    revision = keep(coordinator, MORINGA)
    with pytest.raises(Refusal, match="Coba dulu"):
        rule_packs.go_live(coordinator, revision=revision)
    rule_packs.attempt(coordinator, 5)
    revision = keep(coordinator, MORINGA, Word("obat dewa", "block", "claims", "bukan obat"))
    with pytest.raises(Refusal, match="Coba dulu"):
        rule_packs.go_live(coordinator, revision=revision)
    revision = keep(coordinator, MORINGA, basis="")
    rule_packs.attempt(coordinator, 5)
    with pytest.raises(Refusal) as refused:
        rule_packs.go_live(coordinator, revision=revision)
    assert refused.value.field == "basis"
    revision = keep(coordinator, MORINGA, first=date(2020, 1, 1))
    with pytest.raises(Refusal) as refused:
        rule_packs.go_live(coordinator, revision=revision)
    assert refused.value.field == "valid_from"
    with pytest.raises(Lost):
        rule_packs.go_live(coordinator, revision=revision - 1)


def test_a_pack_stands_from_its_first_to_its_last_day(town: Government, coordinator: Member) -> None:
    stand(coordinator, MORINGA)
    today = rule_packs.standing_row(date.max).valid_from  # type: ignore[union-attr]
    revision = keep(coordinator, first=today + timedelta(days=10), until=today + timedelta(days=20))
    rule_packs.attempt(coordinator, 5)
    rule_packs.go_live(coordinator, revision=revision)
    numbers = [
        getattr(rule_packs.standing_row(today + timedelta(days=days)), "number", 0)
        for days in (-1, 0, 9, 10, 20, 21)
    ]
    assert numbers == [0, 1, 1, 2, 2, 1]


@pytest.mark.parametrize(
    "what", ["update publishing_rulepack set basis = 'x'", "delete from publishing_rulepack"]
)
def test_the_database_keeps_every_version(coordinator: Member, what: str) -> None:
    stand(coordinator, MORINGA)
    with (
        pytest.raises(DatabaseError, match="never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(what)
    assert RulePack.objects.get().basis == "SK 12/2026"


def test_a_trial_counts_and_shows_what_would_be_judged_otherwise(coordinator: Member) -> None:
    said_before(
        coordinator, "Minum kelor ajaib setiap pagi.", "Loket buka pukul 08.00.", "Loket buka pukul 08.00."
    )
    keep(coordinator, MORINGA)
    tried = rule_packs.attempt(coordinator, 50)
    assert (tried.texts, tried.newly, tried.freed) == (2, 1, 0)
    assert tried.kept_in[0].finding.quote == "kelor ajaib"
    assert "kelor" not in str(rule_packs.draft(coordinator).tried)
    stand(coordinator, MORINGA)
    keep(coordinator)
    again = rule_packs.attempt(coordinator, 50)
    assert (again.before, again.after, again.freed) == (1, 0, 1)


def test_a_version_keeps_which_pack_judged_it(unit: Unit, coordinator: Member) -> None:
    officer = a_member(unit, Role.OFFICER)
    first = approving.hand_in(a_publication(officer, a_channel(unit)), officer)
    stand(coordinator, MORINGA)
    second = approving.hand_in(a_publication(officer, a_channel(unit)), officer)
    assert [one.versions.get().rule_pack for one in (first, second)] == [0, 1]


def test_nothing_leaves_while_the_pack_cannot_be_read(
    town: Government, unit: Unit, coordinator: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    RulePack.objects.create(
        number=1, content={"rules": {"claims": {"on": "maybe"}}, "words": []}, valid_from=date(2026, 1, 1), basis="uji",
        author=coordinator, made_at=timezone.now(),
    )  # fmt: skip
    assert rules(town, "Loket buka pukul 08.00.") == {checks.PACK: "blocks"}
    officer = a_member(unit, Role.OFFICER)
    one = a_publication(officer, a_channel(unit))
    assert review.look(one, timezone.now())
    with pytest.raises(approving.Held):
        approving.hand_in(one, officer, [{"rule": checks.PACK, "reason": "uji"}])
    monkeypatch.setattr(rule_packs, "standing_row", lambda day: 1 / 0)
    assert rules(town, "Loket buka.") == {checks.PACK: "blocks"}


def test_the_newest_save_wins_and_the_other_is_told(coordinator: Member) -> None:
    revision = keep(coordinator, MORINGA)
    with pytest.raises(Lost):
        rule_packs.save(
            coordinator, Pack(), revision=revision - 1, valid_from=None, valid_until=None, basis="", note=""
        )


def test_an_earlier_version_is_taken_up_again(coordinator: Member) -> None:
    stand(coordinator, MORINGA)
    stand(coordinator)
    one = rule_packs.begin_from(coordinator, 1)
    assert [word.phrase for word in pack.read(one.content).words] == ["kelor ajaib"]
    rule_packs.discard(coordinator)
    assert pack.read(rule_packs.draft(coordinator).content).words == ()


def test_officers_change_no_rules(unit: Unit) -> None:
    with pytest.raises(NotAllowed):
        rule_packs.draft(a_member(unit, Role.OFFICER))
