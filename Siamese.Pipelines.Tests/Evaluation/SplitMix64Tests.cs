using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Tests.Evaluation;

public sealed class SplitMix64Tests
{
    [Test]
    public void Numbers_below_a_bound_come_alike_often([Values(-1, 0, 7)] int seed, [Values(2, 10, 1000)] int bound)
    {
        const int Draws = 200_000;
        var counts = new int[bound];
        for (int stream = 0; stream < 100; stream++)
        {
            var random = new SplitMix64(seed, stream);
            for (int i = 0; i < Draws / 100; i++)
            {
                counts[random.Next(bound)]++;
            }
        }

        // χ² has the mean bound − 1 and the variance 2 (bound − 1): within four and a half standard deviations, or it is far from even.
        double expected = (double)Draws / bound;
        double chiSquare = counts.Sum(count => (count - expected) * (count - expected) / expected);
        Assert.That(Math.Abs(chiSquare - (bound - 1)), Is.LessThan(4.5 * Math.Sqrt(2.0 * (bound - 1))));
    }

    // Python 3, after the reference code of Vigna (2015), whose first number from 1234567 is 6457827717110365317:
    //   m, g = 2**64 - 1, 0x9E3779B97F4A7C15
    //   def mix(b): b = (b ^ b >> 30) * 0xBF58476D1CE4E5B9 & m; b = (b ^ b >> 27) * 0x94D049BB133111EB & m; return b ^ b >> 31
    //   s = mix((mix(seed + g & m) + stream) & m); then, for each number: s = s + g & m; mix(s) * 10**6 >> 64
    [TestCase(1234567, 0, new[] { 854083, 580699, 428151, 953512, 639869, 528348 })]
    [TestCase(7, 3, new[] { 5078, 909164, 831551, 836509, 223075, 490896 })]
    public void Numbers_are_those_of_the_reference_code(int seed, int stream, int[] expected)
    {
        var random = new SplitMix64(seed, stream);

        Assert.That(expected.Select(_ => random.Next(1_000_000)), Is.EqualTo(expected));
    }

    [Test]
    public void Streams_and_seeds_differ_and_repeat()
    {
        int[][] drawn = [Draw(1, 0), Draw(1, 1), Draw(2, 0), Draw(-1, 0)];

        Assert.That(drawn.Select(numbers => string.Join(' ', numbers)), Is.Unique);
        Assert.That(Draw(1, 1), Is.EqualTo(drawn[1]));

        static int[] Draw(int seed, int stream)
        {
            var random = new SplitMix64(seed, stream);
            return [.. Enumerable.Range(0, 20).Select(_ => random.Next(1000))];
        }
    }
}
