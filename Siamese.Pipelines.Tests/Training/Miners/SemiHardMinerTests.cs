using Siamese.Pipelines.Tests.References;
using Siamese.Training.Miners;

namespace Siamese.Pipelines.Tests.Training.Miners;

public sealed class SemiHardMinerTests
{
    [Test]
    public void Mine_takes_the_nearest_negative_beyond_the_positive_or_else_the_farthest()
    {
        // Class 0 at 0, 2 and 9, class 1 at 1, 3 and 5: 0 ─ 1 ─ 2 ─ 3 ─── 5 ─────── 9
        Batch batch = Batch.OnALine([0, 2, 9, 1, 3, 5], [0, 0, 0, 1, 1, 1]);

        Assert.That(batch.Mine(new SemiHardMiner()), Is.EqualTo(new[]
        {
            (0, 1, 4),      // 2 away; negatives at 1, 3, 5: 3 is the nearest beyond
            (0, 2, 5),      // 9 away; none is beyond: the farthest, 5
            (1, 0, 5),      // 2 away; negatives at 1, 1, 3
            (1, 2, 5),      // 7 away; none is beyond
            (2, 0, 3),      // 9 away; negatives at 8, 6, 4; none is beyond
            (2, 1, 3),      // 7 away; only 8 is beyond
            (3, 4, 2),      // 2 away; negatives at 1, 1, 8
            (3, 5, 2),      // 4 away
            (4, 3, 0),      // 2 away; negatives at 3, 1, 6
            (4, 5, 0),      // 2 away
            (5, 3, 0),      // 4 away; negatives at 5, 3, 4: 4 is not beyond
            (5, 4, 1),      // 2 away; negatives at 5, 3, 4
        }));
    }

    [Test]
    public void Mine_agrees_with_the_definition([Range(1, 100)] int seed)
    {
        Batch batch = Batch.Random(seed);

        Assert.That(batch.Mine(new SemiHardMiner()), Is.EqualTo(TripletMining.SemiHard(batch.Distances, batch.Labels)));
    }

    [Test]
    public void Mine_agrees_with_the_definition_where_distances_are_not_symmetric([Range(1, 20)] int seed)
    {
        Batch batch = Batch.Random(seed);
        var random = new Random(seed);
        for (int i = 0; i < batch.Labels.Length; i++)
        {
            for (int j = 0; j < batch.Labels.Length; j++)
            {
                batch.Distances[i, j] = random.Next(6) - 1;
            }
        }

        Assert.That(batch.Mine(new SemiHardMiner()), Is.EqualTo(TripletMining.SemiHard(batch.Distances, batch.Labels)));
    }
}
