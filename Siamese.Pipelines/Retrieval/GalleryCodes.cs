using System.Numerics.Tensors;

namespace Siamese.Pipelines.Retrieval;

/// <summary>A block's embeddings as codes of a byte each, with what each row lost by that.</summary>
/// <remarks>
/// A row x is s c + e, with codes c in [−127, 127], a scale s of its own and a remainder e. As |e| is known, a product with the codes tells how
/// near a row is at the nearest, so that no row is missed for the sake of the codes.
/// </remarks>
internal sealed class GalleryCodes
{
    private const int Greatest = 127;

    // Instructions multiply unsigned by signed bytes: rows are shifted to be the unsigned ones.
    private const int Shift = 128;

    private readonly byte[] _codes;

    public GalleryCodes(ReadOnlySpan<float> embeddings, int dimension)
    {
        int rows = embeddings.Length / dimension;
        Stride = StrideOf(dimension);
        _codes = GC.AllocateUninitializedArray<byte>(rows * Stride);
        Array.Fill(_codes, (byte)Shift);
        Scales = new float[rows];
        Remainders = new float[rows];
        Lengths = new float[rows];
        Span<float> codes = new float[dimension];
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<float> embedding = embeddings.Slice(row * dimension, dimension);
            Scales[row] = Encode(embedding, Greatest, codes);
            Span<byte> own = _codes.AsSpan(row * Stride, dimension);
            for (int i = 0; i < dimension; i++)
            {
                own[i] = (byte)((int)codes[i] + Shift);
            }

            Remainders[row] = RemainderOf(embedding, codes, Scales[row]);
            Lengths[row] = TensorPrimitives.Norm(embedding);
        }
    }

    /// <summary>Gets the codes from a row to the next.</summary>
    public int Stride { get; }

    public float[] Scales { get; }

    /// <summary>Gets |e| of each row.</summary>
    public float[] Remainders { get; }

    /// <summary>Gets |x| of each row.</summary>
    public float[] Lengths { get; }

    public ReadOnlySpan<byte> From(int row, int count) => _codes.AsSpan(row * Stride, count * Stride);

    public static int StrideOf(int dimension) => (dimension + CodeKernels.Multiple - 1) / CodeKernels.Multiple * CodeKernels.Multiple;

    /// <summary>Encodes a query.</summary>
    /// <param name="query">D components.</param>
    /// <param name="encoded">Takes the codes; those behind D are 0.</param>
    /// <returns>The scale, |e|, and what a product with a row's shifted codes is too great by.</returns>
    public static (float Scale, float Remainder, int Excess) EncodeQuery(ReadOnlySpan<float> query, Span<sbyte> encoded)
    {
        Span<float> codes = new float[query.Length];
        float scale = Encode(query, CodeKernels.GreatestOfQuery, codes);
        encoded.Clear();
        int sum = 0;
        for (int i = 0; i < query.Length; i++)
        {
            encoded[i] = (sbyte)codes[i];
            sum += encoded[i];
        }

        return (scale, RemainderOf(query, codes, scale), sum * Shift);
    }

    private static float Encode(ReadOnlySpan<float> embedding, int greatest, Span<float> codes)
    {
        float largest = Math.Abs(TensorPrimitives.MaxMagnitude(embedding));
        float scale = largest / greatest;

        // Of what is so small that its scale is no normal number, nothing is left, and all is remainder.
        if (!float.IsNormal(scale) || !float.IsFinite(1 / scale))
        {
            codes.Clear();
            return 0;
        }

        TensorPrimitives.Multiply(embedding, 1 / scale, codes);
        TensorPrimitives.Round(codes, codes);
        return scale;
    }

    private static float RemainderOf(ReadOnlySpan<float> embedding, Span<float> codes, float scale)
    {
        TensorPrimitives.Multiply(codes, -scale, codes);
        TensorPrimitives.Add(codes, embedding, codes);

        // The second term is what squares that underflow may leave out.
        return TensorPrimitives.Norm<float>(codes) + (MathF.Sqrt(codes.Length) * 2e-19f);
    }
}
