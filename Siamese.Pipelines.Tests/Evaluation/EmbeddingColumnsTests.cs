using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Tests.Evaluation;

public sealed class EmbeddingColumnsTests
{
    private static readonly MLContext Ml = new(seed: 1);

    [Test]
    public void Read_keeps_the_rows_in_order_and_numbers_labels_as_they_occur()
    {
        IDataView view = Ml.Data.LoadFromEnumerable<Row<string>>(
            [new([1, 2, 3], "b"), new([4, 5, 6], "a"), new([7, 8, 9], "b")]);

        EmbeddingColumns columns = EmbeddingColumns.Read(view, "Embedding", "Label");

        Assert.That(columns.Embeddings, Is.EqualTo(new float[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 }));
        Assert.That(columns.Dimension, Is.EqualTo(3));
        Assert.That(columns.Labels, Is.EqualTo(new[] { 0, 1, 0 }));
        Assert.That(Said(columns), Is.EqualTo(new[] { "b", "a" }));
        Assert.That(columns.Classes[0].IsText, Is.True);
    }

    [Test]
    public void Read_fills_sparse_vectors_with_zeros()
    {
        IDataView view = Ml.Data.LoadFromEnumerable<SparseRow>(
        [
            new(new VBuffer<float>(4, 2, [5f, 6f], [1, 3])),
            new(new VBuffer<float>(4, 0, [], [])),
            new(new VBuffer<float>(4, [1f, 2f, 3f, 4f])),
        ]);

        EmbeddingColumns columns = EmbeddingColumns.Read(view, "Embedding", "Label");

        Assert.That(columns.Embeddings, Is.EqualTo(new float[] { 0, 5, 0, 6, 0, 0, 0, 0, 1, 2, 3, 4 }));
    }

    [Test]
    public void Read_grows_with_a_view_that_does_not_know_its_length()
    {
        IDataView rows = Ml.Data.LoadFromEnumerable(Enumerable.Range(0, 1000).Select(i => new Row<float>([i, -i, i], i / 2)));
        IDataView view = Ml.Data.FilterRowsByColumn(rows, "Label", lowerBound: 10);

        EmbeddingColumns columns = EmbeddingColumns.Read(view, "Embedding", "Label");

        Assert.That(view.GetRowCount(), Is.Null);
        Assert.That(columns.Labels, Has.Length.EqualTo(980));
        Assert.That(columns.Embeddings, Has.Length.EqualTo(2940));
        Assert.That(columns.Embeddings[^3..], Is.EqualTo(new float[] { 999, -999, 999 }));
    }

    [TestCase((sbyte)-3, (sbyte)7)]
    [TestCase((byte)3, (byte)7)]
    [TestCase((short)-3, (short)7)]
    [TestCase((ushort)3, (ushort)7)]
    [TestCase(-3, 7)]
    [TestCase(3u, 7u)]
    [TestCase(long.MinValue, long.MaxValue)]
    [TestCase(ulong.MinValue, ulong.MaxValue)]
    [TestCase(-2.5f, 1e30f)]
    [TestCase(-2.5, 1e300)]
    public void Read_takes_labels_of_every_type_of_number<T>(T first, T second)
        where T : IFormattable
    {
        IDataView view = Ml.Data.LoadFromEnumerable<Row<T>>([new([1], first), new([2], second), new([3], second)]);

        EmbeddingColumns columns = EmbeddingColumns.Read(view, "Embedding", "Label");

        Assert.That(columns.Labels, Is.EqualTo(new[] { 0, 1, 1 }));
        Assert.That(columns.Classes[0].IsText, Is.False);
        Assert.That(columns.Classes[0].ToString(), Is.EqualTo(first.ToString("G", null)));
    }

    [Test]
    public void Integers_and_floats_of_one_value_are_one_label()
    {
        LabelValue[] threes = [LabelValue.Whole(3), LabelValue.Whole(3ul), LabelValue.Float(3f), LabelValue.Float(3.0)];

        Assert.That(threes, Is.All.EqualTo(threes[0]));
        Assert.That(LabelValue.Float(0.5f), Is.EqualTo(LabelValue.Float(0.5)));
        Assert.That(LabelValue.Float(-0.0), Is.EqualTo(LabelValue.Whole(0)));
        Assert.That(LabelValue.Text("3".AsMemory()), Is.Not.EqualTo(threes[0]));
        Assert.That(LabelValue.Text("".AsMemory()), Is.Not.EqualTo(LabelValue.Whole(0)));

        // Neighbours that a double cannot tell apart.
        Assert.That(LabelValue.Whole(long.MaxValue), Is.Not.EqualTo(LabelValue.Whole(long.MaxValue - 1)));
    }

