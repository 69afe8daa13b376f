using System.Globalization;
using Siamese.Samples.Shared;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>One picture of the report.</summary>
/// <param name="Pixels">As the network takes them.</param>
/// <param name="Embedding">Its embedding.</param>
/// <param name="Label">Its class from 0, or <see cref="Figures.Unknown"/>.</param>
/// <param name="Said">What it is, in words, where it is of no class.</param>
/// <param name="Predicted">The class that the classifier takes it for, from 0.</param>
/// <param name="Probability">How probable that is, in [0, 1].</param>
/// <param name="Score">How unknown it is; 0 where nothing is rejected.</param>
/// <param name="IsUnknown">Whether it is rejected.</param>
internal sealed record ReportRow(float[] Pixels, float[] Embedding, int Label, string Said, int Predicted, double Probability, double Score, bool IsUnknown)
{
    public string Caption(IReadOnlyList<string> names)
    {
        string verdict = IsUnknown ? "unknown" : $"{names[Predicted]} ({Probability.ToString("P1", CultureInfo.InvariantCulture)})";
        return $"{(Label < 0 ? Said : names[Label])}\nsaid: {verdict}\nunknown score {Score.ToString("F2", CultureInfo.InvariantCulture)}";
    }
}
