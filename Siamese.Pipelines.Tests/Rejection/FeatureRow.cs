using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Tests.Rejection;

/// <summary>A point of a class: known ones lie about the corners of a cube, unknown ones about its middle.</summary>
internal sealed class FeatureRow
{
    public const int Width = 3;

    [VectorType(Width)]
    public float[] Features { get; set; } = [];

    [VectorType(Width)]
    public float[] Probabilities { get; set; } = [];

    public string Label { get; set; } = string.Empty;

    public static FeatureRow[] Known(int count, int seed, float spread = 0.6f) =>
        Create(count, seed, row => (row % Width, Enumerable.Range(0, Width).Select(i => i == row % Width ? 5f : 0f)), spread);

    public static FeatureRow[] Unknown(int count, int seed) => Create(count, seed, _ => (-1, Enumerable.Repeat(2f, Width)), 0.6f);

    public static IDataView View(MLContext ml, params IEnumerable<FeatureRow> rows) => ml.Data.LoadFromEnumerable(rows);

    /// <summary>The rows with a key for each class, whichever classes occur in them.</summary>
    public static IDataView Keyed(MLContext ml, params IEnumerable<FeatureRow> rows) =>
        ml.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(View(ml, Known(Width, 1))).Transform(View(ml, rows));

    private static FeatureRow[] Create(int count, int seed, Func<int, (int Class, IEnumerable<float> Center)> place, float spread)
    {
        var random = new Random(seed);
        float Noise() => spread * (random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f);
        return [.. Enumerable.Range(0, count).Select(row =>
        {
            (int label, IEnumerable<float> center) = place(row);
            float[] weights = [.. Enumerable.Range(0, Width).Select(i => random.NextSingle() + (i == label ? 3f : 0f))];
            return new FeatureRow
            {
                Features = [.. center.Select(value => value + Noise())],
                Probabilities = [.. weights.Select(weight => weight / weights.Sum())],
                Label = label < 0 ? "none" : $"class {label}",
            };
        })];
    }
}
