using Siamese.Pipelines.Tests.References;
using Siamese.Training.Miners;

namespace Siamese.Pipelines.Tests.Training.Miners;

public sealed class RandomTripletMinerTests
{
    [Test]
    public void Mine_draws_anchors_evenly_then_positives_then_negatives()
    {
        const int Count = 60_000;
        Batch batch = Batch.OnALine([0, 1, 2, 3, 4, 5], [4, 9, 4, 4, 9, 2]);

        Dictionary<(int, int, int), int> drawn = batch.Mine(new RandomTripletMiner(Count)).CountBy(t => t).ToDictionary();

        // Five of the six images can be anchors; image 5 has no positive.
        (int Anchor, int Positive, int Negative)[] valid = TripletMining.All(batch.Labels).ToArray();
        foreach (var ofAnchor in valid.GroupBy(t => t.Anchor))
        {
            foreach (var triplet in ofAnchor)
            {
                double expected = Count / 5.0 / ofAnchor.Count();

                // Five standard deviations of a count.
                Assert.That(drawn[triplet], Is.EqualTo(expected).Within(5 * Math.Sqrt(expected)), triplet.ToString());
            }
        }
    }

    [Test]
    public void Mine_draws_as_many_triplets_as_were_asked_for() =>
        Assert.That(Batch.OnALine([0, 1, 2], [1, 1, 2]).Mine(new RandomTripletMiner(17)), Has.Length.EqualTo(17));

    [Test]
    public void A_count_below_one_is_refused()
    {
        Assert.That(
            () => new RandomTripletMiner(0),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("count").And.Message.Contains("at least 1"));
    }
}
