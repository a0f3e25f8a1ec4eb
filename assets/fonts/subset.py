#!/usr/bin/env python3
"""Makes the fonts of this folder from those of Debian's packages fonts-inter and fonts-jetbrains-mono.

Needs the Python package fonttools. Keeps the characters below and drops layout tables, which nothing here reads. The figures
of the proportional face are those of the feature `tnum`, all of one width, so that a clock does not shiver.
"""
import sys
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

RANGES = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x218, 0x21B), (0x2BC, 0x2BC), (0x2C6, 0x2DD), (0x384, 0x3CE), (0x400, 0x45F), (0x490, 0x491),
    (0x1E9E, 0x1E9E), (0x2010, 0x2027), (0x2030, 0x2033), (0x2039, 0x203A), (0x2044, 0x2044), (0x20AC, 0x20AC),
    (0x2122, 0x2122), (0x2190, 0x2199), (0x21A9, 0x21B5), (0x21E7, 0x21EA), (0x2200, 0x22FF), (0x2303, 0x2303),
    (0x2318, 0x2318), (0x2325, 0x2326), (0x232B, 0x232B), (0x23CE, 0x23CE), (0x2500, 0x259F), (0x25A0, 0x25EF),
    (0x2605, 0x2606), (0x2661, 0x2665), (0x2713, 0x2717), (0xFFFD, 0xFFFD),
]
INTER = "/usr/share/fonts/opentype/inter/Inter-%s.otf"
MONO = "/usr/share/fonts/truetype/jetbrains-mono/JetBrainsMono-%s.ttf"
FONTS = {"ui-regular": INTER % "Regular", "ui-bold": INTER % "SemiBold", "mono-regular": MONO % "Regular", "mono-bold": MONO % "Bold"}


def tabular(font):
    """Gives the figures one width."""
    table = font["GSUB"].table
    lookups = [i for record in table.FeatureList.FeatureRecord if record.FeatureTag == "tnum" for i in record.Feature.LookupListIndex]
    swaps = {}
    for index in lookups:
        for part in table.LookupList.Lookup[index].SubTable:
            swaps.update(getattr(part, "ExtSubTable", part).mapping)
    for cmap in font["cmap"].tables:
        for code in range(ord("0"), ord("9") + 1):
            if code in cmap.cmap:
                cmap.cmap[code] = swaps.get(cmap.cmap[code], cmap.cmap[code])
    figures = [font.getBestCmap()[code] for code in range(ord("0"), ord("9") + 1)]
    # One of them is a unit less wide than the others.
    for figure in figures:
        font["hmtx"][figure] = (font["hmtx"][figures[0]][0], font["hmtx"][figure][1])


for name, source in FONTS.items():
    font = TTFont(source)
    if name.startswith("ui"):
        tabular(font)
    options = Options(layout_features=[], hinting=False, notdef_outline=False, glyph_names=False, name_IDs=[0, 1, 2, 3, 5, 13, 14])
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "DSIG", "STAT", "meta", "gasp", "BASE", "kern"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
    subsetter.subset(font)
    font.save(f"{name}.{'otf' if 'CFF ' in font else 'ttf'}", reorderTables=None)
