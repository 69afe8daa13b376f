using System.Numerics;
using System.Runtime.InteropServices;

namespace Siamese.Pipelines.Evaluation;

/// <summary>Scores rankings without ranking all: of N references only the R nearest are put in order.</summary>
/// <remarks>It owns buffers: one instance for each thread.</remarks>
internal sealed class QueryScorer
{
    private const int DigitBits = 11;

    private readonly int[] _histogram = new int[1 << DigitBits];
    private ulong[] _nearest = [];

    /// <summary>Scores the ranking of one query.</summary>
    /// <param name="distances">N values, not negative; <see cref="float.PositiveInfinity"/> for the query itself among them.</param>
    /// <param name="classes">The class of each of the N references.</param>
    /// <param name="members">The references of the query's class in ascending order, with the query itself or without.</param>
    /// <param name="relevant">R: how many of the members are not the query itself, at least 1.</param>
    public QueryScore Score(ReadOnlySpan<float> distances, ReadOnlySpan<int> classes, ReadOnlySpan<int> members, int relevant)
    {
        int first = FirstMatch(distances, members);
        int wanted = classes[members[0]];
        Span<ulong> nearest = Nearest(distances, relevant);
        int matches = 0;
        double precisions = 0;
        for (int i = 0; i < nearest.Length; i++)
        {
            if (classes[(int)(uint)nearest[i]] == wanted)
            {
                matches++;
                precisions += (double)matches / (i + 1);
            }
        }

        return new QueryScore(first, (double)matches / relevant, precisions / relevant);
    }

    private static int FirstMatch(ReadOnlySpan<float> distances, ReadOnlySpan<int> members)
    {
        int match = members[0];
        foreach (int member in members)
        {
            if (distances[member] < distances[match])
            {
                match = member;
            }
        }

        // Those before it are ranked before it even when they are as near, those behind it only when they are nearer.
        float distance = distances[match];
        return 1 + CountBelow(distances[..match], MathF.BitIncrement(distance)) + CountBelow(distances[(match + 1)..], distance);
    }

    private static int CountBelow(ReadOnlySpan<float> distances, float bound)
    {
        var bounds = new Vector<float>(bound);
        Vector<int> counts = Vector<int>.Zero;
        int i = 0;
        ref float start = ref MemoryMarshal.GetReference(distances);
        for (; i <= distances.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            // A comparison that holds is a lane of ones: −1.
            counts -= Vector.LessThan(Vector.LoadUnsafe(ref start, (nuint)i), bounds);
        }

        int count = Vector.Sum(counts);
        for (; i < distances.Length; i++)
        {
            count += distances[i] < bound ? 1 : 0;
        }

        return count;
    }

    /// <summary>Finds the nearest references in order: distance in the upper half of each key, index in the lower.</summary>
    private Span<ulong> Nearest(ReadOnlySpan<float> distances, int count)
    {
        if (_nearest.Length < count)
        {
            _nearest = new ulong[count];
        }

        // The bits of floats that are not negative are ordered as the floats are.
        ReadOnlySpan<uint> keys = MemoryMarshal.Cast<float, uint>(distances);
        uint farthest = Farthest(keys, count, out int ties);
        int found = 0;
        for (int i = 0; found < count; i++)
        {
            uint key = keys[i];
            if (key < farthest || (key == farthest && ties-- > 0))
            {
                _nearest[found++] = ((ulong)key << 32) | (uint)i;
            }
        }

        Span<ulong> nearest = _nearest.AsSpan(0, count);
        nearest.Sort();
        return nearest;
    }

    /// <summary>Finds the greatest of the smallest keys, digit by digit from the highest: as fast on ties as on anything.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="count">How many are the smallest, from 1 to the number of keys.</param>
    /// <param name="ties">How many keys equal to the result are among them.</param>
    private uint Farthest(ReadOnlySpan<uint> keys, int count, out int ties)
    {
        uint prefix = 0;
        uint mask = 0;
        int left = count;
        int shift = 32;
        while (shift > 0)
        {
            int bits = Math.Min(DigitBits, shift);
            shift -= bits;
            Array.Clear(_histogram);
            foreach (uint key in keys)
            {
                if ((key & mask) == prefix)
                {
                    _histogram[(key >> shift) & ((1 << bits) - 1)]++;
                }
            }

            uint digit = 0;
            while (_histogram[digit] < left)
            {
                left -= _histogram[digit++];
            }

            prefix |= digit << shift;
            mask |= ((1u << bits) - 1) << shift;
        }

        ties = left;
        return prefix;
    }
}
