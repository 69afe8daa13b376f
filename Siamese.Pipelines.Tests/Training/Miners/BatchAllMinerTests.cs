using Siamese.Pipelines.Tests.References;
using Siamese.Training.Miners;

namespace Siamese.Pipelines.Tests.Training.Miners;

public sealed class BatchAllMinerTests
{
    [Test]
    public void Mine_takes_every_triplet_in_order([Range(1, 20)] int seed)
    {
        Batch batch = Batch.Random(seed);

        Assert.That(batch.Mine(new BatchAllMiner()), Is.EqualTo(TripletMining.All(batch.Labels)));
    }

    [Test]
    public void Ten_classes_of_16_have_345600_triplets()
    {
        int[] labels = [.. Enumerable.Range(0, 160).Select(i => i / 16)];

        Assert.That(new BatchAllMiner().Mine(new float[160 * 160], labels, new Random(1)).Count, Is.EqualTo(345_600));
    }
}
