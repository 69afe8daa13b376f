using ScottPlot;
using ScottPlot.TickGenerators;

namespace Siamese.Samples.Drawing;

/// <summary>Draws losses by epoch.</summary>
public static class LossPlot
{
    /// <summary>Draws a line for each curve, the loss from 0 upwards.</summary>
    /// <param name="heading">Its legend has the colours, curve by curve.</param>
    /// <param name="curves">Epochs from 1 on, and losses.</param>
    /// <param name="epochs">Where the axis ends.</param>
    /// <param name="loss">The name of the loss, with its unit.</param>
    public static Picture Draw(Heading heading, IReadOnlyList<Curve> curves, int epochs, string loss) =>
        Picture.Compose(heading, 900, 480, (canvas, place) =>
        {
            Plot plot = Style.NewPlot();
            for (int i = 0; i < curves.Count; i++)
            {
                var line = plot.Add.Scatter(curves[i].X, curves[i].Y, Color.FromHex(heading.Legend![i].Color));
                line.LineWidth = 2.5f;
                line.MarkerSize = epochs <= 60 ? 7 : 0;
            }

            double highest = curves.SelectMany(curve => curve.Y).DefaultIfEmpty(1).Max();
            double lowest = Math.Min(0, curves.SelectMany(curve => curve.Y).DefaultIfEmpty(0).Min());
            double margin = highest > lowest ? 0.06 * (highest - lowest) : 1;
            plot.Axes.SetLimitsX(Math.Min(0.5, 1 - (0.03 * epochs)), epochs + Math.Max(0.5, 0.02 * epochs));
            plot.Axes.SetLimitsY(lowest < 0 ? lowest - margin : 0, highest + margin);
            NumericAutomatic whole = Style.Ticks();
            whole.IntegerTicksOnly = true;
            plot.Axes.Bottom.TickGenerator = whole;
            plot.XLabel("epoch");
            plot.YLabel(loss);
            Style.Render(plot, canvas, place);
        });
}
