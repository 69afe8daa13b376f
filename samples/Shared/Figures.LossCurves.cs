using Siamese.Samples.Drawing;

namespace Siamese.Samples.Shared;

public static partial class Figures
{
    /// <summary>Draws training and validation loss by epoch. Smaller is better.</summary>
    /// <param name="training">The loss of each epoch. One that is not finite is left out.</param>
    /// <param name="validation">As many, null where it was not measured; or null for no line.</param>
    /// <param name="title">Above the figure.</param>
    /// <param name="lossName">What was measured, with its unit.</param>
    /// <returns>The figure.</returns>
    /// <exception cref="ArgumentException">There is no epoch, or not as many validation losses.</exception>
    public static Figure LossCurves(
        IReadOnlyList<double> training,
        IReadOnlyList<double?>? validation = null,
        string title = "Loss by epoch",
        string lossName = "mean triplet loss")
    {
        Check.NotEmpty(training, "losses");
        if (validation is not null)
        {
            Check.SameCount(training.Count, "training losses", validation.Count, "validation losses", nameof(validation));
        }

        Curve trained = Curve("training", [.. training.Select(loss => (double?)loss)]);
        Curve validated = Curve("validation", validation ?? []);
        List<Curve> curves = [trained];
        List<LegendItem> legend = [new("training", ClassColors.Of(0))];
        if (validated.X.Length > 0)
        {
            curves.Add(validated);
            legend.Add(new("validation", ClassColors.Of(2)));
        }

        string seen = Seen(trained, validated, training.Count);
        var heading = new Heading(title, seen, legend);
        return new Figure(LossPlot.Draw(heading, curves, training.Count, lossName), title, $"{title}: {seen}.");
    }

    private static Curve Curve(string name, IReadOnlyList<double?> losses)
    {
        int[] measured = [.. Enumerable.Range(0, losses.Count).Where(i => losses[i] is { } loss && double.IsFinite(loss))];
        return new Curve(name, [.. measured.Select(i => i + 1.0)], [.. measured.Select(i => losses[i]!.Value)]);
    }

    private static string Seen(Curve training, Curve validation, int epochs)
    {
        var seen = new List<string>();
        if (training.Y.Length > 0)
        {
            seen.Add($"training from {Number(training.Y[0])} to {Number(training.Y[^1])} in {Count(epochs, "epoch", "epochs")}");
        }

        if (training.Y.Length < epochs)
        {
            seen.Add($"{Count(epochs - training.Y.Length, "epoch", "epochs")} without a finite loss");
        }

        if (validation.Y.Length > 0)
        {
            int best = Array.IndexOf(validation.Y, validation.Y.Min());
            seen.Add($"validation lowest after epoch {validation.X[best]}, at {Number(validation.Y[best])}");
        }

        return string.Join("; ", seen);
    }
}
