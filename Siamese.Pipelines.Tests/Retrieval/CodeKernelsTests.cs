using System.Runtime.Intrinsics.X86;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Retrieval;

public sealed class CodeKernelsTests
{
    private delegate void Kernel(ReadOnlySpan<sbyte> query, ReadOnlySpan<byte> rows, Span<int> dots);

    [Test]
    public void Products_of_codes_are_exact([Range(0, 300)] int dimension)
    {
        var random = new Random(dimension);
        int stride = GalleryCodes.StrideOf(dimension);
        sbyte[] query = [.. Enumerable.Range(0, stride).Select(_ => (sbyte)random.Next(-63, 64))];
        byte[] rows = [.. Enumerable.Range(0, 4 * stride).Select(_ => (byte)random.Next(0, 256))];

        Check(query, rows);
    }

    [Test]
    public void The_greatest_codes_do_not_overflow([Values(64, 4096)] int stride, [Values(-63, 63)] int code)
    {
        sbyte[] query = new sbyte[stride];
        byte[] rows = new byte[4 * stride];
        Array.Fill(query, (sbyte)code);
        Array.Fill(rows, (byte)255);

        Check(query, rows);
    }

    [Test]
    public void A_row_is_its_codes_and_a_remainder_of_known_length([Values(1, 10, 63, 64, 65, 128, 300)] int dimension)
    {
        var random = new Random(dimension);
        float[] embeddings = [.. Enumerable.Range(0, 9 * dimension).Select(_ => (float)((2 * random.NextDouble()) - 1) * 3)];
        Array.Clear(embeddings, dimension, dimension);
        Array.Fill(embeddings, 1e-44f, 2 * dimension, dimension);

        var codes = new GalleryCodes(embeddings, dimension);

        for (int row = 0; row < 9; row++)
        {
            double remainder = 0;
            for (int i = 0; i < codes.Stride; i++)
            {
                double code = codes.From(row, 1)[i] - 128;
                double component = i < dimension ? embeddings[(row * dimension) + i] : 0;
                remainder += Math.Pow(component - (code * codes.Scales[row]), 2);
                Assert.That(Math.Abs(component - (code * codes.Scales[row])), Is.LessThanOrEqualTo((0.5001 * codes.Scales[row]) + 1e-40));
            }

            Assert.That(codes.Remainders[row], Is.EqualTo(Math.Sqrt(remainder)).Within(1e-5 * (codes.Lengths[row] + 1e-10)));
        }
    }

    private static void Check(sbyte[] query, byte[] rows)
    {
        var kernels = new List<Kernel> { CodeKernels.OneByFour, CodeKernels.OneByFourScalar };
        if (Avx512BW.IsSupported)
        {
            kernels.Add(CodeKernels.OneByFour512);
        }

        if (Avx2.IsSupported)
        {
            kernels.Add(CodeKernels.OneByFour256);
        }

        foreach (Kernel kernel in kernels)
        {
            int[] dots = [-1, -1, -1, -1];
            kernel(query, rows, dots);
            for (int row = 0; row < 4; row++)
            {
                long expected = query.Select((code, i) => (long)code * rows[(row * query.Length) + i]).Sum();
                Assert.That(dots[row], Is.EqualTo(expected), $"Row {row}");
            }
        }
    }
}
