using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Tests.Onnx;

public sealed class RowIndependenceTests
{
    private static readonly OnnxStep Step = new([], [new OnnxColumn("in", "in", [8])], [new OnnxColumn("out", "out", [8])]);

    [TestCase(1f, 0f)]
    [TestCase(1e20f, 0f)]
    [TestCase(1e-20f, 0f)]
    [TestCase(1f, 1000f)]
    public void Rows_that_are_rounded_otherwise_in_a_batch_are_kept_apart(float scale, float offset)
    {
        Assert.That(RowIndependence.Holds(Step, Each(x => (x * scale) + offset), Each(x => ((x * scale) + offset) * (1 + 1e-7f))), Is.True);
    }

    [Test]
    public void A_small_part_of_another_row_is_found()
    {
        Assert.That(RowIndependence.Holds(Step, Each(x => x), AddOfNext(0.001f)), Is.False);
        Assert.That(RowIndependence.Mixes(Step, AddOfNext(0.001f), 4), Is.True);
        Assert.That(RowIndependence.Mixes(Step, Each(x => x), 4), Is.False);
    }

    [Test]
    public void Rows_that_differ_only_where_they_stand_first_are_found()
    {
        Assert.That(RowIndependence.Holds(Step, Each(x => x), AllAsFirst), Is.False);
        Assert.That(RowIndependence.Mixes(Step, AllAsFirst, 5), Is.True);
    }

    [Test]
    public void Results_that_do_not_depend_on_the_row_show_nothing()
    {
        Assert.That(RowIndependence.Holds(Step, Each(_ => 1), Each(_ => 1)), Is.False);
        Assert.That(RowIndependence.Holds(Step, Each(_ => float.NaN), Each(_ => float.NaN)), Is.False);
        Assert.That(RowIndependence.Holds(Step, Each(_ => float.PositiveInfinity), Each(_ => float.PositiveInfinity)), Is.False);
        Assert.That(RowIndependence.Mixes(Step, Each(_ => float.NaN), 4), Is.False);
    }

    private static RowIndependence.Run Each(Func<float, float> function) => (inputs, outputs, first, count) =>
    {
        for (int i = first * 8; i < (first + count) * 8; i++)
        {
            outputs[0][i] = function(inputs[0][i]);
        }
    };

    private static RowIndependence.Run AddOfNext(float part) => (inputs, outputs, first, count) =>
    {
        for (int i = 0; i < count * 8; i++)
        {
            outputs[0][(first * 8) + i] = inputs[0][(first * 8) + i] + (part * inputs[0][(first * 8) + ((i + 8) % (count * 8))]);
        }
    };

    private static void AllAsFirst(float[][] inputs, float[][] outputs, int first, int count)
    {
        for (int i = 0; i < count * 8; i++)
        {
            outputs[0][(first * 8) + i] = inputs[0][(first * 8) + (i % 8)];
        }
    }
}
