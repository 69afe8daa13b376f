namespace Siamese.Samples.Shared;

/// <summary>A receiver operating characteristic.</summary>
public sealed class RocCurve
{
    /// <summary>Makes a curve.</summary>
    /// <param name="name">What it is called in the legend.</param>
    /// <param name="falsePositiveRates">N rates in [0, 1], never falling.</param>
    /// <param name="truePositiveRates">As many in [0, 1], never falling.</param>
    /// <exception cref="ArgumentException">The lengths differ, there are fewer than 2, or a rate is out of range or falls.</exception>
    public RocCurve(string name, IReadOnlyList<double> falsePositiveRates, IReadOnlyList<double> truePositiveRates)
    {
        ArgumentNullException.ThrowIfNull(name);
        Rates(falsePositiveRates, nameof(falsePositiveRates));
        Rates(truePositiveRates, nameof(truePositiveRates));
        Check.SameCount(
            falsePositiveRates.Count, "false positive rates", truePositiveRates.Count, "true positive rates", nameof(truePositiveRates));
        Name = name;
        FalsePositiveRates = falsePositiveRates;
        TruePositiveRates = truePositiveRates;
    }

    /// <summary>Gets what it is called in the legend.</summary>
    public string Name { get; }

    /// <summary>Gets the shares of negatives taken for positives, ascending.</summary>
    public IReadOnlyList<double> FalsePositiveRates { get; }

    /// <summary>Gets the shares of positives found.</summary>
    public IReadOnlyList<double> TruePositiveRates { get; }

    /// <summary>Gets the area under the curve by the trapezoid rule, in [0, 1]: 0.5 is chance. Greater is better.</summary>
    public double Auroc
    {
        get
        {
            double area = 0;
            for (int i = 1; i < FalsePositiveRates.Count; i++)
            {
                area += (FalsePositiveRates[i] - FalsePositiveRates[i - 1]) * (TruePositiveRates[i] + TruePositiveRates[i - 1]) / 2;
            }

            return area;
        }
    }

    private static void Rates(IReadOnlyList<double> rates, string name)
    {
        ArgumentNullException.ThrowIfNull(rates, name);
        if (rates.Count < 2)
        {
            throw new ArgumentException($"There are {rates.Count} rates, but a curve takes at least 2, from 0 to 1.", name);
        }

        for (int i = 0; i < rates.Count; i++)
        {
            double least = i == 0 ? 0 : rates[i - 1];
            if (!(rates[i] >= least && rates[i] <= 1))
            {
                throw new ArgumentException(
                    $"Rate {i} is {rates[i]}, but must be from {least} to 1. Order the points by their threshold.", name);
            }
        }
    }
}
