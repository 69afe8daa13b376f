namespace Siamese.Pipelines.Evaluation;

/// <summary>Bounds the probability of an event that was seen some times in a number of independent trials.</summary>
internal static class BinomialBound
{
    private const int Halvings = 60;

    /// <summary>Returns the one-sided upper confidence bound of Clopper and Pearson.</summary>
    /// <param name="events">How often the event was seen, at most <paramref name="trials"/>.</param>
    /// <param name="trials">The number of trials, at least 1.</param>
    /// <param name="confidence">The confidence, in (0, 1).</param>
    /// <returns>The probability at which no more events than were seen have a probability of 1 − <paramref name="confidence"/>.</returns>
    /// <remarks>C. Clopper, E. Pearson, The use of confidence or fiducial limits illustrated in the case of the binomial, 1934.</remarks>
    public static double Upper(int events, int trials, double confidence)
    {
        if (events >= trials)
        {
            return 1;
        }

        double low = 0;
        double high = 1;
        for (int i = 0; i < Halvings; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = AtMost(events, trials, middle) > 1 - confidence ? (middle, high) : (low, middle);
        }

        return high;
    }

    // By logarithms: the powers of thousands of trials are smaller than a double.
    private static double AtMost(int events, int trials, double probability)
    {
        double sum = 0;
        double logarithm = trials * Math.Log(1 - probability);
        for (int i = 0; i <= events; i++)
        {
            sum += Math.Exp(logarithm);
            logarithm += Math.Log((double)(trials - i) / (i + 1)) + Math.Log(probability) - Math.Log(1 - probability);
        }

        return sum;
    }
}
