using System.Globalization;
using System.Text;
using ADRaffy.ENSNormalize;

namespace Siamese.Samples.Stores;

/// <summary>The one spelling of a person's name, so that names that look the same are the same.</summary>
public static class PersonName
{
    /// <summary>The most UTF-16 code units of a name.</summary>
    public const int LongestName = 100;

    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;

    // Characters that show nothing although Unicode counts them as letters, marks or symbols: the combining grapheme joiner, fillers of Hangul,
    // inherent vowels of Khmer, the blank of Braille.
    private static readonly int[] Invisible = [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0];

    /// <summary>Brings a name into Unicode's normalization form C, with single spaces and none around it.</summary>
    /// <param name="text">The name as it was given.</param>
    /// <param name="name">The name as it is kept.</param>
    /// <param name="problem">Why the name cannot be kept, as a sentence; null where it can.</param>
    /// <returns>Whether the name can be kept: 1 to <see cref="LongestName"/> visible characters on one line.</returns>
    public static bool TryNormalize(string text, out string name, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(text);

        // By a package: where .NET runs without ICU, string.Normalize returns its input.
        name = ENSNormalize.NF.NFC(WithSingleSpaces(text));
        problem = Problem(name);
        return problem is null;
    }

    private static string WithSingleSpaces(string text)
    {
        var spaced = new StringBuilder();
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isSpace = Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator;
            if (!isSpace)
            {
                spaced.Append(rune);
            }
            else if (spaced.Length > 0 && spaced[^1] != ' ')
            {
                spaced.Append(' ');
            }
        }

        return spaced.ToString().TrimEnd(' ');
    }

    private static string? Problem(string name)
    {
        if (name.Length is 0 or > LongestName)
        {
            return $"It has {name.Length} characters.";
        }

        Rune previous = default;
        bool isVisible = false;
        foreach (Rune rune in name.EnumerateRunes())
        {
            if (IsRefused(rune, previous))
            {
                return $"It has the character U+{rune.Value:X4}, which cannot be seen or ends the line.";
            }

            isVisible |= Rune.IsLetterOrDigit(rune) || Rune.IsSymbol(rune);
            previous = rune;
        }

        return isVisible ? null : "It has no letter, digit or symbol.";
    }

    private static bool IsRefused(Rune rune, Rune previous) => Rune.GetUnicodeCategory(rune) switch
    {
        // Among them the bidirectional controls, which turn what follows around.
        UnicodeCategory.Format => rune.Value is not (ZeroWidthNonJoiner or ZeroWidthJoiner) || !Joins(previous),
        UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate => true,
        _ => rune == Rune.ReplacementChar || Array.IndexOf(Invisible, rune.Value) >= 0 || IsVariationSelector(rune.Value),
    };

    // Persian and the scripts of India write with joiners; between other letters they are invisible.
    private static bool Joins(Rune previous) => previous.Value is >= 0x0600 and < 0x1100;

    private static bool IsVariationSelector(int value) => value is (>= 0x180B and <= 0x180F) or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0100 and <= 0xE01EF);
}
