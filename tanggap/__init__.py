"""Tanggap: social media as a public service for Indonesian local governments."""

__version__ = "0.1.0"
