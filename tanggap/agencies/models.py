"""Who is responsible: governments, their tree of offices, the people who work there, their areas."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tanggap.core.scope import ScopedManager, ScopedModel


class Government(models.Model):
    """A city, a regency or a province: the boundary of all data."""

    code = models.CharField(max_length=13, unique=True, help_text="Kemendagri code, for instance 34.71")
    name = models.CharField(max_length=120)
    timezone = models.CharField(max_length=40, default="Asia/Jakarta")
    file = models.JSONField(default=dict, help_text="level names, calendar and forms of address, as loaded")
    auto_dispatch = models.BooleanField(default=True, help_text="send clear cases to their office at once")
    reply_needs_approval = models.BooleanField(default=False)
    raw_days = models.PositiveIntegerField(default=90, help_text="days that raw deliveries are kept")
    is_demo = models.BooleanField(default=False)

    objects: ClassVar[models.Manager[Government]] = models.Manager()

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Owned(ScopedModel):
    """A row that belongs to one government; its default manager refuses to work outside a scope."""

    government = models.ForeignKey(Government, on_delete=models.PROTECT, editable=False, related_name="+")

    objects = ScopedManager()

    class Meta:
        abstract = True


class Area(Owned):
    """A district or village (kelurahan, desa) of the government, by its Kemendagri code."""

    code = models.CharField(max_length=13)
    name = models.CharField(max_length=120)
    level = models.CharField(max_length=10, choices=[("district", "district"), ("village", "village")])
    parent_code = models.CharField(max_length=13, blank=True)
    aliases = ArrayField(models.CharField(max_length=120), default=list, blank=True)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["government", "code"], name="area_once")]

    def __str__(self) -> str:
        return self.name


class Unit(Owned):
    """An office: dinas, badan, kelurahan, BUMD, or a body outside the government to which cases are passed."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    area_code = models.CharField(max_length=13, blank=True)
    roles = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    active_from = models.DateField(null=True, blank=True)
    active_until = models.DateField(null=True, blank=True)
    verified = models.BooleanField(default=False)
    changed_here = models.BooleanField(
        default=False, help_text="an administrator's word goes before the file's"
    )

    class Meta(Owned.Meta):
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["government", "code"], name="unit_once")]

    def __str__(self) -> str:
        return self.short_name or self.name

    @property
    def outside(self) -> bool:
        """Whether the office answers to somebody else, so that a case can only be passed on to it."""
        return self.kind in {"vertikal", "instansi_luar"}

    def active_on(self, day: date) -> bool:
        return (self.active_from is None or self.active_from <= day) and (
            self.active_until is None or day <= self.active_until
        )

    def with_descendants(self) -> set[int]:
        """This will return the ids of this office and of every office below it."""
        found, level = {self.pk}, [self.pk]
        while level:
            level = list(Unit.objects.filter(parent_id__in=level).values_list("pk", flat=True))
            level = [pk for pk in level if pk not in found]
            found.update(level)
        return found


