using System.Numerics.Tensors;
using Microsoft.ML;
using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Rejection;

/// <summary>Rows of vectors in memory, with their classes.</summary>
/// <param name="Values">Row after row, all finite.</param>
/// <param name="Width">Values in a row.</param>
/// <param name="Classes">The class of each row, an index into <paramref name="Labels"/>; 0 where no labels were read.</param>
/// <param name="Labels">The labels that occur; empty where none were read.</param>
internal sealed record FeatureRows(float[] Values, int Width, int[] Classes, IReadOnlyList<LabelValue> Labels)
{
    public int Count => Classes.Length;

    public static FeatureRows Read(IDataView view, string column, string? labelColumn, string viewName, CancellationToken cancellation)
    {
        EmbeddingColumns rows = EmbeddingColumns.Read(view, column, labelColumn, cancellation, viewName);
        return new FeatureRows(rows.Embeddings, rows.Dimension, rows.Labels, rows.Classes);
    }

    public ReadOnlySpan<float> Row(int row) => Values.AsSpan(row * Width, Width);

    public FeatureRows Select(ReadOnlySpan<int> rows)
    {
        var values = new float[rows.Length * Width];
        var classes = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            Row(rows[i]).CopyTo(values.AsSpan(i * Width));
            classes[i] = Classes[rows[i]];
        }

        return this with { Values = values, Classes = classes };
    }

    /// <summary>The mean of each class, in the order of <see cref="Labels"/>; of all rows where there are no labels.</summary>
    public double[][] Means()
    {
        var means = new double[Math.Max(1, Labels.Count)][];
        var counts = new int[means.Length];
        for (int label = 0; label < means.Length; label++)
        {
            means[label] = new double[Width];
        }

        for (int row = 0; row < Count; row++)
        {
            double[] mean = means[Classes[row]];
            ReadOnlySpan<float> values = Row(row);
            for (int i = 0; i < Width; i++)
            {
                mean[i] += values[i];
            }

            counts[Classes[row]]++;
        }

        for (int label = 0; label < means.Length; label++)
        {
            TensorPrimitives.Divide(means[label], Math.Max(1, counts[label]), means[label]);
        }

        return means;
    }
}
