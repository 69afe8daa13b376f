using System.Collections.Immutable;
using System.Globalization;
using Microsoft.ML;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Rejection;

/// <summary>How a rejection was calibrated; it stands in the metadata of the rejection's ONNX graph.</summary>
/// <param name="Score">The name of the score.</param>
/// <param name="Method">The name of the method that placed the threshold.</param>
/// <param name="Rate">The false rejection rate that was asked for, or null.</param>
/// <param name="Thresholds">The threshold, or one for each predicted class in the order of its keys: a score that is greater is unknown.</param>
/// <param name="FittedRows">Known rows that the score was fitted on.</param>
/// <param name="CalibrationRows">Known rows that the threshold was placed by.</param>
/// <param name="OutlierRows">Examples of the unknown that took part.</param>
public sealed record RejectionCalibration(
    string Score, string Method, double? Rate, ImmutableArray<float> Thresholds, int FittedRows, int CalibrationRows, int OutlierRows)
{
    /// <summary>The key of the score's name.</summary>
    public const string ScoreKey = "siamese.rejection.score";

    /// <summary>The key of the method's name.</summary>
    public const string MethodKey = "siamese.rejection.method";

    /// <summary>The key of the false rejection rate; absent where none was asked for.</summary>
    public const string RateKey = "siamese.rejection.rate";

    /// <summary>The key of the threshold, or of the thresholds with commas between.</summary>
    public const string ThresholdKey = "siamese.rejection.threshold";

    /// <summary>The key of the number of rows that the score was fitted on.</summary>
    public const string FittedRowsKey = "siamese.rejection.fittedRows";

    /// <summary>The key of the number of rows that the threshold was placed by.</summary>
    public const string CalibrationRowsKey = "siamese.rejection.calibrationRows";

    /// <summary>The key of the number of examples of the unknown.</summary>
    public const string OutlierRowsKey = "siamese.rejection.outlierRows";

    /// <summary>Finds the calibration of the rejection in a model, whether it was fitted here or loaded by <c>ml.MetricLearning.Load</c>.</summary>
    /// <param name="model">A transformer, or a chain of them at any depth.</param>
    /// <returns>The calibration of the last rejection in the model, or null where there is none.</returns>
    public static RejectionCalibration? Find(ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model switch
        {
            BatchedOnnxTransformer step => Read(OnnxModelFile.ReadMetadata(step.Step.Graph)),
            IEnumerable<ITransformer> chain => chain.Reverse().Select(Find).FirstOrDefault(found => found is not null),
            _ => null,
        };
    }

    internal void WriteTo(IDictionary<string, string> metadata)
    {
        metadata[ScoreKey] = Score;
        metadata[MethodKey] = Method;
        metadata[ThresholdKey] = string.Join(',', Thresholds.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
        metadata[FittedRowsKey] = FittedRows.ToString(CultureInfo.InvariantCulture);
        metadata[CalibrationRowsKey] = CalibrationRows.ToString(CultureInfo.InvariantCulture);
        metadata[OutlierRowsKey] = OutlierRows.ToString(CultureInfo.InvariantCulture);
        if (Rate is { } rate)
        {
            metadata[RateKey] = rate.ToString("R", CultureInfo.InvariantCulture);
        }
    }

    private static RejectionCalibration? Read(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(ScoreKey, out string? score))
        {
            return null;
        }

        double? rate = metadata.TryGetValue(RateKey, out string? text)
            ? double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is > 0 and < 1
                ? value
                : throw Unreadable(RateKey, text)
            : null;
        string thresholds = Text(metadata, ThresholdKey);
        return new RejectionCalibration(
            score,
            Text(metadata, MethodKey),
            rate,
            [.. thresholds.Split(',').Select(part =>
                float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out float threshold) && !float.IsNaN(threshold)
                    ? threshold
                    : throw Unreadable(ThresholdKey, thresholds))],
            Count(metadata, FittedRowsKey),
            Count(metadata, CalibrationRowsKey),
            Count(metadata, OutlierRowsKey));
    }

    private static int Count(IReadOnlyDictionary<string, string> metadata, string key) =>
        int.TryParse(Text(metadata, key), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : throw Unreadable(key, metadata[key]);

    private static string Text(IReadOnlyDictionary<string, string> metadata, string key) =>
        metadata.TryGetValue(key, out string? text) ? text : throw new InvalidDataException($"The metadata of the rejection has no '{key}'.");

    private static InvalidDataException Unreadable(string key, string text) =>
        new($"The metadata of the rejection has '{(text.Length > 100 ? $"{text[..100]}..." : text)}' under '{key}', which cannot be read.");
}
