using Siamese.Training.Samplers;

namespace Siamese.Pipelines.Tests.Training.Samplers;

public sealed class ClassBalancedSamplerTests
{
    [Test]
    public void Batches_hold_their_classes_in_order_and_repeat_rows_only_of_small_classes([Range(1, 60)] int seed)
    {
        var random = new Random(seed);
        int[] labels = RandomLabels(random);
        int classes = labels.Distinct().Count();
        var sampler = new ClassBalancedSampler(random.Next(2, 6), random.Next(2, 8));
        int perClass = sampler.ImagesPerClass;
        int classesPerBatch = Math.Min(sampler.ClassesPerBatch, classes);

        int[][] epoch = [.. sampler.Epoch(labels, new Random(seed))];

        Assert.That(epoch, Has.Length.EqualTo(Math.Max(1, labels.Length / (classesPerBatch * perClass))));
        foreach (int[] batch in epoch)
        {
            int[][] parts = [.. batch.Chunk(perClass)];
            Assert.That(parts, Has.Length.EqualTo(classesPerBatch));
            Assert.That(parts.Select(part => part.Select(row => labels[row]).Distinct().Single()), Is.Unique);
            foreach (int[] part in parts)
            {
                int rows = labels.Count(label => label == labels[part[0]]);
                Assert.That(part.Distinct().Count(), Is.EqualTo(Math.Min(rows, perClass)), "rows that differ");
            }
        }
    }

    [Test]
    public void A_class_hands_out_all_its_rows_before_any_again([Range(1, 60)] int seed)
    {
        var random = new Random(seed);
        int[] labels = RandomLabels(random);
        var sampler = new ClassBalancedSampler(random.Next(2, 6), random.Next(2, 8));

        int[] shown = [.. sampler.Epoch(labels, new Random(seed)).SelectMany(batch => batch)];

        foreach (var ofClass in shown.GroupBy(row => labels[row]))
        {
            int rows = labels.Count(label => label == ofClass.Key);
            Assert.That(ofClass.Chunk(rows).SkipLast(1).Select(round => round.Distinct().Count()), Is.All.EqualTo(rows));
        }
    }

    [Test]
    public void An_epoch_shows_every_row_of_equal_classes_once_where_a_batch_has_all_classes([Range(1, 10)] int seed)
    {
        int[] labels = [.. Enumerable.Range(0, 120).Select(i => i % 10)];

        int[] shown = [.. new ClassBalancedSampler(10, 4).Epoch(labels, new Random(seed)).SelectMany(batch => batch)];

        Assert.That(shown, Is.EquivalentTo(Enumerable.Range(0, 120)));
    }

    [Test]
    public void A_class_is_drawn_as_often_as_the_others()
    {
        int[] labels = [.. Enumerable.Range(0, 20_000).Select(i => i % 10)];

        IEnumerable<int[]> epoch = new ClassBalancedSampler(3, 2).Epoch(labels, new Random(1));
        int[] classes = [.. epoch.SelectMany(batch => batch.Chunk(2)).Select(part => labels[part[0]])];

        // 3,333 batches of 3 of 10 classes: five standard deviations of the 1,000 that each class expects.
        Assert.That(classes.CountBy(c => c).Select(c => c.Value), Is.All.EqualTo(1000).Within(5 * Math.Sqrt(1000 * 0.7)));
    }

    [Test]
    public void Epochs_differ_but_equal_seeds_give_equal_ones()
    {
        int[] labels = [.. Enumerable.Range(0, 40).Select(i => i % 4)];
        var sampler = new ClassBalancedSampler(2, 4);
        var random = new Random(3);

        int[][] first = [.. sampler.Epoch(labels, random)];
        int[][] second = [.. sampler.Epoch(labels, random)];
        int[][] again = [.. sampler.Epoch(labels, new Random(3))];

        Assert.That(again, Is.EqualTo(first));
        Assert.That(second, Is.Not.EqualTo(first));
    }

    [Test]
    public void A_class_of_one_row_is_refused_by_its_number()
    {
        int[] labels = [4, 4, 7, 9, 9];

        Assert.That(
            () => new ClassBalancedSampler(2, 2).Epoch(labels, new Random(1)),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("labels")
                .And.Message.Contains("Class 7 has one row, row 2").And.Message.Contains("leave it out"));
    }

    [TestCase(new[] { 3, 3, 3 }, "3 rows of 1 class,")]
    [TestCase(new int[0], "0 rows of 0 classes,")]
    public void Fewer_than_two_classes_are_refused(int[] labels, string found)
    {
        Assert.That(
            () => new ClassBalancedSampler(2, 2).Epoch(labels, new Random(1)),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("labels").And.Message.Contains(found));
    }

    [Test]
    public void Fewer_than_two_classes_or_images_are_refused()
    {
        Assert.That(
            () => new ClassBalancedSampler(1, 2),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("classesPerBatch"));
        Assert.That(
            () => new ClassBalancedSampler(2, 1),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("imagesPerClass"));
    }

    /// <summary>Two to seven classes of 2 to 29 rows, in no order.</summary>
    private static int[] RandomLabels(Random random)
    {
        int[] labels = [.. Enumerable.Range(0, random.Next(2, 8)).SelectMany(c => Enumerable.Repeat(c * 3, random.Next(2, 30)))];
        random.Shuffle(labels);
        return labels;
    }
}
