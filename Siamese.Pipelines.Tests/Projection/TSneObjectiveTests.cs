using System.Numerics;
using System.Runtime.InteropServices;
using Siamese.Pipelines.Projection;
using Siamese.Pipelines.Tests.References;

namespace Siamese.Pipelines.Tests.Projection;

public sealed class TSneObjectiveTests
{
    private const double Perplexity = 10;
    private const int Neighbors = 31;

    private static readonly ParallelOptions Parallel = new() { MaxDegreeOfParallelism = 2 };

    [Test]
    public void The_reference_gradient_is_that_of_the_reference_divergence()
    {
        float[] rows = RandomRows.Normal(new Random(1), 12, 3);
        double[,] joint = DenseTSne.JointProbabilities(rows, 3, perplexity: 3, neighbors: 10);
        double[] layout = [.. RandomRows.Normal(new Random(2), 12, 2)];

        double[] gradient = DenseTSne.Gradient(joint, layout);

        const double Step = 1e-5;
        for (int i = 0; i < layout.Length; i++)
        {
            double[] ahead = [.. layout];
            double[] behind = [.. layout];
            ahead[i] += Step;
            behind[i] -= Step;
            double slope = (DenseTSne.Divergence(joint, ahead) - DenseTSne.Divergence(joint, behind)) / (2 * Step);
            Assert.That(gradient[i], Is.EqualTo(slope).Within(1e-9), $"coordinate {i}");
        }
    }

    [Test]
    public void At_the_angle_0_gradient_and_divergence_are_exact([Values] Layout layout)
    {
        Scene scene = Make(layout, 400);

        (double error, double divergence) = Compare(scene, angle: 0);

        // Float32 holds each of the forces to 6e-8; what is left of their sum is smaller than they are.
        Assert.That(error, Is.LessThan(2e-6));
        Assert.That(divergence, Is.EqualTo(DenseTSne.Divergence(scene.Joint, scene.Coordinates)).Within(1e-5));
    }

    // Cells whose points are at their ends, and on a line, are the worst case: what a series leaves out is greatest, and has one sign.
    [TestCase(0.2, 2e-4, 5e-3)]
    [TestCase(0.5, 1e-2, 5e-2)]
    public void The_gradient_is_near_at_greater_angles(double angle, double bound, double worstBound)
    {
        foreach (Layout layout in Enum.GetValues<Layout>())
        {
            Scene scene = Make(layout, 1500);

            (double error, _) = Compare(scene, angle);

            Assert.That(error, Is.LessThan(layout is Layout.Line or Layout.Heaps ? worstBound : bound), $"{layout}");
        }
    }

    [Test]
    public void The_normalizer_at_small_angles_is_as_true_as_the_result_says([Values] Layout layout)
    {
        Scene scene = Make(layout, 1500);
        var objective = new TSneObjective(scene.Affinities, Parallel);

        double exact = objective.Normalizer(scene.Points, 0);
        double near = objective.Normalizer(scene.Points, 0.2);

        Assert.That(near, Is.EqualTo(exact).Within(2e-3).Percent);
    }

    private static (double Error, double Divergence) Compare(Scene scene, double angle)
    {
        var objective = new TSneObjective(scene.Affinities, Parallel);
        double normalizer = objective.ComputeForces(scene.Points, angle);
        double[] expected = DenseTSne.Gradient(scene.Joint, scene.Coordinates);
        double error = 0;
        for (int i = 0; i < scene.Points.Length; i++)
        {
            Vector2 gradient = objective.Gradient(i, exaggeration: 1, (float)normalizer);
            error += Math.Pow(gradient.X - expected[2 * i], 2) + Math.Pow(gradient.Y - expected[(2 * i) + 1], 2);
        }

        return (Math.Sqrt(error / expected.Sum(x => x * x)), objective.Divergence(scene.Points, normalizer));
    }

    private static Scene Make(Layout layout, int count)
    {
        var random = new Random(7);
        float[] rows = RandomRows.Clusters(random, count, 5, clusters: 6, spread: 3);
        float[] places = layout switch
        {
            Layout.Start => [.. RandomRows.Normal(random, count, 2).Select(x => 1e-4f * x)],
            Layout.Disc => [.. RandomRows.Normal(random, count, 2).Select(x => 15 * x)],
            Layout.Clusters => RandomRows.Clusters(random, count, 2, clusters: 6, spread: 30),
            Layout.Line => [.. RandomRows.Normal(random, count, 2).Select((x, i) => i % 2 == 0 ? 40 * x : 3)],

            // Half of the points on five places in a line, and one far off.
            _ => [.. RandomRows.Normal(random, count, 2).Select((x, i) => i < 2 ? 5000 : i < count ? i / 2 % 5 : 10 * x)],
        };
        Vector2[] points = MemoryMarshal.Cast<float, Vector2>(places.AsSpan()).ToArray();
        int[] order = [.. Enumerable.Range(0, count)];
        var affinities = Affinities.From(NeighborSearch.Find(rows, 5, order, Neighbors, Parallel), Perplexity, Parallel);
        return new Scene(
            affinities,
            DenseTSne.JointProbabilities(rows, 5, Perplexity, Neighbors),
            points,
            [.. places.Select(x => (double)x)]);
    }

    public enum Layout
    {
        Start,
        Disc,
        Clusters,
        Line,
        Heaps,
    }

    private sealed record Scene(Affinities Affinities, double[,] Joint, Vector2[] Points, double[] Coordinates);
}
