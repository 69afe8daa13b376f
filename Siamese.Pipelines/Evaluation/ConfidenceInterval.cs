using System.Globalization;

namespace Siamese.Pipelines.Evaluation;

/// <summary>Between what a figure is believed to lie, at the confidence that was asked for.</summary>
/// <param name="Lower">The lower end.</param>
/// <param name="Upper">The upper end, not less than <paramref name="Lower"/>.</param>
public readonly record struct ConfidenceInterval(double Lower, double Upper)
{
    /// <summary>Says the ends with four digits.</summary>
    /// <returns>For example <c>[0.9312, 0.9465]</c>.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{Lower:F4}, {Upper:F4}]");
}