    [Test]
    public void Keys_stand_for_their_values()
    {
        IDataView text = Keyed(new Row<string>([1], "y"), new Row<string>([1], "x"), new Row<string>([1], "y"));
        IDataView numbers = Keyed(new Row<int>([1], 30), new Row<int>([1], 10), new Row<int>([1], 30));

        Assert.That(Said(EmbeddingColumns.Read(text, "Embedding", "Label")), Is.EqualTo(new[] { "y", "x" }));
        Assert.That(Said(EmbeddingColumns.Read(numbers, "Embedding", "Label")), Is.EqualTo(new[] { "30", "10" }));
    }

    [Test]
    public void Keys_without_values_stand_for_their_number()
    {
        // ML.NET takes the values of a property from 0, and keys from 1.
        IDataView view = Ml.Data.LoadFromEnumerable<KeyRow>([new([1], 7), new([1], 2)]);

        EmbeddingColumns columns = EmbeddingColumns.Read(view, "Embedding", "Label");

        Assert.That(Said(columns), Is.EqualTo(new[] { "8", "3" }));
        Assert.That(columns.Classes[0], Is.EqualTo(LabelValue.Whole(8)));
    }

    [Test]
    public void Missing_labels_are_refused_with_their_row()
    {
        // A value beyond the key's count is how a property says that it is missing.
        IDataView keys = Ml.Data.LoadFromEnumerable<KeyRow>([new([1], 7), new([1], 99)]);
        IDataView floats = Ml.Data.LoadFromEnumerable<Row<float>>([new([1], 7), new([1], 7), new([1], float.NaN)]);

        Assert.That(
            () => EmbeddingColumns.Read(keys, "Embedding", "Label"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("labelColumnName")
                .And.Message.Contains("Row 1 has a missing key (0) in column 'Label'"));
        Assert.That(
            () => EmbeddingColumns.Read(floats, "Embedding", "Label"),
            Throws.ArgumentException.With.Message.Contains("Row 2 has a missing value (NaN) in column 'Label'"));
    }

    [Test]
    public void A_column_that_is_not_there_is_refused_with_those_that_are()
    {
        IDataView view = Ml.Data.LoadFromEnumerable<Row<int>>([new([1], 7)]);

        Assert.That(
            () => EmbeddingColumns.Read(view, "Features", "Label"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("embeddingColumnName")
                .And.Message.Contains("Column 'Features' was not found; the rows have 'Embedding', 'Label'."));
        Assert.That(
            () => EmbeddingColumns.Read(view, "Embedding", "Class"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("labelColumnName").And.Message.Contains("Column 'Class'"));
    }

    [Test]
    public void Columns_of_other_types_are_refused_by_type()
    {
        IDataView view = Ml.Data.LoadFromEnumerable<Row<int>>([new([1], 7)]);
        IDataView spans = Ml.Data.LoadFromEnumerable<Row<TimeSpan>>([new([1], TimeSpan.Zero)]);

        Assert.That(
            () => EmbeddingColumns.Read(view, "Label", "Label"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("embeddingColumnName").And.Message.Contains("of type Int32"));
        Assert.That(
            () => EmbeddingColumns.Read(view, "Embedding", "Embedding"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("labelColumnName").And.Message.Contains("of type Vector<Single"));
        Assert.That(
            () => EmbeddingColumns.Read(spans, "Embedding", "Label"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("labelColumnName").And.Message.Contains("of type TimeSpan"));
        Assert.That(
            () => EmbeddingColumns.Read(Keyed(new Row<TimeSpan>([1], TimeSpan.Zero)), "Embedding", "Label"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("labelColumnName")
                .And.Message.Contains("stand for values of type"));
    }

    [Test]
    public void Embeddings_of_uneven_length_are_refused_with_their_row()
    {
        IDataView uneven = Ml.Data.LoadFromEnumerable<Row<int>>([new([1, 2], 7), new([1, 2], 8), new([1, 2, 3], 8)]);
        IDataView empty = Ml.Data.LoadFromEnumerable<Row<int>>([new([], 7)]);

        Assert.That(
            () => EmbeddingColumns.Read(uneven, "Embedding", "Label"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("embeddingColumnName")
                .And.Message.Contains("Row 2 of uneven").And.Message.Contains("3 components").And.Message.Contains("have 2"));
        Assert.That(
            () => EmbeddingColumns.Read(empty, "Embedding", "Label"),
            Throws.ArgumentException.With.Message.Contains("Row 0 of empty has an embedding of 0 components"));
    }

    [Test]
    public void A_view_without_rows_is_refused_by_name()
    {
        IDataView queries = Ml.Data.LoadFromEnumerable<Row<int>>([]);

        Assert.That(
            () => EmbeddingColumns.Read(queries, "Embedding", "Label"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("queries").And.Message.Contains("have no rows"));
        Assert.That(
            () => EmbeddingColumns.Read(null!, "Embedding", "Label", viewName: "queries"),
            Throws.ArgumentNullException.With.Property("ParamName").EqualTo("queries"));
    }

    [Test]
    public void Booleans_and_dates_are_labels_as_they_are_and_as_keys()
    {
        Row<bool>[] flags = [new([1], true), new([2], false), new([3], true)];
        Row<DateTime>[] dates = [new([1], new DateTime(2026, 11, 27)), new([2], new DateTime(2026, 11, 28))];

        foreach (IDataView view in new[] { Ml.Data.LoadFromEnumerable(flags), Keyed(flags) })
        {
            EmbeddingColumns columns = EmbeddingColumns.Read(view, "Embedding", "Label");
            Assert.That(columns.Labels, Is.EqualTo(new[] { 0, 1, 0 }));
            Assert.That(Said(columns), Is.EqualTo(new[] { "True", "False" }));
        }

        Assert.That(Said(EmbeddingColumns.Read(Ml.Data.LoadFromEnumerable(dates), "Embedding", "Label")), Is.EqualTo(
            Said(EmbeddingColumns.Read(Keyed(dates), "Embedding", "Label"))));
    }

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    [TestCase(float.NegativeInfinity)]
    public void A_component_that_is_not_finite_is_refused_with_its_row_and_column(float value)
    {
        IDataView queries = Ml.Data.LoadFromEnumerable<Row<int>>([new([1, 2], 7), new([3, value], 7)]);

        Assert.That(
            () => EmbeddingColumns.Read(queries, "Embedding", null),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("queries")
                .And.Message.Contains($"Row 1 of queries has {value} in component 1 of column 'Embedding'"));
    }

    [Test]
    public void A_missing_key_is_read_by_value_only_where_that_is_asked_for()
    {
        // The keys know a alone; the view still holds the text that they were made of, which may be missing as well.
        IDataView known = Ml.Data.LoadFromEnumerable<Row<string>>([new([1], "a")]);
        IDataView rows = Ml.Data.LoadFromEnumerable<Row<string>>([new([1], "a"), new([2], "b"), new([3], "b")]);
        IDataView nameless = Ml.Data.LoadFromEnumerable<Row<string>>([new([1], "a"), new([2], "")]);
        ITransformer map = Ml.Transforms.Conversion.MapValueToKey("Label").Fit(known);

        EmbeddingColumns columns = EmbeddingColumns.Read(map.Transform(rows), "Embedding", "Label", labelsByValue: true);

        Assert.That(columns.Labels, Is.EqualTo(new[] { 0, 1, 1 }));
        Assert.That(Said(columns), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(
            () => EmbeddingColumns.Read(map.Transform(rows), "Embedding", "Label"),
            Throws.ArgumentException.With.Message.Contains("Row 1 has a missing key (0)").And.Message.Contains("a column of another name"));
        Assert.That(
            () => EmbeddingColumns.Read(map.Transform(nameless), "Embedding", "Label", labelsByValue: true),
            Throws.ArgumentException.With.Message.Contains("Row 1 has a missing key (0)"));
    }

    private static IEnumerable<string> Said(EmbeddingColumns columns) => columns.Classes.Select(label => label.ToString());

    private static IDataView Keyed<T>(params Row<T>[] rows)
    {
        IDataView view = Ml.Data.LoadFromEnumerable(rows);
        return Ml.Transforms.Conversion.MapValueToKey("Label").Fit(view).Transform(view);
    }

    private sealed class Row<T>(float[] embedding, T label)
    {
        public float[] Embedding { get; } = embedding;

        public T Label { get; } = label;
    }

    private sealed class SparseRow(VBuffer<float> embedding)
    {
        [VectorType(4)]
        public VBuffer<float> Embedding { get; } = embedding;

        public int Label { get; } = 1;
    }

    private sealed class KeyRow(float[] embedding, uint label)
    {
        public float[] Embedding { get; } = embedding;

        [KeyType(10)]
        public uint Label { get; } = label;
    }
}
