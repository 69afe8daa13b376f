using Microsoft.ML;

namespace Siamese.Pipelines.Projection;

public static partial class TSne
{
    /// <summary>Projects a column of embeddings to a plane.</summary>
    /// <param name="rows">The rows, which are read once, in order, into memory.</param>
    /// <param name="embeddingColumnName">The column of embeddings: a vector of <see cref="float"/>, dense or sparse.</param>
    /// <param name="options">The perplexity, the means to spend and more; the defaults when null.</param>
    /// <returns>The points in the order of the rows, and how well they keep the neighbourhoods.</returns>
    /// <exception cref="ArgumentException">
    /// The column is missing or of another type, its vectors differ in length, or the rows are none that <see
    /// cref="Project(ReadOnlyMemory{float}, int, TSneOptions?)"/> takes.
    /// </exception>
    /// <exception cref="InvalidOperationException">The learning rate was so high that the points flew apart.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static TSneResult Project(IDataView rows, string embeddingColumnName, TSneOptions? options = null)
    {
        (ReadOnlyMemory<float> values, int dimension) =
            EmbeddingRows.Read(rows, embeddingColumnName, options?.CancellationToken ?? default);
        return Project(values, dimension, options);
    }
}
