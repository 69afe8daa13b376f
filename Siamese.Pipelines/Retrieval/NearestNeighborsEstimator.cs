using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Transforms;
using Siamese.Pipelines.Evaluation;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Classifies rows by a vote of their nearest neighbours among the rows it was fitted on: exact, as an ONNX graph.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Characteristic</term><description>Value</description></listheader>
/// <item><term>Input columns</term><description>features: a vector of D <see cref="float"/>; label: a key, only read when fitted</description></item>
/// <item><term>Output columns</term><description>Score: the share of the votes of each class, summing to 1; PredictedLabel: a key of the label's type</description></item>
/// <item><term>Reads rows when fitted</term><description>yes, and keeps all of them in the graph: 4 D bytes a row</description></item>
/// <item><term>Saves to a plain ML.NET model</term><description>yes</description></item>
/// <item><term>Exportable by <c>ml.Model.ConvertToOnnx</c></term><description>no, and ML.NET does not say so: its converter stops at this step without an
/// error, and writes a file that takes this step's output as an input. Save it as an ML.NET model</description></item>
/// <item><term>Dispose</term><description>the transformer</description></item>
/// </list>
/// <para>Cover and Hart, Nearest Neighbor Pattern Classification, 1967.</para>
/// </remarks>
public sealed class NearestNeighborsEstimator : IEstimator<TransformerChain<ITransformer>>
{
    private const string ScoreColumn = "Score";

    private readonly MLContext _ml;
    private readonly string _labelColumn;
    private readonly string _featureColumn;
    private readonly NearestNeighborsOptions _options;

    internal NearestNeighborsEstimator(MLContext ml, string labelColumn, string featureColumn, NearestNeighborsOptions options)
    {
        _ml = ml;
        _labelColumn = labelColumn;
        _featureColumn = featureColumn;
        _options = options;
    }

    private string VotesColumn => $"{_featureColumn}.votes";

    private string WinnerColumn => $"{_featureColumn}.winner";

    /// <summary>Keeps the rows as references.</summary>
    /// <param name="input">Has the feature and label columns, and at least one row.</param>
    /// <returns>The classifier, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">A column is missing or of another type, there are no rows, or a label is missing.</exception>
    public TransformerChain<ITransformer> Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Schema.GetColumnOrNull(_labelColumn) is { } label && label.Type is not KeyDataViewType)
        {
            throw new ArgumentException(
                $"Column '{_labelColumn}' holds {label.Type}, but the classifier takes keys. Add ml.Transforms.Conversion.MapValueToKey before it.",
                nameof(input));
        }

        EmbeddingColumns rows = EmbeddingColumns.Read(input, _featureColumn, _labelColumn);
        int classCount = (int)((KeyDataViewType)input.Schema[_labelColumn].Type).Count;
        int[] classes = [.. input.GetColumn<uint>(_labelColumn).Select(key => (int)key - 1)];
        byte[] graph = NearestNeighborsGraph.Write(rows.Embeddings, classes, rows.Dimension, classCount, _options);
        var step = new OnnxStep(
            graph,
            [new OnnxColumn(_featureColumn, NearestNeighborsGraph.Features, [rows.Dimension])],
            [
                new OnnxColumn(VotesColumn, NearestNeighborsGraph.Votes, [classCount]),
                new OnnxColumn(WinnerColumn, NearestNeighborsGraph.Winner, [classCount]),
            ])
        {
            KeepsRowsApart = true,
        };
        var scorer = new BatchedOnnxTransformer(_ml, step, _options.Scoring);
        MulticlassPredictionTransformer<LinearMulticlassModelParameters> labelReader = LabelReader().Fit(new OneHotRows(_ml, WinnerColumn, classCount, input.Schema[_labelColumn]));
        ITransformer tidier = Tidier().Fit(labelReader.Transform(scorer.Transform(input)));
        return new TransformerChain<ITransformer>(scorer, labelReader, tidier);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) =>
        LabelReader().Append(Tidier()).GetOutputSchema(
            VectorColumns.Append(_ml, inputSchema, _featureColumn, [VotesColumn, WinnerColumn]));

    private EstimatorChain<ColumnSelectingTransformer> Tidier() =>
        _ml.Transforms.CopyColumns(ScoreColumn, VotesColumn).Append(_ml.Transforms.DropColumns(VotesColumn, WinnerColumn));

    private SdcaNonCalibratedMulticlassTrainer LabelReader() => OneHotRows.LabelReader(_ml, WinnerColumn, _labelColumn);
}
