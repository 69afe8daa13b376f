using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Evaluation;

/// <summary>The embeddings and labels of a view, read into memory.</summary>
internal sealed class EmbeddingColumns
{
    private EmbeddingColumns(float[] embeddings, int dimension, int[] labels, List<LabelValue> classes)
    {
        Embeddings = embeddings;
        Dimension = dimension;
        Labels = labels;
        Classes = classes;
    }

    /// <summary>Gets the embeddings: (rows, D) float32, row after row.</summary>
    public float[] Embeddings { get; }

    /// <summary>Gets D, at least 1.</summary>
    public int Dimension { get; }

    /// <summary>Gets the class of each row, an index into <see cref="Classes"/>.</summary>
    public int[] Labels { get; }

    /// <summary>Gets the labels that occur, each once, in the order in which they do: all texts or all numbers.</summary>
    public IReadOnlyList<LabelValue> Classes { get; }

    /// <summary>Reads all rows of a view, in its order. A row whose key is missing has no label.</summary>
    public static EmbeddingColumns Read(
        IDataView view,
        string embeddingColumnName,
        string? labelColumnName,
        CancellationToken cancellation = default,
        [CallerArgumentExpression(nameof(view))] string? viewName = null) =>
        Read(view, embeddingColumnName, labelColumnName, labelsByValue: false, cancellation, viewName);

    /// <summary>Reads all rows of a view, in its order.</summary>
    /// <param name="view">The rows.</param>
    /// <param name="embeddingColumnName">A column of vectors of <see cref="float"/>, dense or sparse, all of one length.</param>
    /// <param name="labelColumnName">
    /// A column of keys, text, integers or floats. A key stands for its key value or, where the column has none, for its number, from 1.
    /// Null reads no labels: then there are no classes, and all of <see cref="Labels"/> are 0.
    /// </param>
    /// <param name="labelsByValue">
    /// Whether a row whose key is missing has the label that the key was made of, where the view still holds it
    /// (<see cref="LabelReader.SourceOf"/>).
    /// </param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <param name="viewName">What errors call the view.</param>
    /// <exception cref="ArgumentException">
    /// There are no rows or too many, a column is missing or of another type, a label is missing, a component is not finite, or a vector has
    /// another length than the first.
    /// </exception>
    public static EmbeddingColumns Read(
        IDataView view,
        string embeddingColumnName,
        string? labelColumnName,
        bool labelsByValue,
        CancellationToken cancellation = default,
        [CallerArgumentExpression(nameof(view))] string? viewName = null)
    {
        ArgumentNullException.ThrowIfNull(view, viewName);
        DataViewSchema.Column embeddingColumn = Find(view.Schema, embeddingColumnName, "embeddings", nameof(embeddingColumnName));
        DataViewSchema.Column? labelColumn = labelColumnName is null
            ? null
            : Find(view.Schema, labelColumnName, "labels", nameof(labelColumnName));
        if (embeddingColumn.Type is not VectorDataViewType vector || vector.ItemType != NumberDataViewType.Single)
        {
            throw new ArgumentException(
                $"Column '{embeddingColumnName}' is of type {embeddingColumn.Type}, but embeddings are a vector of Single. "
                + "Name the column of embeddings, or convert it with Conversion.ConvertType.",
                nameof(embeddingColumnName));
        }

        DataViewSchema.Column? source = labelsByValue && labelColumn is { } keys ? LabelReader.SourceOf(view.Schema, keys) : null;
        DataViewSchema.Column?[] needed = [embeddingColumn, labelColumn, source];
        using DataViewRowCursor cursor = view.GetRowCursor(needed.OfType<DataViewSchema.Column>());
        ValueGetter<VBuffer<float>> embedding = cursor.GetGetter<VBuffer<float>>(embeddingColumn);
        Func<LabelValue>? label = labelColumn is { } column ? LabelReader.Create(cursor, column, nameof(labelColumnName), source) : null;
        VBuffer<float> buffer = default;
        int dimension = 0;
        float[] embeddings = [];
        var labels = new List<int>();
        var numbers = new Dictionary<LabelValue, int>();
        while (cursor.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            embedding(ref buffer);
            if (labels.Count == 0)
            {
                dimension = buffer.Length;
                embeddings = new float[(int)Math.Min((view.GetRowCount() ?? 1) * dimension, Array.MaxLength)];
            }

            if (dimension == 0)
            {
                throw new ArgumentException(
                    $"Row 0 of {viewName} has an embedding of 0 components in column '{embeddingColumnName}', but needs at least 1.",
                    nameof(embeddingColumnName));
            }

            if (buffer.Length != dimension)
            {
                throw new ArgumentException(
                    $"Row {cursor.Position} of {viewName} has an embedding of {buffer.Length} components in column "
                    + $"'{embeddingColumnName}', but the rows before it have {dimension}. Embed all rows with one model.",
                    nameof(embeddingColumnName));
            }

            if ((labels.Count + 1L) * dimension > Array.MaxLength)
            {
                throw new ArgumentException(
                    $"The {viewName} have more than {labels.Count} rows of {dimension} components, which one array cannot hold. Take a sample of them.",
                    viewName);
            }

            int end = (labels.Count + 1) * dimension;
            if (embeddings.Length < end)
            {
                Array.Resize(ref embeddings, Math.Max(end, (int)Math.Min(2L * embeddings.Length, Array.MaxLength)));
            }

            Span<float> row = embeddings.AsSpan(end - dimension, dimension);
            buffer.CopyTo(row);
            int wrong = EmbeddingScale.FirstNotFinite(row);
            if (wrong >= 0)
            {
                throw new ArgumentException(
                    $"Row {cursor.Position} of {viewName} has {row[wrong]} in component {wrong} of column '{embeddingColumnName}', but all must be "
                    + "finite. Filter such rows out, replace the values with ml.Transforms.ReplaceMissingValues, or correct what they come from.",
                    viewName);
            }

            if (label is null)
            {
                labels.Add(0);
                continue;
            }

            LabelValue value = label();
            if (!numbers.TryGetValue(value, out int number))
            {
                number = numbers.Count;
                numbers.Add(value, number);
            }

            labels.Add(number);
        }

        if (labels.Count == 0)
        {
            throw new ArgumentException($"The {viewName} have no rows.", viewName);
        }

        Array.Resize(ref embeddings, labels.Count * dimension);
        return new EmbeddingColumns(embeddings, dimension, [.. labels], [.. numbers.OrderBy(pair => pair.Value).Select(pair => pair.Key)]);
    }

    /// <summary>Finds a column by its name, or says which columns there are.</summary>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name, string content, string parameter)
    {
        ArgumentException.ThrowIfNullOrEmpty(name, parameter);
        return schema.GetColumnOrNull(name)
            ?? throw ColumnErrors.NotFound(
                name, schema.Where(column => !column.IsHidden).Select(column => column.Name), $"Name the column of {content} with {parameter}.", parameter);
    }
}
