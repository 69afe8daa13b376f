using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Rejection;

public sealed partial class RejectUnknownEstimator
{
    private const string StockScore = "Score";
    private const string StockLabel = "PredictedLabel";

    /// <summary>The graph and the stock parts around it.</summary>
    private TransformerChain<ITransformer> Chain(
        IDataView known, byte[] graph, int width, Labelled labels, ClassCodes? codes, ScalarReader scoreReader, ScalarReader? valueReader)
    {
        string prefix = _options.UnknownScoreColumnName;
        string vector = $"{prefix}.vector";
        string flag = $"{prefix}.flag";
        string winner = $"{prefix}.winner";
        string classes = $"{prefix}.class";
        string value = $"{prefix}.p";
        string label = $"{prefix}.label";
        string number = $"{prefix}.number";
        string hash = $"{prefix}.hash";
        var parts = new List<ITransformer>();
        var temporary = new List<string>();
        IDataView view = known;

        void Add(ITransformer part)
        {
            parts.Add(part);
            view = part.Transform(view);
        }

        void Copy(string to, string from) => Add(_ml.Transforms.CopyColumns(to, from).Fit(view));

        // The stock models add Score and PredictedLabel, whose names they keep to; what had these names comes back behind them.
        string[] shadowed = [.. new[] { StockScore, StockLabel }.Where(name => known.Schema.GetColumnOrNull(name) is not null)];
        foreach (string name in shadowed)
        {
            Copy($"{prefix}.{name}", name);
            temporary.Add($"{prefix}.{name}");
        }

        OnnxColumn[] inputs = [new OnnxColumn(InputColumn, RejectionGraph.Input, [width])];
        OnnxColumn[] outputs = [new OnnxColumn(vector, RejectionGraph.Score, [1]), new OnnxColumn(flag, RejectionGraph.Flag, [1])];
        if (labels.Column is { } predicted)
        {
            Copy(_options.ClosedSetLabelColumnName, predicted.Name);
            Add(ClassCodes.Numbers(_ml, number, predicted).Fit(view));
            Add(_ml.Transforms.Concatenate(classes, number).Fit(view));
            inputs = [.. inputs, new OnnxColumn(classes, RejectionGraph.Class, [1])];
            outputs = [outputs[0], new OnnxColumn(winner, RejectionGraph.Winner, [1]), outputs[1]];
            temporary.AddRange([number, classes, winner, hash, label]);
        }

        if (valueReader is not null)
        {
            outputs = [.. outputs, new OnnxColumn(value, RejectionGraph.PValue, [1])];
            temporary.Add(value);
        }

        temporary.AddRange([vector, flag]);
        Add(new BatchedOnnxTransformer(_ml, new OnnxStep(graph, inputs, outputs), _options.Scoring));
        if (codes is not null)
        {
            Add(codes.Reader(label, winner, hash).Fit(view));
        }

        Add(scoreReader.Transformer);
        Copy(_options.UnknownScoreColumnName, StockScore);
        if (valueReader is not null)
        {
            Add(valueReader.Transformer);
            Copy(_options.PValueColumnName, StockScore);
        }

        Add(FlagReader(flag).Fit(SignRow.View(_ml, flag)));
        Copy(_options.IsUnknownColumnName, StockLabel);
        foreach (string name in shadowed)
        {
            Copy(name, $"{prefix}.{name}");
        }

        if (labels.Column is { } replaced)
        {
            Copy(replaced.Name, label);
        }

        temporary.AddRange(new[] { StockScore, StockLabel }.Except(shadowed));
        Add(_ml.Transforms.DropColumns([.. temporary]).Fit(view));
        return new TransformerChain<ITransformer>([.. parts]);
    }

    private SdcaNonCalibratedBinaryTrainer FlagReader(string flag) =>
        _ml.BinaryClassification.Trainers.SdcaNonCalibrated(new SdcaNonCalibratedBinaryTrainer.Options
        {
            FeatureColumnName = flag,
            LabelColumnName = nameof(SignRow.IsPositive),
            NumberOfThreads = 1,
            Shuffle = false,
            L1Regularization = 0,
            L2Regularization = 0.1f,
            MaximumNumberOfIterations = 20,
        });
}
