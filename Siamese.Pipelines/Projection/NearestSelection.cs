using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Siamese.Pipelines.Projection;

/// <summary>Keeps the nearest of the references that it is shown, in any number.</summary>
internal sealed class NearestSelection
{
    private readonly int _wanted;

    // Distance in the upper half, index in the lower: the bits of floats that are not negative are ordered as the floats are.
    private readonly ulong[] _keys;
    private int _count;
    private float _bound;

    public NearestSelection(int wanted)
    {
        _wanted = wanted;
        _keys = new ulong[Math.Max(4 * wanted, 256)];
        Clear();
    }

    public void Clear()
    {
        _count = 0;
        _bound = float.PositiveInfinity;
    }

    /// <summary>Gives a distance that the nearest do not exceed: infinite while there are too few.</summary>
    public float Bound()
    {
        Shrink();
        return _bound;
    }

    /// <summary>Shows references. Which of several that are as near as the last one wanted stay depends on the order of showing.</summary>
    /// <param name="distances">Their distances, not negative, less than infinity.</param>
    /// <param name="first">The index of the first.</param>
    /// <param name="self">An index to leave out.</param>
    [MethodImpl(HotLoop.Compilation)]
    public void Add(ReadOnlySpan<float> distances, int first, int self)
    {
        int i = 0;
        ref float start = ref MemoryMarshal.GetReference(distances);
        for (; i <= distances.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            if (Vector.LessThanAny(Vector.LoadUnsafe(ref start, (nuint)i), new Vector<float>(_bound)))
            {
                AddEach(distances.Slice(i, Vector<float>.Count), first + i, self);
            }
        }

        AddEach(distances[i..], first + i, self);
    }

    /// <summary>Gives the nearest in order.</summary>
    public void CopyTo(Span<int> indices, Span<float> distances)
    {
        Shrink();
        Span<ulong> nearest = _keys.AsSpan(0, _wanted);
        nearest.Sort();
        for (int i = 0; i < nearest.Length; i++)
        {
            indices[i] = (int)(uint)nearest[i];
            distances[i] = BitConverter.UInt32BitsToSingle((uint)(nearest[i] >> 32));
        }
    }

    private void AddEach(ReadOnlySpan<float> distances, int first, int self)
    {
        for (int i = 0; i < distances.Length; i++)
        {
            if (distances[i] < _bound && first + i != self)
            {
                _keys[_count++] = ((ulong)BitConverter.SingleToUInt32Bits(distances[i]) << 32) | (uint)(first + i);
                if (_count == _keys.Length)
                {
                    Shrink();
                }
            }
        }
    }

    /// <summary>Brings the nearest to the front and forgets the rest.</summary>
    [MethodImpl(HotLoop.Compilation)]
    private void Shrink()
    {
        if (_count < _wanted || (_count == _wanted && _bound < float.PositiveInfinity))
        {
            return;
        }

        // Hoare's selection, which ends with no greater key before the last one wanted and no smaller behind it.
        int low = 0;
        int high = _count - 1;
        int last = _wanted - 1;
        while (low < high)
        {
            ulong pivot = _keys[low + ((high - low) / 2)];
            int i = low;
            int j = high;
            while (i <= j)
            {
                while (_keys[i] < pivot)
                {
                    i++;
                }

                while (_keys[j] > pivot)
                {
                    j--;
                }

                if (i <= j)
                {
                    (_keys[i], _keys[j]) = (_keys[j], _keys[i]);
                    i++;
                    j--;
                }
            }

            if (last <= j)
            {
                high = j;
            }
            else if (last >= i)
            {
                low = i;
            }
            else
            {
                break;
            }
        }

        _count = _wanted;
        _bound = BitConverter.UInt32BitsToSingle((uint)(_keys[last] >> 32));
    }
}
