#!/usr/bin/env python3
"""Makes the fonts of this folder from those of Debian's packages fonts-inter and fonts-jetbrains-mono.

Needs the Python package fonttools, and is run in this folder. Keeps the characters below. The figures of the proportional face are
those of the feature `tnum`, all of one width, so that a clock does not shiver.

Of the layout tables it keeps the pairs of the proportional face: a GPOS table with the feature `kern`, of one lookup with one
subtable, a PairPos of format 2, whose first values are advances and which has no second ones. Glyphs that are treated
alike by all others are of one class, as first ones and as second ones, at most 255 of each; class 0 is that of glyphs without pairs. So
the exceptions of the original are in the classes, and the kerning of a pair is one look at a table of classes by classes.
"""
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables import otTables

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


def pairs(font):
    """Returns the kerning of all pairs of glyphs with a character below, in units; pairs of 0 are left out."""
    cmap = font.getBestCmap()
    glyphs = {cmap[code] for first, last in RANGES for code in range(first, last + 1) if code in cmap}
    table = font["GPOS"].table
    lookups = {i for record in table.FeatureList.FeatureRecord if record.FeatureTag == "kern" for i in record.Feature.LookupListIndex}
    (lookup,) = (table.LookupList.Lookup[i] for i in lookups)
    found = {}
    # The first subtable that knows a pair decides.
    for part in lookup.SubTable:
        if part.Format == 1:
            for first, seconds in zip(part.Coverage.glyphs, part.PairSet):
                for record in seconds.PairValueRecord:
                    found.setdefault((first, record.SecondGlyph), record.Value1.XAdvance)
        else:
            for first in glyphs.intersection(part.Coverage.glyphs):
                row = part.Class1Record[part.ClassDef1.classDefs.get(first, 0)].Class2Record
                for second in glyphs:
                    value = row[part.ClassDef2.classDefs.get(second, 0)].Value1
                    found.setdefault((first, second), value.XAdvance if value else 0)
    # No letter goes back before the one that it follows: one pair would, of a quote and a low quote.
    widths = font["hmtx"]
    return {
        (first, second): max(value, -widths[first][0])
        for (first, second), value in found.items()
        if value and first in glyphs and second in glyphs
    }


def classes(glyphs, kerning_of):
    """Returns the class of each glyph that has pairs, and one glyph of each class; what has none stands for class 0."""
    numbers, of, examples = {}, {}, [None]
    for glyph in glyphs:
        kerning = kerning_of(glyph)
        if any(kerning):
            if kerning not in numbers:
                numbers[kerning] = len(examples)
                examples.append(glyph)
            of[glyph] = numbers[kerning]
    assert len(examples) <= 256
    return of, examples


def kern_table(font, kerning):
    """Makes the GPOS table of pairs, for a font whose glyphs are those that it keeps."""
    glyphs = font.getGlyphOrder()
    firsts, of_first = classes(glyphs, lambda first: tuple(kerning.get((first, second), 0) for second in glyphs))
    seconds, of_second = classes(glyphs, lambda second: tuple(kerning.get((first, second), 0) for first in glyphs))

    def made(kind, **fields):
        table = getattr(otTables, kind)()
        for field, value in fields.items():
            setattr(table, field, value)
        return table

    def value(first, second):
        record = otTables.ValueRecord()
        record.XAdvance = kerning.get((first, second), 0)
        return made("Class2Record", Value1=record, Value2=None)

    part = made(
        "PairPos", Format=2, ValueFormat1=4, ValueFormat2=0,
        Coverage=made("Coverage", glyphs=[glyph for glyph in glyphs if glyph in firsts]),
        ClassDef1=made("ClassDef", classDefs=firsts), ClassDef2=made("ClassDef", classDefs=seconds),
        Class1Count=len(of_first), Class2Count=len(of_second),
        Class1Record=[made("Class1Record", Class2Record=[value(first, second) for second in of_second]) for first in of_first],
    )
    lookup = made("Lookup", LookupType=2, LookupFlag=0, SubTable=[part], SubTableCount=1)
    feature = made("Feature", FeatureParams=None, LookupListIndex=[0], LookupCount=1)
    language = made("DefaultLangSys", LookupOrder=None, ReqFeatureIndex=0xFFFF, FeatureIndex=[0], FeatureCount=1)
    script = made("Script", DefaultLangSys=language, LangSysRecord=[], LangSysCount=0)
    font["GPOS"] = newTable("GPOS")
    font["GPOS"].table = made(
        "GPOS", Version=0x00010000,
        ScriptList=made("ScriptList", ScriptRecord=[made("ScriptRecord", ScriptTag="DFLT", Script=script)], ScriptCount=1),
        FeatureList=made("FeatureList", FeatureRecord=[made("FeatureRecord", FeatureTag="kern", Feature=feature)], FeatureCount=1),
        LookupList=made("LookupList", Lookup=[lookup], LookupCount=1),
    )


for name, source in FONTS.items():
    font = TTFont(source)
    kerning = None
    if name.startswith("ui"):
        tabular(font)
        kerning = pairs(font)
    options = Options(layout_features=[], hinting=False, notdef_outline=False, glyph_names=False, name_IDs=[0, 1, 2, 3, 5, 13, 14])
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "DSIG", "STAT", "meta", "gasp", "BASE", "kern"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
    subsetter.subset(font)
    if kerning:
        kern_table(font, kerning)
    font.save(f"{name}.{'otf' if 'CFF ' in font else 'ttf'}", reorderTables=None)
