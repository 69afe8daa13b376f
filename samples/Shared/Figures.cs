using Siamese.Samples.Drawing;

namespace Siamese.Samples.Shared;

/// <summary>
/// Draws the figures of a run: each method gives one that can be saved as PNG and as SVG, or put into an <see cref="HtmlReport"/>.
/// </summary>
/// <remarks>
/// Classes are told apart by ten colours that the colour-blind tell apart too (Petroff, 2021), and after ten by the shape of the markers.
/// Texts are set in a font that comes along, so that a machine without fonts draws the same; it holds the Latin, Greek and Cyrillic
/// scripts.
/// </remarks>
public static partial class Figures
{
    /// <summary>The class of what belongs to none of the classes.</summary>
    public const int Unknown = -1;

    // More names than these on the points, or in a legend, hide more than they tell.
    private const int MostLabels = 60;
    private const int MostLegendItems = 30;

    // What belongs to no class comes last.
    internal static int[] Present(IEnumerable<int> classes) => [.. classes.Distinct().OrderBy(index => index < 0 ? int.MaxValue : index)];

    private static LegendItem[]? Legend(int[] present, IReadOnlyList<string> classNames) => present.Length > MostLegendItems
        ? null
        :
        [
            .. present.Select(index => new LegendItem(
                index < 0 ? "unknown" : classNames[index], ClassColors.Of(index), ClassColors.Shape(index))),
        ];

    private static string Number(double value) => Math.Abs(value) is >= 1000 and < 1e7 ? $"{value:#,0}" : $"{value:G4}";

    private static string Count(int count, string one, string many) => count == 1 ? $"1 {one}" : $"{count:N0} {many}";
}
