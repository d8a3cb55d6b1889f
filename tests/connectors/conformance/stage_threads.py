"""Threads, where edits and deletions are found by the sweep."""

from tanggap.channels.connectors.threads import Threads
from tanggap.simulator.platforms.threads import SimulatedThreads
from tests.connectors.conformance.looking_again import LookedAtAgain

STAGE = LookedAtAgain(Threads, SimulatedThreads)
