using Siamese.Pipelines.Tests.References;
using Siamese.Training.Miners;

namespace Siamese.Pipelines.Tests.Training.Miners;

public sealed class BatchHardMinerTests
{
    [Test]
    public void Mine_takes_the_farthest_positive_and_the_nearest_negative()
    {
        // Points on a line, so the distances can be read off: 0 ── 1 ── 2 ─────────── 6 ── 7
        Batch batch = Batch.OnALine([0, 1, 2, 6, 7], [0, 0, 1, 1, 0]);

        Assert.That(
            batch.Mine(new BatchHardMiner()),
            Is.EqualTo(new[] { (0, 4, 2), (1, 4, 2), (2, 3, 1), (3, 2, 4), (4, 0, 3) }));
    }

    [Test]
    public void Mine_agrees_with_the_definition([Range(1, 50)] int seed)
    {
        Batch batch = Batch.Random(seed);

        Assert.That(batch.Mine(new BatchHardMiner()), Is.EqualTo(TripletMining.BatchHard(batch.Distances, batch.Labels)));
    }
}
