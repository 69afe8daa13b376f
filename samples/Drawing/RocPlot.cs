using ScottPlot;
using ScottPlot.TickGenerators;

namespace Siamese.Samples.Drawing;

/// <summary>Draws receiver operating characteristics.</summary>
public static class RocPlot
{
    /// <summary>Draws the share of true positives against that of false ones.</summary>
    /// <param name="heading">What stands above.</param>
    /// <param name="curves">X false positive rate and Y true positive rate in [0, 1]. The name stands in the legend.</param>
    /// <param name="decades">
    /// 0 for an axis from 0 to 1; else the false positive rate is drawn by its logarithm from 10 to the power of −<paramref name="decades"/>
    /// on, with what is less standing at that edge.
    /// </param>
    public static Picture Draw(Heading heading, IReadOnlyList<Curve> curves, int decades) =>
        Picture.Compose(heading, 760, 640, (canvas, place) =>
        {
            Plot plot = Style.NewPlot();
            double[] chance = decades == 0 ? [0, 1] : [.. Enumerable.Range(0, 101).Select(i => (i / 100.0 * decades) - decades)];
            var diagonal = plot.Add.ScatterLine(chance, [.. chance.Select(x => decades == 0 ? x : Math.Pow(10, x))], Color.FromHex(Style.Axis));
            diagonal.LinePattern = LinePattern.Dashed;
            diagonal.LegendText = "chance";
            for (int i = 0; i < curves.Count; i++)
            {
                double[] x = decades == 0 ? curves[i].X : [.. curves[i].X.Select(rate => Math.Log10(Math.Max(rate, Math.Pow(10, -decades))))];
                var line = plot.Add.ScatterLine(x, curves[i].Y, Color.FromHex(ClassColors.Of(i)));
                line.LineWidth = 2.5f;
                line.LegendText = curves[i].Name;
            }

            // A curve that runs along the edge would be half cut off.
            plot.Axes.SetLimits(decades == 0 ? -0.01 : -1.01 * decades, decades == 0 ? 1.01 : 0.01 * decades, 0, 1.01);
            plot.Axes.Left.TickGenerator = Percent();
            plot.Axes.Bottom.TickGenerator = decades == 0 ? Percent() : Decades(decades);
            plot.XLabel(decades == 0 ? "false positive rate" : "false positive rate, logarithmic");
            plot.YLabel("true positive rate");
            plot.ShowLegend(Alignment.LowerRight);
            plot.Legend.FontSize = Style.TextSize;
            plot.Legend.OutlineColor = Color.FromHex(Style.Rule);
            plot.Legend.ShadowColor = Colors.Transparent;
            Style.Render(plot, canvas, place);
        });

    private static NumericManual Percent() =>
        new([.. Enumerable.Range(0, 6).Select(i => i / 5.0)], [.. Enumerable.Range(0, 6).Select(i => $"{20 * i} %")]);

    private static NumericManual Decades(int decades)
    {
        var ticks = new NumericManual();
        for (int decade = -decades; decade <= 0; decade++)
        {
            ticks.AddMajor(decade, $"{Math.Pow(10, decade + 2):0.######} %");
            for (int digit = 2; digit < 10 && decade < 0; digit++)
            {
                ticks.AddMinor(decade + Math.Log10(digit));
            }
        }

        return ticks;
    }
}
