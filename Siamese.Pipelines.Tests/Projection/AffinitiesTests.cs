using Siamese.Pipelines.Projection;
using Siamese.Pipelines.Tests.References;

namespace Siamese.Pipelines.Tests.Projection;

public sealed class AffinitiesTests
{
    private static readonly ParallelOptions Parallel = new();

    [Test]
    public void Each_row_has_the_perplexity_asked_for([Values(1.5, 5, 30, 60)] double perplexity, [Range(1, 5)] int seed)
    {
        var random = new Random(seed);
        int neighbors = (int)(3 * perplexity) + 1;
        double scale = Math.Pow(10, random.Next(-12, 12));
        float[] distances = [.. Enumerable.Range(0, neighbors).Select(_ => (float)(scale * (1 + random.NextDouble()))).Order()];
        var probabilities = new float[neighbors];

        new PerplexityCalibration(neighbors, perplexity).Calibrate(distances, probabilities);

        // The probabilities are float32.
        Assert.That(probabilities.Sum(p => (double)p), Is.EqualTo(1).Within(1e-6));
        Assert.That(DenseTSne.Entropy(probabilities.Select(p => (double)p)), Is.EqualTo(Math.Log(perplexity)).Within(1e-6));
        Assert.That(probabilities, Is.Ordered.Descending);
    }

    [Test]
    public void More_equals_than_the_perplexity_share_alike()
    {
        float[] distances = [.. Enumerable.Repeat(0f, 40), .. Enumerable.Repeat(3f, 51)];
        var probabilities = new float[91];

        new PerplexityCalibration(91, 30).Calibrate(distances, probabilities);

        Assert.That(probabilities[..40], Is.All.EqualTo(1f / 40).Within(1e-6));
        Assert.That(probabilities[40..], Is.All.LessThan(1e-6));
    }

    [Test]
    public void All_equals_share_alike([Values(0f, 2.5f)] float distance)
    {
        var probabilities = new float[10];

        new PerplexityCalibration(10, 3).Calibrate([.. Enumerable.Repeat(distance, 10)], probabilities);

        Assert.That(probabilities, Is.All.EqualTo(0.1f).Within(1e-7));
    }

    [TestCase(40, 4, 5.0)]
    [TestCase(150, 3, 20.0)]
    [TestCase(120, 10, 39.0)]
    public void From_agrees_with_the_definition_and_is_symmetric_and_sums_to_1(int count, int dimension, double perplexity)
    {
        float[] rows = RandomRows.Clusters(new Random(count), count, dimension, clusters: 3, spread: 2);
        int neighbors = (int)(3 * perplexity) + 1;
        double[,] expected = DenseTSne.JointProbabilities(rows, dimension, perplexity, neighbors);

        double[,] joint = Joint(rows, dimension, perplexity, neighbors);

        Assert.That(joint, Is.EqualTo(expected).Within(1e-6 / count));
        Assert.That(joint.Cast<double>().Sum(), Is.EqualTo(1).Within(1e-6));
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                Assert.That(joint[i, j], Is.EqualTo(joint[j, i]));
            }
        }
    }

    // import numpy as np
    // from sklearn.manifold._t_sne import _joint_probabilities_nn
    // from sklearn.neighbors import NearestNeighbors
    // rows = np.array([[0,0],[1,0],[0,2],[3,1],[5,5],[6,5],[5,7],[9,9]], np.float32)
    // graph = NearestNeighbors(n_neighbors=7).fit(rows).kneighbors_graph(mode='distance'); graph.data **= 2
    // print(_joint_probabilities_nn(graph, 2.0, 0).toarray()[:3])           # scikit-learn 1.2.1
    [Test]
    public void From_agrees_with_scikit_learn()
    {
        double[,] expected =
        {
            { 0, 0.093140907296, 0.056722972877, 0.008753167207, 0.000000643406, 0.000000356464, 0.000000000001, 0 },
            { 0.093140907296, 0, 0.027902584193, 0.055810417173, 0.000004898576, 0.000003035687, 0.000000000025, 0 },
            { 0.056722972877, 0.027902584193, 0, 0.007517722425, 0.000023800613, 0.000008037356, 0.000000004456, 0 },
        };

        double[,] joint = Joint([0, 0, 1, 0, 0, 2, 3, 1, 5, 5, 6, 5, 5, 7, 9, 9], 2, perplexity: 2, neighbors: 7);

        // scikit-learn stops where the entropy is right to 1e-5.
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 8; j++)
            {
                Assert.That(joint[i, j], Is.EqualTo(expected[i, j]).Within(3e-6), $"{i}, {j}");
            }
        }
    }

    /// <summary>The joint probabilities by the rows' own numbers.</summary>
    private static double[,] Joint(float[] rows, int dimension, double perplexity, int neighbors)
    {
        int[] order = RowOrder.Of(rows, dimension, default);
        var affinities = Affinities.From(NeighborSearch.Find(rows, dimension, order, neighbors, Parallel), perplexity, Parallel);
        var joint = new double[order.Length, order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            Assert.That(affinities.Columns(i).ToArray(), Is.Ordered.And.Unique);
            for (int n = 0; n < affinities.Columns(i).Length; n++)
            {
                joint[order[i], order[affinities.Columns(i)[n]]] = affinities.Values(i)[n];
            }
        }

        return joint;
    }
}
