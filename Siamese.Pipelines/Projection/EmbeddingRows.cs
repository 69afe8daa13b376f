using Microsoft.ML;
using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Projection;

/// <summary>Rows of embeddings: how many there are, and those of a view.</summary>
internal static class EmbeddingRows
{
    /// <summary>Counts the rows that values are.</summary>
    /// <exception cref="ArgumentException">They are no whole number of rows.</exception>
    public static int Count(int values, int dimension, string name) => values % dimension == 0
        ? values / dimension
        : throw new ArgumentException(
            $"The {name} have {values} values, which is no whole number of rows of {dimension} components.", name);

    /// <summary>Reads a column of a view into memory, in its order.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="embeddingColumnName">A column of vectors of <see cref="float"/>, dense or sparse, all of one length.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <returns>(N, D) float32, row after row, and D: at least 1.</returns>
    /// <exception cref="ArgumentException">
    /// There are no rows, the column is missing or of another type, or the vectors differ in length.
    /// </exception>
    public static (ReadOnlyMemory<float> Values, int Dimension) Read(
        IDataView rows, string embeddingColumnName, CancellationToken cancellation)
    {
        EmbeddingColumns columns = EmbeddingColumns.Read(rows, embeddingColumnName, null, cancellation);
        return (columns.Embeddings, columns.Dimension);
    }
}
