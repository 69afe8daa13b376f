using Siamese.Pipelines.Projection;

namespace Siamese.Pipelines.Tests.Projection;

public sealed class SymmetricEigenTests
{
    [Test]
    public void Decompose_gives_orthonormal_vectors_that_the_matrix_scales([Values(1, 2, 3, 4, 7, 20, 61)] int size, [Range(1, 3)] int seed)
    {
        var random = new Random(seed);
        var matrix = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                matrix[(i * size) + j] = matrix[(j * size) + i] = random.NextDouble() - 0.5;
            }
        }

        AssertDecomposed(matrix, size);
    }

    [TestCase(new double[] { 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    [TestCase(new double[] { 1, 0, 0, 0, 1, 0, 0, 0, 1 })]
    [TestCase(new double[] { 3, 0, 0, 0, 1, 0, 0, 0, 2 })]
    [TestCase(new double[] { 1, 1, 1, 1, 1, 1, 1, 1, 1 })]
    [TestCase(new double[] { 0, 0, 1, 0, 0, 0, 1, 0, 0 })]
    [TestCase(new double[] { 1e-200, 0, 0, 0, 1e200, 0, 0, 0, -1 })]
    public void Decompose_takes_matrices_whose_eigenvalues_coincide_or_are_worlds_apart(double[] matrix) => AssertDecomposed(matrix, 3);

    private static void AssertDecomposed(double[] matrix, int size)
    {
        (double[] values, double[] vectors) = SymmetricEigen.Decompose([.. matrix], size);

        Assert.That(values, Is.Ordered.Descending);
        double norm = Math.Max(Math.Abs(values[0]), Math.Abs(values[^1]));
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                double product = Enumerable.Range(0, size).Sum(k => vectors[(i * size) + k] * vectors[(j * size) + k]);
                Assert.That(product, Is.EqualTo(i == j ? 1 : 0).Within(1e-12), $"vectors {i} and {j}");
                double image = Enumerable.Range(0, size).Sum(k => matrix[(j * size) + k] * vectors[(i * size) + k]);
                Assert.That(image, Is.EqualTo(values[i] * vectors[(i * size) + j]).Within(1e-12 * norm), $"vector {i}, component {j}");
            }
        }
    }
}
