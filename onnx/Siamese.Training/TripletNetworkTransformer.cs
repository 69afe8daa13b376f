using Microsoft.ML;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Training.Runs;

namespace Siamese.Training;

/// <summary>Embeds images with the network that <see cref="TripletNetworkEstimator"/> trained.</summary>
public sealed class TripletNetworkTransformer : ImageEmbeddingTransformer
{
    private readonly RowSplit _split;
    private readonly int _rowCount;

    internal TripletNetworkTransformer(
        MLContext ml,
        EmbeddingModel model,
        string outputColumn,
        string inputColumn,
        ImageColumnKind kind,
        EmbedImagesOptions options,
        TrainingReport report,
        RowSplit split,
        int rowCount)
        : base(ml, model, outputColumn, inputColumn, kind, options)
    {
        Report = report;
        _split = split;
        _rowCount = rowCount;
    }

    /// <summary>Gets what came of the training run.</summary>
    public TrainingReport Report { get; }

    /// <summary>Parts the rows that the network was fitted on into those that it learned from and those that were held out.</summary>
    /// <param name="rows">The rows that it was fitted on, in their order; before or after any step that keeps rows and order.</param>
    /// <returns>
    /// The rows that were learned from, and those held out (see <see cref="TripletNetworkOptions.ValidationFraction"/>): a threshold is
    /// honest only where it was calibrated on rows that the network did not learn from. Rows without a label are in neither.
    /// </returns>
    /// <exception cref="InvalidOperationException">When read: there are more or fewer rows than the network was fitted on.</exception>
    public (IDataView Learned, IDataView HeldOut) SplitRows(IDataView rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return (new SelectedRows(rows, _split.Training, _rowCount), new SelectedRows(rows, _split.HeldOut, _rowCount));
    }
}
