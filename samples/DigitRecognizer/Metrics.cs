using System.Text.Json;
using System.Text.Json.Nodes;
using Siamese.Samples.Shared;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>All that a run measured, as metrics.json holds it.</summary>
internal sealed record Metrics(
    DataMetrics Data,
    TrainingMetrics Training,
    ExportMetrics Export,
    ClassificationMetrics Classification,
    NeighborMetrics Neighbors,
    RetrievalFigures Retrieval,
    IReadOnlyList<RejectionMetric> Rejection,
    ScoringMetrics Scoring,
    double Seconds)
{
    public static JsonSerializerOptions Format { get; } = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Save(JsonObject metrics, string path) => OutputFolder.Write(path, metrics.ToJsonString(Format));

    public void Save(string path) => Save((JsonObject)JsonSerializer.SerializeToNode(this, Format)!, path);
}

internal sealed record DataMetrics(string Name, int Train, int Test);

internal sealed record TrainingMetrics(
    int Epochs,
    int Steps,
    long Images,
    double Seconds,
    double ImagesPerSecond,
    IReadOnlyList<double> Loss,
    IReadOnlyList<double?> ValidationLoss,
    IReadOnlyList<double?> PrecisionAt1,
    bool Collapsed);

internal sealed record ExportMetrics(string File, long Bytes, string Sha256, double LargestDifference);

internal sealed record ClassificationMetrics(double Accuracy, double LogLoss, IReadOnlyList<string> Labels, IReadOnlyList<IReadOnlyList<double>> Confusion);

internal sealed record NeighborMetrics(double Accuracy);

internal sealed record RetrievalFigures(double PrecisionAt1, double RPrecision, double MeanAveragePrecisionAtR, double MeanReciprocalRank);

internal sealed record ScoringMetrics(double RowsPerSecond, double StockRowsPerSecond, double BytesPerRow, double StockBytesPerRow);
