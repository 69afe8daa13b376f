namespace Siamese.Pipelines.Evaluation;

/// <summary>Random numbers of Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (2014).</summary>
/// <remarks>Where hundreds of thousands of numbers are drawn for each of many streams, a seeded <see cref="Random"/> is too slow.</remarks>
internal struct SplitMix64
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    private ulong _state;

    /// <summary>Starts one of many streams of a seed.</summary>
    /// <remarks>Mixed twice, since streams that start a multiple of the increment apart would be one another's continuation.</remarks>
    public SplitMix64(int seed, int stream) => _state = Mix(Mix((ulong)seed + GoldenGamma) + (ulong)stream);

    /// <summary>Draws a number that is at least 0 and less than a bound.</summary>
    public int Next(int bound)
    {
        _state += GoldenGamma;
        return (int)Math.BigMul(Mix(_state), (ulong)bound, out _);
    }

    private static ulong Mix(ulong bits)
    {
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }
}
