using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Samples.Shared;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>The pictures of the report, and what was made of them.</summary>
/// <param name="Names">The classes.</param>
/// <param name="Test">The test images.</param>
/// <param name="Training">As many training images as the report wants beside them.</param>
/// <param name="Unknown">The sets of unknown pictures.</param>
/// <param name="Study">How they were told; null where nothing is rejected.</param>
internal sealed record ReportRows(
    IReadOnlyList<string> Names, IReadOnlyList<ReportRow> Test, IReadOnlyList<ReportRow> Training, IReadOnlyList<IReadOnlyList<ReportRow>> Unknown, RejectionStudy? Study)
{
    /// <summary>Gets the pictures of the classes, those of the test first.</summary>
    public IReadOnlyList<ReportRow> Known { get; } = [.. Test, .. Training];

    /// <summary>Reads rows that were classified, and rejected where a rejection is there.</summary>
    public static ReportRow[] Read(IDataView classified, float[][] pixels, ScoredRows? scored, IReadOnlyList<string>? unknownLabels, string name)
    {
        float[][] embeddings = [.. classified.GetColumn<VBuffer<float>>(DigitChain.Embedding).Select(vector => (float[])[.. vector.DenseValues()])];
        double[] probabilities = [.. classified.GetColumn<VBuffer<float>>("Score").Select(score => (double)score.DenseValues().Max())];
        int[] predicted = [.. classified.GetColumn<uint>("PredictedLabel").Select(key => (int)key - 1)];
        int[] labels = unknownLabels is null ? [.. classified.GetColumn<uint>("Label").Select(key => (int)key - 1)] : [.. Enumerable.Repeat(Figures.Unknown, pixels.Length)];
        return [.. Enumerable.Range(0, pixels.Length).Select(row => new ReportRow(
            pixels[row],
            embeddings[row],
            labels[row],
            unknownLabels?[row] is { Length: > 0 } label ? $"{name}: {label}" : name,
            predicted[row],
            probabilities[row],
            scored?.Scores[row] ?? 0,
            scored?.IsUnknown[row] ?? false))];
    }
}
