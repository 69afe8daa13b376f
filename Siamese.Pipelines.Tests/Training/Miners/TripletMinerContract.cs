using Siamese.Pipelines.Tests.References;
using Siamese.Training.Miners;

namespace Siamese.Pipelines.Tests.Training.Miners;

/// <summary>What holds for every miner.</summary>
[TestFixtureSource(nameof(Miners))]
public sealed class TripletMinerContract
{
    private readonly TripletMiner _miner;

    public TripletMinerContract(Type type)
    {
        _miner = type == typeof(RandomTripletMiner) ? new RandomTripletMiner(50)
            : type == typeof(DistanceWeightedMiner) ? new DistanceWeightedMiner(3)
            : (TripletMiner)Activator.CreateInstance(type)!;
    }

    private static IEnumerable<Type> Miners =>
        typeof(TripletMiner).Assembly.GetExportedTypes().Where(t => t.IsSubclassOf(typeof(TripletMiner)));

    [Test]
    public void Mine_gives_valid_triplets_wherever_there_are_any([Range(1, 40)] int seed)
    {
        Batch batch = Batch.Random(seed, onSphere: true);

        (int, int, int)[] mined = batch.Mine(_miner);

        HashSet<(int, int, int)> valid = [.. TripletMining.All(batch.Labels)];
        Assert.That(mined.Where(t => !valid.Contains(t)), Is.Empty);
        Assert.That(mined.Length > 0, Is.EqualTo(valid.Count > 0));
    }

    [Test]
    public void Mine_chooses_alike_with_an_equal_seed()
    {
        Batch batch = Batch.Random(11, onSphere: true);

        (int, int, int)[] first = batch.Mine(_miner, seed: 3);
        (int, int, int)[] second = batch.Mine(_miner, seed: 3);

        Assert.That(second, Is.EqualTo(first));
    }

    [Test]
    public void Mine_finds_nothing_in_a_batch_of_one_class() =>
        Assert.That(Batch.OnALine([0, 0.1f, 0.2f], [7, 7, 7]).Mine(_miner), Is.Empty);

    [Test]
    public void Mine_finds_nothing_where_every_class_has_one_image() =>
        Assert.That(Batch.OnALine([0, 0.1f, 0.2f], [1, 2, 3]).Mine(_miner), Is.Empty);

    [Test]
    public void Mine_finds_nothing_in_an_empty_batch() => Assert.That(Batch.OnALine([], []).Mine(_miner), Is.Empty);

    [Test]
    public void Mine_copes_with_images_that_are_all_alike() =>
        Assert.That(Batch.OnALine([0, 0, 0, 0], [1, 1, 2, 2]).Mine(_miner), Is.Not.Empty);

    [Test]
    public void Mine_refuses_another_number_of_distances()
    {
        Assert.That(
            () => _miner.Mine(new float[8], [1, 1, 2], new Random(1)),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("distances")
                .And.Message.Contains("8 distances").And.Message.Contains("3 × 3 = 9"));
    }

    [TestCase(float.NaN, "NaN")]
    [TestCase(float.PositiveInfinity, "Infinity")]
    public void Mine_says_that_the_network_diverged_where_a_distance_is_not_a_number(float distance, string named)
    {
        float[] distances = Batch.OnALine([0, 0.1f, 0.2f], [1, 1, 2]).FlatDistances();
        distances[5] = distance;

        Assert.That(
            () => _miner.Mine(distances, [1, 1, 2], new Random(1)),
            Throws.TypeOf<NotFiniteNumberException>()
                .With.Message.Contains("image 1 of the batch from image 2").And.Message.Contains(named).And.Message.Contains("diverged"));
    }
}
