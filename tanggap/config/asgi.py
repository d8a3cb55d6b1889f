"""What the web server runs."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tanggap.config.settings")
django.setup()

from tanggap.config.dispatch import Application  # noqa: E402  Django must be ready before anything of the product

application = Application()
