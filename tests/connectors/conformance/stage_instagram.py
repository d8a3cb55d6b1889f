"""Instagram, where edits and deletions of comments are found by the sweep."""

from tanggap.channels.connectors.instagram import Instagram
from tanggap.simulator.platforms.instagram import SimulatedInstagram
from tests.connectors.conformance.looking_again import LookedAtAgain

STAGE = LookedAtAgain(Instagram, SimulatedInstagram, private="message")
