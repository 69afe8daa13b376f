using ScottPlot;
using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>The fonts in this assembly, Roboto Regular and Bold, which every text of a picture is set in.</summary>
/// <remarks>
/// A server may have no font at all, and pictures should look alike everywhere: ScottPlot gets these for whatever family it asks for.
/// They hold the Latin, Greek and Cyrillic scripts.
/// </remarks>
internal sealed class EmbeddedFonts : IFontResolver
{
    public const string Family = "Roboto";

    private EmbeddedFonts()
    {
    }

    public static SKTypeface Regular { get; } = Load("Roboto-Regular.ttf");

    public static SKTypeface Bold { get; } = Load("Roboto-Bold.ttf");

    /// <summary>Puts the fonts before those of the system.</summary>
    public static void Install()
    {
        Fonts.FontResolvers.Insert(0, new EmbeddedFonts());
        Fonts.Default = Family;
        Fonts.Sans = Family;
    }

    public SKTypeface CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        weight >= FontWeight.SemiBold ? Bold : Regular;

    public SKTypeface CreateTypeface(string fontName, bool bold, bool italic) => bold ? Bold : Regular;

    private static SKTypeface Load(string name)
    {
        using Stream stream = typeof(EmbeddedFonts).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The assembly holds no font '{name}'.");
        return SKTypeface.FromStream(stream);
    }
}
