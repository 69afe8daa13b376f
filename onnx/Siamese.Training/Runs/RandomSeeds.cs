namespace Siamese.Training.Runs;

/// <summary>
/// Gives every use of chance at every point of a run a seed of its own, so that a run may go on from any step as if it had never
/// been stopped: no generator's state needs to be kept.
/// </summary>
internal sealed class RandomSeeds(int seed)
{
    public Random HeldOutRows() => new((int)Mix(1, 0, 0));

    public Random Batches(int epoch) => new((int)Mix(2, epoch, 0));

    public Random Step(int epoch, int step) => new((int)Mix(3, epoch, step));

    public Random Validation() => new((int)Mix(4, 0, 0));

    public long Weights() => (long)Mix(5, 0, 0);

    public long Dropout(int epoch, int step) => (long)Mix(6, epoch, step);

    /// <summary>The finaliser of SplitMix64 (Steele, Lea and Flood, 2014) over the three numbers and the seed, cut to 31 bits.</summary>
    private ulong Mix(int use, int epoch, int step)
    {
        ulong value = (uint)seed;
        foreach (int part in (ReadOnlySpan<int>)[use, epoch, step])
        {
            value = (value + (uint)part + 1) * 0x9E3779B97F4A7C15;
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            value ^= value >> 31;
        }

        return value & int.MaxValue;
    }
}
