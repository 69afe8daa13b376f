using Siamese.Training.Samplers;

namespace Siamese.Pipelines.Tests.Training.Samplers;

public sealed class UniformSamplerTests
{
    [TestCase(100, 10, 10, 10)]
    [TestCase(103, 10, 10, 10)]
    [TestCase(9, 10, 1, 9)]
    [TestCase(10, 10, 1, 10)]
    public void An_epoch_fills_as_many_batches_as_there_are_rows_for(int rows, int batchSize, int batches, int size)
    {
        int[] labels = [.. Enumerable.Range(0, rows).Select(i => i % 3)];

        int[][] epoch = [.. new UniformSampler(batchSize).Epoch(labels, new Random(1))];

        Assert.That(epoch.Select(batch => batch.Length), Is.EqualTo(Enumerable.Repeat(size, batches)));
        Assert.That(epoch.SelectMany(batch => batch), Is.Unique.And.All.InRange(0, rows - 1));
    }

    [Test]
    public void Epochs_differ_but_equal_seeds_give_equal_ones()
    {
        int[] labels = [.. Enumerable.Range(0, 40).Select(i => i % 4)];
        var sampler = new UniformSampler(8);
        var random = new Random(3);

        int[][] first = [.. sampler.Epoch(labels, random)];
        int[][] second = [.. sampler.Epoch(labels, random)];
        int[][] again = [.. sampler.Epoch(labels, new Random(3))];

        Assert.That(again, Is.EqualTo(first));
        Assert.That(second, Is.Not.EqualTo(first));
    }

    [Test]
    public void Classes_of_one_row_each_are_refused()
    {
        Assert.That(
            () => new UniformSampler(3).Epoch([1, 2, 3, 4], new Random(1)),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("labels")
                .And.Message.Contains("Each of the 4 classes has one row"));
    }

    [Test]
    public void One_class_is_refused()
    {
        Assert.That(
            () => new UniformSampler(3).Epoch([2, 2, 2], new Random(1)),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("labels").And.Message.Contains("3 rows of 1 class,"));
    }

    [Test]
    public void A_batch_too_small_for_a_triplet_is_refused()
    {
        Assert.That(
            () => new UniformSampler(2),
            Throws.TypeOf<ArgumentOutOfRangeException>()
                .With.Property("ParamName").EqualTo("batchSize").And.Message.Contains("at least 3"));
    }
}
