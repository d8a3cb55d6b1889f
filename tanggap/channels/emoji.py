"""Where a text holds emoji: X counts each as two, Threads by the bytes that it takes.

After Unicode Technical Standard 51 (unicode.org/reports/tr51). A sequence counts as one at X only where the standard
recommends it (data/counting.json); other joined emoji show, and count, apart.
"""

from __future__ import annotations

from functools import lru_cache

import regex

from tanggap.channels import links

_TONE = "[\U0001f3fb-\U0001f3ff]"
_ONE = rf"(?:\p{{Emoji_Modifier_Base}}{_TONE}|(?=[^0-9#*])(?:\p{{Emoji}}\ufe0f|\p{{Emoji_Presentation}}))"
_KEYCAP = r"[0-9#*]\ufe0f?\u20e3"
_TAGGED = "\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"


@lru_cache(maxsize=1)
def known() -> regex.Pattern[str]:
    """This will match one emoji as X draws it: a recommended sequence whole, anything else sign by sign."""
    listed = links.data()["emoji"]
    joined = sorted(listed["joined"].split(), key=lambda one: (-len(one), one))
    parts = ["\u200d".join(rf"{sign}{_TONE}?\ufe0f?" for sign in one.split("\u200d")) for one in joined]
    flags = [
        "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in one) for one in listed["flags"].split()
    ]
    every = [*parts, *flags, *listed["tagged"].split(), _KEYCAP, _ONE]
    return regex.compile("|".join(every))


@lru_cache(maxsize=1)
def shown() -> regex.Pattern[str]:
    """This will match whatever may be shown as emoji, with all that joins, colours and tags it.

    Signs that are drawn as emoji only at times (©, ❤) are taken for emoji: rather counted too high than refused.
    """
    sign = rf"(?:{_TAGGED}|(?=[^0-9#*])[\p{{Emoji}}\p{{Extended_Pictographic}}]{_TONE}?\ufe0f?)"
    return regex.compile(rf"\p{{Regional_Indicator}}{{2}}|{_KEYCAP}|{sign}(?:\u200d{sign})*")
