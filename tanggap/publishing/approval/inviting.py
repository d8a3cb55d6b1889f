"""The decision of somebody outside: one link, for one version and one stage, used once, ended by time or by hand.

The secret goes into the mail and nowhere else; only its digest is kept. Whoever sends it may decide at the stage and
wrote nothing of it; the mail carries none of the draft's words.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import models, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tanggap.agencies.models import Member, NotAllowed, require
from tanggap.core import audit, live
from tanggap.core.refusal import Refusal
from tanggap.core.state import Lost
from tanggap.publishing.approval.approving import Newer
from tanggap.publishing.approval.deciding import named, stage_of, standing_of
from tanggap.publishing.models import Invitation, Publication, PublicationState

HOURS = (24, 72, 168)
"""How long a link may be open; the person who sends it chooses."""
ADDRESS = "/publik/putusan/%s/"
"""Where the portal has the page; a test compares."""


def send(
    publication: Publication, by: Member, *, name: str, email: str, hash_: str, hours: int = 72
) -> Invitation:
    """This will mail somebody outside the link for one decision on the version with this hash at its present stage.

    Refusal for an address of a colleague (they decide with their own log-in), and where the mail cannot be sent: then
    no link is open.
    """
    require(by, "publication.approve")
    name, email = " ".join(name.split())[:120], email.strip().lower()
    _require_person(name, email, hours)
    secret = secrets.token_urlsafe(16)
    now = timezone.now()
    with transaction.atomic():
        one = (
            Publication.objects.select_for_update(of=("self",))
            .select_related("route", "unit", "government")
            .get(pk=publication.pk)
        )
        _require_sender(one, by, hash_)
        for earlier in open_of(one).filter(email=email):
            _end(earlier, by)
        made = Invitation.objects.create(
            publication=one, stage=one.stage, name=name, email=email, digest=digest_of(secret), hash=one.hash,
            sent_by=by, sent_at=now, expires_at=now + timedelta(hours=hours),
        )  # fmt: skip
        audit.record(
            "publication.invite", made, by, now=now, publication=one.pk, stage=one.stage, hash=one.hash,
            email=audit.digest(email),
        )  # fmt: skip
    try:
        _mail(made, one, secret)
    except OSError:
        with transaction.atomic():
            _end(made, by)
        raise Refusal(
            _(
                "Surel tidak dapat dikirim, jadi undangan ini dibatalkan. Coba lagi nanti atau hubungi administrator."
            ),
            "email",
        ) from None
    live.tell(one.government_id, "publication", [one.pk])
    return made


def revoke(invitation: Invitation, by: Member) -> None:
    """This will end a link that nobody used yet."""
    require(by, "publication.approve")
    with transaction.atomic():
        one = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if one.used_at is not None:
            raise Lost("The link was used meanwhile.")
        if one.sent_by_id != by.pk and not by.sees_all:
            raise NotAllowed(_("Undangan ini dikirim orang lain. Tidak ada yang diubah."))
        _end(one, by)
        live.tell(one.government_id, "publication", [one.publication_id])


def open_of(one: Publication) -> models.QuerySet[Invitation]:
    """This will return the links for the present version and stage that may still be used."""
    return one.invitations.filter(used_at=None, expires_at__gt=timezone.now(), hash=one.hash, stage=one.stage)


def digest_of(secret: str) -> str:
    """This will return what is kept of a secret: its SHA-256; 128 random bits need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def may_invite(one: Publication, by: Member) -> bool:
    """This will tell whether a member may ask somebody outside: they decide at the stage by themselves."""
    stage = stage_of(one)
    return stage is not None and named(stage, by, one.unit) and standing_of(one, by).may


def _require_person(name: str, email: str, hours: int) -> None:
    if not name:
        raise Refusal(_("Tulis nama orang yang diundang."), "name")
    try:
        validate_email(email)
    except ValidationError:
        raise Refusal(_("Alamat surel itu tidak lengkap. Contoh: nama@contoh.go.id"), "email") from None
    if hours not in HOURS:
        raise Refusal(_("Pilih berapa lama tautan berlaku."), "hours")
    if Member.objects.filter(user__email__iexact=email).exists():
        raise Refusal(
            _("Alamat itu milik anggota. Anggota memutuskan dengan masuk ke akunnya sendiri."), "email"
        )


def _require_sender(one: Publication, by: Member, hash_: str) -> None:
    if one.state != PublicationState.REVIEW:
        raise Lost("The publication no longer waits for approval.")
    if one.hash != hash_:
        raise Newer()
    standing = standing_of(one, by)
    if not standing.may:
        raise NotAllowed(standing.why)
    if standing.deputy_of is not None:
        raise NotAllowed(_("Sebagai wakil Anda memutuskan sendiri; undangan dikirim oleh yang berwenang."))


def _end(one: Invitation, by: Member) -> None:
    now = timezone.now()
    ended = Invitation.objects.filter(pk=one.pk, used_at=None, expires_at__gt=now).update(expires_at=now)
    if ended:
        audit.record("publication.invite_revoke", one, by, now=now, publication=one.publication_id)


def _mail(made: Invitation, one: Publication, secret: str) -> None:
    until = timezone.localtime(made.expires_at, one.government.zone)
    body = _(
        "Yth. %(name)s,\n\n%(sender)s (%(office)s, %(government)s) meminta keputusan Anda atas satu konten sebelum "
        "diterbitkan.\n\nBuka tautan ini untuk membaca dan memutuskan:\n%(link)s\n\nTautan berlaku sampai %(until)s, "
        "hanya untuk Anda dan hanya untuk satu keputusan. Jangan meneruskannya.\n\n"
        "Surel ini dikirim otomatis dan tidak memuat isi konten."
    ) % {
        "name": made.name, "sender": made.sent_by, "office": one.unit.name, "government": one.government.name,
        "link": settings.TANGGAP_URL + ADDRESS % secret, "until": date_format(until, "j F Y H.i T"),
    }  # fmt: skip
    EmailMessage(f"[{one.government.name}] " + _("Keputusan Anda diminta"), body, to=[made.email]).send()
