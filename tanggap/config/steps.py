"""The one place that imports every module that registers a step or a job; a test compares it with the tree."""

from __future__ import annotations

import importlib

MODULES = (
    "tanggap.agencies.notices",
    "tanggap.cases.digest",
    "tanggap.cases.reminders",
    "tanggap.cases.replies",
    "tanggap.cases.similar",
    "tanggap.channels.lateness",
    "tanggap.channels.tokens",
    "tanggap.config.upkeep",
    "tanggap.core.work",
    "tanggap.posts.alike",
    "tanggap.posts.collecting",
    "tanggap.posts.completing",
    "tanggap.posts.deletions",
    "tanggap.posts.desk",
    "tanggap.posts.history",
    "tanggap.posts.importing",
    "tanggap.posts.learning.shadow",
    "tanggap.posts.learning.stock",
    "tanggap.posts.learning.training",
    "tanggap.posts.raw_log",
    "tanggap.posts.retention",
    "tanggap.posts.search",
    "tanggap.posts.taking_in",
    "tanggap.publishing.alarms",
    "tanggap.publishing.warnings.alert_feeds",
    "tanggap.publishing.warnings.alerts",
    "tanggap.publishing.amending",
    "tanggap.publishing.archives.archive_export",
    "tanggap.publishing.figures",
    "tanggap.publishing.schedule.recurring",
    "tanggap.publishing.releasing",
    "tanggap.publishing.approval.reminding",
    "tanggap.publishing.media_library.seeing",
    "tanggap.publishing.sending",
)


def load() -> None:
    """This will import them all, so that core.work.STEPS and the job handlers are complete."""
    for module in MODULES:
        importlib.import_module(module)
