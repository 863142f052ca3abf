"""How wide a text is in a badge, whose image has to say so before any font has drawn it."""

from __future__ import annotations

from typing import Mapping

_PIXELS = 11

# Advance widths of Verdana, in thousandths of its size; DejaVu Sans differs by a few percent.
_WIDTHS: Mapping[str, int] = {
    character: width
    for width, characters in {
        269: "'",
        274: "il",
        344: "j",
        352: " f",
        364: ",.",
        394: "!t",
        421: "I",
        427: "r",
        454: "()-/:;[\\]|",
        455: "J",
        459: '"',
        521: "cs",
        525: "z",
        545: "?",
        557: "L",
        575: "F",
        592: "kvxy",
        596: "e",
        601: "a",
        603: "P",
        607: "o",
        615: "Y",
        616: "T",
        623: "bdgpq",
        632: "E",
        633: "hnu",
        635: "{}",
        636: "$*0123456789_`–",
        684: "AVS",
        685: "XZ",
        686: "B",
        693: "K",
        695: "R",
        698: "C",
        727: "&",
        732: "U",
        748: "N",
        751: "H",
        771: "D",
        775: "G",
        787: "OQ",
        818: "#+<=>^w~",
        843: "M",
        973: "m",
        989: "W",
        1000: "@",
        1076: "%",
    }.items()
    for character in characters
}
_OTHER = 1000


def text_width(text: str) -> float:
    """Its width in pixels, in the font of a badge; other characters are as wide as they are high."""
    return sum(_WIDTHS.get(character, _OTHER) for character in text) * _PIXELS / 1000
