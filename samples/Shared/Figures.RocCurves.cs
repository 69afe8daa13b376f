using Siamese.Samples.Drawing;

namespace Siamese.Samples.Shared;

public static partial class Figures
{
    private const int MostDecades = 6;

    /// <summary>Draws receiver operating characteristics, each with the area under it in the legend. Greater is better.</summary>
    /// <param name="curves">The curves.</param>
    /// <param name="title">Above the figure.</param>
    /// <param name="logarithmic">
    /// True to draw the false positive rate by its logarithm, from the least rate above 0 on: where curves are good, it shows what sets them
    /// apart.
    /// </param>
    /// <returns>The figure.</returns>
    /// <exception cref="ArgumentException">There is no curve.</exception>
    public static Figure RocCurves(
        IReadOnlyList<RocCurve> curves, string title = "Receiver operating characteristic", bool logarithmic = false)
    {
        Check.NotEmpty(curves, "curves");
        int decades = 0;
        if (logarithmic)
        {
            double least = curves.SelectMany(curve => curve.FalsePositiveRates).Where(rate => rate > 0).DefaultIfEmpty(0.1).Min();
            decades = Math.Clamp((int)Math.Ceiling(-Math.Log10(least)), 1, MostDecades);
        }

        Curve[] lines =
        [
            .. curves.Select(curve => new Curve(
                $"{curve.Name} (AUROC {curve.Auroc:0.0000})", [.. curve.FalsePositiveRates], [.. curve.TruePositiveRates])),
        ];
        string seen = string.Join("; ", lines.Select(line => line.Name));
        return new Figure(RocPlot.Draw(new Heading(title), lines, decades), title, $"{title}: {seen}.");
    }
}
