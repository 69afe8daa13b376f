using Siamese.Training.Distances;
using TorchSharp;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training.Distances;

public sealed class EmbeddingDistanceTests
{
    private static readonly EmbeddingDistance[] All = [new EuclideanDistance(), new SquaredEuclideanDistance(), new CosineDistance()];

    [Test]
    public void Matrix_agrees_with_the_formula([ValueSource(nameof(All))] EmbeddingDistance distance, [Values(1, 2, 7, 33)] int size)
    {
        using DisposeScope scope = NewDisposeScope();
        double[,] embeddings = RandomEmbeddings(size, 5, seed: size);

        Tensor matrix = distance.Matrix(tensor(embeddings).to(float32));

        Assert.That(matrix.shape, Is.EqualTo(new long[] { size, size }));
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                // Squares of norms up to 12 in float32 are exact to 1e-6; on the diagonal a square root makes 1e-3 of that.
                double expected = Formula(distance, Row(embeddings, i), Row(embeddings, j));
                Assert.That(matrix[i, j].item<float>(), Is.EqualTo(expected).Within(1e-5), $"row {i}, column {j}");
            }
        }
    }

    [Test]
    public void Matrix_is_symmetric_exactly([ValueSource(nameof(All))] EmbeddingDistance distance, [Values(3, 17, 160)] int size)
    {
        using DisposeScope scope = NewDisposeScope();

        Tensor matrix = distance.Matrix(tensor(RandomEmbeddings(size, 37, seed: size)).to(float32));

        Assert.That(matrix.Equals(matrix.t()), Is.True);
    }

    [Test]
    public void Matrix_of_embeddings_alike_is_zero([ValueSource(nameof(All))] EmbeddingDistance distance)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor embeddings = tensor(new float[,] { { 3, -4, 0.1f }, { 3, -4, 0.1f }, { 3, -4, 0.1f } });

        float[] matrix = distance.Matrix(embeddings).data<float>().ToArray();

        // ‖x‖² is 25 and rounds to 2e-6; the cosine of equal vectors to 1e-7.
        Assert.That(matrix, Is.All.EqualTo(0).Within(2e-3));
    }

    [TestCase(0f, 0f, 0.0, TestName = "Diagonal_of_small_embeddings_is_zero_exactly")]
    [TestCase(123.4f, -0.7f, 0.0, TestName = "Diagonal_of_large_embeddings_is_zero_exactly")]
    public void Diagonal_is_zero_exactly(float x, float y, double expected)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor embeddings = tensor(new[,] { { x, y }, { y, 5 }, { 0.3f, x } });

        Assert.That(new EuclideanDistance().Matrix(embeddings).diagonal().data<float>().ToArray(), Is.All.EqualTo(expected));
        Assert.That(new SquaredEuclideanDistance().Matrix(embeddings).diagonal().data<float>().ToArray(), Is.All.EqualTo(expected));
    }

    [TestCase(new[] { 3f, 4f }, new[] { 6f, 8f }, 0.0)]
    [TestCase(new[] { 1f, 0f }, new[] { 0f, 5f }, 1.0)]
    [TestCase(new[] { 1f, 1f }, new[] { -2f, -2f }, 2.0)]
    [TestCase(new[] { 0f, 0f }, new[] { 1f, 2f }, 1.0)]
    public void Cosine_distance_knows_only_directions(float[] x, float[] y, double expected)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor embeddings = tensor(new[,] { { x[0], x[1] }, { y[0], y[1] } });

        Assert.That(new CosineDistance().Matrix(embeddings)[0, 1].item<float>(), Is.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public void Cosine_distance_stays_in_its_range([Range(1, 10)] int seed)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor half = tensor(RandomEmbeddings(20, 7, seed)).to(float32);

        Tensor matrix = new CosineDistance().Matrix(cat([half, -half]));

        Assert.That(matrix.data<float>().ToArray(), Is.All.InRange(0, 2));
    }

    [Test]
    public void Half_the_squared_distance_of_unit_vectors_is_their_cosine_distance([Range(1, 10)] int seed)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor unit = nn.functional.normalize(tensor(RandomEmbeddings(20, 7, seed)).to(float32), p: 2, dim: 1);

        Tensor squared = new SquaredEuclideanDistance().Matrix(unit);
        Tensor cosine = new CosineDistance().Matrix(unit);

        Assert.That((squared - (2 * cosine)).abs().max().item<float>(), Is.LessThan(1e-6));
    }

    [Test]
    public void Gradients_agree_with_differences([ValueSource(nameof(All))] EmbeddingDistance distance, [Range(1, 5)] int seed)
    {
        double[,] embeddings = RandomEmbeddings(6, 4, seed);

        // Weights of no symmetry, so that each element's gradient counts.
        double[] byBackpropagation = Gradient.ByBackpropagation(Weighted, embeddings);
        double[] byDifferences = Gradient.ByDifferences(Weighted, embeddings);

        Assert.That(byBackpropagation, Is.EqualTo(byDifferences).Within(1e-7));

        Tensor Weighted(Tensor x)
        {
            Tensor weights = linspace(-1, 2, 36, dtype: float64).view(6, 6).pow(2);
            weights[torch.eye(6, dtype: @bool)] = 0;
            return (distance.Matrix(x) * weights).sum();
        }
    }

    [Test]
    public void Gradients_are_finite_where_embeddings_are_alike_or_zero([ValueSource(nameof(All))] EmbeddingDistance distance)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor embeddings = tensor(new float[,] { { 3, -4 }, { 3, -4 }, { 0, 0 }, { 0, 0 }, { 1e-8f, 0 } }, requires_grad: true);

        distance.Matrix(embeddings).sum().backward();

        Assert.That(embeddings.grad!.data<float>().ToArray().All(float.IsFinite), Is.True);
    }

    [Test]
    public void Gradient_is_zero_where_all_embeddings_are_alike()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor embeddings = tensor(new float[,] { { 1, 2 }, { 1, 2 }, { 1, 2 } }, requires_grad: true);

        new EuclideanDistance().Matrix(embeddings).sum().backward();

        Assert.That(embeddings.grad!.data<float>().ToArray(), Is.All.Zero);
    }

    [Test]
    public void Matrix_leaves_no_tensor_behind([ValueSource(nameof(All))] EmbeddingDistance distance)
    {
        using Tensor embeddings = ones([4, 3], requires_grad: true);

        Assert.That(TensorLeaks.Count(() => distance.Matrix(embeddings)), Is.Zero);
    }

    [Test]
    public void Matrix_refuses_what_is_no_matrix([ValueSource(nameof(All))] EmbeddingDistance distance)
    {
        using Tensor images = zeros(2, 3, 4);

        Assert.That(
            () => distance.Matrix(images),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("embeddings").And.Message.Contains("(2, 3, 4)"));
    }

    private static double Formula(EmbeddingDistance distance, double[] x, double[] y)
    {
        double square = x.Zip(y).Sum(p => (p.First - p.Second) * (p.First - p.Second));
        return distance switch
        {
            EuclideanDistance => Math.Sqrt(square),
            SquaredEuclideanDistance => square,
            _ => 1 - (x.Zip(y).Sum(p => p.First * p.Second) / Math.Sqrt(x.Sum(v => v * v) * y.Sum(v => v * v))),
        };
    }

    private static double[] Row(double[,] matrix, int row) =>
        [.. Enumerable.Range(0, matrix.GetLength(1)).Select(column => matrix[row, column])];

    private static double[,] RandomEmbeddings(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        double[,] embeddings = new double[rows, columns];
        for (int i = 0; i < embeddings.Length; i++)
        {
            embeddings[i / columns, i % columns] = (random.NextDouble() * 3) - 1.5;
        }

        return embeddings;
    }
}
