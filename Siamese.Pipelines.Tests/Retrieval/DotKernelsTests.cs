using System.Runtime.Intrinsics;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Retrieval;

public sealed class DotKernelsTests
{
    private delegate void Kernel(ReadOnlySpan<float> query, ReadOnlySpan<float> rows, Span<float> dots);

    [Test]
    public void Four_queries_with_four_rows_agree_with_the_sum_one_by_one([Range(0, 300)] int dimension)
    {
        (float[] queries, float[] rows) = Vectors(dimension);
        float[] dots = new float[16];

        DotKernels.FourByFour(queries, rows, dimension, dots);
        Check(queries, rows, dimension, dots);

        if (Vector512.IsHardwareAccelerated)
        {
            DotKernels.FourByFour512(queries, rows, dimension, dots);
            Check(queries, rows, dimension, dots);
        }
    }

    [Test]
    public void A_query_with_four_rows_agrees_with_the_sum_one_by_one([Range(0, 300)] int dimension)
    {
        (float[] queries, float[] rows) = Vectors(dimension);
        float[] dots = new float[16];
        var kernels = new List<Kernel> { DotKernels.OneByFour };
        if (Vector512.IsHardwareAccelerated)
        {
            kernels.Add(DotKernels.OneByFour512);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            kernels.Add(DotKernels.OneByFour256);
        }

        foreach (Kernel kernel in kernels)
        {
            Array.Fill(dots, float.NaN);
            for (int query = 0; query < 4; query++)
            {
                kernel(queries.AsSpan(query * dimension, dimension), rows, dots.AsSpan(4 * query, 4));
            }

            Check(queries, rows, dimension, dots);
        }
    }

    [Test]
    public void What_is_no_number_makes_its_own_products_none([Values(1, 7, 16, 33, 128, 300)] int dimension)
    {
        for (int at = 0; at < dimension; at++)
        {
            (float[] queries, float[] rows) = Vectors(dimension);
            queries[dimension + at] = float.NaN;
            rows[(2 * dimension) + at] = float.NaN;
            float[] dots = new float[16];

            DotKernels.FourByFour(queries, rows, dimension, dots);

            for (int i = 0; i < dots.Length; i++)
            {
                Assert.That(float.IsNaN(dots[i]), Is.EqualTo(i / 4 == 1 || i % 4 == 2), $"Product {i}, component {at}");
            }
        }
    }

    private static void Check(float[] queries, float[] rows, int dimension, float[] dots)
    {
        for (int query = 0; query < 4; query++)
        {
            for (int row = 0; row < 4; row++)
            {
                double dot = 0, squares = 0;
                for (int i = 0; i < dimension; i++)
                {
                    double q = queries[(query * dimension) + i], x = rows[(row * dimension) + i];
                    dot += q * x;
                    squares += (q * q) + (x * x);
                }

                Assert.That(dots[(4 * query) + row], Is.EqualTo(dot).Within(DotKernels.Slack(dimension) / 2 * squares), $"Query {query}, row {row}");
            }
        }
    }

    private static (float[] Queries, float[] Rows) Vectors(int dimension)
    {
        var random = new Random(dimension);
        float[] Four() => [.. Enumerable.Range(0, 4 * dimension).Select(_ => (float)((2 * random.NextDouble()) - 1))];
        return (Four(), Four());
    }
}
