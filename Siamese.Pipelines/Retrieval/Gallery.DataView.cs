using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Retrieval;

public sealed partial class Gallery
{
    // So many rows are searched or written at once: few enough for flat memory, many enough for the processor's caches.
    private const int RowsAtOnce = 256;

    /// <summary>Adds the rows of a view, each in the place of the item of its id where there is one.</summary>
    /// <param name="rows">The rows, read once, in order, in flat memory.</param>
    /// <param name="embeddingColumnName">A column of vectors of Single of D components.</param>
    /// <param name="labelColumnName">A column of keys, text or numbers, none missing.</param>
    /// <param name="idColumnName">A column of keys, text or numbers, none missing, such as the paths of images.</param>
    /// <param name="network">What embedded the rows: another than the gallery's is refused. Null is not checked.</param>
    /// <param name="cancellationToken">Stops between two rows. What was added before stays.</param>
    /// <returns>How many rows there were.</returns>
    /// <exception cref="ArgumentException">A column is missing or of another type, an id or label is missing, or an embedding cannot be compared.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <remarks>256 rows are one transaction. After an error, what came before in the view may be in the gallery.</remarks>
    public int Upsert(
        IDataView rows,
        string embeddingColumnName = "Embedding",
        string labelColumnName = "Label",
        string idColumnName = "Id",
        string? network = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rows);
        CheckNetwork(network);
        DataViewSchema.Column embeddingColumn = EmbeddingColumn(rows, embeddingColumnName);
        DataViewSchema.Column labelColumn = EmbeddingColumns.Find(rows.Schema, labelColumnName, "labels", nameof(labelColumnName));
        DataViewSchema.Column idColumn = EmbeddingColumns.Find(rows.Schema, idColumnName, "ids", nameof(idColumnName));

        using DataViewRowCursor cursor = rows.GetRowCursor([embeddingColumn, labelColumn, idColumn]);
        ValueGetter<VBuffer<float>> embedding = cursor.GetGetter<VBuffer<float>>(embeddingColumn);
        Func<LabelValue> label = LabelReader.Create(cursor, labelColumn, nameof(labelColumnName));
        Func<LabelValue> id = LabelReader.Create(cursor, idColumn, nameof(idColumnName));
        VBuffer<float> buffer = default;
        var batch = new Dictionary<string, GalleryItem>(StringComparer.Ordinal);
        int count = 0;
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            embedding(ref buffer);
            float[] components = [.. buffer.DenseValues()];
            int wrong = EmbeddingScale.FirstNotFinite(components);
            if (wrong >= 0)
            {
                throw new ArgumentException(
                    $"Row {cursor.Position} of the rows has {components[wrong]} in component {wrong} of column '{embeddingColumnName}', but embeddings must be "
                    + "finite. Filter such rows out, or correct the network or the images they come from.",
                    nameof(rows));
            }

            var item = new GalleryItem(id().ToString(), label().ToString(), components);
            if (!batch.TryAdd(item.Id, item))
            {
                throw new ArgumentException(
                    $"Row {cursor.Position} has the id '{item.Id}', as a row shortly before it has. An id tells an item from all others.",
                    nameof(idColumnName));
            }

            count++;
            if (batch.Count == RowsAtOnce)
            {
                Upsert(batch.Values);
                batch.Clear();
            }
        }

        Upsert(batch.Values);
        return count;
    }

    /// <summary>Finds the items nearest to each row of a view, batch by batch while the result is enumerated.</summary>
    /// <param name="queries">The rows, read once for each enumeration, in order, in flat memory.</param>
    /// <param name="count">How many items are wanted for each, at least 1.</param>
    /// <param name="embeddingColumnName">A column of vectors of Single of D components.</param>
    /// <param name="network">What embedded the rows: another than the gallery's is refused. Null is not checked.</param>
    /// <param name="cancellationToken">Stops between two rows.</param>
    /// <returns>For each row, in the view's order, its nearest items, nearest first.</returns>
    /// <exception cref="ArgumentException">
    /// The column is missing or of another type; while enumerating, a query is of another dimension, not finite, or zero where it must not be.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The count is less than 1.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, while enumerating.</exception>
    public IEnumerable<IReadOnlyList<Match>> Nearest(
        IDataView queries,
        int count,
        string embeddingColumnName = "Embedding",
        string? network = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(queries);
        Guard.AtLeast(count, 1, nameof(count));
        CheckNetwork(network);
        DataViewSchema.Column column = EmbeddingColumn(queries, embeddingColumnName);
        return Rows();

        IEnumerable<IReadOnlyList<Match>> Rows()
        {
            foreach (float[][] batch in Embeddings(queries, column, cancellationToken).Chunk(RowsAtOnce))
            {
                foreach (IReadOnlyList<Match> matches in Search(batch, count, skippedLabels: null, filter: null, cancellationToken))
                {
                    yield return matches;
                }
            }
        }
    }

    private IEnumerable<float[]> Embeddings(IDataView rows, DataViewSchema.Column column, CancellationToken cancellation)
    {
        using DataViewRowCursor cursor = rows.GetRowCursor([column]);
        ValueGetter<VBuffer<float>> embedding = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> buffer = default;
        while (cursor.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            embedding(ref buffer);
            yield return Space.Prepare([.. buffer.DenseValues()], $"Row {cursor.Position} of the queries", "queries");
        }
    }

    private static DataViewSchema.Column EmbeddingColumn(IDataView rows, string name)
    {
        DataViewSchema.Column column = EmbeddingColumns.Find(rows.Schema, name, "embeddings", "embeddingColumnName");
        return column.Type is VectorDataViewType { ItemType: var type } && type == NumberDataViewType.Single
            ? column
            : throw new ArgumentException(
                $"Column '{name}' is of type {column.Type}, but embeddings are a vector of Single. Name the column of embeddings, or convert it "
                + "with Conversion.ConvertType.",
                "embeddingColumnName");
    }
}
