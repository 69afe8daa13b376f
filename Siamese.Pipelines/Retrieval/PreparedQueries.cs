using System.Numerics.Tensors;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Queries, one behind the other, with what a scan needs of each.</summary>
internal sealed class PreparedQueries
{
    private readonly float[] _components;
    private readonly sbyte[] _codes;
    private readonly int _stride;

    public PreparedQueries(IReadOnlyList<float[]> queries, int dimension, bool encode)
    {
        Count = queries.Count;
        Dimension = dimension;
        _components = new float[queries.Count * dimension];
        _stride = encode ? GalleryCodes.StrideOf(dimension) : 0;
        _codes = new sbyte[queries.Count * _stride];
        Squares = new float[queries.Count];
        Lengths = new float[queries.Count];
        Scales = new float[queries.Count];
        Remainders = new float[queries.Count];
        Excesses = new int[queries.Count];
        for (int i = 0; i < queries.Count; i++)
        {
            queries[i].CopyTo(_components, i * dimension);
            Squares[i] = TensorPrimitives.SumOfSquares<float>(queries[i]);
            Lengths[i] = TensorPrimitives.Norm<float>(queries[i]);
            if (encode)
            {
                (Scales[i], Remainders[i], Excesses[i]) = GalleryCodes.EncodeQuery(queries[i], _codes.AsSpan(i * _stride, _stride));
            }
        }
    }

    public int Count { get; }

    public int Dimension { get; }

    public float[] Squares { get; }

    public float[] Lengths { get; }

    /// <summary>Gets the scale of each query's codes.</summary>
    public float[] Scales { get; }

    /// <summary>Gets the length of what the codes of each query leave of it.</summary>
    public float[] Remainders { get; }

    /// <summary>Gets what the product of each query's codes with a row's is too great by.</summary>
    public int[] Excesses { get; }

    public ReadOnlySpan<float> this[int query] => From(query, 1);

    public ReadOnlySpan<float> From(int query, int count) => _components.AsSpan(query * Dimension, count * Dimension);

    public ReadOnlySpan<sbyte> CodesOf(int query) => _codes.AsSpan(query * _stride, _stride);
}
