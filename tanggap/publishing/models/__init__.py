"""Rows of everything that leaves: what is written, who approved it, what left, what surrounds it."""

from tanggap.publishing.models.alerts import Alert, AlertKind, AlertSource, AlertStatus
from tanggap.publishing.models.approvals import (
    Approval,
    Decision,
    Delegation,
    Invitation,
    Reminder,
    ReminderKind,
    Route,
)
from tanggap.publishing.models.deliveries import Delivered, Delivery, DeliveryKind, DeliveryState, Stop
from tanggap.publishing.models.library import Captions, Consent, MediaItem
from tanggap.publishing.models.outcomes import Amendment, AmendmentKind, Figures, Look
from tanggap.publishing.models.plans import (
    Campaign,
    PlanItem,
    Recurrence,
    SilentKind,
    SilentPeriod,
    Slot,
)
from tanggap.publishing.models.publications import (
    AGREED,
    LATE_AFTER,
    Copy,
    Publication,
    PublicationKind,
    PublicationState,
    Remark,
    Snippet,
    Variant,
    Version,
)
from tanggap.publishing.models.rule_packs import RulePack, RulePackDraft

__all__ = [
    "AGREED",
    "LATE_AFTER",
    "Alert",
    "AlertKind",
    "AlertSource",
    "AlertStatus",
    "Amendment",
    "AmendmentKind",
    "Approval",
    "Campaign",
    "Captions",
    "Consent",
    "Copy",
    "Decision",
    "Delegation",
    "Delivered",
    "Delivery",
    "DeliveryKind",
    "DeliveryState",
    "Figures",
    "Invitation",
    "Look",
    "MediaItem",
    "PlanItem",
    "Publication",
    "PublicationKind",
    "PublicationState",
    "Recurrence",
    "Remark",
    "Reminder",
    "ReminderKind",
    "Route",
    "RulePack",
    "RulePackDraft",
    "SilentKind",
    "SilentPeriod",
    "Slot",
    "Snippet",
    "Stop",
    "Variant",
    "Version",
]  # fmt: skip