class UserManager(BaseUserManager["User"]):
    """Accounts are named by their e-mail address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """This will make an account; without a password it can only come in another way."""
        if not email:
            raise ValueError("An account needs an e-mail address.")
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A log-in. What it may do comes from its memberships."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("alamat surel"), unique=True)
    name = models.CharField(_("nama"), max_length=120)
    language = models.CharField(max_length=5, choices=[("id", "Indonesia"), ("en", "English")], default="id")
    theme = models.CharField(
        max_length=5, choices=[("auto", "auto"), ("light", "light"), ("dark", "dark")], default="auto"
    )
    single_keys = models.BooleanField(default=True, help_text="one-letter shortcuts (WCAG 2.1.4)")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.name or self.email


class Role(models.TextChoices):
    """What a member is for. A member has one role in one office."""

    ADMINISTRATOR = "administrator", _("Administrator")
    COORDINATOR = "coordinator", _("Koordinator")
    OFFICER = "officer", _("Petugas media sosial")
    LIAISON = "liaison", _("Pejabat penghubung")
    LEADER = "leader", _("Pimpinan")
    REPORTER = "reporter", _("Pelapor lapangan")
    VIEWER = "viewer", _("Pembaca")


WHOLE_GOVERNMENT = frozenset({Role.ADMINISTRATOR, Role.COORDINATOR, Role.LEADER})
"""Roles that see every unconfidential row of their government; the others see their part of the tree."""

MAY: dict[str, frozenset[str]] = {
    "case.triage": frozenset({Role.COORDINATOR, Role.OFFICER}),
    "case.dispatch": frozenset({Role.COORDINATOR}),
    "case.work": frozenset({Role.COORDINATOR, Role.OFFICER, Role.LIAISON}),
    "case.close": frozenset({Role.COORDINATOR, Role.OFFICER}),
    "reply.write": frozenset({Role.COORDINATOR, Role.OFFICER, Role.LIAISON}),
    "reply.approve": frozenset({Role.COORDINATOR}),
    "note.write": frozenset({Role.COORDINATOR, Role.OFFICER, Role.LIAISON, Role.LEADER}),
    "post.add": frozenset({Role.ADMINISTRATOR, Role.COORDINATOR, Role.OFFICER, Role.LIAISON, Role.REPORTER}),
    "post.unmask": frozenset({Role.COORDINATOR, Role.OFFICER, Role.LIAISON}),
    "posts.import": frozenset({Role.ADMINISTRATOR, Role.COORDINATOR}),
    "channel.manage": frozenset({Role.ADMINISTRATOR}),
    "collection.manage": frozenset({Role.ADMINISTRATOR, Role.COORDINATOR}),
    "raw.read": frozenset({Role.ADMINISTRATOR}),
    "member.manage": frozenset({Role.ADMINISTRATOR}),
    "publication.write": frozenset({Role.COORDINATOR, Role.OFFICER, Role.LIAISON}),
    "publication.approve": frozenset({Role.COORDINATOR, Role.OFFICER, Role.LIAISON, Role.LEADER}),
    "publication.routes": frozenset({Role.ADMINISTRATOR, Role.COORDINATOR}),
    "publication.rules": frozenset({Role.ADMINISTRATOR, Role.COORDINATOR}),
    "publication.calendar": frozenset({Role.COORDINATOR}),
    "publishing.stop": frozenset({Role.ADMINISTRATOR, Role.COORDINATOR, Role.LEADER}),
    "api.token": frozenset({Role.ADMINISTRATOR}),
    "model.manage": frozenset({Role.ADMINISTRATOR, Role.COORDINATOR}),
}
"""Which roles may do which kind of deed; screens, deeds and the API ask `Member.may`."""


class Member(Owned):
    """A user's place in one government: an office and a role, valid for a time."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="members")
    role = models.CharField(max_length=15, choices=Role.choices)
    active_from = models.DateField(null=True, blank=True)
    active_until = models.DateField(null=True, blank=True)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["government", "user"], name="member_once")]

    def __str__(self) -> str:
        return str(self.user)

    @property
    def audit_name(self) -> str:
        return f"member:{self.pk}"

    @property
    def sees_all(self) -> bool:
        return self.role in WHOLE_GOVERNMENT

    def may(self, deed: str) -> bool:
        """This will tell whether the role allows a kind of deed; KeyError for one that nobody declared."""
        return self.role in MAY[deed]

    def unit_ids(self) -> set[int]:
        """This will return the offices whose work the member sees: the own one and those below it."""
        return self.unit.with_descendants()


class NotAllowed(Exception):
    """The member's role does not allow this deed; nothing was changed."""


def require(member: Member, deed: str) -> None:
    """This will raise NotAllowed unless the member's role allows the deed."""
    if not member.may(deed):
        raise NotAllowed(
            _("Peran Anda tidak mengizinkan tindakan ini. Tidak ada yang diubah. Hubungi administrator.")
        )


class AccessToken(Owned):
    """A token for programs; only its digest is kept, the token itself is shown once."""

    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=30), default=list)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="tokens")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    @classmethod
    def make(
        cls, member: Member, name: str, scopes: list[str], now: datetime, expires_at: datetime | None = None
    ) -> tuple[AccessToken, str]:
        """This will make a token for a member; returns the row and the secret, which is shown once."""
        secret = "tgp_" + secrets.token_urlsafe(32)
        row = cls.objects.create(
            government_id=member.government_id, member=member, name=name, scopes=scopes,
            digest=cls.digest_of(secret), created_at=now, expires_at=expires_at,
        )  # fmt: skip
        return row, secret

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()


class Notice(Owned):
    """Something a member should know: on the screen at once, by e-mail where the member wants it.

    `kind` and `params` make the text when it is shown, so that no personal data is copied here.
    """

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=40)
    params = models.JSONField(default=dict)
    link = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mail_state = models.CharField(max_length=10, default="none")
    mail_due_at = models.DateTimeField(null=True)
    mail_attempts = models.PositiveSmallIntegerField(default=0)

    class Meta(Owned.Meta):
        indexes = [
            models.Index(fields=["member", "-created_at"], name="notice_of_member"),
            models.Index(
                fields=["mail_due_at"], name="notice_mail_due", condition=models.Q(mail_state="due")
            ),
        ]
