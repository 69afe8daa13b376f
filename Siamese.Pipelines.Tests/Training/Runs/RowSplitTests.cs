using Siamese.Training.Runs;

namespace Siamese.Pipelines.Tests.Training.Runs;

public sealed class RowSplitTests
{
    [TestCase(40, 10, 0.05, 20)]
    [TestCase(10, 8, 0.05, 4)]
    [TestCase(3, 9, 0.05, 1)]
    [TestCase(2, 3, 0.01, 1)]
    [TestCase(4, 20, 0.25, 20)]
    [TestCase(100, 3, 0.2, 60)]
    [TestCase(7, 11, 0.9, 63)]
    [TestCase(5, 2, 0.5, 0)]
    [TestCase(5, 100, 0, 0)]
    public void The_share_holds_over_all_rows_as_far_as_two_of_a_class_are_left(int classes, int perClass, double fraction, int expected)
    {
        int[] labels = [.. Enumerable.Range(0, classes * perClass).Select(row => row % classes)];

        RowSplit split = RowSplit.Create(labels, classes, fraction, new Random(1));

        Assert.That(split.HeldOut, Has.Length.EqualTo(expected));
        Assert.That(split.Training.Concat(split.HeldOut).Order(), Is.EqualTo(Enumerable.Range(0, labels.Length)));
        Assert.That(split.Training.CountBy(row => labels[row]).Select(count => count.Value), Is.All.GreaterThanOrEqualTo(2));
        Assert.That(split.Training.CountBy(row => labels[row]).Count(), Is.EqualTo(classes));
    }

    [Test]
    public void Each_class_gives_its_share_but_for_less_than_a_row([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        int[] sizes = [.. Enumerable.Range(0, 12).Select(_ => random.Next(3, 80))];
        int[] labels = [.. sizes.SelectMany((size, label) => Enumerable.Repeat(label, size))];
        double fraction = random.NextDouble() * 0.3;

        RowSplit split = RowSplit.Create(labels, sizes.Length, fraction, random);

        for (int label = 0; label < sizes.Length; label++)
        {
            int given = split.HeldOut.Count(row => labels[row] == label);
            Assert.That(given, Is.InRange(Math.Floor(sizes[label] * fraction), Math.Ceiling(sizes[label] * fraction)));
            Assert.That(sizes[label] >= 1 / fraction && given == 0, Is.False, "a class of 1 / share rows gives some");
        }

        Assert.That(split.HeldOut, Has.Length.EqualTo(Math.Max(1, Math.Round(labels.Length * fraction))).Within(0));
    }

    [Test]
    public void What_small_classes_cannot_give_comes_from_large_ones()
    {
        int[] labels = [.. Enumerable.Range(0, 200).Select(row => row / 2), .. Enumerable.Repeat(100, 1000)];

        RowSplit split = RowSplit.Create(labels, 101, 0.05, new Random(1));

        Assert.That(split.HeldOut, Has.Length.EqualTo(60));
        Assert.That(split.HeldOut.Select(row => labels[row]), Is.All.EqualTo(100));
    }

    [Test]
    public void Which_of_equal_classes_give_a_row_depends_on_the_seed_alone()
    {
        int[] labels = [.. Enumerable.Range(0, 400).Select(row => row % 40)];
        int[] HeldOut(int seed) => RowSplit.Create(labels, 40, 0.05, new Random(seed)).HeldOut;

        int[] first = HeldOut(1);
        Assert.That(HeldOut(1), Is.EqualTo(first));
        Assert.That(HeldOut(2).Select(row => labels[row]).Order(), Is.Not.EqualTo(HeldOut(1).Select(row => labels[row]).Order()));
        Assert.That(HeldOut(1).CountBy(row => labels[row]).Select(count => count.Value), Is.All.EqualTo(1));
    }
}
