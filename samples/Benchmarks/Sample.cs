using System.Diagnostics;

namespace Siamese.Samples.Benchmarks;

/// <summary>What a run took.</summary>
internal readonly record struct Sample(double Seconds, double Bytes)
{
    public static Sample Of(Action run)
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        long start = Stopwatch.GetTimestamp();
        run();
        return new Sample(Stopwatch.GetElapsedTime(start).TotalSeconds, GC.GetTotalAllocatedBytes(precise: true) - before);
    }

    /// <summary>Runs contenders in turn, after one warm-up each.</summary>
    /// <returns>The rounds of each contender.</returns>
    public static Sample[][] InTurn(int rounds, params Action[] contenders)
    {
        Array.ForEach(contenders, contender => contender());
        Sample[][] found = [.. contenders.Select(_ => new Sample[rounds])];
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < contenders.Length; i++)
            {
                found[i][round] = Of(contenders[i]);
            }
        }

        return found;
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
