using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Training.Datasets;

namespace Siamese.Pipelines.Tests.Training.Datasets;

public sealed class LabeledImagesViewTests
{
    private static readonly MLContext Ml = new(seed: 1);

    [Test]
    public void ToDataView_gives_channels_rows_and_columns_and_a_text()
    {
        IDataView view = new LabeledImages(new byte[6], [0], Width: 3, Height: 2).ToDataView(Ml);

        Assert.That(view.Schema.Select(column => column.Name), Is.EquivalentTo(["Image", "Label"]));
        Assert.That(view.Schema["Image"].Type, Is.EqualTo(new VectorDataViewType(NumberDataViewType.Single, 1, 2, 3)));
        Assert.That(view.Schema["Label"].Type, Is.EqualTo(TextDataViewType.Instance));
    }

    [Test]
    public void Rows_are_the_pixels_and_labels_as_they_are()
    {
        IDataView view = new LabeledImages([0, 1, 127, 128, 254, 255], [7, 0, 255], Width: 2, Height: 1).ToDataView(Ml);

        float[][] pixels = [.. view.GetColumn<float[]>("Image")];
        Assert.That(pixels, Is.EqualTo(new float[][] { [0, 1], [127, 128], [254, 255] }));
        Assert.That(view.GetColumn<string>("Label"), Is.EqualTo(new[] { "7", "0", "255" }));
    }

    [Test]
    public void Labels_become_keys_that_print_as_digits()
    {
        IDataView view = new LabeledImages(new byte[4], [3, 9, 0, 3], Width: 1, Height: 1).ToDataView(Ml);

        IDataView keys = Ml.Transforms.Conversion
            .MapValueToKey("Label", keyOrdinality: Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Fit(view).Transform(view);

        VBuffer<ReadOnlyMemory<char>> values = default;
        keys.Schema["Label"].GetKeyValues(ref values);
        Assert.That(string.Join(' ', values.DenseValues()), Is.EqualTo("0 3 9"));
        Assert.That(keys.GetColumn<uint>("Label"), Is.EqualTo(new[] { 2u, 3u, 1u, 2u }));
    }

    [Test]
    public void Cursors_that_are_open_at_once_do_not_disturb_each_other()
    {
        IDataView view = Numbered(100).ToDataView(Ml);
        using DataViewRowCursor ahead = view.GetRowCursor(view.Schema);
        using DataViewRowCursor behind = view.GetRowCursor(view.Schema);
        ValueGetter<VBuffer<float>> imageAhead = ahead.GetGetter<VBuffer<float>>(view.Schema["Image"]);
        ValueGetter<VBuffer<float>> imageBehind = behind.GetGetter<VBuffer<float>>(view.Schema["Image"]);
        ahead.MoveNext();

        VBuffer<float> first = default;
        VBuffer<float> second = default;
        while (ahead.MoveNext() && behind.MoveNext())
        {
            imageAhead(ref first);
            imageBehind(ref second);

            Assert.That(first.GetItemOrDefault(0), Is.EqualTo(behind.Position + 1));
            Assert.That(second.GetItemOrDefault(0), Is.EqualTo(behind.Position));
        }
    }

    [Test]
    public void Threads_read_the_same_view_alike()
    {
        IDataView view = Numbered(200).ToDataView(Ml);

        float[][] sums = [.. Enumerable.Range(0, 8).AsParallel().WithDegreeOfParallelism(8)
            .Select(_ => view.GetColumn<float[]>("Image").Select(image => image[0]).ToArray())];

        Assert.That(sums, Is.All.EqualTo(Enumerable.Range(0, 200).Select(i => (float)i)));
    }

    [Test]
    public void A_value_outlives_the_row_it_came_from()
    {
        IDataView view = Numbered(2).ToDataView(Ml);
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ValueGetter<VBuffer<float>> image = cursor.GetGetter<VBuffer<float>>(view.Schema["Image"]);
        VBuffer<float> first = default;
        VBuffer<float> second = default;

        cursor.MoveNext();
        image(ref first);
        cursor.MoveNext();
        image(ref second);

        Assert.That((first.GetItemOrDefault(0), second.GetItemOrDefault(0)), Is.EqualTo((0f, 1f)));
    }

    [Test]
    public void A_pass_takes_memory_for_one_image_and_not_for_all()
    {
        IDataView view = new LabeledImages(new byte[20_000 * 784], new byte[20_000], 28, 28).ToDataView(Ml);
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        ValueGetter<VBuffer<float>> image = cursor.GetGetter<VBuffer<float>>(view.Schema["Image"]);
        VBuffer<float> pixels = default;
        long before = GC.GetAllocatedBytesForCurrentThread();

        while (cursor.MoveNext())
        {
            image(ref pixels);
        }

        // 20,000 images take 62 MB as floats.
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
    }

    [Test]
    public void No_images_make_no_rows() =>
        Assert.That(new LabeledImages([], [], 28, 28).ToDataView(Ml).GetColumn<string>("Label"), Is.Empty);

    /// <summary>Images of 2x1 pixels, the first of which is the image's number.</summary>
    private static LabeledImages Numbered(int count) =>
        new([.. Enumerable.Range(0, count).SelectMany(i => new byte[] { (byte)i, 0 })], new byte[count], Width: 2, Height: 1);
}
