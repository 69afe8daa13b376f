using Siamese.Pipelines.Tests.References;
using Siamese.Training.Miners;

namespace Siamese.Pipelines.Tests.Training.Miners;

public sealed class DistanceWeightedMinerTests
{
    [TestCase(3)]
    [TestCase(4)]
    [TestCase(16)]
    [TestCase(128)]
    public void Mine_draws_each_negative_as_often_as_its_weight_says(int dimension)
    {
        // Twelve negatives from 0.1 to 1.5 away from the anchor, image 0; image 1 is its only positive.
        const int Draws = 4_000;
        int[] labels = [1, 1, .. Enumerable.Repeat(2, 12)];
        float[,] distances = new float[14, 14];
        for (int i = 2; i < 14; i++)
        {
            distances[0, i] = 0.1f + (1.4f * (i - 2) / 11);
        }

        float[] flat = [.. distances.Cast<float>()];
        var miner = new DistanceWeightedMiner(dimension);
        var random = new Random(5);
        int[] drawn = new int[14];
        for (int i = 0; i < Draws; i++)
        {
            drawn[miner.Mine(flat, labels, random).Negatives[0]]++;
        }

        double[] probabilities = TripletMining.DistanceWeights(distances, labels, 0, dimension, 0.5, 1.4);
        for (int i = 0; i < 14; i++)
        {
            // Five standard deviations of a count, and one for rounding.
            double deviation = Math.Sqrt(Draws * probabilities[i] * (1 - probabilities[i]));
            Assert.That(drawn[i], Is.EqualTo(Draws * probabilities[i]).Within((5 * deviation) + 1), $"image {i}");
        }
    }

    [Test]
    public void Mine_takes_every_anchor_and_positive_once([Range(1, 20)] int seed)
    {
        Batch batch = Batch.Random(seed, onSphere: true, dimension: 8);

        IEnumerable<(int, int)> mined = batch.Mine(new DistanceWeightedMiner(8)).Select(t => (t.Anchor, t.Positive));

        Assert.That(mined, Is.EqualTo(TripletMining.All(batch.Labels).Select(t => (t.Anchor, t.Positive)).Distinct()));
    }

    [Test]
    public void Mine_leaves_out_negatives_beyond_the_cutoff_unless_there_are_no_others()
    {
        Batch batch = Batch.OnALine([0, 0.1f, 1.0f, 1.6f, 1.8f], [1, 1, 2, 2, 2]);

        (int Anchor, int Positive, int Negative)[] mined =
            [.. Enumerable.Range(0, 200).SelectMany(seed => batch.Mine(new DistanceWeightedMiner(3), seed))];

        Assert.That(mined.Where(t => t.Anchor == 0).Select(t => t.Negative), Is.All.EqualTo(2));
        Assert.That(mined.Where(t => t.Anchor == 3).Select(t => t.Negative).Distinct(), Is.EquivalentTo(new[] { 0, 1 }));
    }

    [Test]
    public void Distances_of_embeddings_that_are_no_unit_vectors_are_refused()
    {
        Assert.That(
            () => Batch.OnALine([0, 1, 2.5f], [1, 1, 2]).Mine(new DistanceWeightedMiner(3)),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("distances")
                .And.Message.Contains("2.5").And.Message.Contains("at most 2 apart"));
    }

    [TestCase(0.0)]
    [TestCase(2.0)]
    [TestCase(double.NaN)]
    public void A_cutoff_outside_the_spheres_distances_is_refused(double cutoff)
    {
        Assert.That(
            () => new DistanceWeightedMiner(3) { Cutoff = cutoff },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("Cutoff"));
        Assert.That(
            () => new DistanceWeightedMiner(3) { NonZeroLossCutoff = cutoff },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("NonZeroLossCutoff"));
    }

    [Test]
    public void A_dimension_below_two_is_refused()
    {
        Assert.That(
            () => new DistanceWeightedMiner(1),
            Throws.TypeOf<ArgumentOutOfRangeException>()
                .With.Property("ParamName").EqualTo("dimension").And.Message.Contains("at least 2"));
    }
}
